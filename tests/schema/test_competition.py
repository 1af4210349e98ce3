"""Where an offer stands and what would make it first, as journey M4 reads it."""

from typing import Any

import pytest

from models.base import execute
from models.merchants import Merchant
from schema.common import global_id
from tests import factories
from tests.factories import line
from tests.schema import shop
from tests.schema.asking import data, key_of, refusal
from tests.schema.shop import Golden

SCOPE = "offers:read"
ASK = """query($offer: ID!, $market: String!){competition(offerId: $offer, market: $market){
  state rank of shareBp merit effectivePrice{amount} total{amount currency} leaderTotal{amount}
  gapToNext{amount} explain{parameter weightBp value contributionBp worth{amount}}
  priceToWin{...Answer} priceToWinAlone{...Answer} meritNeeded
  qualityToWin{lever current target of gainBp enough}
  reasons{code effect hint} rankingModelId snapshotId}}
fragment Answer on PriceToWin{__typename
  ... on PriceFound{price{amount} difference{amount}} ... on PriceUnreachable{reason}
  ... on NoRival{anyPrice} ... on NotCompeting{reasons{code effect hint}}}"""


async def standing(golden: Golden, letter: str) -> dict[str, Any]:
    """What the merchant of a letter is told of its offer."""
    caller = key_of(golden.merchants[letter], SCOPE)
    found = await data(ASK, caller, offer=_id(golden, letter), market="FR")
    assert found["competition"] is not None
    return dict(found["competition"])


def _id(golden: Golden, letter: str) -> str:
    return str(global_id("Offer", golden.offers[letter]))


@pytest.fixture
async def golden(db: None) -> Golden:
    return await shop.golden()


async def test_the_golden_offers_are_told_the_published_prices_that_win(golden: Golden) -> None:
    told = {letter: await standing(golden, letter) for letter in "ABCD"}

    assert {x: _price(told[x]["priceToWin"]) for x in told} == {
        "A": ("242.30", "-46.70"),
        "B": ("321.39", "16.39"),
        "C": ("283.74", "-15.26"),
        "D": ("271.71", "-16.29"),
    }
    alone = {x: _price(told[x]["priceToWinAlone"])[0] for x in told}
    assert alone == {"A": "239.88", "B": "318.19", "C": "280.92", "D": "268.96"}
    assert {x: told[x]["meritNeeded"] for x in "ACD"} == {"A": 10592, "C": 10957, "D": 10734}
    assert {x: (told[x]["rank"], told[x]["merit"]) for x in told} == {
        "A": (4, 8889), "B": (1, 11175), "C": (2, 10400), "D": (3, 10140),
    }  # fmt: skip
    effective = {x: told[x]["effectivePrice"]["amount"] for x in told}
    assert effective == {"A": "326.80", "B": "274.26", "C": "288.93", "D": "290.33"}
    assert {x: told[x]["state"] for x in told} == {
        "A": "ELIGIBLE", "B": "WON", "C": "ELIGIBLE", "D": "ELIGIBLE",
    }  # fmt: skip


def _price(answer: dict[str, Any]) -> tuple[str, str]:
    return answer["price"]["amount"], answer["difference"]["amount"]


async def test_each_is_told_its_own_numbers_and_the_total_of_the_leader(golden: Golden) -> None:
    told = await standing(golden, "D")

    assert told["total"] == {"amount": "294.39", "currency": "EUR"}
    assert told["leaderTotal"] == {"amount": "306.49"}
    assert (told["of"], told["shareBp"], told["reasons"]) == (4, 0, [])
    terms = {t["parameter"]: (t["weightBp"], t["contributionBp"]) for t in told["explain"]}
    assert terms == {
        "QUALITY": (3000, -137), "IN_COUNTRY": (300, 150), "DELIVERY": (200, 67),
        "WARRANTY": (200, 0), "BATTERY": (200, 60),
    }  # fmt: skip
    assert told["rankingModelId"] == factories.rules_of("FR").id
    assert len(told["snapshotId"]) == 64


async def test_the_leader_has_all_of_the_time_and_knows_what_its_quality_is_worth(
    golden: Golden,
) -> None:
    told = await standing(golden, "B")

    assert (told["shareBp"], told["state"]) == (10_000, "WON")
    worth = {term["parameter"]: term["worth"]["amount"] for term in told["explain"]}
    assert worth["QUALITY"] == "19.68"


