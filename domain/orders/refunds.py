"""Whether a merchant may give money back for a line, how much, and whose money it is.

Source: docs/payments.md, "Refunds".
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain import InvalidTransition
from domain.orders import FINAL, LINE_MOVES, LineState
from domain.orders.ledger import Share, Split, split


class NotRefundableReason(StrEnum):
    """Why nothing can be given back for a line."""

    PERIOD_EXPIRED = "PERIOD_EXPIRED"
    ALREADY_REFUNDED = "ALREADY_REFUNDED"
    UNCAPTURED = "UNCAPTURED"


@dataclass(frozen=True, slots=True)
class Refundable:
    """What a refund would be. Units: minor units.

    Shapes: `max_minor` is what is left of the line before it; `ends` says that the line would be
    `REFUNDED` by it.
    """

    amount_minor: int
    max_minor: int
    of: Split
    ends: bool


@dataclass(frozen=True, slots=True)
class ExceedsPaid:
    """More was asked for than is left. Units: minor units."""

    max_minor: int


@dataclass(frozen=True, slots=True)
class NotRefundable:
    """Nothing can be given back, and why."""

    reason: NotRefundableReason


@dataclass(frozen=True, slots=True)
class Line:
    """What decides about a refund of a line.

    Units: `months` is the longer of the legal guarantee and the merchant's warranty.
    """

    state: LineState
    share: Share
    captured: bool
    delivered_at: datetime | None
    months: int


Verdict = Refundable | ExceedsPaid | NotRefundable | InvalidTransition
_ENDS = frozenset({LineState.DELIVERED, LineState.COMPLETED, LineState.RETURNED, LineState.LOST})
_R = NotRefundableReason


def judge(line: Line, amount_minor: int | None, now: datetime) -> Verdict:
    """What a merchant's refund of an amount would be; None is all that is left.

    A part of the price can go back at any time until the rights to the device end; all of it only
    for a line that can end so: one that is not shipped yet is refused or cancelled instead.
    Refuses: a line that was not paid, of which nothing is left, whose rights have ended; more than
    is left; all of a line on its way.
    """
    left = line.share.total_minor - line.share.refunded_minor
    if not line.captured:
        return NotRefundable(_R.UNCAPTURED)
    if left == 0:
        return NotRefundable(_R.ALREADY_REFUNDED)
    if line.delivered_at is not None and now > months_after(line.delivered_at, line.months):
        return NotRefundable(_R.PERIOD_EXPIRED)
    amount = left if amount_minor is None else amount_minor
    if not 0 < amount <= left:
        return ExceedsPaid(left)
    if amount == left and line.state not in _ENDS | FINAL:
        allowed = tuple(sorted(state.value for state in LINE_MOVES[line.state]))
        return InvalidTransition(line.state, LineState.REFUNDED, allowed)
    ends = amount == left and line.state in _ENDS
    return Refundable(amount, left, split(line.share, amount), ends)


def months_after(at: datetime, months: int) -> datetime:
    """The same day and time so many months later; the last day of a month that is shorter."""
    month = at.month - 1 + months
    year, month = at.year + month // 12, month % 12 + 1
    return at.replace(year=year, month=month, day=min(at.day, monthrange(year, month)[1]))
