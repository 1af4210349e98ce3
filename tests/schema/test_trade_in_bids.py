"""Merchants say what they pay, see where they stand, and never see one another."""

from datetime import timedelta
from typing import Any

import pytest

from domain.accounts.roles import CallerKind
from models.base import execute, fetch, fetchval, transaction
from models.merchants import Merchant
from models.trade_in.reliability import Outcome, measure_decay, record_outcome, recount
from resolvers.context import Caller
from tests import factories, trade_in
from tests.factories import NOW, Item
from tests.schema.asking import counted, data, refusal
from tests.trade_in import GRADE, bid, buyer

SET = """mutation($i: SetTradeInBidsInput!){setTradeInBids(input: $i){__typename
  ... on TradeInBidsSet{applied ignoredStale rejected
    results{index outcome code field current version message(locale: "fr") suggestion}}
  ... on Problem{code} ... on TradeInItemCountWrong{sent limit}}}"""
LIST = """query($n: Int!, $a: String, $f: TradeInBidFilters){
  tradeInBids(first: $n, after: $a, filters: $f){
  edges{node{id grade market amount{amount currency} payWithinDays stockCap taken validUntil
    sequence version variant{id}}} pageInfo{endCursor hasNextPage}}}"""
PLACE = """query($v: ID!, $m: String!){
  tradeInCompetition(variantId: $v, grade: FUNCTIONAL_GOOD, market: $m){
  state reasons rank of amount{amount} expectedAmount{amount} value{amount} leaderBidValue{amount}
  amountToWin{amount} amountDiff{amount} counterOfferRate daysShare inCountryShare version}}"""
PLACES = """query($i: [TradeInCompetitionQuestion!]!){tradeInCompetitions(items: $i){
  market rank amountToWin{amount}}}"""
KPIS = """query($from: Date!, $to: Date!){%s(market: "FR", from: $from, to: $to){
  orders byState{state n}
  paid{... on TradeInAmount{total{amount} n} ... on TradeInNotEnoughData{few: n min}}
  inCountry{... on TradeInRate{value n} ... on TradeInNotEnoughData{few: n min}}
  counterOffers{... on TradeInRate{value n} ... on TradeInNotEnoughData{few: n min}}
  daysToPay{... on TradeInMean{value n} ... on TradeInNotEnoughData{few: n min}}}}"""
PROGRAMME = """mutation($i: SetTradeInProgrammeInput!){setTradeInProgramme(input: $i){__typename
  ... on TradeInProgrammeSet{programme{market open quoteDays minimumAge}}
  ... on TradeInProgrammeInvalid{code fault hint}}}"""


@pytest.fixture
async def item(db: None) -> Item:
    found = (await factories.world(1, 1))[0]
    await trade_in.reference()
    return found


@pytest.fixture
async def owner(item: Item) -> Merchant:
    return await factories.merchant(markets=("DE", "FR"))


def one(item: Item, amount: str = "100.00", **more: Any) -> dict[str, Any]:
    usual = {"variantId": str(item.variant_id), "tradeInGrade": GRADE, "market": "FR"}
    return usual | {"amount": amount} | more


async def put(caller: Caller, *items: dict[str, Any], key: str = "k") -> dict[str, Any]:
    given = {"items": list(items), "idempotencyKey": key}
    found: dict[str, Any] = (await data(SET, caller, i=given))["setTradeInBids"]
    return found


async def place(owner: Merchant, item: Item, market: str = "FR") -> dict[str, Any]:
    asked = {"v": str(item.variant_id), "m": market}
    found: dict[str, Any] = (await data(PLACE, buyer(owner), **asked))["tradeInCompetition"]
    return found


