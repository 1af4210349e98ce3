"""A person is asked, told what a device is worth, and gets a quote that others cannot open."""

from datetime import timedelta
from typing import Any

import pytest

from integrations.devices import Asked, SimulatedList
from models.base import execute, fetchval
from models.merchants import Merchant
from resolvers.context import Caller
from resolvers.orders import devices
from tests import factories, trade_in
from tests.factories import Item
from tests.schema.asking import counted, data, refusal
from tests.trade_in import IMEI, answers, bid

ASKED = """{tradeInQuestionnaire(market: "FR", category: "%s"){
  __typename ... on TradeInQuestionnaire{id version programme{quoteDays minimumAge status}
    questions{code text(locale: "fr") help answers{code text bestGrade excluded}}}
  ... on Problem{code} ... on DeviceNotEligible{reason reasonText(locale: "fr")}}}"""
ESTIMATE = """query($v: ID!, $a: [AnswerInput!]!, $m: String!){
  tradeInEstimate(market: $m, variantId: $v, answers: $a){__typename
  ... on TradeInEstimate{grade advice adviceText(locale: "fr") keeping{years kgPerYear}
    variant{id} value{
    band{__typename ... on TradeInBand{best{amount} low{amount} high{amount} highestBid{amount} n}
      ... on TradeInNotEnoughData{n min}}
    curve{basis monthlyShare models method points{months value{amount}}}}}
  ... on Problem{code path hint} ... on AnswersInvalid{fault question allowed}
  ... on DeviceNotEligible{reason question}}}"""
QUOTE = """fragment q on TradeInQuote{id market grade imeiMasked deviceStatus locks{kind state}
  expiresAt bids{bidId rank amount{amount} expectedAmount{amount} value{amount} payWithinDays
    inCountry counterOfferRate inspections inCountryShare daysShare merchant{name}}}"""
REQUEST = (
    QUOTE
    + """ mutation($i: RequestTradeInQuoteInput!){requestTradeInQuote(input: $i){__typename
  ... on TradeInQuoteMade{token quote{...q}} ... on Problem{code path hint}
  ... on NumberInvalid{because} ... on ActivationLockOn{steps{lock steps(locale: "fr")}}
  ... on DeviceNotEligible{reason}}}"""
)
READ = QUOTE + " query($id: ID!, $t: String){tradeInQuote(id: $id, token: $t){...q}}"
CLAIM = (
    QUOTE
    + """ mutation($i: ClaimTradeInQuoteInput!){claimTradeInQuote(input: $i){__typename
  ... on TradeInQuoteClaimed{quote{...q}} ... on Problem{code}}}"""
)
SAVE = """mutation($i: SaveDeviceInput!){saveDevice(input: $i){__typename
  ... on DeviceSaved{device{id name grade}} ... on Problem{code}}}"""
SAVED = """query($n: Int!, $a: String){savedDevices(first: $n, after: $a){
  edges{node{id name value{band{... on TradeInBand{best{amount}}
    ... on TradeInNotEnoughData{n}} curve{points{months value{amount}}}}}}
  pageInfo{endCursor hasNextPage}}}"""
REMOVE = """mutation($i: RemoveSavedDeviceInput!){removeSavedDevice(input: $i){__typename
  ... on Problem{code}}}"""


def valid(fourteen: str) -> str:
    """The digits with the check digit that fits. Source: 3GPP TS 23.003, annex B."""
    doubled = [int(d) * (2 if n % 2 else 1) for n, d in enumerate(fourteen)]
    return fourteen + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


@pytest.fixture
async def item(db: None) -> Item:
    found = (await factories.world(1, 1))[0]
    await trade_in.reference()
    return found


@pytest.fixture
async def three(item: Item) -> list[Merchant]:
    """The merchants X, Y and Z of the golden example, with their bids."""
    x = await factories.merchant("x", country="GB")
    y = await factories.merchant("y")
    z = await factories.merchant("z", country="DE")
    await trade_in.record(x, 100, 60, 210_000)
    await trade_in.record(y, 200, 5, 10_000)
    await bid(x, item, 150_00, pay_within_days=10)
    await bid(y, item, 142_00, pay_within_days=3)
    await bid(z, item, 145_00, pay_within_days=5)
    return [x, y, z]


def wanted(item: Item, **more: Any) -> dict[str, Any]:
    usual = {
        "market": "FR", "variantId": str(item.variant_id), "answers": answers(), "imei": IMEI,
        "idempotencyKey": "k",
    }  # fmt: skip
    return usual | more


async def request(item: Item, caller: Caller | None = None, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await data(REQUEST, caller, i=wanted(item, **more)))[
        "requestTradeInQuote"
    ]
    return found


