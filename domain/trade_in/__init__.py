"""Trade-ins: grades of what people send in, the states of their orders, and the moves.

Source: docs/trade-in.md, "States".
"""

from collections.abc import Mapping
from enum import StrEnum

from domain import InvalidTransition, move


class TradeInGrade(StrEnum):
    """How a device that a person sells stands; the first is the best."""

    FUNCTIONAL_FLAWLESS = "FUNCTIONAL_FLAWLESS"
    FUNCTIONAL_GOOD = "FUNCTIONAL_GOOD"
    FUNCTIONAL_USED = "FUNCTIONAL_USED"
    FUNCTIONAL_CRACKED = "FUNCTIONAL_CRACKED"
    NOT_FUNCTIONAL_USED = "NOT_FUNCTIONAL_USED"
    NOT_FUNCTIONAL_CRACKED = "NOT_FUNCTIONAL_CRACKED"


class TradeInState(StrEnum):
    """Where a trade-in stands."""

    CREATED = "CREATED"
    LABEL_SENT = "LABEL_SENT"
    SENT = "SENT"
    RECEIVED = "RECEIVED"
    INSPECTING = "INSPECTING"
    SUSPENDED = "SUSPENDED"
    COUNTER_OFFERED = "COUNTER_OFFERED"
    VALIDATED = "VALIDATED"
    REFUSED = "REFUSED"
    RETURNING = "RETURNING"
    PAID = "PAID"
    CREDITED = "CREDITED"
    DONATED = "DONATED"
    RETURNED = "RETURNED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    LOST = "LOST"


class Payout(StrEnum):
    """What becomes of the money."""

    BANK = "BANK"
    EXCHANGE_CREDIT = "EXCHANGE_CREDIT"
    DONATION = "DONATION"


class Suspension(StrEnum):
    """Why an inspection waits for the customer."""

    ACTIVATION_LOCK_ON = "ACTIVATION_LOCK_ON"
    IMEI_BLACKLISTED = "IMEI_BLACKLISTED"
    ACCOUNT_PRESENT = "ACCOUNT_PRESENT"
    EMPTY_PARCEL = "EMPTY_PARCEL"
    DAMAGED_IN_TRANSIT = "DAMAGED_IN_TRANSIT"
    WRONG_DEVICE = "WRONG_DEVICE"
    KYC_REQUIRED = "KYC_REQUIRED"


_T = TradeInState
MOVES: Mapping[TradeInState, frozenset[TradeInState]] = {
    _T.CREATED: frozenset({_T.LABEL_SENT, _T.CANCELLED, _T.EXPIRED}),
    _T.LABEL_SENT: frozenset({_T.SENT, _T.CANCELLED, _T.EXPIRED}),
    _T.SENT: frozenset({_T.RECEIVED, _T.LOST, _T.RETURNED}),
    _T.RECEIVED: frozenset({_T.INSPECTING, _T.SUSPENDED}),
    _T.INSPECTING: frozenset({_T.VALIDATED, _T.COUNTER_OFFERED, _T.REFUSED, _T.SUSPENDED}),
    _T.SUSPENDED: frozenset({_T.INSPECTING, _T.RETURNING}),
    _T.COUNTER_OFFERED: frozenset({_T.VALIDATED, _T.RETURNING}),
    _T.REFUSED: frozenset({_T.RETURNING}),
    _T.RETURNING: frozenset({_T.RETURNED, _T.DONATED, _T.LOST}),
    _T.VALIDATED: frozenset({_T.PAID, _T.CREDITED, _T.DONATED}),
}
FINAL = frozenset(TradeInState) - frozenset(MOVES)


def move_trade_in(now: TradeInState, to: TradeInState) -> TradeInState | InvalidTransition:
    """The state after the move. Refuses: a move that `MOVES` does not list."""
    return move(MOVES, now, to)