async def test_each_item_of_a_call_has_its_own_outcome(item: Item, owner: Merchant) -> None:
    await bid(owner, item, 90_00, sequence=10, version=3)
    found = await put(
        buyer(owner),
        one(item, "95.00", sequence="11", stockCap=5),
        one(item, "96.00", tradeInGrade="FUNCTIONAL_USED", currency="USD"),
        one(item, "-1", tradeInGrade="FUNCTIONAL_CRACKED"),
        one(item, "97.00"),
        one(item, market="GB"),
        one(item, market="XX"),
        one(item, variantId=str(factories.some_id())),
        one(item, variantId=None, gtin=item.gtin, market="DE"),
        one(item, variantId=None, gtin="2000000000016", tradeInGrade="NOT_FUNCTIONAL_USED"),
    )
    again = await put(buyer(owner), one(item, "99", sequence="11"), key="k2")
    wrong = await put(buyer(owner), one(item, "99", ifVersion=3), key="k3")
    off = await put(buyer(owner), one(item, "0"), key="k4")

    assert [each["code"] for each in found["results"]] == [
        None, "CURRENCY_NOT_ALLOWED", "PRICE_INVALID", "DUPLICATE_ITEM", "MARKET_NOT_ALLOWED",
        "MARKET_NOT_OPEN", "PRODUCT_UNKNOWN", None, "GTIN_INVALID",
    ]  # fmt: skip
    assert (found["applied"], found["ignoredStale"], found["rejected"]) == (2, 0, 7)
    assert found["results"][2]["message"] == "Ce montant ne convient pas."
    assert again["results"][0] | {"message": "", "suggestion": ""} == {
        "index": 0, "outcome": "IGNORED_STALE", "code": "STALE_SEQUENCE", "field": "sequence",
        "current": "11", "version": 4, "message": "", "suggestion": "",
    }  # fmt: skip
    assert (wrong["results"][0]["code"], wrong["results"][0]["current"]) == ("CONFLICT", "4")
    assert off["applied"] == 1
    rows = await fetch("SELECT market, amount_minor, version FROM trade_in_bid ORDER BY market")
    assert [tuple(row) for row in rows] == [("DE", 100_00, 1), ("FR", 0, 5)]