async def estimate(item: Item, market: str = "FR", **changed: str) -> dict[str, Any]:
    given = {"v": str(item.variant_id), "a": answers(**changed), "m": market}
    found: dict[str, Any] = (await data(ESTIMATE, **given))["tradeInEstimate"]
    return found


async def test_questions_are_those_of_the_category_in_two_languages_with_the_terms(
    item: Item,
) -> None:
    found = (await data(ASKED % "smartphone"))["tradeInQuestionnaire"]
    other = (await data(ASKED % "iron"))["tradeInQuestionnaire"]

    assert found["id"] == "smartphone:*:1"
    assert found["programme"] == {"quoteDays": 21, "minimumAge": 18, "status": "UNVERIFIED"}
    assert [each["code"] for each in found["questions"]][:2] == ["ownership", "genuine"]
    assert found["questions"][0]["text"] == "Pouvez-vous le vendre ?"
    assert found["questions"][6]["answers"][3] == {
        "code": "broken", "text": "Cracked, chipped, or with dead spots",
        "bestGrade": "FUNCTIONAL_CRACKED", "excluded": None,
    }  # fmt: skip
    assert (other["code"], other["reason"]) == ("DEVICE_NOT_ELIGIBLE", "CATEGORY_NOT_BOUGHT")
    assert other["reasonText"] == "De tels appareils ne sont pas achetés ici."


async def test_a_market_asks_its_own_questions_where_it_has_some(item: Item) -> None:
    await execute(
        "INSERT INTO trade_in_question VALUES ('smartphone', 'FR', 1, 'one', 1, '2026-02-01',"
        " 'One', 'Une', '', '', 'test'), ('smartphone', 'FR', 2, 'two', 1, '2999-01-01', 'Two',"
        " 'Deux', '', '', 'test')"
    )
    french = (await data(ASKED % "smartphone"))["tradeInQuestionnaire"]
    german = (await data((ASKED % "smartphone").replace('"FR"', '"DE"')))["tradeInQuestionnaire"]

    assert (french["id"], len(french["questions"])) == ("smartphone:FR:1", 1)
    assert german["id"] == "smartphone:*:1"


async def test_anybody_is_told_what_a_device_is_worth_and_nothing_is_written(
    item: Item, three: list[Merchant]
) -> None:
    before = await fetchval("SELECT count(*) FROM trade_in_quote")
    found = await estimate(item)

    assert found["grade"] == "FUNCTIONAL_GOOD"
    assert found["value"]["band"] == {
        "__typename": "TradeInBand", "best": {"amount": "140.68"}, "low": {"amount": "125.08"},
        "high": {"amount": "140.68"}, "highestBid": {"amount": "150.00"}, "n": 3,
    }  # fmt: skip
    curve = found["value"]["curve"]
    assert (curve["basis"], curve["monthlyShare"], curve["models"]) == ("DEFAULT", "0.9681", 0)
    assert curve["method"].startswith("An assumption of ours")
    assert [(p["months"], p["value"]["amount"]) for p in curve["points"]] == [
        (0, "140.68"), (1, "136.19"), (3, "127.64"), (6, "115.81"), (12, "95.34"),
    ]  # fmt: skip
    assert (found["advice"], found["keeping"]) == ("KEEP", None)
    assert found["adviceText"].startswith("Il fonctionne")
    assert await fetchval("SELECT count(*) FROM trade_in_quote") == before


async def test_too_few_bids_are_told_as_such_and_have_no_curve(item: Item) -> None:
    found = (await estimate(item))["value"]

    assert found == {
        "band": {"__typename": "TradeInNotEnoughData", "n": 0, "min": 1},
        "curve": None,
    }


async def test_bids_that_are_off_full_over_or_of_who_may_not_buy_are_not_counted(
    item: Item,
) -> None:
    some = [await factories.merchant(f"m{n}") for n in range(5)]
    gone = await factories.merchant("gone", state=factories.MerchantState.SUSPENDED)
    away = await factories.merchant("away", markets=("DE",))
    await bid(some[0], item, 0)
    await bid(some[1], item, 90_00, stock_cap=2, taken=2)
    await bid(some[2], item, 90_00, valid_until=factories.NOW)
    await bid(some[3], item, 80_00, stock_cap=2, taken=1)
    await bid(some[4], item, 90_00, grade="FUNCTIONAL_USED")
    for each in (gone, away):
        await bid(each, item, 90_00)

    assert (await estimate(item))["value"]["band"]["highestBid"] == {"amount": "80.00"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"battery": "swollen"}, {"code": "DEVICE_NOT_ELIGIBLE", "reason": "BATTERY_UNSAFE"}),
        (
            {"screen": "so so"},
            {"code": "ANSWERS_INVALID", "fault": "ANSWER_NOT_ALLOWED", "question": "screen"},
        ),
        ({"colour": "red"}, {"code": "ANSWERS_INVALID", "fault": "UNKNOWN_QUESTION"}),
    ],
)
async def test_a_device_that_is_not_bought_or_badly_described_is_refused_with_its_code(
    item: Item, changed: dict[str, str], told: dict[str, str]
) -> None:
    found = await estimate(item, **changed)

    assert told.items() <= found.items()


