"""What holds of every price, over documents made by chance."""

from collections.abc import Mapping
from random import Random

import pytest
from graphql import execute, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from boucle.graphql.limits import Limits
from boucle.graphql.price import price, spent
from tests.boucle.priced import (
    OBJECTS,
    PAGED,
    SCHEMA,
    VARIABLES,
    Made,
    Maker,
    document,
    spread,
    written_out,
)

WIDE = Limits(
    fields=10**9, aliases=10**9, depth=99, twins=10**9, directives=10**9, definitions=10**9
)
SEEDS = st.integers(0, 10**9)
SIZES = st.dictionaries(st.sampled_from(VARIABLES), st.integers(1, 4))
DEFAULT = {"offers": 5, "plain": 2, "short": 2, "search": 100}
CAP = {"short": 6}
PLAIN = {"tags": 3, "similar": 4, "unbounded": 100, "matrix": 200}
WEIGHT = {"heavy": 7, "search": 5}


def asked(node: Made, variables: Mapping[str, int]) -> int:
    """The page that a field asks for, by the rule's words."""
    known = {"b": 2, **variables}
    said = [
        known.get(v[1:], 0 if node.name == "search" else DEFAULT[node.name])
        if v.startswith("$")
        else int(v)
        for v in node.args.values()
    ]
    return max(said, default=0) or DEFAULT[node.name]


def naive(nodes: list[Made], kind: str, page: int, variables: Mapping[str, int]) -> float:
    """The price by the rule's words: each fragment written out, each item counted."""
    total = 0.0
    for node in nodes:
        if node.on:
            total += naive(node.inner, node.on, page, variables)
            continue
        size = asked(node, variables) if node.name in PAGED else 1
        items = PLAIN.get(node.name, size if node.name in {"plain", "short"} else 1)
        if node.name == "edges":
            items = page
        inner = OBJECTS.get(kind, {}).get(node.name)
        each = 1 + naive(node.inner, inner, size, variables) if node.inner else 0.1
        total += WEIGHT.get(node.name, 0) + items * each
    return total


@settings(max_examples=80, deadline=None)
@given(SEEDS, SIZES)
def test_a_price_is_what_the_rule_says_of_the_document_written_out(seed, variables) -> None:
    nodes = Maker(seed).selection("Query", 4)

    [found] = price(SCHEMA, document(written_out(nodes)), WIDE).operations.values()

    assert found.points(variables) == pytest.approx(naive(nodes, "Query", 100, variables))


@settings(max_examples=80, deadline=None)
@given(SEEDS, SIZES)
def test_fragments_change_neither_price_nor_sizes_nor_fields(seed, variables) -> None:
    nodes, fragments = Maker(seed).selection("Query", 4), {}
    with_fragments = document(spread(nodes, fragments), fragments)
    without = document(written_out(nodes))
    assert [e for e in validate(SCHEMA, without) if "never used" not in e.message] == []

    [one] = price(SCHEMA, with_fragments, WIDE).operations.values()
    [other] = price(SCHEMA, without, WIDE).operations.values()

    assert one.points(variables) == pytest.approx(other.points(variables))
    assert one.sizes._replace(twins=0) == other.sizes._replace(twins=0)
    assert one.fields == other.fields
    assert one.weights == other.weights


@settings(max_examples=80, deadline=None)
@given(SEEDS, SIZES)
def test_one_more_field_never_lowers_a_price(seed, variables) -> None:
    nodes = Maker(seed).selection("Query", 4)
    more = Maker(seed).selection("Query", 4)
    _somewhere(more, Random(seed)).append(Made("__typename", number=0))

    [one] = price(SCHEMA, document(written_out(nodes)), WIDE).operations.values()
    [other] = price(SCHEMA, document(written_out(more)), WIDE).operations.values()

    assert other.points(variables) > one.points(variables)
    assert all(a <= b for a, b in zip(one.sizes, other.sizes, strict=True))


def _somewhere(nodes: list[Made], random: Random) -> list[Made]:
    """The selection itself, or one below it."""
    below = [node.inner for node in nodes if node.inner]
    return _somewhere(random.choice(below), random) if below and random.random() < 0.7 else nodes


@settings(max_examples=40, deadline=None)
@given(SEEDS, SIZES)
def test_no_answer_costs_more_than_its_price(seed, variables) -> None:
    asked_for = document(written_out(Maker(seed).selection("Query", 3)))
    [found] = price(SCHEMA, asked_for, WIDE).operations.values()

    result = execute(SCHEMA, asked_for, variable_values=variables)

    assert result.data is not None or result.errors
    assert found.actual(result.data) <= found.points(variables) + 1e-6


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_each_node_of_a_document_is_visited_once(seed) -> None:
    nodes, fragments = Maker(seed).selection("Query", 5), {}
    text = spread(nodes, fragments)
    written = "\n".join([text, *fragments.values()])
    selections = written.count("k") + written.count("...")  # no name of the schema has a k

    assert price(SCHEMA, document(text, fragments), WIDE).visited == selections


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=2),
        _nested := lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        ),
    )
)
def test_an_answer_is_counted_as_a_recursion_would(data) -> None:
    def count(value: object) -> float:
        if isinstance(value, dict):
            return 1 + sum(count(v) for v in value.values())
        return sum(count(v) for v in value) if isinstance(value, list) else 0.1

    expected = count(data) - isinstance(data, dict) if isinstance(data, dict | list) else 0
    assert spent(data) == pytest.approx(expected)
