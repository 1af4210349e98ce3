"""A customer accepts a bid of a quote: a trade-in begins, its device and a place under the cap."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.accounts.roles import CallerKind
from domain.markets import PauseScope
from domain.orders.numbers import HOW_MANY, order_number
from domain.trade_in import Payout
from domain.trade_in.accounts import AccountFault, BankAccount
from domain.trade_in.orders import (
    DECLARATIONS_VERSION,
    Declaration,
    Terms,
    TradeInActor,
    missing,
)
from domain.trade_in.programme import IdentityDocument, Programme
from domain.units import DeviceStatus
from models.base import as_system, new_id, transaction
from models.orders import store_credit
from models.trade_in import evidence, giving, identity, orders, payouts, quotes
from models.trade_in.orders import SQL, By, TradeInRow
from models.trade_in.quotes import Quote, QuotedBid, presented
from models.trade_in.reference import reference
from models.units.attachments import Owner
from models.units.claims import Elsewhere
from resolvers.accounts.house import house
from resolvers.context import Context, SignInFirst
from resolvers.effects import Outcome, audited, customer_once
from resolvers.markets.selling import go_on
from resolvers.trade_in.quoting import hash_of
from resolvers.trade_in.refusals import (
    PROGRAMME_NOT_AVAILABLE,
    QUOTE_UNKNOWN,
    Refusal,
    refusal_of,
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a customer says who accepts a bid. `documents` are kinds with their attachments."""

    quote_id: UUID
    bid_id: UUID
    payout: Payout
    declarations: Sequence[Declaration]
    token: str | None = None
    account: BankAccount | AccountFault | None = None
    documents: Sequence[tuple[IdentityDocument, UUID]] = field(default_factory=tuple)

    def given(self) -> dict[str, Any]:
        """What makes a repeated call the same; the account itself is not kept."""
        account = self.account
        return {
            "quote": self.quote_id,
            "bid": self.bid_id,
            "payout": self.payout.value,
            "declarations": sorted(self.declarations),
            "account": account.iban if isinstance(account, BankAccount) else account,
            "documents": sorted((kind.value, str(each)) for kind, each in self.documents),
        }