async def test_a_market_without_a_programme_buys_nothing(item: Item) -> None:
    assert (await estimate(item, "GB"))["code"] == "PROGRAMME_NOT_AVAILABLE"
    assert (await refusal(ASKED.replace('"FR"', '"XX"') % "tablet"))["reason"] == "MARKET_NOT_OPEN"


async def test_a_quote_ranks_bids_by_what_can_be_expected_and_explains_it(
    item: Item, three: list[Merchant]
) -> None:
    found = await request(item)
    bids = found["quote"]["bids"]

    assert [each["merchant"]["name"] for each in bids] == ["y", "z", "x"]
    assert [each["amount"]["amount"] for each in bids] == ["142.00", "145.00", "150.00"]
    assert [each["expectedAmount"]["amount"] for each in bids] == ["140.68", "140.65", "125.08"]
    assert [each["value"]["amount"] for each in bids] == ["146.77", "141.59", "123.83"]
    assert [each["counterOfferRate"] for each in bids] == ["0.0348", "0.1000", "0.4846"]
    assert [(each["inCountryShare"], each["daysShare"]) for each in bids] == [
        ("0.0300", "0.0133"), ("0.0000", "0.0067"), ("0.0000", "-0.0100"),
    ]  # fmt: skip
    assert found["quote"]["imeiMasked"] == "•" * 11 + "7518"
    assert found["token"].startswith("bcq_")
    days = "SELECT extract(days FROM expires_at - created_at) FROM trade_in_quote"
    assert await fetchval(days) in {20, 21}


async def test_a_quote_is_opened_by_its_token_alone_and_then_by_whom_it_was_given_to(
    item: Item, three: list[Merchant]
) -> None:
    made = await request(item)
    token, named = made["token"], made["quote"]["id"]
    me, other = await trade_in.customer(), await trade_in.customer("other@example.com")

    async def seen(caller: Caller | None, said: str | None = None) -> bool:
        return (await data(READ, caller, id=named, t=said))["tradeInQuote"] is not None

    async def claimed(caller: Caller, said: str = token) -> str:
        given = {"quoteId": named, "token": said, "idempotencyKey": "c"}
        found = (await data(CLAIM, caller, i=given))["claimTradeInQuote"]
        return str(found.get("code", found["__typename"]))

    assert await seen(None, token)
    assert [await seen(each) for each in (None, me, other)] == [False, False, False]
    assert not await seen(None, "bcq_wrong")
    assert await claimed(other, "bcq_wrong") == "QUOTE_UNKNOWN"
    assert await claimed(me) == "TradeInQuoteClaimed"
    assert await claimed(me) == "TradeInQuoteClaimed"
    assert await claimed(other) == "QUOTE_UNKNOWN"
    assert (await seen(me), await seen(other), await seen(None, token)) == (True, False, False)


async def test_an_expired_quote_is_not_taken_over(item: Item, three: list[Merchant]) -> None:
    made = await request(item)
    await execute("UPDATE trade_in_quote SET expires_at = $1", factories.NOW)
    given = {"quoteId": made["quote"]["id"], "token": made["token"], "idempotencyKey": "c"}

    found = await data(CLAIM, await trade_in.customer(), i=given)

    assert found["claimTradeInQuote"]["code"] == "QUOTE_EXPIRED"


