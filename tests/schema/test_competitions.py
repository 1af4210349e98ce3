"""Many competitions in one call: each answered in its place, as if it were asked for alone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import parse

from boucle.graphql.limits import Limits
from boucle.graphql.price import price
from domain.ranking.reprice import RepriceMode
from models.base import execute, fetchval, transaction
from models.merchants import Merchant
from models.offers import reprice, upkeep
from models.offers.reprice import Rule
from schema.common import global_id
from schema.root import schema
from tests import factories
from tests.factories import line
from tests.schema import shop
from tests.schema.asking import counted, data, key_of, refusal
from tests.schema.shop import Golden
from tests.schema.test_competition import ASK, SCOPE
from workers.ranking import reprice_some

FIELDS = ASK[ASK.index("{\n") : ASK.index("fragment")].rstrip().removesuffix("}")
ANSWER = ASK[ASK.index("fragment") :]
MANY = f"""query($items: [CompetitionQuestion!]!){{competitions(items: $items){{__typename
  ... on Competition {FIELDS}
  ... on CompetitionUnanswered{{code path message hint}}}}}}{ANSWER}"""
IMPORTANT = """query($items: [CompetitionQuestion!]!){competitions(items: $items){__typename
  ... on CompetitionUnanswered{code}
  ... on Competition{sku market state rank of shareBp merit effectivePrice{amount}
  total{amount currency} leaderTotal{amount} gapToNext{amount}
  priceToWin{...P} priceToWinAlone{...P} priceDiff{market{amount} merchantCurrency{amount}}
  reasonCodes rankingModelId snapshotId asOf}}}