async def test_a_repeated_call_changes_nothing_and_answers_the_same(
    item: Item, owner: Merchant
) -> None:
    first = await put(buyer(owner), one(item))
    second = await put(buyer(owner), one(item))
    same = await put(buyer(owner), one(item), key="other")

    assert first == second
    assert same["results"][0]["version"] == 1
    reused = {"items": [one(item, "1.00")], "idempotencyKey": "k"}
    assert (await refusal(SET, buyer(owner), i=reused))["reason"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_key_of_one_market_sets_bids_there_alone(item: Item, owner: Merchant) -> None:
    narrow = Caller(
        kind=CallerKind.MERCHANT, merchant_id=owner.id, key_prefix="test",
        scopes=frozenset({"trade_in:write"}), markets=frozenset({"DE"}),
    )  # fmt: skip
    found = await put(narrow, one(item), one(item, market="DE"))

    assert [each["code"] for each in found["results"]] == ["MARKET_NOT_GRANTED", None]


async def test_another_cap_counts_anew_and_the_same_goes_on(item: Item, owner: Merchant) -> None:
    await bid(owner, item, 90_00, stock_cap=5, taken=4)
    await put(buyer(owner), one(item, "91.00", stockCap=5))
    kept = await fetchval("SELECT taken FROM trade_in_bid")
    await put(buyer(owner), one(item, "91.00", stockCap=6), key="k2")

    assert (kept, await fetchval("SELECT taken FROM trade_in_bid")) == (4, 0)
    await put(buyer(owner), one(item, "91.00", stockCap=None), key="k3")
    assert await fetchval("SELECT stock_cap FROM trade_in_bid") is None


async def test_no_bid_is_set_where_the_programme_is_off(item: Item, owner: Merchant) -> None:
    await execute("UPDATE trade_in_programme SET is_open = false WHERE market = 'FR'")
    found = await put(buyer(owner), one(item), one(item, market="DE"))

    assert [each["code"] for each in found["results"]] == ["PROGRAMME_NOT_AVAILABLE", None]


async def test_a_thousand_items_are_as_many_statements_as_one(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = await factories.world(50, 4)
    await trade_in.reference()
    caller = buyer(await factories.merchant())
    grades = ["FUNCTIONAL_FLAWLESS", GRADE, "FUNCTIONAL_USED", "FUNCTIONAL_CRACKED",
              "NOT_FUNCTIONAL_USED"]  # fmt: skip
    with counted(monkeypatch) as few:
        await put(caller, one(items[0]), key="one")
    many = [one(each, tradeInGrade=grade) for each in items for grade in grades]
    with counted(monkeypatch) as most:
        found = await put(caller, *many, key="many")
    over = await put(caller, *many, one(items[0]), key="over")

    assert found["applied"] == 1_000
    assert sum(most.values()) == sum(few.values())
    assert (over["code"], over["sent"], over["limit"]) == ("ITEM_COUNT_WRONG", 1_001, 1_000)


async def test_a_merchant_lists_its_own_bids_page_by_page(item: Item, owner: Merchant) -> None:
    other = await factories.merchant("other")
    await bid(other, item, 99_00)
    for grade in (GRADE, "FUNCTIONAL_USED", "NOT_FUNCTIONAL_USED"):
        await bid(owner, item, 0 if grade == GRADE else 50_00, grade=grade)

    first = (await data(LIST, buyer(owner), n=2))["tradeInBids"]
    after = first["pageInfo"]["endCursor"]
    rest = (await data(LIST, buyer(owner), n=2, a=after))["tradeInBids"]
    on = (await data(LIST, buyer(owner), n=9, f={"onlyOn": True, "market": "fr"}))["tradeInBids"]

    assert [len(first["edges"]), len(rest["edges"]), len(on["edges"])] == [2, 1, 2]
    assert first["pageInfo"]["hasNextPage"]
    told = sorted(each["node"]["amount"]["amount"] for each in (*first["edges"], *rest["edges"]))
    assert told == ["0.00", "50.00", "50.00"]


async def test_the_golden_competition_is_told_in_ones_own_numbers(item: Item) -> None:
    x = await factories.merchant("x", country="GB")
    y = await factories.merchant("y")
    z = await factories.merchant("z", country="DE")
    new = await factories.merchant("new", country="DE")
    await trade_in.record(x, 100, 60, 210_000)
    await trade_in.record(y, 200, 5, 10_000)
    await bid(x, item, 150_00, pay_within_days=10)
    await bid(y, item, 142_00, pay_within_days=3)
    await bid(z, item, 145_00, pay_within_days=5)

    mine, leader, nobody = await place(x, item), await place(y, item), await place(new, item)

    assert mine == {
        "state": "ELIGIBLE", "reasons": [], "rank": 3, "of": 3, "amount": {"amount": "150.00"},
        "expectedAmount": {"amount": "125.08"}, "value": {"amount": "123.83"},
        "leaderBidValue": {"amount": "146.77"}, "amountToWin": {"amount": "177.80"},
        "amountDiff": {"amount": "27.80"}, "counterOfferRate": "0.4846", "daysShare": "-0.0100",
        "inCountryShare": "0.0000", "version": 1,
    }  # fmt: skip
    assert (await place(z, item))["amountToWin"] == {"amount": "150.31"}
    assert (leader["state"], leader["rank"]) == ("WON", 1)
    assert (nobody["state"], nobody["reasons"], nobody["rank"]) == ("INELIGIBLE", ["NO_BID"], None)
    await put(buyer(x), one(item, "177.79"), key="less")
    assert (await place(x, item))["rank"] == 2
    await put(buyer(x), one(item, "177.80"), key="enough")
    assert (await place(x, item))["state"] == "WON"


async def test_what_keeps_a_bid_from_being_ranked_is_told(item: Item, owner: Merchant) -> None:
    await bid(owner, item, 0, stock_cap=1, taken=1, valid_until=NOW)
    await execute("UPDATE merchant SET state = 'SUSPENDED'")

    assert (await place(owner, item))["reasons"] == [
        "OFF", "EXPIRED", "CAP_REACHED", "MERCHANT_NOT_SELLING",
    ]  # fmt: skip


async def test_many_competitions_are_answered_in_a_fixed_number_of_statements(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = await factories.world(10, 2)
    await trade_in.reference()
    owner = await factories.merchant()
    for each in items:
        await bid(owner, each, 10_00)
    asked = [{"variantId": str(e.variant_id), "grade": GRADE, "market": "FR"} for e in items]
    unknown = {"variantId": str(factories.some_id()), "grade": GRADE, "market": "FR"}

    with counted(monkeypatch) as one_asked:
        await data(PLACES, buyer(owner), i=asked[:1])
    with counted(monkeypatch) as all_asked:
        found = await data(PLACES, buyer(owner), i=[*asked, unknown, unknown | {"market": "XX"}])

    assert [bool(each) for each in found["tradeInCompetitions"]] == [True] * 20 + [False] * 2
    assert sum(all_asked.values()) - sum(one_asked.values()) <= 1
    assert (await refusal(PLACES, buyer(owner), i=[]))["code"] == "BAD_USER_INPUT"


async def test_outcomes_told_one_by_one_are_what_the_count_of_every_night_finds(
    item: Item, owner: Merchant
) -> None:
    who = (await trade_in.customer()).user_id
    assert who is not None
    day = timedelta(days=1)
    paid = {"VALIDATED": NOW, "PAID": NOW + 3 * day - timedelta(hours=1)}
    await trade_in.order(item, owner, who, "PAID", moves=paid, final_minor=100_00)
    cut = {"COUNTER_OFFERED": NOW, "VALIDATED": NOW, "CREDITED": NOW + day}
    await trade_in.order(
        item, owner, who, "CREDITED", moves=cut, counter_minor=66_67, in_country=False
    )
    await trade_in.order(item, owner, who, "RETURNED", moves={"REFUSED": NOW})
    await trade_in.order(item, owner, who, "SENT")
    told = {"merchant_id": owner.id, "market": "FR", "bid_minor": 100_00}
    for ended in (
        Outcome(**told, in_country=True, inspected=True, validated_at=NOW, paid_at=paid["PAID"]),
        Outcome(
            **told, in_country=False, inspected=True, counter_minor=66_67, validated_at=NOW,
            paid_at=NOW + day,
        ),
        Outcome(**told, in_country=True, inspected=False),
    ):  # fmt: skip
        await record_outcome(ended)
    columns = "inspections, counter_offers, cuts_bp, paid, pay_days, orders, in_country"
    before = await fetch(f"SELECT {columns} FROM trade_in_reliability")
    async with transaction() as raw:
        same = await recount(raw)
        await execute("UPDATE trade_in_reliability SET cuts_bp = 1")
        mended = await recount(raw)

    assert [tuple(row) for row in before] == [(2, 1, 3333, 2, 4, 3, 2)]
    assert (same, mended) == (0, 1)
    assert await fetch(f"SELECT {columns} FROM trade_in_reliability") == before


async def test_a_fall_of_prices_is_measured_where_enough_models_have_one(db: None) -> None:
    items = await factories.world(40, 1)
    await trade_in.reference()
    owner = await factories.merchant()
    for age, each in enumerate(items):
        await execute(
            "UPDATE product SET release_date = (now() - make_interval(months => $2))::date"
            " WHERE id = $1",
            *(each.product_id, age + 1),
        )
        await bid(owner, each, round(400_00 * 0.97**age))
    async with transaction() as raw:
        measured = await measure_decay(raw)
    row = await fetch("SELECT * FROM trade_in_decay WHERE basis = 'BID_PRICES'")
    await execute("DELETE FROM trade_in_bid WHERE id IN (SELECT id FROM trade_in_bid LIMIT 11)")
    async with transaction() as raw:
        too_few = await measure_decay(raw)

    assert (measured, too_few) == (1, 0)
    assert (row[0]["market"], row[0]["category"], row[0]["models"]) == ("FR", "smartphone", 40)
    assert abs(row[0]["monthly_bp"] - 9_700) <= 5
    assert await fetchval("SELECT count(*) FROM trade_in_decay WHERE basis <> 'DEFAULT'") == 0


async def test_figures_are_counted_from_orders_and_small_ones_are_nobodys_business(
    item: Item, owner: Merchant
) -> None:
    who = (await trade_in.customer()).user_id
    assert who is not None
    moves = {"VALIDATED": NOW, "PAID": NOW + timedelta(days=2)}
    for number in range(12):
        more = {"counter_minor": 80_00} if number < 6 else {}
        await trade_in.order(
            item, owner, who, "PAID", moves=moves, final_minor=90_00, in_country=number > 0, **more
        )
    await trade_in.order(item, owner, who, "LOST")
    days = {"from": "2026-05-01", "to": "2026-06-01"}

    team = await data(KPIS % "tradeInProgrammeKpis", trade_in.team("FR"), **days)
    public = (await data(KPIS % "tradeInFigures", **days))["tradeInFigures"]
    none = await data(KPIS % "tradeInFigures", **{"from": "2026-06-01", "to": "2026-07-01"})

    few = {"few": 0, "min": 5}
    assert team["tradeInProgrammeKpis"] == {
        "orders": 13, "byState": [{"state": "PAID", "n": 12}, {"state": "LOST", "n": 1}],
        "paid": {"total": {"amount": "1080.00"}, "n": 12},
        "inCountry": {"value": "0.9231", "n": 13}, "counterOffers": {"value": "0.5000", "n": 12},
        "daysToPay": {"value": "2.00", "n": 12},
    }  # fmt: skip
    assert (public["inCountry"], public["counterOffers"]) == (few, {"value": "0.5000", "n": 12})
    assert (public["orders"], public["byState"]) == (13, [])
    assert none["tradeInFigures"]["paid"] == few
    away = await refusal(KPIS % "tradeInProgrammeKpis", trade_in.team("DE"), **days)
    assert away["reason"] == "MARKET_NOT_GRANTED"
    wrong = await refusal(KPIS % "tradeInFigures", **{"from": "2026-06-01", "to": "2026-06-01"})
    assert wrong["code"] == "BAD_USER_INPUT"


async def test_a_team_sets_the_terms_of_its_market_once_and_the_log_says_so(
    item: Item, owner: Merchant
) -> None:
    day = await fetchval("SELECT (now() AT TIME ZONE 'Europe/Paris')::date")
    given = {
        "market": "FR", "validFrom": str(day), "open": False, "source": "decided by the team",
        "idempotencyKey": "p",
    }  # fmt: skip
    first = await data(PROGRAMME, trade_in.team("FR"), i=given)
    away = await refusal(PROGRAMME, trade_in.team("DE"), i=given)
    bad = given | {"category": "spoon", "idempotencyKey": "q"}
    unknown = (await data(PROGRAMME, trade_in.team("FR"), i=bad))["setTradeInProgramme"]
    young = given | {"minimumAge": 16, "idempotencyKey": "r"}
    child = (await data(PROGRAMME, trade_in.team("FR"), i=young))["setTradeInProgramme"]

    assert first["setTradeInProgramme"]["programme"] == {
        "market": "FR", "open": False, "quoteDays": 21, "minimumAge": 18,
    }  # fmt: skip
    assert away["reason"] == "MARKET_NOT_GRANTED"
    assert (unknown["fault"], child["fault"]) == ("CATEGORY_UNKNOWN", "AGE_TOO_LOW")
    closed = await put(buyer(owner), one(item))
    assert closed["results"][0]["code"] == "PROGRAMME_NOT_AVAILABLE"
    noted = await fetch("SELECT market FROM audit_log WHERE action = 'setTradeInProgramme'")
    assert [row["market"] for row in noted] == ["FR"]
