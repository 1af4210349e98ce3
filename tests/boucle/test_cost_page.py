"""The page about cost has the numbers of the code, and its example costs what it says."""

import json
import re

import pytest
from graphql import parse

from boucle.edge.footprint import cost_extension
from boucle.edge.kept import KEPT, NEW_IN_AN_HOUR
from boucle.edge.persisted import MAX_BYTES
from boucle.edge.rates import AT_ONCE, RATES, Taken
from boucle.edge.shared import PAUSE_SECONDS, TIMEOUT_SECONDS
from boucle.graphql.limits import Limits
from boucle.graphql.price import OperationPrice, price
from boucle.graphql.reference import graphql_schema
from schema.root import schema
from tests.test_docs import page, rows, section

PAGE = page("rules/cost.md")


def number(text: str) -> float:
    return float(text.replace(",", ""))


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def example() -> OperationPrice:
    [text] = re.findall(r"```graphql\n(.+?)```", PAGE, re.DOTALL)
    [found] = price(graphql_schema(schema), parse(text)).operations.values()
    return found


def test_the_example_costs_what_the_page_says(example: OperationPrice) -> None:
    told = {name: number(points) for name, points in rows(section(PAGE, "An example"))}
    result = sum(list(told.values())[:6])

    assert result == pytest.approx(told["one result"])
    assert 24 * result == pytest.approx(told["24 results"])
    assert told["24 results"] + told["`search` with `totalCount`"] == pytest.approx(
        told["the operation"]
    )
    assert example.points({"market": "FR"}) == pytest.approx(told["the operation"])
    assert example.points({"market": "FR", "first": 100}) == pytest.approx(
        told['the same with `{"first": 100}`']
    )


def test_the_example_gives_back_what_the_page_says(example: OperationPrice) -> None:
    [actual, back] = re.search(r"answer costs ([\d.]+), and ([\d.]+) are given", PAGE).groups()
    node = {
        "product": {"slug": "a", "title": "A"},
        "offerCount": 1,
        "featuredOffer": {"grade": "GOOD", "total": {"amount": "1"}},
    }
    data = {"search": {"totalCount": 10, "edges": [{"node": node}] * 10}}

    assert example.actual(data) == pytest.approx(float(actual))
    assert example.points() - example.actual(data) == pytest.approx(float(back))


def test_the_page_shows_the_extension_and_the_headers(example: OperationPrice) -> None:
    [shown] = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)
    told = json.loads(shown)["extensions"]["cost"]
    taken = Taken(True, 2_000, 2_000 - told["actual"], 200)

    assert told == cost_extension(
        example.points(),
        told["actual"],
        limit=taken.limit,
        remaining=taken.remaining,
        restores_per_second=taken.restores_per_second,
    )
    for name, value in taken.headers().items():
        assert f"{name}: {value}\n" in PAGE


def test_the_limits_are_those_of_the_code() -> None:
    told = {name.strip("`"): number(most) for name, most, _ in rows(section(PAGE, "Limits"))}
    prices = {"introspection", "mutation"}

    assert told == {
        name: getattr(Limits(), name) for name in Limits.__slots__ if name not in prices
    }
    assert f"`__schema` costs {Limits().introspection:,.0f}" in PAGE
    assert f"a mutation {Limits().mutation:.0f}," in PAGE


def test_the_rates_are_those_of_the_code() -> None:
    told = {role.strip("`"): (number(a), number(b)) for role, a, b in rows(section(PAGE, "Rates"))}

    assert told == {role: (rate.limit, rate.per_second) for role, rate in RATES.items()}
    assert f"at most {AT_ONCE} requests under way" in PAGE
    assert f"one call may take {TIMEOUT_SECONDS * 1000:.0f} ms" in words(PAGE)
    assert f"left alone for {'a second' if PAUSE_SECONDS == 1 else PAUSE_SECONDS}" in words(PAGE)


def test_the_bounds_of_named_documents_are_those_of_the_code() -> None:
    text = words(section(PAGE, "Named documents"))

    assert f"at most {MAX_BYTES // 1024} KiB" in text
    assert f"{NEW_IN_AN_HOUR} new ones of a caller in an hour, {KEPT:,} in all" in text