fragment P on PriceToWin{... on PriceFound{price{amount}} ... on PriceUnreachable{reason}}"""
STATE = """query($items: [CompetitionQuestion!]!){competitions(items: $items){
  ... on Competition{sku state} ... on CompetitionUnanswered{code}}}"""


@pytest.fixture
async def golden(db: None) -> Golden:
    return await shop.golden()


def _ids(golden: Golden) -> dict[str, str]:
    return {letter: str(global_id("Offer", row)) for letter, row in golden.offers.items()}


async def test_each_answer_is_in_its_place_and_the_same_as_asked_for_alone(golden: Golden) -> None:
    await shop.sell(
        golden.merchants["C"],
        [line(golden.item, "SKU-C", "299.00", quantity=0), line(golden.item, "Other", "400.00")],
    )
    caller, ids = key_of(golden.merchants["C"], SCOPE), _ids(golden)
    items = [
        {"sku": "other", "market": "FR"},
        {"offerId": ids["A"], "market": "FR"},
        {"offerId": ids["C"], "market": "fr"},
        {"sku": "nothing", "market": "FR"},
        {"sku": "SKU-C", "market": "DE"},
        {"sku": "SKU-C", "market": "XX"},
        {"offerId": ids["C"], "market": "FR"},
    ]

    told = (await data(MANY, caller, items=items))["competitions"]

    codes = [each.get("code") for each in told]
    no, closed = "OFFER_UNKNOWN", "MARKET_NOT_OPEN"
    assert codes == [None, no, None, no, no, closed, None]
    assert told[1]["path"] == ["items", "1"]
    alone = {}
    for at, sku in ((0, "Other"), (2, "SKU-C"), (6, "SKU-C")):
        offer = str(await shop.offer_id(sku))
        alone = (await data(ASK, caller, offer=offer, market="FR"))["competition"]
        assert told[at] == {"__typename": "Competition"} | alone
    assert alone["state"] == "INELIGIBLE"


async def test_the_published_numbers_are_those_of_many_too(golden: Golden) -> None:
    for letter, price_won in {"A": "242.30", "B": "321.39", "C": "283.74", "D": "271.71"}.items():
        caller = key_of(golden.merchants[letter], SCOPE)
        items = [{"sku": f"SKU-{letter}", "market": "FR"}]
        [told] = (await data(IMPORTANT, caller, items=items))["competitions"]
        assert told["priceToWin"]["price"]["amount"] == price_won
        assert told["priceDiff"]["merchantCurrency"] == told["priceDiff"]["market"]


async def test_five_hundred_cost_as_many_statements_as_one(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.many(12)
    caller = key_of(await Merchant.get(slug="amber"), SCOPE)
    spent = []
    for count in (1, 500):
        items = [{"sku": f"P{n % 12}", "market": "FR"} for n in range(count)]
        with counted(monkeypatch) as sent:
            told = (await data(MANY, caller, items=items))["competitions"]
        assert {each["__typename"] for each in told} == {"Competition"}
        assert len(told) == count
        spent.append(sent.total())
    assert spent == [2, 2]


def test_a_merchant_can_afford_the_important_fields_of_five_hundred() -> None:
    def points(count: int) -> float:
        [found] = price(schema._schema, parse(IMPORTANT)).operations.values()
        return found.points({"items": [{"sku": "A", "market": "FR"}] * count})

    assert points(500) <= Limits().partner_points == 10_000
    assert points(500) == pytest.approx(500 * points(1))
    assert points(501) == points(500)


@pytest.mark.parametrize("count", [0, 501])
async def test_none_and_more_than_five_hundred_are_refused(db: None, count: int) -> None:
    caller = key_of(await factories.merchant(), SCOPE)

    found = await refusal(STATE, caller, items=[{"sku": "A", "market": "FR"}] * count)

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", "items")


@pytest.mark.parametrize("named", [{}, {"sku": "A", "offerId": str(factories.some_id())}])
async def test_an_offer_is_named_in_one_way(db: None, named: dict[str, str]) -> None:
    caller = key_of(await factories.merchant(), SCOPE)

    found = await refusal(STATE, caller, items=[{"market": "FR"} | named])

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", "offerId")


async def test_a_key_of_one_market_is_answered_there_and_told_so_elsewhere(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant(markets=("FR", "DE"))
    await shop.sell(owner, [line(item, "A", markets="FR|DE")])
    caller = replace(key_of(owner, SCOPE), limits={SCOPE: frozenset({"FR"})})
    items = [{"sku": "A", "market": "FR"}, {"sku": "A", "market": "DE"}]

    told = (await data(STATE, caller, items=items))["competitions"]

    assert told == [{"sku": "A", "state": "WON"}, {"code": "MARKET_NOT_GRANTED"}]
    one = '{competition(sku: "A", market: "FR"){state}}'
    assert await data(one, caller) == {"competition": {"state": "WON"}}


async def _states(owner: Merchant, *skus: str) -> dict[str, Any]:
    items = [{"sku": sku, "market": "FR"} for sku in skus]
    told = (await data(STATE, key_of(owner, SCOPE), items=items))["competitions"]
    return {each["sku"]: each["state"] for each in told}


async def test_a_sister_of_what_is_first_has_won_elsewhere(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner, other = await factories.merchant("one"), await factories.merchant("two")
    await shop.sell(owner, [line(item, "A", "200.00"), line(item, "B", "250.00")])
    await shop.sell(other, [line(item, "C", "300.00")])

    assert await _states(owner, "A", "B") == {"A": "WON", "B": "WON_ELSEWHERE"}
    assert await _states(other, "C") == {"C": "ELIGIBLE"}


async def test_what_is_first_once_its_day_comes_should_win(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner, other = await factories.merchant("one"), await factories.merchant("two")
    await shop.sell(other, [line(item, "C", "200.00")])
    later = {"available_from": "2099-01-01T00:00:00Z"}
    await shop.sell(
        owner,
        [
            line(item, "A", "150.00", **later),
            line(item, "B", "250.00", **later),
            line(item, "D", "150.00", quantity=0, **later),
        ],
    )

    states = await _states(owner, "A", "B", "D")

    assert states == {"A": "SHOULD_WIN", "B": "INELIGIBLE", "D": "INELIGIBLE"}


async def test_what_tonights_figures_make_first_should_win(golden: Golden) -> None:
    delta = golden.merchants["D"]
    assert await _states(delta, "SKU-D") == {"SKU-D": "ELIGIBLE"}
    await execute(
        "UPDATE merchant_quality SET inputs = $1::text::jsonb WHERE merchant_id = $2",
        '{"FAILURE_RATE": ["0", 5000], "CANCELLATION_RATE": ["0", 5000], '
        '"LATE_SHIPMENT_RATE": ["0", 5000], "LATE_REPLY_RATE": ["0", 5000], '
        '"RATING": ["25000", 5000], "LAB_CONFORMITY": ["50", 50]}',
        delta.id,
    )

    assert await _states(delta, "SKU-D") == {"SKU-D": "SHOULD_WIN"}
    assert await _states(golden.merchants["A"], "SKU-A") == {"SKU-A": "ELIGIBLE"}


WHY = """query($sku: String, $locale: String! = "en"){offerVisibility(sku: $sku, market: "FR"){
  sku market visibility reasons{code effect since value limit hint(locale: $locale)}}}"""


async def _why(owner: Merchant, sku: str, locale: str = "en") -> dict[str, Any]:
    found = await data(WHY, key_of(owner, SCOPE), sku=sku, locale=locale)
    return dict(found["offerVisibility"])


async def test_all_reasons_are_told_worst_first_with_value_and_limit(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant(quality_bp=1500, delay_hours=24 * 18)
    await shop.sell(owner, [line(item, "A", "199.90", handling_hours=24)])
    await execute(
        "UPDATE offer SET quantity = 0, max_price_minor = 15000, available_from = '2099-01-01'"
    )
    async with transaction() as raw:
        await upkeep.refresh_merchants(raw, [owner.id])

    told = await _why(owner, "A")

    assert told["visibility"] == "HIDDEN"
    assert [(r["code"], r["value"], r["limit"]) for r in told["reasons"]] == [
        ("OUT_OF_STOCK", "0", "1"),
        ("OUTSIDE_AVAILABILITY", "2099-01-01/..", None),
        ("PRICE_ABOVE_MAX", "199.90 EUR", "150.00 EUR"),
        ("QUALITY_BELOW_FLOOR", "1500", "2000"),
        ("DELIVERY_TOO_SLOW", "19", "15"),
    ]
    french = await _why(owner, "A", "fr")
    assert french["reasons"][2]["hint"] == (
        "Le prix 199.90 EUR dépasse votre propre prix maximum, 150.00 EUR. "
        "Corrigez le prix, ou augmentez votre propre prix maximum."
    )


async def test_a_reason_keeps_the_time_at_which_it_began(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant(quality_bp=1500)
    await shop.sell(owner, [line(item, "A"), line(item, "B")])
    await execute("UPDATE offer_market SET reasons_since = '{2026-05-04T12:00:00Z}'")
    began = "2026-05-04T12:00:00+00:00"
    assert [r["since"] for r in (await _why(owner, "A"))["reasons"]] == [began]

    await shop.sell(owner, [line(item, "A", quantity=0), line(item, "B")])

    since = {r["code"]: r["since"] for r in (await _why(owner, "A"))["reasons"]}
    assert since["QUALITY_BELOW_FLOOR"] == began
    assert since["OUT_OF_STOCK"] > began
    await shop.sell(owner, [line(item, "A", "180.00", quantity=0), line(item, "B")])
    assert {r["code"]: r["since"] for r in (await _why(owner, "A"))["reasons"]} == since
    await factories.quality(owner, 9000)
    async with transaction() as raw:
        await upkeep.refresh_merchants(raw, [owner.id])
    assert {r["code"]: r["since"] for r in (await _why(owner, "A"))["reasons"]} == {
        "OUT_OF_STOCK": since["OUT_OF_STOCK"]
    }


async def test_an_offer_that_waits_for_its_product_says_so(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant()
    unknown = factories.gtin(77)
    await shop.sell(owner, [line(item, "A") | {"gtin": unknown}])

    told = await _why(owner, "A")

    [reason] = told["reasons"]
    assert (told["visibility"], reason["code"]) == ("HIDDEN", "PRODUCT_UNDER_REVIEW")
    assert reason["value"] == unknown.rjust(14, "0")
    assert await _states(owner, "A") == {"A": "INELIGIBLE"}


async def test_a_market_may_ask_for_a_stock_to_be_listed_or_to_compete(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant()
    await execute(
        'UPDATE ranking_model SET parameters = parameters || \'{"min_quantity": 2, '
        "\"low_stock\": 4}' WHERE market = 'FR'"
    )
    seen = {}
    for stock in (1, 2, 4):
        await shop.sell(owner, [line(item, "A", quantity=stock)])
        told = await _why(owner, "A")
        seen[stock] = told["visibility"], [(r["code"], r["limit"]) for r in told["reasons"]]

    low = ("LOW_STOCK_PROTECTION", "4")
    assert seen == {
        1: ("HIDDEN", [("QUANTITY_BELOW_MINIMUM", "2"), low]),
        2: ("LIMITED", [low]),
        4: ("FULL", []),
    }


async def test_a_price_far_from_the_others_names_the_range(db: None) -> None:
    (item,) = await factories.world(1, 1)
    for number in range(5):
        other = await factories.merchant(f"m{number}")
        await shop.sell(other, [line(item, f"S{number}", "300.00")])
    owner = await factories.merchant("far")
    await shop.sell(owner, [line(item, "A", "100.00")])

    [reason] = (await _why(owner, "A"))["reasons"]

    assert reason["code"] == "PRICE_OUTLIER_LOW"
    assert (reason["value"], reason["limit"]) == ("101.49 EUR", "120.60 EUR - 753.72 EUR")


async def test_a_price_that_the_limits_would_hide_wins_nothing(db: None) -> None:
    (item,) = await factories.world(1, 1)
    for number in range(5):
        other = await factories.merchant(f"m{number}")
        await shop.sell(other, [line(item, f"S{number}", "300.00")])
    first = await factories.merchant("first", quality_bp=9900)
    await shop.sell(first, [line(item, "F", "121.00")])
    owner = await factories.merchant("me")
    await shop.sell(owner, [line(item, "A", "290.00")])
    items = [{"sku": "A", "market": "FR"}]

    [told] = (await data(IMPORTANT, key_of(owner, SCOPE), items=items))["competitions"]

    assert told["priceToWin"] == {"reason": "BELOW_PRICE_LIMIT"}
    assert told["priceDiff"] is None
    await reprice.set_rules(owner.id, None, Rule(RepriceMode.LEAD, "FR", 1, None))
    async with transaction() as raw:
        await reprice_some(raw, owner.id, datetime.now(UTC))
    assert await fetchval("SELECT item_minor FROM repriced") == 29_000
