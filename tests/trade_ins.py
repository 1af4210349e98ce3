"""Trade-ins for tests: a merchant that bids, quotes as rows, and what both sides ask."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from boucle.labels import LabelDesk
from domain.accounts.roles import CallerKind
from domain.shipments import ShipmentStatus
from domain.trade_in import TradeInGrade
from domain.units import DeviceStatus
from domain.units.attachments import AttachmentPurpose, Kept, MediaType
from integrations.labels.simulator import SimulatedLabels
from models.base import as_system, execute, fetch, fetchval, new_id, transaction
from models.merchants import Merchant
from models.shipments import contracts
from models.trade_in import quotes
from models.trade_in.quotes import Given, QuotedBid
from models.units import attachments
from models.units.attachments import New, Owner
from resolvers.context import Caller
from resolvers.shipments import labels as label_resolvers
from schema.common import global_id
from tests import factories, orders
from tests.factories import Item
from tests.fulfilment import key
from tests.schema.asking import Json, data, key_of

SCOPES = ("trade_in:read", "trade_in:write", "finance:read")
IBAN = "FR7630006000011234567890189"
DAY = timedelta(days=1)
P = "... on Problem{code message path}"
W = "... on InvalidTransition{from to allowed}"
MONEY = "{amount currency}"
TRADE_IN = f"""tradeIn{{id number state deadlineAt decideBy bid{MONEY} finalAmount{MONEY} imei
  counterOffer{{amount{MONEY} reasons answerBy}} actions{{reason done title steps(locale: "fr")}}
  labels{{purpose state trackingNumber documentUrl}} version}}"""
CHANGED = f"__typename ... on TradeInChanged{{{TRADE_IN}}} {P}"
ACCEPT = f"""mutation($i: AcceptTradeInBidInput!){{acceptTradeInBid(input: $i){{{CHANGED}
  ... on QuoteExpired{{expiredAt}} ... on AgeRequired{{minimumAge}}
  ... on KycRequired{{documents}} ... on DeclarationMissing{{missing}}
  ... on TradeInBecause{{reason}}}}}}"""
CONFIRM = f"""mutation($i: ConfirmTradeInChecklistInput!){{confirmTradeInChecklist(input: $i){{
  {CHANGED} {W} ... on ChecklistIncomplete{{missing}} ... on LabelNotAvailable{{origin destination}}
  ... on TradeInBecause{{reason}}}}}}"""
MORE = """... on TradeInBecause{reason} ... on ReasonNotAllowed{reasons may: allowed}
  ... on AmountInvalid{below{amount}}"""


def _merchant(name: str, kind: str = "TradeIn") -> str:
    return f"mutation($i: {kind}Input!){{{name}(input: $i){{{CHANGED} {W} {MORE}}}}}"


def _customer(name: str, kind: str = "TradeIn") -> str:
    more = (
        "... on TradeInBecause{reason} ... on AnswerTooLate{answerBy} ... on ActionUnknown{allowed}"
    )
    return f"mutation($i: {kind}Input!){{{name}(input: $i){{{CHANGED} {W} {more}}}}}"


RECEIVE = _merchant("receiveTradeIn", "ReceiveTradeIn")
INSPECT = _merchant("inspectTradeIn")
VALIDATE = _merchant("validateTradeIn")
COUNTER = _merchant("proposeCounterOffer", "ProposeCounterOffer")
REFUSE = _merchant("refuseTradeIn", "RefuseTradeIn")
SUSPEND = _merchant("suspendTradeIn", "SuspendTradeIn")
ANSWER = _customer("answerCounterOffer", "AnswerCounterOffer")
RESOLVE = _customer("resolveTradeInAction", "ResolveTradeInAction")
CANCEL = _customer("cancelTradeIn")
GIVE = _customer("giveReturningDevice")
ACCOUNT = _customer("setTradeInPayoutAccount", "SetTradeInPayoutAccount")
READ = f"""query($id: ID!){{tradeIn(id: $id){{state number payout
  moves{{from to actor reason}} parcels{{purpose status}} checklist{{code text(locale: "fr")}}
  counterOffer{{amount{MONEY} photos{{url}}}} refusal{{reason photos{{url}}}}}}}}"""
MINE = f"""query($id: ID!){{tradeIn(id: $id){{state account payment{{state account problem}}
  credit{{state amount{MONEY} left{MONEY} due{MONEY}}}
  receipt{{number partner device amount{MONEY} documentUrl}}}}}}"""
DECLARED = ["OWNERSHIP", "AGE", "ERASURE_CONSENT", "DATA_WARNING"]
STEPS = ("BACKUP", "SIGN_OUT", "LOCK_OFF", "SIM_OUT")
ADDRESS = {
    "name": "Camille Canari", "street": ["1 rue des Essais"], "city": "Lyon",
    "postalCode": "69003", "country": "FR",
}  # fmt: skip
CARD = {
    "code": "post", "name": "Post", "carrier": "LA_POSTE", "api": "LA_POSTE", "currency": "EUR",
    "platform_bp": "1500", "valid_from": "2026-01-01", "valid_to": "", "source": "made up",
    "eligibility": '{"kinds": []}',
}  # fmt: skip
LABEL_COST = 520
RATES = [{"contract": "post", "origin": "FR", "destination": "FR", "most_grams": "2000",
          "price_minor": str(LABEL_COST), "source": "made up"}]  # fmt: skip
_devices = count(1)


def imei_number(n: int) -> str:
    """An IMEI with a right check digit, of no list of stolen ones."""
    body = f"35693803{n:05d}1"[:14]
    digits = [int(d) for d in body]
    total = sum(d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(digits))
    return f"{body}{-total % 10}"


@dataclass(frozen=True, slots=True)
class Stand:
    """A merchant that bids for devices of an item, and a person who has one."""

    merchant: Merchant
    item: Item
    customer: UUID
    bid_id: UUID

    @property
    def buyer(self) -> Caller:
        """The merchant by its key."""
        return key_of(self.merchant, *SCOPES)

    @property
    def seller(self) -> Caller:
        """The person who signed in."""
        return Caller(kind=CallerKind.CUSTOMER, user_id=self.customer)


async def market() -> list[Item]:
    """A market that buys phones of people, with its steps, its partner and a contract."""
    items = await factories.world(1, 2)
    await terms()
    return items


async def terms() -> None:
    """The same without the phones."""
    await execute(
        "INSERT INTO trade_in_programme (market, category, valid_from, is_open, minimum_age, "
        "quote_days, label_days, decision_days, inspection_business_days, source, status) "
        "VALUES ('FR', '*', '2020-01-01', true, 18, 21, 21, 14, 5, 'made up', 'VERIFIED')"
    )
    for n, code in enumerate(STEPS):
        await execute(
            "INSERT INTO trade_in_step VALUES ($1, $2, $3, 'Do it.', 'Faites-le.', 'made up')",
            "smartphone" if code == "SIM_OUT" else "*",
            code,
            n,
        )
    await execute(
        "INSERT INTO solidarity_partner (code, name, country, markets, registration, valid_from, "
        "source) VALUES ('atelier', 'Atelier', 'FR', '{FR}', 'X-1', '2020-01-01', 'made up')"
    )
    async with transaction() as raw:
        await contracts.load(raw, [CARD], RATES)


async def stand(
    item: Item, slug: str = "reprise", *, amount: int = 200_00, cap: int | None = None, **more: Any
) -> Stand:
    """A merchant with a bid for an item, and its customer; with a sandbox clock of its own."""
    owner = await factories.merchant(slug)
    person = await orders.customer(more.pop("email", f"{slug}@example.com"))
    bid = await fetchval(
        "INSERT INTO trade_in_bid (merchant_id, variant_id, grade, market, amount_minor, currency, "
        "pay_within_days, stock_cap) VALUES ($1, $2, $3, 'FR', $4, 'EUR', 7, $5) RETURNING id",
        owner.id, item.variant_id, more.pop("grade", "FUNCTIONAL_GOOD"), amount, cap,
    )  # fmt: skip
    home = await factories.merchant(f"{slug}-home")
    await execute(
        "INSERT INTO sandbox (merchant_id, sandbox_id, ahead) VALUES ($1, $2, '0')",
        home.id, owner.id,
    )  # fmt: skip
    return Stand(owner, item, person, bid)


async def later(of: Stand, by: timedelta) -> None:
    """Let time go by for a merchant."""
    await execute("UPDATE sandbox SET ahead = ahead + $2 WHERE sandbox_id = $1", of.merchant.id, by)


async def now_of(of: Stand) -> datetime:
    """What time it is for a merchant."""
    found: datetime = await fetchval("SELECT boucle_now($1)", of.merchant.id)
    return found


async def quote(of: Stand, **more: Any) -> UUID:
    """A quote with the merchant's bid; `more` are other facts of it."""
    row = (await fetch("SELECT * FROM trade_in_bid WHERE id = $1", of.bid_id))[0]
    now = await now_of(of)
    amount = row["amount_minor"]
    bid = QuotedBid(
        bid_id=of.bid_id, merchant_id=of.merchant.id, rank=1, amount_minor=amount,
        expected_minor=amount, value_minor=amount, merit=10_000, in_country_bp=300, days_bp=0,
        pay_within_days=row["pay_within_days"], in_country=True, rate_bp=0, cut_bp=0,
        inspections=0, name=of.merchant.name, legal_name=of.merchant.legal_name,
        kind=of.merchant.kind.value, country="FR",
    )  # fmt: skip
    given = Given(
        customer_id=of.customer, token_sha256=None, market="FR", category="smartphone",
        variant_id=of.item.variant_id, grade=TradeInGrade(row["grade"]), questionnaire="phones-1",
        answers=[], imei=imei_number(next(_devices)), serial=None, currency="EUR", locks=[],
        device_status=DeviceStatus.CLEAR, device_status_at=now, device_status_source="TEST",
        bids=[bid], expires_at=now + 21 * DAY,
    )  # fmt: skip
    async with as_system():
        return await quotes.add(replace(given, **more))


