"""Search by impact: only what may be told orders, and only within one category."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.base import execute
from models.catalog import Category, Product
from resolvers.impact import told_until
from tests import factories
from tests.factories import line
from tests.schema import shop
from tests.schema.asking import data, refusal

SEARCH = """query($filters: SearchFilters, $sort: SearchSort!, $term: String, $after: String,
    $first: Int! = 24){
  search(market: "FR", filters: $filters, sort: $sort, term: $term, first: $first, after: $after){
    totalCount pageInfo{endCursor} edges{node{product{slug}
      impact{status range{p50{display}}}}}}}"""
TODAY = datetime.now(UTC).date()
PHONES = {"category": ["smartphone"]}
AGES = {
    "calder-0": timedelta(days=700),  # 1.91 years: the range includes zero
    "calder-1": timedelta(days=900),  # 2.46 years: reduced
    "calder-2": timedelta(days=2_000),
    "calder-3": timedelta(days=1_000),  # 2.73 years: reduced, and more than the one above
    "calder-4": timedelta(days=0),  # worse than a new one
    "calder-5": timedelta(days=-9),  # a model that is still to come out: its age is not known
}
TOLD = ["calder-3", "calder-1"]


@pytest.fixture
async def phones(db: None) -> None:
    items = await factories.world(len(AGES), 1)
    owner = await factories.merchant("amber")
    await shop.sell(owner, [line(item, f"S{n}", "200.00") for n, item in enumerate(items)])
    await shop.searchable()
    for slug, age in AGES.items():
        await execute("UPDATE product SET release_date = $1 WHERE slug = $2", TODAY - age, slug)


async def search(**given: Any) -> tuple[list[str], dict[str, Any]]:
    found = (await data(SEARCH, **given))["search"]
    nodes = [edge["node"] for edge in found["edges"]]
    return [node["product"]["slug"] for node in nodes], found


@pytest.mark.parametrize(
    "more",
    [{}, {"brand": ["calder"]}, {"grade": ["GOOD"]}],
    ids=["browse", "shelf", "hits"],
)
async def test_most_avoided_stands_first_and_what_may_not_be_told_last(
    phones: None, more: dict[str, Any]
) -> None:
    slugs, found = await search(sort="IMPACT", filters=PHONES | more)
    assert set(slugs[:2]) == {"calder-2", "calder-5"}
    assert slugs[2:4] == TOLD
    assert set(slugs[4:]) == {"calder-0", "calder-4"}
    says = [edge["node"]["impact"] for edge in found["edges"]]
    assert [each["status"] for each in says[:4]] == ["FAVOURABLE"] * 4
    assert "FAVOURABLE" not in {each["status"] for each in says[4:]}
    headlines = [float(each["range"]["p50"]["display"]) for each in says[:4]]
    assert headlines == sorted(headlines, reverse=True)
    assert headlines[0] == 32


async def test_the_order_by_impact_goes_on_from_its_cursor(phones: None) -> None:
    whole, _ = await search(sort="IMPACT", filters=PHONES)
    seen: list[str] = []
    after = None
    while len(seen) < len(AGES):
        page, found = await search(sort="IMPACT", filters=PHONES, first=2, after=after)
        seen += page
        after = found["pageInfo"]["endCursor"]
    assert seen == whole


async def test_the_filter_leaves_out_what_may_not_be_told_and_what_is_less(phones: None) -> None:
    told, found = await search(sort="RELEVANCE", filters={"impactAtLeast": "0"})
    assert sorted(told) == ["calder-1", "calder-2", "calder-3", "calder-5"]
    assert found["totalCount"] == 4
    most, _ = await search(sort="PRICE", filters={"impactAtLeast": "31.9"})
    assert sorted(most) == ["calder-2", "calder-5"]
    by_term, _ = await search(sort="IMPACT", term="calder", filters=PHONES | {"impactAtLeast": "0"})
    assert by_term[2:] == TOLD
    none, found = await search(sort="RELEVANCE", filters={"impactAtLeast": "32.1"})
    assert (none, found["totalCount"]) == ([], 0)


async def test_a_category_without_a_study_is_in_no_filter_and_in_no_order(phones: None) -> None:
    leaf = await Category.create(
        code="console", parent="phones", name_en="Console", name_fr="T", source=factories.SOURCE
    )
    await Product.filter(slug="calder-2").update(category_id=leaf.id)
    await execute("UPDATE best_offer SET category = 'console' WHERE product_id ="
                  " (SELECT id FROM product WHERE slug = 'calder-2')")  # fmt: skip
    told, _ = await search(sort="RELEVANCE", filters={"impactAtLeast": "0"})
    assert "calder-2" not in told
    wrong = await refusal(SEARCH, sort="IMPACT", filters={"category": ["console"]})
    assert (wrong["argument"], wrong["reason"]) == ("filters.category", "NO_STUDY")


@pytest.mark.parametrize(
    ("filters", "field", "reason"),
    [
        (None, "filters.category", "ONE_CATEGORY"),
        ({"category": ["smartphone", "laptop"]}, "filters.category", "ONE_CATEGORY"),
        ({"category": ["bicycle"]}, "filters.category", "NO_STUDY"),
        (PHONES | {"impactAtLeast": "-1"}, "filters.impactAtLeast", "INVALID_FILTER"),
        (PHONES | {"impactAtLeast": "NaN"}, "filters.impactAtLeast", "INVALID_FILTER"),
        (PHONES | {"impactAtLeast": "1e9"}, "filters.impactAtLeast", "INVALID_FILTER"),
    ],
)
async def test_categories_are_not_compared_and_wrong_figures_refused(
    db: None, filters: dict[str, Any] | None, field: str, reason: str
) -> None:
    await factories.world(1, 1)
    wrong = await refusal(SEARCH, sort="IMPACT", filters=filters)
    assert (wrong.get("argument") or wrong.get("path"), wrong["reason"]) == (field, reason)


def test_until_when_models_came_out_of_which_enough_is_told() -> None:
    """Golden cases 15, 16, 22 and 23: phones from about 2.05 years, laptops after 4, at 4.10."""
    on = date(2026, 11, 23)
    phone, full = told_until("smartphone", on, Decimal(0)), told_until("smartphone", on)
    assert phone is not None
    assert 2.0 < (on - phone).days / 365.25 <= 2.06
    assert full == on - timedelta(days=1_096)  # the first day whose age, rounded down, is 3 years
    laptop = told_until("laptop", on, Decimal(0))
    assert laptop is not None
    assert 4 < (on - laptop).days / 365.25 <= 4.1
    assert told_until("smartphone", on, Decimal("32.1")) is None
    assert told_until("console", on) is None
