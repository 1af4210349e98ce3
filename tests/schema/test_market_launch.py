"""A market is checked, rehearsed, opened by two people, and paused at once."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.roles import CallerKind, Role
from domain.markets import MarketStage
from domain.markets.pauses import drawn
from models.base import execute, fetch, fetchval
from models.jobs import Job
from models.markets import Market, rules
from resolvers.context import Caller
from resolvers.orders.payments import install, tills
from tests import factories, trade_in
from tests.checkout import PREVIEW, Buyer, FakeTill, customer, with_cart
from tests.factories import Item
from tests.identity import person
from tests.jobs import work
from tests.rules import STRICT, lawful
from tests.schema.asking import data, refusal
from tests.schema.selling import nothing_held, sells, stock_of

PRICE = "201.39"
READINESS = """query($m: String!){marketReadiness(code: $m){ready percent market{stage}
  pauses{scope category} rehearsal{passed steps{name passed code}}
  openings{id state mine stage percent}
  checks{code state owner dueOn overdue title(locale: "fr") todo(locale: "fr")
    evidence{of value} evidenceCount}}}"""
OPEN = """mutation($m: String!, $s: MarketStage!, $p: Int!, $k: String!){openMarket(input:
  {market: $m, stage: $s, percent: $p, idempotencyKey: $k}){__typename
  ... on MarketChanged{market{stage} percent} ... on Problem{code}
  ... on ReadinessFailed{checks explanation(locale: "fr")}
  ... on FourEyesRequired{approvalId} ... on InvalidTransition{from to allowed}}}"""
DECIDE = """mutation($a: ID!, $y: Boolean!, $r: String, $k: String!){decideMarketOpening(input:
  {approvalId: $a, agree: $y, reason: $r, idempotencyKey: $k}){__typename
  ... on MarketOpeningDecided{opening{state}} ... on Problem{code}}}"""
PAUSE = """mutation($m: String!, $s: MarketPauseScope!, $c: String, $k: String!){pauseMarket(input:
  {market: $m, scope: $s, category: $c, reason: "a drill", idempotencyKey: $k}){
  pauses{scope category}}}"""
RESUME = """mutation($m: String!, $s: MarketPauseScope!, $c: String, $k: String!){resumeMarket(
  input: {market: $m, scope: $s, category: $c, idempotencyKey: $k}){pauses{scope category}}}"""
REHEARSE = """mutation($m: String!, $k: String!){rehearseMarket(input:
  {market: $m, idempotencyKey: $k}){rehearsal{passed steps{name passed code said}}}}"""
ASSIGN = """mutation($c: MarketCheckCode!, $o: String, $d: Date, $a: Boolean!, $e: String!,
  $k: String!){setMarketCheck(input: {market: "FR", check: $c, owner: $o, dueOn: $d, attested: $a,
  evidence: $e, idempotencyKey: $k}){__typename ... on Problem{code}
  ... on MarketChecked{readiness{checks{code state owner dueOn}}}}}"""
SEARCH = """query($c: [String!]){search(market: "FR", filters: {category: $c}){totalCount
  facets{key values{value}}}}"""
QUOTE = """mutation($i: RequestTradeInQuoteInput!){requestTradeInQuote(input: $i){
  ... on TradeInQuoteMade{quote{id bids{bidId}}} ... on Problem{code}}}"""
LISTING = '{listing(market: "FR", slug: "calder-0"){offerCount}}'
CREATE = 'mutation{createCart(input: {market: "FR", idempotencyKey: "c"}){__typename}}'


class Keys:
    """Keys that are never used twice."""

    n = 0

    @classmethod
    def next(cls) -> str:
        cls.n += 1
        return f"launch-{cls.n}"


@pytest.fixture
async def items(db: None) -> list[Item]:
    await lawful()
    return await factories.world(2, 2)


@pytest.fixture(autouse=True)
def till() -> Iterator[FakeTill]:
    before, made = tills(), FakeTill()
    install({made.name: made})
    yield made
    install(before)


async def team(*markets: str) -> Caller:
    """A member of the country team who is on file."""
    return await person(Role.COUNTRY_TEAM, markets=markets or None)


def colleague() -> Caller:
    return trade_in.team("FR")


async def asked(query: str, who: Caller, **given: Any) -> Any:
    """The one field of the answer, with a key of its own."""
    keyed = {"k": Keys.next()} if "$k:" in query else {}
    [found] = (await data(query, who, **keyed | given)).values()
    return found


async def texts() -> None:
    """What FR says in its language."""
    for key in ("checkout.order_button", "guarantee.notice", "legal.terms", "withdrawal.notice",
                "support.contact"):  # fmt: skip
        await execute(
            "INSERT INTO market_text (market, key, language, text, source) "
            "VALUES ('FR', $1, 'en', 'words', 'test')", key)  # fmt: skip


async def closed(items: list[Item], stage: MarketStage = MarketStage.READY) -> UUID:
    """FR with all that it needs but a rehearsal, in a stage that is not open; an offer in it."""
    await texts()
    await Market.filter(code="FR").update(stage=stage)
    one = await factories.merchant("amber")
    [offer, *_] = await sells(one, items[:3])
    return offer


def states(found: Any) -> dict[str, str]:
    return {each["code"]: each["state"] for each in found["checks"]}


async def opened_to(who: Caller, stage: str, percent: int = 100, market: str = "FR") -> Any:
    return await asked(OPEN, who, m=market, s=stage, p=percent)


async def agreed(stage: str, percent: int = 100) -> None:
    """One asks, a colleague agrees, the first opens."""
    first, second = colleague(), colleague()
    told = await opened_to(first, stage, percent)
    assert told["code"] == "FOUR_EYES_REQUIRED", told
    await asked(DECIDE, second, a=told["approvalId"], y=True)
    found = await opened_to(first, stage, percent)
    assert found["market"]["stage"] == stage, found


async def test_a_market_opens_for_two_people_once_no_check_fails(items: list[Item]) -> None:
    await closed(items, MarketStage.DRAFT)
    one, two = await team("FR"), colleague()

    early = await opened_to(one, "INTERNAL")
    rehearsed = await asked(REHEARSE, one, m="FR")
    first = await opened_to(one, "INTERNAL")
    own = await asked(DECIDE, one, a=first["approvalId"], y=True)
    again = await opened_to(one, "INTERNAL")
    decided = await asked(DECIDE, two, a=first["approvalId"], y=True)
    other = await opened_to(one, "SOFT", 10)
    done = await opened_to(one, "INTERNAL")
    twice = await asked(DECIDE, two, a=first["approvalId"], y=False, r="too late")

    assert (early["code"], early["checks"]) == ("READINESS_FAILED", ["REHEARSAL"])
    assert "Des contrôles échouent" in early["explanation"]
    assert rehearsed["rehearsal"]["passed"] is True
    assert first["code"] == own["code"] == again["code"] == "FOUR_EYES_REQUIRED"
    assert first["approvalId"] == again["approvalId"]
    assert decided["opening"]["state"] == "APPROVED"
    assert (other["code"], other["from"], other["allowed"]) == (
        "INVALID_TRANSITION", "DRAFT", ["READY"],
    )  # fmt: skip
    assert (done["market"]["stage"], twice["code"]) == ("INTERNAL", "OPENING_NOT_OPEN")
    log = await fetch("SELECT action FROM audit_log WHERE market = 'FR' ORDER BY n")
    assert [row["action"] for row in log] == [
        "rehearseMarket", "requestOpening", "decideMarketOpening", "openMarket",
    ]  # fmt: skip


async def test_an_approval_is_of_one_stage_and_share_and_used_once(items: list[Item]) -> None:
    await closed(items, MarketStage.INTERNAL)
    one, two = colleague(), colleague()
    await asked(REHEARSE, one, m="FR")
    ten = await opened_to(one, "SOFT", 10)
    await asked(DECIDE, two, a=ten["approvalId"], y=True)

    fifty = await opened_to(one, "SOFT", 50)
    rows = await fetch("SELECT percent, state FROM market_approval ORDER BY id")

    assert fifty["code"] == "FOUR_EYES_REQUIRED"
    assert fifty["approvalId"] != ten["approvalId"]
    assert [tuple(row) for row in rows] == [(10, "EXPIRED"), (50, "OPEN")]
    assert (await Market.get(code="FR")).stage is MarketStage.INTERNAL
    refused = await asked(DECIDE, two, a=fifty["approvalId"], y=False, r="not on a Friday")
    assert refused["opening"]["state"] == "REJECTED"


async def test_a_market_goes_back_to_its_staff_at_once_and_by_one(items: list[Item]) -> None:
    offer = await closed(items, MarketStage.SOFT)
    await execute("INSERT INTO market_launch (market, percent) VALUES ('FR', 100)")

    found = await opened_to(colleague(), "INTERNAL")

    assert found["market"]["stage"] == "INTERNAL"
    assert offer
    stranger = await refusal(SEARCH)
    assert (stranger["reason"], stranger["argument"]) == ("MARKET_NOT_OPEN", "market")
    seen = await data(SEARCH, trade_in.team("FR"))
    assert seen["search"]["totalCount"] == 2
    assert (await refusal(SEARCH, trade_in.team("DE")))["reason"] == "MARKET_NOT_OPEN"


async def test_offers_are_shown_once_the_job_of_the_opening_ran(items: list[Item]) -> None:
    await closed(items, MarketStage.READY)
    hidden = "SELECT count(*) FROM offer_market WHERE market = 'FR' AND visibility = 0"
    assert await fetchval(hidden) == 3
    await asked(REHEARSE, colleague(), m="FR")

    await agreed("INTERNAL")
    await work(Job.REFRESH_MARKET)
    assert await fetchval(hidden) == 0
    await agreed("SOFT", 30)
    await agreed("PUBLIC")

    assert (await data(SEARCH))["search"]["totalCount"] == 2
    assert await work(Job.REFRESH_MARKET) == ["refresh_market"] * 2


async def test_a_rehearsal_buys_and_pays_and_leaves_nothing(items: list[Item]) -> None:
    await closed(items, MarketStage.DRAFT)
    one = await factories.merchant("birch")
    await sells(one, items[:1], price="99.90")
    counted = "SELECT (SELECT count(*) FROM {}) AS n"
    tables = ("purchase", "orders", "cart", "payment", "ledger_posting", "account", "event",
              "outbox_job", "reservation")  # fmt: skip
    before = [await fetchval(counted.format(table)) for table in tables]
    stock = await stock_of(one)

    found = (await asked(REHEARSE, colleague(), m="FR"))["rehearsal"]

    assert [(s["name"], s["passed"]) for s in found["steps"]] == [
        ("OFFER", True), ("CART", True), ("ADDRESS", True), ("ORDER", True), ("PAYMENT", True),
        ("PROMISE", True),
    ]  # fmt: skip
    assert found["steps"][3]["said"] == "101.39 EUR"  # 99.90 and the fee of FR
    assert found["passed"] is True
    assert [await fetchval(counted.format(table)) for table in tables] == before
    assert await nothing_held()
    assert await stock_of(one) == stock
    assert (await Market.get(code="FR")).stage is MarketStage.DRAFT
    assert await fetchval("SELECT max(visibility) FROM offer_market WHERE market = 'FR'") == 0


async def test_a_rehearsal_says_at_which_step_it_fails(items: list[Item]) -> None:
    await texts()
    nothing = (await asked(REHEARSE, colleague(), m="FR"))["rehearsal"]
    await sells(await factories.merchant("amber"), items[:1])
    rules.install(STRICT)
    unlawful = (await asked(REHEARSE, colleague(), m="FR"))["rehearsal"]

    assert nothing["steps"] == [{"name": "OFFER", "passed": False, "code": "NO_OFFER", "said": ""}]
    assert unlawful["passed"] is False
    assert unlawful["steps"][-1]["name"] == "ORDER"
    assert unlawful["steps"][-1]["code"] == "RULE_UNVERIFIED"
    assert await nothing_held()


async def test_each_check_says_what_lacks_who_sees_to_it_and_what_to_do(
    items: list[Item],
) -> None:
    one = await team("FR")
    await execute(
        "UPDATE rule SET withdrawn_at = clock_timestamp() "
        "WHERE kind = 'secondhand.dealer' AND country = 'FR'"
    )

    found = await asked(READINESS, one, m="FR")

    assert found["ready"] is False
    assert states(found) == {
        "RULES": "FAIL",
        "TRANSLATIONS": "FAIL",
        "OFFERS": "FAIL",
        "PRICES": "FAIL",
        "IN_COUNTRY_DISPATCH": "WARN",
        "CARRIER_LABELS": "WARN",
        "IMPACT_FACTORS": "PASS",
        "SUPPORT_LANGUAGES": "FAIL",
        "KYC_RULES": "PASS",
        "PAYOUT_CURRENCY": "PASS",
        "REHEARSAL": "FAIL",
    }
    by_code = {each["code"]: each for each in found["checks"]}
    assert by_code["TRANSLATIONS"]["evidence"][0] == {
        "of": "checkout.order_button en", "value": "MISSING",
    }  # fmt: skip
    assert by_code["REHEARSAL"]["todo"].startswith("Répétez le marché")
    assert by_code["KYC_RULES"]["todo"] is None
    assert by_code["OFFERS"]["evidence"] == [{"of": "smartphone", "value": "0 / 0"}]


async def test_a_check_has_an_owner_and_a_day_and_some_can_be_vouched_for(
    items: list[Item],
) -> None:
    one = await team("FR")
    await execute(
        "INSERT INTO carrier_contract (code, name, carrier, api, currency, valid_from, source) "
        "VALUES ('c', 'C', 'LA_POSTE', 'LA_POSTE', 'EUR', '2020-01-01', 'test')"
    )
    await execute(
        "INSERT INTO carrier_rate SELECT id, 'FR', 'FR', 1000, 500, 'test' FROM carrier_contract"
    )
    none = {"o": None, "d": None, "a": False, "e": ""}
    before = states(await asked(READINESS, one, m="FR"))

    email = "countryteam@example.org"
    nobody = await asked(ASSIGN, one, c="OFFERS", **none | {"o": "nobody@example.org"})
    given = await asked(ASSIGN, one, c="OFFERS", **none | {"o": email, "d": "2099-01-01"})
    vouched = await asked(
        ASSIGN, one, c="CARRIER_LABELS", **none | {"a": True, "e": "6A12345678901"}
    )
    past = await refusal(ASSIGN, one, c="OFFERS", k="p", **none | {"d": "2020-01-01"})
    wrong = await refusal(ASSIGN, one, c="RULES", k="w", **none | {"a": True, "e": "I looked"})

    assert before["CARRIER_LABELS"] == "FAIL"
    assert nobody["code"] == "OWNER_UNKNOWN"
    offers = {each["code"]: each for each in given["readiness"]["checks"]}["OFFERS"]
    assert (offers["owner"], offers["dueOn"]) == (email, "2099-01-01")
    assert states(vouched["readiness"])["CARRIER_LABELS"] == "PASS"
    assert (past["argument"], wrong["argument"]) == ("dueOn", "check")


async def test_what_is_paused_stops_with_a_code_and_goes_on_when_resumed(
    items: list[Item],
) -> None:
    [offer] = await sells(await factories.merchant("amber"), items[:1])
    buyer = await with_cart({offer: PRICE})
    who = colleague()

    paused = await asked(PAUSE, who, m="FR", s="CHECKOUT", c=None)
    again = await asked(PAUSE, who, m="FR", s="CHECKOUT", c=None)
    bought, seen = await buyer.buy(), await buyer.ask(PREVIEW)

    assert paused == again == {"pauses": [{"scope": "CHECKOUT", "category": None}]}
    assert bought["code"] == "MARKET_PAUSED"
    assert [each["code"] for each in seen["problems"]] == ["MARKET_PAUSED"]
    assert await nothing_held()
    assert (await data(SEARCH))["search"]["totalCount"] == 1
    await asked(RESUME, who, m="FR", s="CHECKOUT", c=None)
    assert (await buyer.buy())["purchase"]["state"] == "PAID"


async def test_a_market_that_is_paused_as_a_whole_shows_and_sells_nothing(
    items: list[Item],
) -> None:
    [offer] = await sells(await factories.merchant("amber"), items[:1])
    buyer = await with_cart({offer: PRICE})
    await asked(PAUSE, colleague(), m="FR", s="ALL", c=None)

    for query in (SEARCH, LISTING, CREATE):
        told = await refusal(query)
        assert (told["code"], told["reason"], told["scope"]) == (
            "BAD_USER_INPUT", "MARKET_PAUSED", "ALL",
        )  # fmt: skip
    assert (await buyer.buy())["code"] == "MARKET_PAUSED"
    assert (await data(SEARCH.replace("FR", "DE")))["search"]["totalCount"] == 0
    assert (await fetchval("SELECT visibility FROM offer_market")) == 2


async def test_a_paused_category_is_neither_found_nor_bought_nor_taken_in(
    items: list[Item],
) -> None:
    await trade_in.reference()
    one = await factories.merchant("amber")
    [offer] = await sells(one, items[:1])
    buyer = await with_cart({offer: PRICE})
    who = colleague()
    await asked(PAUSE, who, m="FR", s="CATEGORY", c="phones")  # and what is below it

    assert (await data(SEARCH))["search"] == {"totalCount": 0, "facets": []}
    named = await refusal(SEARCH, c=["smartphone"])
    page = await refusal(LISTING)
    taken = await refusal(
        'query($v: ID!, $a: [AnswerInput!]!){tradeInEstimate(market: "FR", variantId: $v,'
        " answers: $a){__typename}}",
        v=str(items[0].variant_id),
        a=trade_in.answers(),
    )
    for told in (named, page, taken):
        assert (told["reason"], told["scope"]) == ("MARKET_PAUSED", "CATEGORY")
    assert (await buyer.buy())["code"] == "MARKET_PAUSED"
    added = await buyer.add(offer, PRICE)
    assert added["code"] == "MARKET_PAUSED"

    await asked(RESUME, who, m="FR", s="CATEGORY", c="phones")
    assert (await data(SEARCH))["search"]["totalCount"] == 1
    assert (await buyer.buy())["purchase"]["state"] == "PAID"


@pytest.mark.parametrize("scope", ["TRADE_IN", "ALL"])
async def test_no_quote_is_given_and_no_bid_accepted_while_trade_in_is_paused(
    items: list[Item], scope: str
) -> None:
    await trade_in.reference()
    owner = await factories.merchant("amber")
    await trade_in.bid(owner, items[0], 10_000)
    seller = await trade_in.customer()
    given = {
        "market": "FR", "variantId": str(items[0].variant_id), "answers": trade_in.answers(),
        "imei": trade_in.IMEI, "idempotencyKey": "q",
    }  # fmt: skip
    made = (await data(QUOTE, seller, i=given))["requestTradeInQuote"]["quote"]
    await asked(PAUSE, colleague(), m="FR", s=scope, c=None)

    asked_for = await refusal(
        '{tradeInQuestionnaire(market: "FR", category: "smartphone"){__typename}}'
    )
    requested = await refusal(QUOTE, seller, i=given | {"idempotencyKey": "q2"})
    accepted = await refusal(
        "mutation($q: ID!, $b: ID!){acceptTradeInBid(input: {quoteId: $q, bidId: $b,"
        ' payout: DONATION, declarations: [], idempotencyKey: "a"}){__typename}}',
        seller,
        q=made["id"],
        b=made["bids"][0]["bidId"],
    )

    assert (asked_for["reason"], asked_for["scope"]) == ("MARKET_PAUSED", scope)
    assert (requested["reason"], requested["scope"]) == ("MARKET_PAUSED", scope)
    assert (accepted["reason"], accepted["scope"]) == ("MARKET_PAUSED", scope)
    assert await fetchval("SELECT count(*) FROM trade_in_order") == 0


async def test_a_soft_market_sells_to_the_share_that_was_drawn(items: list[Item]) -> None:
    await Market.filter(code="FR").update(stage=MarketStage.SOFT)
    await execute("INSERT INTO market_launch (market, percent) VALUES ('FR', 50)")
    taken = {}
    for n in range(20):
        buyer = Buyer(await customer(f"buyer-{n}@example.com"))
        assert buyer.caller is not None
        taken[n] = drawn("FR", str(buyer.caller.user_id), 50)
        if taken[n]:
            await buyer.make()
        else:
            assert (await refusal(CREATE, buyer.caller))["reason"] == "MARKET_NOT_OPEN"

    assert set(taken.values()) == {True, False}
    assert (await refusal(CREATE))["reason"] == "MARKET_NOT_OPEN"  # nothing is known of who asks


@pytest.mark.parametrize(
    "who",
    [
        Caller(),
        Caller(kind=CallerKind.STAFF, user_id=UUID(int=1), roles=frozenset({Role.LAB})),
        trade_in.team("DE"),
    ],
    ids=["stranger", "lab", "another market"],
)
async def test_only_the_team_of_a_market_launches_it(items: list[Item], who: Caller) -> None:
    given = {"m": "FR", "k": "k"}
    for query, more in (
        (READINESS, {}),
        (OPEN, {"s": "INTERNAL", "p": 100}),
        (PAUSE, {"s": "ALL"}),
        (RESUME, {"s": "ALL"}),
        (REHEARSE, {}),
    ):
        asked_of = {"m": "FR"} if query is READINESS else given
        told = await refusal(query, who, **asked_of | more)
        assert told["code"] in {"UNAUTHENTICATED", "FORBIDDEN"}, query
    assert await fetchval("SELECT count(*) FROM market_pause") == 0


async def test_a_category_is_named_by_its_own_pause_and_by_no_other(items: list[Item]) -> None:
    who = colleague()
    for scope, category in (("CATEGORY", None), ("ALL", "smartphone"), ("CATEGORY", "zeppelin")):
        told = await refusal(PAUSE, who, m="FR", s=scope, c=category, k=Keys.next())
        assert (told["code"], told["argument"]) == ("BAD_USER_INPUT", "category")