def accepted(of: Stand, quote_id: UUID, payout: str = "BANK", **more: Any) -> Json:
    """The input of `acceptTradeInBid`."""
    account = {"payoutAccount": {"iban": IBAN, "name": "Camille Canari"}}
    return {
        "quoteId": str(quote_id), "bidId": str(of.bid_id), "payout": payout,
        "declarations": DECLARED, **(account if payout == "BANK" else {}),
    } | more  # fmt: skip


async def ask(query: str, caller: Caller, **given: Any) -> Json:
    """The result of a mutation of one input."""
    (found,) = (await data(query, caller, i={"idempotencyKey": key()} | given)).values()
    result: Json = found
    return result


async def begun(of: Stand, payout: str = "BANK", **more: Any) -> UUID:
    """A trade-in whose bid was accepted; its id."""
    found = await ask(ACCEPT, of.seller, **accepted(of, await quote(of), payout, **more))
    assert found["__typename"] == "TradeInChanged", found
    assert found["tradeIn"]["state"] == "CREATED"
    return await latest(of)


async def latest(of: Stand) -> UUID:
    """The youngest trade-in of a merchant."""
    found: UUID = await fetchval(
        "SELECT id FROM trade_in_order WHERE merchant_id = $1 ORDER BY created_at DESC, id DESC "
        "LIMIT 1",
        of.merchant.id,
    )
    return found


