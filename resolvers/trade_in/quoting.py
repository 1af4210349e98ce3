"""Quotes: a device that its owner named, with the bids for it, binding for three weeks."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from domain.accounts.roles import CallerKind
from domain.money import divide_half_even
from domain.trade_in.locks import Lock, that_are_on
from domain.trade_in.questionnaire import NotEligible
from domain.trade_in.ranking import Valued, ranked
from domain.units import DeviceStatus, IdentifierKind, Imei, ImeiFault, imei, serial
from models import units
from models.trade_in import bids, quotes
from models.trade_in.bids import Live
from models.trade_in.quotes import Given, Quote, QuotedBid, presented
from resolvers.context import NOT_KEPT, Context, depends, stored_text
from resolvers.effects import Outcome, audited, customer_once, holder_once
from resolvers.trade_in import devices
from resolvers.trade_in.declaring import Declared, declare
from resolvers.trade_in.estimating import competition_of
from resolvers.trade_in.refusals import (
    QUOTE_UNKNOWN,
    Refusal,
    not_eligible,
    refusal_of,
)

TOKEN_PREFIX: Final = "bcq_"  # noqa: S105 - what a token begins with
MOST_BIDS: Final = 50
_TOKEN_BYTES: Final = 24
_LONGEST_TOKEN: Final = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """The device that a quote is asked for, as its owner says."""

    market: str
    variant_id: UUID
    answers: Sequence[tuple[str, str]]
    imei: str | None
    serial: str | None
    locks: Sequence[Lock]


@dataclass(frozen=True, slots=True)
class Made:
    """A new quote; the token of an anonymous one, for the only time."""

    quote: Quote
    token: str | None


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token[:_LONGEST_TOKEN].encode(errors="replace")).hexdigest()


async def request(ctx: Context, wanted: Wanted, key: str) -> Made | Refusal:
    """A quote of a device: the customer's who asks, else a visitor's with a token.

    A visitor's repeated call makes another one, for nobody but its token knows the first.
    Refuses: as `declare`; a number that is none, or that is on a list of stolen devices; a lock
    that is on; a device that nobody bids for.
    Raises: BadInput.
    """
    found = await declare(ctx, wanted.market, wanted.variant_id, wanted.answers)
    if isinstance(found, Refusal):
        return found
    named = await _named(wanted, found)
    if isinstance(named, Refusal):
        return named
    number, checked = named
    if ctx.caller.kind is CallerKind.CUSTOMER:
        return await _of_customer(ctx, wanted, found, number, checked, key)
    token = TOKEN_PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
    hidden = hash_of(token)
    async with ctx.private(presented(hidden)):
        given = await _given(ctx, found, number, checked)
        if isinstance(given, Refusal):
            return given
        made = await quotes.add(replace(given, token_sha256=hidden))
    return Made(await _there(ctx, made, token), token)


async def _named(wanted: Wanted, found: Declared) -> tuple["Number", devices.Checked] | Refusal:
    """The number of a device and what is known of it. Refuses: a list, or a lock that is on."""
    number = await _number(wanted, found)
    if isinstance(number, Refusal):
        return number
    checked = await devices.check(number.imei, wanted.locks)
    if checked.status is DeviceStatus.FLAGGED:
        return Refusal("IMEI_BLACKLISTED")
    if on := that_are_on(checked.locks):
        return Refusal("ACTIVATION_LOCK_ON", {"locks": [kind.value for kind in on]})
    return number, checked


async def _of_customer(
    ctx: Context,
    wanted: Wanted,
    found: Declared,
    number: "Number",
    checked: devices.Checked,
    key: str,
) -> Made | Refusal:
    async def act(customer_id: UUID) -> Outcome:
        given = await _given(ctx, found, number, checked)
        if isinstance(given, Refusal):
            return given.outcome()
        made = await quotes.add(replace(given, customer_id=customer_id))
        after = {"grade": given.grade.value, "bids": len(given.bids)}
        await audited(
            ctx, "requestTradeInQuote", "TradeInQuote", made, after=after, market=given.market
        )
        return {"quote": str(made)}

    outcome = await customer_once(ctx, "requestTradeInQuote", key, _facts(wanted), act)
    if (refused := refusal_of(outcome)) is not None:
        return refused
    return Made(await _there(ctx, UUID(outcome["quote"]), None), None)


def _facts(wanted: Wanted) -> dict[str, Any]:
    return asdict(replace(wanted, answers=sorted(wanted.answers)))


@dataclass(frozen=True, slots=True)
class Number:
    """What a device is known by: one of the two at least."""

    imei: Imei | None
    serial: str | None


async def _number(wanted: Wanted, found: Declared) -> Number | Refusal:
    """The number of a device. Refuses: a text that is none; a kind that the category needs."""
    known: Imei | None = None
    for text in (wanted.imei, wanted.serial):
        stored_text(text or "", "imei")
    if wanted.imei is not None:
        read = imei(wanted.imei)
        if isinstance(read, ImeiFault):
            return Refusal("IMEI_INVALID", {"reason": read.value})
        known = read
    own = serial(wanted.serial) if wanted.serial is not None else None
    if wanted.serial is not None and own is None:
        return Refusal("SERIAL_INVALID")
    terms = await units.terms(found.device.variant_id, found.device.category)
    if terms is not None and terms.identity == IdentifierKind.IMEI:
        return Number(known, own) if known else Refusal("IMEI_INVALID", {"reason": "MISSING"})
    if known is None and own is None:
        return not_eligible(NotEligible.SERIAL_REQUIRED)
    return Number(known, own)


async def _given(
    ctx: Context, found: Declared, number: Number, checked: devices.Checked
) -> Given | Refusal:
    """What the quote says. Refuses: a device that nobody bids for."""
    [live] = await bids.live([competition_of(found)], ctx.now)
    if not live:
        return not_eligible(NotEligible.NO_BIDS)
    terms = found.asked.programme
    return Given(
        customer_id=None,
        token_sha256=None,
        market=found.market.code,
        category=found.device.category,
        variant_id=found.device.variant_id,
        grade=found.grade,
        questionnaire=found.asked.questionnaire.id,
        answers=found.answers,
        imei=number.imei.digits if number.imei else None,
        serial=number.serial,
        currency=found.market.currency,
        locks=checked.locks,
        device_status=checked.status,
        device_status_at=ctx.now if checked.source else None,
        device_status_source=checked.source,
        bids=quoted(live),
        expires_at=ctx.now + timedelta(days=terms.quote_days),
    )


def quoted(live: Sequence[Live]) -> list[QuotedBid]:
    """Live bids as a quote keeps them, the best first; those that rank last are left out."""
    whose = {each.bid.id: each for each in live}
    order = ranked([each.bid for each in live])[:MOST_BIDS]
    return [_quoted(rank, each, whose[each.bid.id]) for rank, each in enumerate(order, 1)]


def _quoted(rank: int, each: Valued, of: Live) -> QuotedBid:
    record = each.bid.record
    return QuotedBid(
        bid_id=each.bid.id,
        merchant_id=each.bid.merchant_id,
        rank=rank,
        amount_minor=each.bid.amount_minor,
        expected_minor=each.expected_minor,
        value_minor=each.value_minor,
        merit=each.merit,
        in_country_bp=each.in_country_bp,
        days_bp=each.days_bp,
        pay_within_days=each.bid.pay_within_days,
        in_country=each.bid.in_country,
        rate_bp=divide_half_even(record.rate.numerator * 10_000, record.rate.denominator),
        cut_bp=divide_half_even(record.cut.numerator * 10_000, record.cut.denominator),
        inspections=record.inspections,
        name=of.name,
        legal_name=of.legal_name,
        kind=of.kind.value,
        country=of.country,
    )


async def quote(ctx: Context, quote_id: UUID, token: str | None) -> Quote | None:
    """A quote that the caller may open; None for any other."""
    depends(NOT_KEPT)
    async with ctx.private(presented(hash_of(token)) if token else None):
        return await quotes.quote(quote_id)


async def _there(ctx: Context, quote_id: UUID, token: str | None) -> Quote:
    found = await quote(ctx, quote_id, token)
    if found is None:
        raise LookupError(quote_id)
    return found


async def claim(ctx: Context, quote_id: UUID, token: str, key: str) -> Quote | Refusal:
    """Make an anonymous quote the customer's who signed in; its token opens nothing any more.

    One that is the customer's already stays so. Refuses: a quote that is unknown or has expired.
    Raises: SignInFirst, BadInput.
    """
    customer_id = ctx.customer_id()

    async def act() -> Outcome:
        found = await quotes.quote(quote_id, locked=True)
        if found is None:
            return QUOTE_UNKNOWN.outcome()
        if found.given.expires_at <= ctx.now:
            return Refusal("QUOTE_EXPIRED").outcome()
        if found.given.customer_id is None:
            await quotes.claim(quote_id, customer_id)
            of = found.given.market
            await audited(ctx, "claimTradeInQuote", "TradeInQuote", quote_id, market=of)
        return {"quote": str(quote_id)}

    own = await quote(ctx, quote_id, None) is not None
    hidden = None if own else presented(hash_of(token))
    given = {"quote": quote_id}
    outcome = await holder_once(ctx, hidden, "claimTradeInQuote", key, given, act)
    return refusal_of(outcome) or await quote(ctx, quote_id, None) or QUOTE_UNKNOWN