async def test_the_levers_are_the_published_ones(db: None) -> None:
    golden = await shop.golden()
    await execute("UPDATE offer SET status = 'PAUSED' WHERE sku IN ('SKU-A', 'SKU-B')")
    for letter in "AB":
        await shop.sell(golden.merchants[letter], [line(golden.item, f"SKU-{letter}", quantity=0)])

    told = await standing(golden, "D")

    assert (told["of"], told["meritNeeded"]) == (2, 10189)
    assert _price(told["priceToWin"])[0] == "286.58"
    levers = {x["lever"]: (x["current"], x["target"], x["of"]) for x in told["qualityToWin"]}
    assert levers["FAILURE_RATE"] == ("20", "17", 500)
    assert levers["CANCELLATION_RATE"] == ("10", "7", 520)
    assert levers["LATE_SHIPMENT_RATE"] == ("30", "17", 510)
    assert levers["LATE_REPLY_RATE"] == ("12", "7", 120)
    assert levers["RATING"] == ("860", "892", 200)
    assert levers["LAB_CONFORMITY"] == ("4", "5", 5)
    assert levers["DELIVERY_DAYS"][:2] == ("5", "3")
    assert levers["WARRANTY_MONTHS"][:2] == ("12", "18")


async def test_a_lowest_price_of_the_merchant_makes_the_winning_one_unreachable(db: None) -> None:
    golden = await shop.golden(A={"min_price": "280.00"})

    told = await standing(golden, "A")

    assert told["priceToWin"] == {
        "__typename": "PriceUnreachable",
        "reason": "BELOW_MIN_PRICE",
    }


async def test_alone_any_price_wins(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant()
    await shop.sell(owner, [line(item, "A")])
    offer = str(await shop.offer_id("A"))

    told = (await data(ASK, key_of(owner, SCOPE), offer=offer, market="fr"))["competition"]

    assert told["priceToWin"] == {"__typename": "NoRival", "anyPrice": True}
    assert (told["state"], told["qualityToWin"], told["meritNeeded"]) == ("WON", [], None)


async def test_near_equals_share_and_their_shares_add_up(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owners = [await factories.merchant(name, quality_bp=7000) for name in ("one", "two", "three")]
    for owner, price in zip(owners, ("300.00", "300.10", "300.20"), strict=True):
        await shop.sell(owner, [line(item, f"SKU-{owner.slug}", price)])
    told = [await _told(owner) for owner in owners]

    assert [each["state"] for each in told] == ["SHARING"] * 3
    assert [each["shareBp"] for each in told] == [5000, 2500, 2500]


async def _told(owner: Merchant) -> dict[str, Any]:
    offer = str(await shop.offer_id(f"SKU-{owner.slug}"))
    found = await data(ASK, key_of(owner, SCOPE), offer=offer, market="FR")
    return dict(found["competition"])


async def test_an_offer_that_does_not_compete_is_told_why_and_what_to_do(golden: Golden) -> None:
    await shop.sell(golden.merchants["C"], [line(golden.item, "SKU-C", "299.00", quantity=0)])

    told = await standing(golden, "C")

    hint = "The stock is 0. Send a quantity above zero."
    reason = {"code": "OUT_OF_STOCK", "effect": "HIDDEN", "hint": hint}
    assert (told["state"], told["rank"], told["merit"]) == ("INELIGIBLE", None, None)
    assert told["reasons"] == [reason]
    assert told["priceToWin"] == {"__typename": "NotCompeting", "reasons": [reason]}
    assert (told["of"], told["shareBp"], told["explain"]) == (3, 0, [])


async def test_the_offer_of_another_an_unknown_one_and_another_market_are_null(
    golden: Golden,
) -> None:
    caller = key_of(golden.merchants["A"], SCOPE)
    for offer, market in (
        (_id(golden, "B"), "FR"),
        (str(global_id("Offer", factories.some_id())), "FR"),
        (_id(golden, "A"), "DE"),
    ):
        assert await data(ASK, caller, offer=offer, market=market) == {"competition": None}


@pytest.mark.parametrize(
    ("scopes", "code", "reason"),
    [
        (None, "UNAUTHENTICATED", "UNAUTHENTICATED"),
        ((), "FORBIDDEN", "SCOPE_NOT_GRANTED"),
        (("feeds:read",), "FORBIDDEN", "SCOPE_NOT_GRANTED"),
    ],
)
async def test_only_a_key_with_the_scope_is_answered(
    db: None, scopes: tuple[str, ...] | None, code: str, reason: str
) -> None:
    owner = await factories.merchant()
    caller = None if scopes is None else key_of(owner, *scopes)

    found = await refusal(ASK, caller, offer=str(factories.some_id()), market="FR")

    assert (found["code"], found["reason"]) == (code, reason)
    assert found.get("scope") == (SCOPE if code == "FORBIDDEN" else None)


@pytest.mark.parametrize(
    ("offer", "market", "argument"),
    [("x", "FR", "offerId"), ("", "FR", "offerId"), ("\0", "FR", "offerId"),
     (str(global_id("Variant", factories.some_id())), "FR", "offerId"),
     (str(factories.some_id()), "IT", "market")],
    ids=range(5),
)  # fmt: skip
async def test_an_id_or_a_market_that_cannot_be_is_bad_input(
    db: None, offer: str, market: str, argument: str
) -> None:
    caller = key_of(await factories.merchant(), SCOPE)

    found = await refusal(ASK, caller, offer=offer, market=market)

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", argument)