async def state(trade_in_id: UUID) -> str:
    """Where a trade-in stands."""
    found: str = await fetchval("SELECT state FROM trade_in_order WHERE id = $1", trade_in_id)
    return found


def gid(trade_in_id: UUID) -> str:
    """Its id as clients know it."""
    return str(global_id("TradeIn", trade_in_id))


async def confirmed(of: Stand, trade_in_id: UUID, **more: Any) -> Json:
    """The checklist ticked; the label is issued where there is a desk."""
    given = {"tradeInId": gid(trade_in_id), "ticked": list(STEPS), "address": ADDRESS} | more
    return await ask(CONFIRM, of.seller, **given)


async def told(trade_in_id: UUID, status: ShipmentStatus, purpose: str = "TRADE_IN") -> None:
    """What a carrier says of the youngest parcel of a trade-in, and what follows from it."""
    from models.jobs import Job
    from tests.jobs import work

    await carried(trade_in_id, status, purpose)
    await work(Job.TRADE_IN_PARCEL, Job.ISSUE_LABEL)


async def carried(trade_in_id: UUID, status: ShipmentStatus, purpose: str = "TRADE_IN") -> None:
    """The same, with what follows left to the workers."""
    from models.shipments import effects

    moment = await fetchval(
        "SELECT boucle_now(merchant_id) FROM trade_in_order WHERE id = $1", trade_in_id
    )
    parcel = await fetchval(
        "UPDATE shipment SET status = $3, status_at = $4, first_scan_at = "
        "CASE WHEN $3 IN ('ANNOUNCED','UNKNOWN') THEN first_scan_at ELSE coalesce(first_scan_at, "
        "$4) END, delivered_at = CASE $3 WHEN 'DELIVERED' THEN $4 END, next_poll_at = NULL "
        "WHERE id = (SELECT id FROM shipment WHERE trade_in_id = $1 AND purpose = $2 "
        "ORDER BY id DESC LIMIT 1) RETURNING id",
        trade_in_id, purpose, status.value, moment,
    )  # fmt: skip
    assert parcel is not None, "no parcel"
    await effects.apply(parcel, status, moment)


