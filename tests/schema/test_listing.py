"""The page of a product in a market, as journey C2 reads it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.merchants import MerchantState
from domain.offers.sorting import OfferSort
from models.base import execute
from models.markets import Market
from resolvers.context import Context
from resolvers.offers import listing as use_cases
from schema.common import global_id
from tests import factories
from tests.factories import line
from tests.schema import shop
from tests.schema.asking import data, refusal
from tests.schema.shop import Golden

WHOLE = "query($market: String!, $slug: String, $gtin: String, $variantId: ID)"
BY = "(market: $market, slug: $slug, gtin: $gtin, variantId: $variantId)"
NAMED = f"{WHOLE}{{listing{BY}{{product{{slug}} variant{{slug}} offerCount}}}}"
OFFERS = """query($sort: OfferSort!, $first: Int!, $after: String){
  listing(market: "FR", slug: "calder-0"){offers(sort: $sort, first: $first, after: $after){
    edges{cursor node{id visibility price{total{amount}} delivery{days} merchant{name}}}
    pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}"""
FEATURED = """{listing(market: "FR", slug: "calder-0"){offerCount merchantCount
  priceRange{min{amount} max{amount currency}}
  featuredOffer{offer{id price{item{amount} shipping{amount} serviceFee{amount} levies{amount}
    duties{amount} total{amount currency}} merchant{name} isSponsored availability
    delivery{earliest latest days} battery{new health}
    warranty{legalGuaranteeMonths legalGuaranteeStatus commercialWarrantyMonths}}
    ranking{modelId snapshotId reasons}}}}"""


async def listed(
    sort: str = "RANK", first: int = 100, after: str | None = None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The offers of a page and where it stands."""
    page = (await data(OFFERS, sort=sort, first=first, after=after))["listing"]["offers"]
    return [edge["node"] for edge in page["edges"]], page["pageInfo"]


def merchants(offers: list[dict[str, Any]]) -> str:
    return "".join(offer["merchant"]["name"][-1].upper() for offer in offers)


@pytest.fixture
async def golden(db: None) -> Golden:
    return await shop.golden()


@pytest.fixture
async def few(db: None) -> None:
    (item,) = await factories.world(1, 1)
    rows = [line(item, f"S{n}", f"{200 + n}.00") for n in range(4)]
    await shop.sell(await factories.merchant(), rows)


async def test_the_dearest_of_the_golden_offers_is_featured_and_the_cheapest_is_last(
    golden: Golden,
) -> None:
    listing = (await data(FEATURED))["listing"]
    featured = listing["featuredOffer"]["offer"]
    offers, _ = await listed()

    assert featured["id"] == str(global_id("Offer", golden.offers["B"]))
    assert featured["price"]["total"] == {"amount": "306.49", "currency": "EUR"}
    assert merchants(offers) == "BCDA"
    totals = [offer["price"]["total"]["amount"] for offer in offers]
    assert totals == ["306.49", "300.49", "294.39", "290.49"]
    assert (listing["offerCount"], listing["merchantCount"]) == (4, 4)
    assert listing["priceRange"]["min"]["amount"] == "290.49"
    assert listing["priceRange"]["max"] == {"amount": "306.49", "currency": "EUR"}


async def test_the_featured_offer_says_why_under_which_rules_and_that_no_place_is_sold(
    golden: Golden,
) -> None:
    featured = (await data(FEATURED))["listing"]["featuredOffer"]

    assert featured["offer"]["isSponsored"] is False
    assert featured["ranking"]["modelId"] == factories.rules_of("FR").id
    assert len(featured["ranking"]["snapshotId"]) == 64
    assert featured["ranking"]["reasons"][0] == "SHIPS_FROM_YOUR_COUNTRY"
    assert 1 <= len(featured["ranking"]["reasons"]) <= 3
    assert "LOWEST_TOTAL" not in featured["ranking"]["reasons"]


async def test_the_parts_of_every_price_add_up_to_its_total(golden: Golden) -> None:
    query = """{listing(market: "FR", slug: "calder-0"){offers{edges{node{price{item{amount}
      shipping{amount} serviceFee{amount} levies{amount} duties{amount} total{amount}}}}}}}"""
    edges = (await data(query))["listing"]["offers"]["edges"]

    prices = [
        {part: Decimal(money["amount"]) for part, money in edge["node"]["price"].items()}
        for edge in edges
    ]
    assert len(prices) == 4
    for price in prices:
        assert price.pop("total") == sum(price.values())
    assert {price["serviceFee"] for price in prices} == {Decimal("1.49")}
    assert max(price["shipping"] for price in prices) == Decimal("4.90")


@pytest.mark.parametrize(
    ("sort", "order"),
    [("RANK", "BCDA"), ("PRICE", "ADCB"), ("DELIVERY", "BCDA"), ("GRADE", "BCDA"),
     ("NEAREST", "BCDA")],
)  # fmt: skip
async def test_each_sort_lists_every_offer_in_its_own_order(
    golden: Golden, sort: str, order: str
) -> None:
    offers, page = await listed(sort)

    assert merchants(offers) == order
    assert page["hasNextPage"] is False


def test_every_sort_has_a_test() -> None:
    assert set(OfferSort) == {"RANK", "PRICE", "DELIVERY", "GRADE", "NEAREST"}


async def test_limited_offers_come_after_the_others_in_rank_and_can_be_bought(db: None) -> None:
    (item,) = await factories.world(1, 1)
    limited = await factories.merchant("limited", state=MerchantState.RESTRICTED, quality_bp=9000)
    await shop.sell(limited, [line(item, "L", "100.00")])
    await shop.sell(await factories.merchant("full"), [line(item, "F", "300.00")])

    offers, _ = await listed()

    assert [(o["merchant"]["name"], o["visibility"]) for o in offers] == [
        ("full", "FULL"),
        ("limited", "LIMITED"),
    ]
    assert (await data(FEATURED))["listing"]["featuredOffer"]["offer"]["merchant"]["name"] == "full"


@pytest.mark.parametrize("sort", list(OfferSort))
async def test_pages_list_each_offer_once_even_where_offers_tie(db: None, sort: OfferSort) -> None:
    (item,) = await factories.world(1, 1)
    for name in ("one", "two"):
        rows = [line(item, f"{name}-{n}", f"{200 + n // 3}.00") for n in range(10)]
        await shop.sell(await factories.merchant(name), rows)
    whole, _ = await listed(sort.value)

    seen, after = [], None
    while after is not None or not seen:
        offers, page = await listed(sort.value, 3, after)
        assert page["hasPreviousPage"] is (after is not None)
        seen += offers
        after = page["endCursor"] if page["hasNextPage"] else None

    assert seen == whole
    assert len({offer["id"] for offer in seen}) == 20


@pytest.mark.parametrize("after", ["", "x", "é", "e30", "W10", "\ud800", "A" * 5000])
async def test_a_text_that_is_no_cursor_of_this_list_is_refused(few: None, after: str) -> None:
    found = await refusal(OFFERS, sort="RANK", first=2, after=after)

    assert (found["code"], found["reason"]) == ("BAD_USER_INPUT", "CURSOR_EXPIRED")


async def test_a_cursor_of_another_sort_is_refused(few: None) -> None:
    _, page = await listed("PRICE", 2)

    found = await refusal(OFFERS, sort="RANK", first=2, after=page["endCursor"])

    assert found["reason"] == "CURSOR_EXPIRED"


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_a_page_has_one_to_a_hundred_offers(few: None, first: int) -> None:
    found = await refusal(OFFERS, sort="RANK", first=first, after=None)

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", "first")


async def test_a_listing_is_found_by_each_of_its_names(db: None) -> None:
    items = await factories.world(2, 2)
    await shop.sell(await factories.merchant(), [line(items[2], "A"), line(items[3], "B")])
    chosen = items[2]
    names = [
        {"slug": "calder-1"},
        {"slug": "calder-2-black"},
        {"gtin": chosen.gtin},
        {"gtin": chosen.gtin.rjust(14, "0")},
        {"variantId": str(global_id("Variant", chosen.variant_id))},
        {"variantId": str(chosen.variant_id)},
    ]
    for name in names:
        listing = (await data(NAMED, market="fr", **name))["listing"]
        assert listing["product"]["slug"] == "calder-1", name
        if name != {"slug": "calder-1"}:
            assert listing["variant"]["slug"] == "calder-2-black", name
        assert listing["offerCount"] == 2


@pytest.mark.parametrize(
    "name",
    [{"slug": "nowhere"}, {"slug": "x" * 5000}, {"gtin": factories.gtin(999)},
     {"variantId": "01890000-0000-7000-8000-000000000001"}, {"slug": ""}],
)  # fmt: skip
async def test_an_unknown_listing_is_null(few: None, name: dict[str, str]) -> None:
    assert await data(NAMED, market="FR", **name) == {"listing": None}


async def test_a_product_without_offers_has_a_page_that_says_so(db: None) -> None:
    await factories.world(1, 2)
    query = """{listing(market: "FR", slug: "calder-0"){offerCount priceRange{min{amount}}
      variants{offerCount fromPrice{amount}} grades{grade available fromPrice{amount}}
      featuredOffer{offer{id}} offers{edges{cursor} pageInfo{hasNextPage endCursor}}}}"""

    listing = (await data(query))["listing"]

    assert (listing["offerCount"], listing["priceRange"]) == (0, None)
    assert listing["variants"] == [{"offerCount": 0, "fromPrice": None}] * 2
    grades = [grade["grade"] for grade in listing["grades"]]
    assert grades == ["PREMIUM", "EXCELLENT", "VERY_GOOD", "GOOD", "FAIR"]
    assert not any(grade["available"] for grade in listing["grades"])
    assert listing["featuredOffer"] is None
    assert listing["offers"] == {
        "edges": [],
        "pageInfo": {"hasNextPage": False, "endCursor": None},
    }


@pytest.mark.parametrize(
    "name",
    [{}, {"slug": "calder-0", "gtin": "2000000000008"}, {"gtin": "2000000000009"},
     {"gtin": "abc"}, {"gtin": ""}, {"variantId": "x"}, {"variantId": ""},
     {"variantId": str(global_id("Offer", factories.some_id()))},
     {"slug": "a\0b"}, {"gtin": "\0"}, {"slug": "\ud800"}, {"gtin": "9" * 100_000}],
    ids=range(12),
)  # fmt: skip
async def test_a_name_that_cannot_be_is_bad_input_that_names_its_argument(
    few: None, name: dict[str, str]
) -> None:
    found = await refusal(NAMED, market="FR", **name)

    assert found["code"] == "BAD_USER_INPUT"
    assert found["argument"] == (next(iter(name)) if len(name) == 1 else "slug")


@pytest.mark.parametrize("market", ["IT", "", "FRA", "ÀÀ", "F\0", "\ud800", "F" * 10_000])
async def test_a_market_that_is_not_open_or_unknown_is_refused(few: None, market: str) -> None:
    found = await refusal(NAMED, market=market, slug="calder-0")

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", "market")
    assert found["reason"] == ("BAD_TEXT" if set(market) & {"\0", "\ud800"} else "MARKET_NOT_OPEN")


@pytest.mark.parametrize("stage", ["DRAFT", "READY", "INTERNAL", "CLOSED"])
async def test_a_market_in_preparation_or_closed_sells_nothing(few: None, stage: str) -> None:
    await execute("UPDATE market SET stage = $1 WHERE code = 'FR'", stage)

    assert (await refusal(NAMED, market="FR", slug="calder-0"))["reason"] == "MARKET_NOT_OPEN"


@pytest.mark.parametrize(
    ("quantity", "band"), [(0, None), (1, "FEW"), (5, "FEW"), (6, "MANY"), (99_999, "MANY")]
)
async def test_stock_is_a_band(db: None, quantity: int, band: str | None) -> None:
    (item,) = await factories.world(1, 1)
    await shop.sell(await factories.merchant(), [line(item, "A", quantity=quantity)])

    featured = (await data(FEATURED))["listing"]["featuredOffer"]

    assert (featured["offer"]["availability"] if featured else None) == band


async def test_dates_are_days_of_the_market(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant(delay_hours=48)
    await shop.sell(owner, [line(item, "A", handling_hours=24)])
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        await Market.filter(code="FR").update(time_zone=zone)
        before = datetime.now(UTC)
        delivery = (await data(FEATURED))["listing"]["featuredOffer"]["offer"]["delivery"]
        today = before.astimezone(ZoneInfo(zone)).date()
        assert delivery == {
            "earliest": str(today + timedelta(days=2)),
            "latest": str(today + timedelta(days=3)),
            "days": 3,
        }


async def test_the_day_in_a_market_is_that_of_its_zone(db: None) -> None:
    (item,) = await factories.world(1, 1)
    await Market.filter(code="FR").update(time_zone="Asia/Tokyo")
    await shop.sell(await factories.merchant(), [line(item, "A")])

    found = await use_cases.offer(await shop.offer_id("A"))
    evening = Context(now=datetime(2026, 5, 4, 15, tzinfo=UTC))

    assert found is not None
    assert use_cases.today(evening, found.time_zone) == date(2026, 5, 5)
    assert use_cases.today(evening, "Europe/Paris") == date(2026, 5, 4)


async def test_a_currency_without_minor_unit_has_no_decimals(db: None) -> None:
    (item,) = await factories.world(1, 1)
    await Market.filter(code="FR").update(currency="JPY", service_fee_minor=200)
    await shop.sell(await factories.merchant(), [line(item, "A", "45800", currency="JPY")])

    price = (await data(FEATURED))["listing"]["featuredOffer"]["offer"]["price"]

    assert price["item"] == {"amount": "45800"}
    assert price["total"] == {"amount": "46000", "currency": "JPY"}


async def test_warranty_states_both_rights_and_no_number_that_is_not_known(db: None) -> None:
    (item,) = await factories.world(1, 1)
    await shop.sell(await factories.merchant(), [line(item, "A", warranty_months=18)])
    unknown = (await data(FEATURED))["listing"]["featuredOffer"]["offer"]["warranty"]
    await Market.filter(code="FR").update(
        legal_guarantee_months=24, legal_guarantee_status="UNVERIFIED"
    )
    known = (await data(FEATURED))["listing"]["featuredOffer"]["offer"]["warranty"]

    assert unknown == {
        "legalGuaranteeMonths": None,
        "legalGuaranteeStatus": None,
        "commercialWarrantyMonths": 18,
    }
    assert known == {
        "legalGuaranteeMonths": 24,
        "legalGuaranteeStatus": "UNVERIFIED",
        "commercialWarrantyMonths": 18,
    }


async def test_equal_offers_of_two_grades_feature_the_better_grade(db: None) -> None:
    (item,) = await factories.world(1, 1)
    await Market.filter(code="FR").update(service_fee_minor=0)
    rows = [line(item, "F", "180.00", grade="fair"), line(item, "G", "200.00", grade="good")]
    await shop.sell(await factories.merchant(), rows)
    query = '{listing(market: "FR", slug: "calder-0"){featuredOffer{offer{grade}}}}'

    assert (await data(query))["listing"]["featuredOffer"]["offer"]["grade"] == "GOOD"