class _Undone(Exception):
    """What was written so far is undone; why is told."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


async def accept(ctx: Context, wanted: Accepted, key: str) -> TradeInRow | Refusal:
    """Begin a trade-in with a bid of a quote of the caller, or of one whose token it has.

    Refuses: a quote that is not there, ended, or was used; a bid that is not of it, was withdrawn
    or is full; a market without a programme; declarations, age, documents or an account that lack;
    a device that is spoken for elsewhere, or on a list of stolen ones.
    Raises: SignInFirst, BadInput.
    """
    if ctx.caller.kind is not CallerKind.CUSTOMER:
        raise SignInFirst("Sign in as a customer.")
    if wanted.token is not None:
        async with ctx.private(presented(hash_of(wanted.token))):
            await quotes.claim(wanted.quote_id, ctx.customer_id())

    async def act(customer_id: UUID) -> Outcome:
        return await _accept(ctx, wanted, customer_id)

    outcome = await customer_once(ctx, "acceptTradeInBid", key, wanted.given(), act)
    if refusal := refusal_of(outcome):
        return refusal
    return await orders.again(UUID(outcome["id"]))


async def _accept(ctx: Context, wanted: Accepted, customer_id: UUID) -> Outcome:
    quote = await quotes.quote(wanted.quote_id, locked=True)
    if quote is None or quote.given.customer_id != customer_id:
        return QUOTE_UNKNOWN.outcome()
    bid = quote.bid(wanted.bid_id)
    if bid is None:
        return Refusal("BID_UNKNOWN").outcome()
    now = await orders.now_of(bid.merchant_id)
    checked = await _checked(quote, bid, wanted, customer_id, now)
    if isinstance(checked, Refusal):
        return checked.outcome()
    try:
        async with transaction():
            made = await _begin(quote, bid, wanted, checked, customer_id, now)
    except _Undone as undone:
        return undone.refusal.outcome()
    after = {"bidMinor": made.bid_minor, "payout": made.payout, "merchant": made.merchant_id}
    name = "acceptTradeInBid"
    await audited(ctx, name, orders.TYPE, made.id, after=after, market=made.market)
    return {"id": str(made.id)}


async def _checked(
    quote: Quote, bid: QuotedBid, wanted: Accepted, customer_id: UUID, now: datetime
) -> Programme | Refusal:
    """The terms that the trade-in is accepted under, or why it cannot be."""
    given = quote.given
    if (refused := _over(quote, now)) is not None:
        return refused
    await go_on(given.market, PauseScope.TRADE_IN, [given.category])
    terms = (await reference()).programme(given.market, given.category, now.date())
    if terms is None:
        return PROGRAMME_NOT_AVAILABLE
    if Declaration.AGE not in wanted.declarations:
        return Refusal("AGE_REQUIRED", {"minimumAge": terms.minimum_age})
    if lacking := missing(wanted.declarations):
        return Refusal("DECLARATION_MISSING", {"missing": [each.value for each in lacking]})
    return await _papers(terms, wanted, customer_id) or await _payable(terms, quote, wanted, now)


def _over(quote: Quote, now: datetime) -> Refusal | None:
    """Why no bid of a quote can be accepted any more."""
    if quote.taken_at is not None:
        return Refusal("QUOTE_TAKEN")
    if quote.given.expires_at <= now:
        return Refusal("QUOTE_EXPIRED", {"expiredAt": quote.given.expires_at.isoformat()})
    if quote.given.device_status is DeviceStatus.FLAGGED:
        return Refusal("IMEI_BLACKLISTED")
    return None


async def _papers(terms: Programme, wanted: Accepted, customer_id: UUID) -> Refusal | None:
    """Why the papers that a market asks for are not there; a passport is as good as a card."""
    kinds = {kind for kind, _ in wanted.documents}
    asked = set(terms.identity_documents)
    cards = {IdentityDocument.ID_FRONT, IdentityDocument.ID_BACK}
    if IdentityDocument.PASSPORT in kinds:
        asked -= cards
    if asked - kinds:
        documents = [each.value for each in terms.identity_documents]
        return Refusal("KYC_REQUIRED", {"documents": documents})
    ids = [each for _, each in wanted.documents]
    if unknown := await evidence.unknown(ids, Owner(customer_id=customer_id)):
        return Refusal("ATTACHMENT_UNKNOWN", {"attachments": [str(each) for each in unknown]})
    return None


async def _payable(
    terms: Programme, quote: Quote, wanted: Accepted, now: datetime
) -> Programme | Refusal:
    """Whether the money can go where it is wanted."""
    if wanted.payout is Payout.BANK and not isinstance(wanted.account, BankAccount):
        fault = wanted.account or AccountFault.MISSING
        return Refusal("PAYOUT_ACCOUNT_INVALID", {"reason": fault.value})
    gives = wanted.payout is Payout.DONATION
    if gives and await giving.partner(quote.given.market, now.date()) is None:
        return Refusal("PAYOUT_NOT_AVAILABLE", {"reason": "NO_PARTNER"})
    return terms


async def _begin(
    quote: Quote,
    bid: QuotedBid,
    wanted: Accepted,
    terms: Programme,
    customer_id: UUID,
    now: datetime,
) -> TradeInRow:
    """Write the trade-in. Raises: _Undone for a device elsewhere, or a bid that is full or gone."""
    given, made_id = quote.given, new_id()
    about = (given.category, given.variant_id)
    named = await identity.identifiers(given.variant_id, given.category, given.imei, given.serial)
    unit = await identity.claim(made_id, customer_id, *about, named)
    if isinstance(unit, Elsewhere):
        raise _Undone(Refusal("DEVICE_ELSEWHERE"))
    async with as_system() as raw:
        if unit is not None and await raw.fetchval(SQL["under_way"], unit):
            raise _Undone(Refusal("DEVICE_ELSEWHERE"))
        place = (bid.bid_id, given.variant_id, given.grade.value, given.market, now)
        if await raw.fetchrow(SQL["take_bid"], *place) is None:
            full = await raw.fetchval(SQL["full"], bid.bid_id, now)
            raise _Undone(Refusal("CAP_REACHED" if full else "BID_WITHDRAWN"))
        await raw.execute(SQL["take_quote"], quote.id, customer_id, now)
    partner = None
    if wanted.payout is Payout.DONATION:
        partner = await giving.partner(given.market, now.date())
    facts = _facts(quote, bid, wanted, terms, now) | {
        "id": made_id,
        "customer_id": customer_id,
        "unit_id": unit,
        "partner_id": partner.id if partner else None,
    }
    made = await orders.create(facts, By(TradeInActor.CUSTOMER, now, customer_id))
    await evidence.keep([each for _, each in wanted.documents], now)
    if isinstance(wanted.account, BankAccount) and wanted.payout is Payout.BANK:
        await set_account(made.id, wanted.account)
    if wanted.payout is Payout.EXCHANGE_CREDIT:
        await store_credit.expect(made.id, customer_id, made.currency, made.bid_minor)
    return made


def _facts(
    quote: Quote, bid: QuotedBid, wanted: Accepted, terms: Programme, now: datetime
) -> dict[str, Any]:
    given = quote.given
    days = (terms.label_days, terms.decision_days, terms.inspection_business_days)
    said = {
        "version": DECLARATIONS_VERSION,
        "at": now.isoformat(),
        "minimumAge": terms.minimum_age,
        "said": [each.value for each in Declaration if each in wanted.declarations],
    }
    return {
        "number": f"T-{order_number(secrets.randbelow(HOW_MANY))}",
        "quote_id": quote.id,
        "bid_id": bid.bid_id,
        "merchant_id": bid.merchant_id,
        "market": given.market,
        "category": given.category,
        "variant_id": given.variant_id,
        "grade": given.grade.value,
        "payout": wanted.payout.value,
        "currency": given.currency,
        "bid_minor": bid.amount_minor,
        "pay_within_days": bid.pay_within_days,
        "in_country": bid.in_country,
        "imei": given.imei,
        "serial": given.serial,
        "device_status": given.device_status.value,
        "device_status_at": given.device_status_at,
        "terms": Terms(*days).stored(),
        "declarations": said,
        "documents": sorted({kind.value for kind, _ in wanted.documents}),
        "deadline_at": given.expires_at,
    }


async def set_account(trade_in_id: UUID, account: BankAccount) -> None:
    """Keep an account for a trade-in, encrypted."""
    closed = house().vault.close(account.iban.encode(), payouts.cell(trade_in_id))
    await orders.set_account(trade_in_id, closed, account.name, account.shown)
