"""A merchant gives money back for a line: tried out first, then done once."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from domain import InvalidTransition
from domain.money import Currency, Money
from domain.orders import Actor
from domain.orders.payments import RefundReason
from domain.orders.refunds import (
    ExceedsPaid,
    NotRefundable,
    NotRefundableReason,
    Refundable,
    Verdict,
    judge,
)
from models.orders import By, refundable, refunds
from models.orders.refundable import Found
from models.orders.refunds import RefundView
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, once_only

READ, WRITE = "orders:read", "orders:write"
MOST_NOTE: Final = 1_000
OFFERED: Final = (
    RefundReason.GOODWILL,
    RefundReason.FAULT,
    RefundReason.RETURNED,
    RefundReason.LOST,
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """There is no such line of the caller's."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a refund would be, in a currency."""

    verdict: Verdict
    currency: str


@dataclass(frozen=True, slots=True)
class Done:
    """The refund that was promised."""

    refund: RefundView


@dataclass(frozen=True, slots=True)
class Asked:
    """What a merchant asks for. `amount` None is all that is left, in the line's currency."""

    line_id: UUID
    amount: Decimal | None
    reason: RefundReason
    note: str | None = None


Refusal = ExceedsPaid | NotRefundable | InvalidTransition


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was given back, of a line in this currency."""

    refusal: Refusal
    currency: str


async def preview(ctx: Context, line_id: UUID, amount: Decimal | None) -> Tried | Unknown:
    """What a refund of a line would be at this moment; nothing changes.

    Raises: SignInFirst, Forbidden; BadInput for an amount that the currency does not have.
    """
    async with ctx.acting(WRITE) as merchant_id:
        found = await refundable.line_of(merchant_id, line_id)
        if found is None:
            return Unknown()
        ctx.merchant_id(WRITE, found.market)
        return Tried(judge(found.facts, _minor(amount, found), ctx.now), found.currency)


async def refund(ctx: Context, asked: Asked, key: str) -> Done | Refused | Unknown | None:
    """Give money back for a line: promised, owed by the ledger and told, all at once.

    None: the caller may not read what it did before by this key any more.
    Refuses: what `judge` refuses, and a line that is not the caller's.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    note = stored_text(asked.note, "note").strip()[:MOST_NOTE] if asked.note else None
    given = {"line": asked.line_id, "amount": asked.amount, "reason": asked.reason, "note": note}

    async def act(merchant_id: UUID) -> Outcome:
        found = await refundable.line_of(merchant_id, asked.line_id)
        if found is None:
            return {"code": "UNKNOWN"}
        ctx.merchant_id(WRITE, found.market)
        verdict = judge(found.facts, _minor(asked.amount, found), ctx.now)
        if not isinstance(verdict, Refundable):
            return _stored(verdict) | {"currency": found.currency}
        by = By(Actor.MERCHANT, ctx.now, ctx.caller.user_id, asked.reason.value, note)
        wanted = {found.id: verdict.amount_minor}
        [refund_id] = await refunds.ask(wanted, asked.reason, by, ctx.now)
        after = {"amountMinor": verdict.amount_minor, "reason": asked.reason.value}
        await audited(
            ctx, "refundOrderLine", "OrderLine", found.id, after=after, market=found.market
        )
        return {"refund": str(refund_id)}

    outcome = await once_only(ctx, WRITE, "refundOrderLine", key, given, act)
    if "refund" not in outcome:
        return _refused(outcome)
    wanted_id = UUID(outcome["refund"])
    async with ctx.acting(WRITE):
        rows = await refunds.of_lines([asked.line_id])
    return next((Done(row) for row in rows if row.id == wanted_id), None)


async def of_lines(ctx: Context, line_ids: list[UUID]) -> list[list[RefundView]]:
    """The refunds of lines that the caller may see, in the order asked; youngest first."""
    async with ctx.private():
        rows = await refunds.of_lines(line_ids)
    return [[row for row in rows if row.line_id == line_id] for line_id in line_ids]


async def of_purchases(ctx: Context, purchase_ids: list[UUID]) -> list[list[RefundView]]:
    """The refunds of the caller's own purchases, in the order asked; youngest first."""
    async with ctx.private():
        rows = await refunds.of_purchases(purchase_ids)
    return [[row for row in rows if row.purchase_id == each] for each in purchase_ids]


def _minor(amount: Decimal | None, found: Found) -> int | None:
    if amount is None:
        return None
    try:
        minor = Money.of(amount, Currency(found.currency)).minor
    except ValueError as error:
        raise BadInput(f"`amount` is no amount of {found.currency}.", argument="amount") from error
    if not 0 < minor < 10**15:
        raise BadInput("`amount` must be above 0.", argument="amount")
    return minor


def _stored(verdict: Refusal) -> Outcome:
    match verdict:
        case ExceedsPaid(max_minor):
            return {"code": "EXCEEDS", "max": max_minor}
        case NotRefundable(reason):
            return {"code": "NOT_REFUNDABLE", "reason": reason.value}
        case InvalidTransition(from_state, to_state, allowed):
            return {"code": "INVALID", "from": from_state, "to": to_state, "allowed": [*allowed]}


def _refused(outcome: Outcome) -> Refused | Unknown:
    refusal: Refusal
    match outcome["code"]:
        case "EXCEEDS":
            refusal = ExceedsPaid(outcome["max"])
        case "NOT_REFUNDABLE":
            refusal = NotRefundable(NotRefundableReason(outcome["reason"]))
        case "INVALID":
            allowed = tuple(outcome["allowed"])
            refusal = InvalidTransition(outcome["from"], outcome["to"], allowed)
        case _:
            return Unknown()
    return Refused(refusal, outcome["currency"])
