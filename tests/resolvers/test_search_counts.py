"""Results and facets equal a count in Python over the price rows, for random shops and filters."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from domain.catalog import Grade
from domain.offers.sorting import SearchSort
from models.base import execute, fetch
from models.catalog import Attribute, Brand, Product
from models.offers.search import Ask, ByAge, Filters, Found, Results
from models.offers.search import search as read
from resolvers.context import Context
from resolvers.offers.search import Asked, Search, search
from tests import factories
from tests.factories import line
from tests.schema import shop

if TYPE_CHECKING:
    from uuid import UUID

GRADES = sorted(Grade, key=lambda grade: grade.rank)
EVERYWHERE = ["FR", "DE", "GB", "IT"]
ROWS = """
SELECT om.*, v.product_id, v.attributes->>'color' AS color, v.attributes->>'storage_gb' AS storage,
  b.code AS brand, c.code AS category, p.model, p.release_date
FROM offer_market om JOIN variant v ON v.id = om.variant_id JOIN product p ON p.id = v.product_id
JOIN brand b ON b.id = p.brand_id JOIN category c ON c.id = p.category_id WHERE om.visibility > 0
"""
Row = dict[str, Any]
Test = Callable[[Row], bool]
AGED: dict[str, Any] = {
    "today": date(2020, 1, 3),
    "by_age": ByAge(told=date(2020, 1, 2), full=date(2020, 1, 1)),
}


async def random_shop(random: Random) -> list[Row]:
    """Products of three variants in several markets; the price rows that can be bought."""
    items = await factories.world(8, 3)
    await Attribute.create(
        category="smartphone", key="storage_gb", type="INTEGER", facet=True, name_en="Storage",
        name_fr="Stockage", source=factories.SOURCE,
    )  # fmt: skip
    await execute(
        """
        UPDATE variant SET attributes = attributes || jsonb_build_object('storage_gb',
          (ARRAY[64, 128, 256])[1 + mod(abs(hashtext(slug)), 3)])
        WHERE mod(abs(hashtext(slug)), 5) > 0
        """
    )
    await execute(
        "UPDATE product SET release_date = DATE '2020-01-01' + (random() * 3)::int "
        "WHERE slug <> 'calder-3'"
    )
    other = await Brand.create(code="other", name="Calder Two", source=factories.SOURCE)
    await Product.filter(slug__in=["calder-5", "calder-6"]).update(brand_id=other.id)
    for number in range(6):
        owner = await factories.merchant(
            f"m{number}", markets=("FR", "DE"), country=EVERYWHERE[number % 4],
            quality_bp=random.choice([None, 1500, 6000, 7000, 9000]),
            delay_hours=random.choice([24, 72, 200]), shipping_minor=random.choice([0, 490]),
        )  # fmt: skip
        rows = [
            line(
                random.choice(items), f"S{n}", f"{random.randint(190, 330)}.{random.choice('05')}0",
                grade=random.choice(["fair", "good", "premium"]),
                battery=random.choice(["", "new", "90"]), markets=random.choice(["FR", "FR DE"]),
                quantity=random.choice([0, 1, 9]),
            )
            for n in range(12)
        ]  # fmt: skip
        await shop.sell(owner, rows)
    await shop.searchable()
    return [dict(row) for row in await fetch(ROWS)]


def random_filters(random: Random) -> Asked:
    """Some filters, each asked half of the time or less."""

    def maybe(value: Any) -> Any:
        return value if random.random() < 0.4 else None

    return Asked(
        category=maybe(["smartphone"]),
        brand=maybe(random.choice([["calder"], ["calder", "other"], ["other"]])),
        grade=maybe(random.sample([Grade.FAIR, Grade.GOOD, Grade.PREMIUM], random.randint(1, 2))),
        attributes={
            key: random.sample(values, random.randint(1, 2))
            for key, values in (
                ("color", ["black", "white", "blue"]),
                ("storage_gb", ["64", "128"]),
            )
            if random.random() < 0.4
        },
        lowest=maybe(Decimal(random.randint(195, 240))),
        highest=maybe(Decimal(random.randint(240, 330))),
        days=maybe(random.choice([2, 4, 9])),
        battery_new=maybe(random.choice([True, False])),
        dispatch_country=maybe(random.sample(EVERYWHERE, 2)),
    )


def of_offer(asked: Asked) -> list[Test]:
    """What each offer must meet, whatever the facet."""
    tests: list[Test] = []
    if asked.lowest is not None:
        tests.append(lambda row: row["landed_minor"] >= asked.lowest * 100)
    if asked.highest is not None:
        tests.append(lambda row: row["landed_minor"] <= asked.highest * 100)
    if asked.days is not None:
        tests.append(lambda row: row["days"] <= asked.days)
    if asked.battery_new is not None:
        tests.append(lambda row: row["battery_new"] == asked.battery_new)
    if asked.dispatch_country is not None:
        tests.append(lambda row: row["dispatch_country"] in asked.dispatch_country)
    return tests


def of_facet(asked: Asked) -> dict[str, Test]:
    """What the selection of each facet asks."""
    tests: dict[str, Test] = {}
    if asked.category:
        tests["category"] = lambda row: row["category"] in asked.category
    if asked.brand:
        tests["brand"] = lambda row: row["brand"] in asked.brand
    if asked.grade:
        tests["grade"] = lambda row: GRADES[row["grade"]] in asked.grade
    attributes = asked.attributes or {}
    if "color" in attributes:
        tests["color"] = lambda row: row["color"] in attributes["color"]
    if "storage_gb" in attributes:
        tests["storage_gb"] = lambda row: row["storage"] in attributes["storage_gb"]
    return tests


def meets(rows: list[Row], asked: Asked, without: str = "") -> list[Row]:
    tests = of_offer(asked) + [t for key, t in of_facet(asked).items() if key != without]
    return [row for row in rows if all(test(row) for test in tests)]


def facets_of(rows: list[Row], asked: Asked) -> dict[str, dict[str, int]]:
    """Products of each value, each facet without its own selection."""
    values: dict[str, Callable[[Row], str | None]] = {
        "category": lambda row: row["category"],
        "brand": lambda row: row["brand"],
        "grade": lambda row: GRADES[row["grade"]].value,
        "color": lambda row: row["color"],
        "storage_gb": lambda row: row["storage"],
    }
    found: dict[str, dict[str, int]] = {}
    for key, value in values.items():
        products: dict[str, set[UUID]] = defaultdict(set)
        for row in meets(rows, asked, without=key):
            if (name := value(row)) is not None:
                products[name].add(row["product_id"])
        if products:
            found[key] = {name: len(ids) for name, ids in products.items()}
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_results_and_facets_equal_a_count_over_the_price_rows(db: None, seed: int) -> None:
    random = Random(seed)
    everything = await random_shop(random)
    met = 0
    for number in range(40):
        asked = random_filters(random)
        market = random.choice(["FR", "FR", "DE"])
        rows = [row for row in everything if row["market"] == market]
        term = random.choice([None, "calder", "calder black"])
        if term == "calder black":
            rows = [row for row in rows if row["color"] == "black"]
        sort = random.choice([each for each in SearchSort if each is not SearchSort.IMPACT])
        found = await search(Context(), Search(market, term, asked, sort, first=100))

        expected: dict[UUID, list[Row]] = defaultdict(list)
        for row in meets(rows, asked):
            expected[row["product_id"]].append(row)
        assert found.total == len(expected), (number, asked)
        shown = [edge.node for edge in found.page.edges]
        assert {each.product_id for each in shown} == set(expected)
        for each in shown:
            assert_summed(each, expected[each.product_id])
        assert {
            facet.key: {value: count for value, _, count, _ in facet.values}
            for facet in found.facets
        } == facets_of(rows, asked), (number, asked)
        if sort is SearchSort.PRICE:
            assert [each.lowest for each in shown] == sorted(each.lowest or 0 for each in shown)
        met += bool(expected)

    assert met > 15


def assert_summed(found: Found, rows: list[Row]) -> None:
    totals = [row["landed_minor"] for row in rows]
    assert (found.offers, found.merchants) == (len(rows), len({r["merchant_id"] for r in rows}))
    assert (found.lowest, found.highest) == (min(totals), max(totals))
    competing = {row["offer_id"] for row in rows if row["visibility"] == 2}
    assert (found.offer_id in competing) if competing else found.offer_id is None


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_maintained_counts_answer_as_the_general_statement(db: None, seed: int) -> None:
    random = Random(seed)
    await random_shop(random)
    assert Filters(categories=["smartphone"]).only_shelves
    for sort in SearchSort:
        for categories in (None, ["smartphone"], ["smartphone", "other"], ["other"]):
            for market in ("FR", "DE", "GB"):
                for bucket in range(500_000, 500_004):
                    ask = Ask(
                        market, None, Filters(categories), sort, bucket, "en", None, 5, **AGED
                    )
                    while True:
                        quick, slow = (
                            await read(ask),
                            await read(general(ask)),
                        )
                        assert quick == slow
                        if len(quick.page) < ask.limit:
                            break
                        ask = replace(ask, after=quick.page[-1].position)


async def test_the_sums_of_brands_answer_as_the_general_statement(db: None) -> None:
    await random_shop(Random(4))
    for sort in SearchSort:
        for categories in (None, ["smartphone"], ["other"]):
            for brands in (["calder"], ["other"], ["calder", "other"], ["nobody"]):
                filters = Filters(categories, brands)
                ask = Ask("FR", None, filters, sort, 500_001, "en", None, 3, **AGED)
                while True:
                    quick, slow = await read(ask), await read(general(ask))
                    assert quick == slow
                    if len(quick.page) < ask.limit:
                        break
                    ask = replace(ask, after=quick.page[-1].position)


@pytest.mark.parametrize("brands", [None, ["other"]], ids=["browse", "shelf"])
@pytest.mark.parametrize("text", [None, "(calder:*)"], ids=["no term", "term"])
async def test_facets_that_nobody_asks_for_change_nothing_else(
    db: None, brands: list[str] | None, text: str | None
) -> None:
    await random_shop(Random(5))
    ask = Ask("FR", text, Filters(brands=brands), SearchSort.RELEVANCE, 0, "en", None, 5, **AGED)

    full, bare = await read(ask), await read(replace(ask, facets=False))

    assert full.facets
    assert bare == replace(full, facets=[])


def general(ask: Ask) -> Ask:
    """The same question with a filter that every offer meets."""
    return replace(ask, filters=replace(ask.filters, dispatch_countries=EVERYWHERE))


async def test_an_empty_shop_is_the_same_to_both(db: None) -> None:
    await factories.world(1, 1)
    ask = Ask("FR", None, Filters(), SearchSort.RELEVANCE, 0, "en", None, 5, **AGED)

    assert await read(ask) == await read(general(ask)) == Results(0, [], [])