async def test_a_customers_repeated_call_has_one_quote(item: Item, three: list[Merchant]) -> None:
    me = await trade_in.customer()

    first, second = await request(item, me), await request(item, me)

    assert first == second
    assert first["token"] is None
    assert await fetchval("SELECT count(*) FROM trade_in_quote") == 1
    assert (
        await fetchval("SELECT count(*) FROM audit_log WHERE action = 'requestTradeInQuote'") == 1
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"imei": "490154203237517"}, {"code": "IMEI_INVALID", "because": "CHECK_DIGIT"}),
        ({"imei": "49015420323751"}, {"code": "IMEI_INVALID", "because": "LENGTH"}),
        ({"imei": "4901542032375189"}, {"code": "IMEI_INVALID", "because": "LENGTH"}),
        ({"imei": None}, {"code": "IMEI_INVALID", "because": "MISSING"}),
        ({"imei": None, "serial": "ABCD1234"}, {"code": "IMEI_INVALID", "because": "MISSING"}),
        ({"serial": "a"}, {"code": "SERIAL_INVALID", "path": ["input", "serial"]}),
        ({"imei": valid("49015420323666")}, {"code": "IMEI_BLACKLISTED"}),
    ],
)
async def test_a_number_that_cannot_be_used_is_refused_and_nothing_is_written(
    item: Item, three: list[Merchant], given: dict[str, Any], told: dict[str, Any]
) -> None:
    before = devices.install(Asked(SimulatedList()))
    try:
        found = await request(item, **given)
    finally:
        devices.install(before)

    assert told.items() <= found.items()
    assert await fetchval("SELECT count(*) FROM trade_in_quote") == 0


async def test_separators_in_an_imei_are_left_out_and_a_list_that_says_clear_is_noted(
    item: Item, three: list[Merchant]
) -> None:
    before = devices.install(Asked(SimulatedList()))
    try:
        found = await request(item, imei="49-015420-323751-8")
    finally:
        devices.install(before)

    assert found["quote"]["deviceStatus"] == "CLEAR"
    noted = "SELECT imei || ' ' || device_status_source FROM trade_in_quote"
    assert await fetchval(noted) == f"{IMEI} SIMULATOR"


async def test_a_lock_that_is_on_is_refused_with_what_opens_it(
    item: Item, three: list[Merchant]
) -> None:
    locks = [
        {"kind": "ACTIVATION", "state": "ON"},
        {"kind": "CARRIER", "state": "UNKNOWN"},
    ]
    on = await request(item, locks=locks)
    off = await request(item, locks=[{"kind": "ACTIVATION", "state": "OFF"}])

    assert (on["code"], [each["lock"] for each in on["steps"]]) == (
        "ACTIVATION_LOCK_ON", ["ACTIVATION"],
    )  # fmt: skip
    assert "Retirez cet appareil" in on["steps"][0]["steps"][1]
    assert off["quote"]["locks"] == [{"kind": "ACTIVATION", "state": "OFF"}]


async def test_a_device_that_nobody_bids_for_gets_no_quote(item: Item) -> None:
    found = await request(item)

    assert (found["code"], found["reason"]) == ("DEVICE_NOT_ELIGIBLE", "NO_BIDS")


async def test_a_quote_is_a_fixed_number_of_statements(
    item: Item, three: list[Merchant], monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted(monkeypatch) as few:
        await request(item)
    for number in range(20):
        await bid(await factories.merchant(f"more{number}"), item, 100_00 + number)
    with counted(monkeypatch) as many:
        found = await request(item)

    assert len(found["quote"]["bids"]) == 23
    assert sum(many.values()) == sum(few.values())


async def test_saved_devices_are_their_owners_with_the_value_of_today(
    item: Item, three: list[Merchant], monkeypatch: pytest.MonkeyPatch
) -> None:
    me, other = await trade_in.customer(), await trade_in.customer("other@example.com")
    for number in range(3):
        given = wanted(item, name=f"phone {number}", idempotencyKey=f"s{number}")
        given.pop("imei")
        await data(SAVE, me, i=given)
    first = (await data(SAVED, me, n=2))["savedDevices"]
    rest = (await data(SAVED, me, n=2, a=first["pageInfo"]["endCursor"]))["savedDevices"]
    named = first["edges"][0]["node"]["id"]
    gone = await data(REMOVE, other, i={"id": named, "idempotencyKey": "r"})

    names = [edge["node"]["name"] for edge in [*first["edges"], *rest["edges"]]]
    assert names == ["phone 2", "phone 1", "phone 0"]
    assert first["edges"][0]["node"]["value"]["band"] == {"best": {"amount": "140.68"}}
    assert (await data(SAVED, other, n=2))["savedDevices"]["edges"] == []
    assert gone["removeSavedDevice"]["code"] == "SAVED_DEVICE_UNKNOWN"
    await data(REMOVE, me, i={"id": named, "idempotencyKey": "r"})
    with counted(monkeypatch) as two:
        assert len((await data(SAVED, me, n=9))["savedDevices"]["edges"]) == 2
    assert sum(two.values()) <= 12
    await execute("UPDATE trade_in_bid SET valid_until = now() - $1::interval", timedelta(days=1))
    later = (await data(SAVED, me, n=1))["savedDevices"]["edges"][0]["node"]
    assert later["value"] == {"band": {"n": 0}, "curve": None}
