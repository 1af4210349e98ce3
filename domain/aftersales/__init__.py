"""After-sales cases: one matter on one order line, its states, its clocks, and whose turn it is.

Source: docs/orders.md, "Cases".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain import InvalidTransition, move
from domain.calendars import Calendar


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "OPEN"
    AWAITING_MERCHANT = "AWAITING_MERCHANT"
    AWAITING_CUSTOMER = "AWAITING_CUSTOMER"
    AWAITING_RETURN = "AWAITING_RETURN"
    INSPECTING = "INSPECTING"
    DECIDED = "DECIDED"
    ESCALATED = "ESCALATED"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


class CaseType(StrEnum):
    """What a case is about."""

    DAMAGED_PACKAGE = "DAMAGED_PACKAGE"
    ITEM_NOT_RECEIVED = "ITEM_NOT_RECEIVED"
    WRONG_ITEM = "WRONG_ITEM"
    MISSING_PART = "MISSING_PART"
    ACCOUNT_LOCKED = "ACCOUNT_LOCKED"
    CODE_LOCKED = "CODE_LOCKED"
    NOT_AS_GRADED = "NOT_AS_GRADED"
    FAULT = "FAULT"
    WITHDRAWAL = "WITHDRAWAL"
    OTHER = "OTHER"


class OpenedBy(StrEnum):
    """Who opened a case; `SYSTEM` is what follows from a parcel, without anybody."""

    CUSTOMER = "CUSTOMER"
    MERCHANT = "MERCHANT"
    PLATFORM = "PLATFORM"
    SYSTEM = "SYSTEM"


class Because(StrEnum):
    """What of a parcel opened a case by itself."""

    LATE = "LATE"
    LOST = "LOST"
    RETURNED = "RETURNED"


class SlaKind(StrEnum):
    """What a clock of a case waits for."""

    FIRST_REPLY = "FIRST_REPLY"
    DECISION = "DECISION"
    REFUND = "REFUND"


class CaseActor(StrEnum):
    """Whose turn it is."""

    CUSTOMER = "CUSTOMER"
    MERCHANT = "MERCHANT"
    PLATFORM = "PLATFORM"
    CARRIER = "CARRIER"


_C = CaseState
CASE_MOVES: Mapping[CaseState, frozenset[CaseState]] = {
    _C.OPEN: frozenset({_C.AWAITING_MERCHANT}),
    _C.AWAITING_MERCHANT: frozenset(
        {_C.AWAITING_CUSTOMER, _C.AWAITING_RETURN, _C.DECIDED, _C.ESCALATED}
    ),
    _C.AWAITING_CUSTOMER: frozenset({_C.AWAITING_MERCHANT, _C.CLOSED, _C.ESCALATED}),
    _C.AWAITING_RETURN: frozenset({_C.INSPECTING, _C.CLOSED, _C.ESCALATED}),
    _C.INSPECTING: frozenset({_C.DECIDED, _C.ESCALATED}),
    _C.DECIDED: frozenset({_C.RESOLVED, _C.ESCALATED}),
    _C.ESCALATED: frozenset(
        {_C.AWAITING_MERCHANT, _C.AWAITING_CUSTOMER, _C.AWAITING_RETURN, _C.DECIDED}
    ),
    _C.RESOLVED: frozenset({_C.CLOSED, _C.AWAITING_MERCHANT}),
}
FIRST_REPLY_HOURS = 24
REFUND_WITHIN = timedelta(hours=48)
TYPE_OF: Mapping[Because, CaseType] = {
    Because.LATE: CaseType.ITEM_NOT_RECEIVED,
    Because.LOST: CaseType.ITEM_NOT_RECEIVED,
    Because.RETURNED: CaseType.OTHER,
}
"""The type of the case that a parcel opens."""
_TURNS: Mapping[CaseState, CaseActor] = {
    _C.OPEN: CaseActor.MERCHANT,
    _C.AWAITING_MERCHANT: CaseActor.MERCHANT,
    _C.AWAITING_CUSTOMER: CaseActor.CUSTOMER,
    _C.AWAITING_RETURN: CaseActor.CUSTOMER,
    _C.INSPECTING: CaseActor.MERCHANT,
    _C.DECIDED: CaseActor.MERCHANT,
    _C.ESCALATED: CaseActor.PLATFORM,
}


@dataclass(frozen=True, slots=True)
class SlaClock:
    """One clock of a case: what it waits for, until when, of whom. `met_at` None: it runs."""

    kind: SlaKind
    due_at: datetime
    owner: CaseActor
    met_at: datetime | None = None

    def breached(self, now: datetime) -> bool:
        """Whether it was met too late, or not at all by now."""
        return (self.met_at or now) > self.due_at


def move_case(now: CaseState, to: CaseState) -> CaseState | InvalidTransition:
    """The state after the move. Refuses: a move that `CASE_MOVES` does not list."""
    return move(CASE_MOVES, now, to)


def next_actor(state: CaseState) -> CaseActor | None:
    """Whose turn it is; None where nothing is left to do."""
    return _TURNS.get(state)


def first_reply_by(opened_at: datetime, calendar: Calendar) -> datetime:
    """By when the merchant must reply: 24 hours of its own working days."""
    return calendar.hours_after(opened_at, FIRST_REPLY_HOURS)


def refund_by(opened_at: datetime, because: str | None) -> datetime | None:
    """By when the money is due where it is certain already: a lost parcel has nothing to decide."""
    return opened_at + REFUND_WITHIN if because == Because.LOST else None