async def photo(owner: Owner, content: bytes | None = None) -> str:
    """An attachment of somebody; its id as clients know it."""
    from hashlib import sha256

    body = content or str(new_id()).encode()
    kept = Kept(MediaType.JPEG, body, 1, 1)
    now = await fetchval("SELECT now()")
    async with as_system():
        made = await attachments.add(
            New(owner, AttachmentPurpose.EVIDENCE, sha256(body).digest(), kept, now)
        )
    return str(global_id("Attachment", made.id))


async def to_inspection(of: Stand, payout: str = "BANK", **more: Any) -> UUID:
    """A trade-in whose device its merchant looks at."""
    made = await begun(of, payout, **more)
    await confirmed(of, made)
    await told(made, ShipmentStatus.DELIVERED)
    assert await state(made) == "RECEIVED"
    found = await ask(INSPECT, of.buyer, tradeInId=gid(made))
    assert found["tradeIn"]["state"] == "INSPECTING"
    return made


async def balances() -> dict[str, int]:
    """What stands on each account. Units: minor units, a debit positive."""
    rows = await fetch("SELECT account, sum(amount_minor)::bigint FROM ledger_posting GROUP BY 1")
    return {account: total for account, total in rows if total}


@asynccontextmanager
async def a_desk() -> AsyncGenerator[LabelDesk]:
    """Labels are issued by the simulator, here and in jobs."""
    made = LabelDesk(SimulatedLabels())
    label_resolvers.install(made)
    try:
        yield made
    finally:
        label_resolvers.install(None)


async def rows(merchant_id: UUID, customer_id: UUID, item: Item, many: int) -> UUID:
    """So many trade-ins with a quote, a label, a parcel and a move each, as rows; one of them."""
    quoted = (
        "INSERT INTO trade_in_quote (customer_id, market, category, variant_id, grade, "
        "questionnaire, answers, currency, bids, expires_at) SELECT $1, 'FR', 'smartphone', $2, "
        "'FUNCTIONAL_GOOD', 'q', '[]', 'EUR', '[]', now() FROM generate_series(1, $3) RETURNING id"
    )
    ids = [row["id"] for row in await fetch(quoted, customer_id, item.variant_id, many)]
    made = await fetch(
        "INSERT INTO trade_in_order (number, quote_id, bid_id, merchant_id, customer_id, market, "
        "category, variant_id, grade, state, payout, currency, bid_minor, pay_within_days, "
        "in_country, terms, declarations, deadline_at) SELECT 'T-' || q, q, q, $2, $3, 'FR', "
        "'smartphone', $4, 'FUNCTIONAL_GOOD', 'SENT', 'BANK', 'EUR', 100, 7, true, "
        "$5::text::jsonb, $6::text::jsonb, now() FROM unnest($1::uuid[]) q RETURNING id",
        ids, merchant_id, customer_id, item.variant_id,
        '{"label_days": 21, "decision_days": 14, "inspection_days": 5}',
        '{"at": "2026-05-04T12:00:00Z", "version": "1", "said": []}',
    )  # fmt: skip
    await execute(
        "INSERT INTO trade_in_move (trade_in_id, merchant_id, customer_id, to_state, actor) "
        "SELECT id, merchant_id, customer_id, 'CREATED', 'CUSTOMER' FROM trade_in_order"
    )
    found: UUID = made[0]["id"]
    return found
