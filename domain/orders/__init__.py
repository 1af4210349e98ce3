"""Purchases, orders and their lines: the states, the moves, and what follows from them.

One purchase is paid at once; it has one order for each merchant; a line of an order is one device.
Source: docs/orders.md, "States".
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from domain import InvalidTransition, move


class PurchaseState(StrEnum):
    """Whether a purchase was paid."""

    PENDING_PAYMENT = "PENDING_PAYMENT"
    PAID = "PAID"
    FAILED = "FAILED"


class LineState(StrEnum):
    """Where an order line stands."""

    RESERVED = "RESERVED"
    PAID = "PAID"
    ACCEPTED = "ACCEPTED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    RETURNED = "RETURNED"
    LOST = "LOST"
    EXPIRED = "EXPIRED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"
    REPLACED = "REPLACED"


class OrderState(StrEnum):
    """Where an order stands: derived from its lines, never set."""

    PENDING_PAYMENT = "PENDING_PAYMENT"
    TO_ACCEPT = "TO_ACCEPT"
    TO_SHIP = "TO_SHIP"
    SHIPPED = "SHIPPED"
    IN_AFTER_SALES = "IN_AFTER_SALES"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class Actor(StrEnum):
    """Who moves a line."""

    CUSTOMER = "CUSTOMER"
    MERCHANT = "MERCHANT"
    PLATFORM = "PLATFORM"
    CARRIER = "CARRIER"


_L = LineState
LINE_MOVES: Mapping[LineState, frozenset[LineState]] = {
    _L.RESERVED: frozenset({_L.PAID, _L.EXPIRED}),
    _L.PAID: frozenset({_L.ACCEPTED, _L.REFUSED, _L.CANCELLED}),
    _L.ACCEPTED: frozenset({_L.SHIPPED, _L.CANCELLED}),
    _L.SHIPPED: frozenset({_L.DELIVERED, _L.RETURNED, _L.LOST}),
    _L.DELIVERED: frozenset({_L.COMPLETED, _L.RETURNED, _L.REFUNDED}),
    _L.COMPLETED: frozenset({_L.RETURNED, _L.REFUNDED}),
    _L.RETURNED: frozenset({_L.REFUNDED, _L.REPLACED, _L.DELIVERED}),
    _L.LOST: frozenset({_L.REFUNDED, _L.REPLACED}),
}
FINAL = frozenset(LineState) - frozenset(LINE_MOVES)
PURCHASE_MOVES: Mapping[PurchaseState, frozenset[PurchaseState]] = {
    PurchaseState.PENDING_PAYMENT: frozenset({PurchaseState.PAID, PurchaseState.FAILED})
}

_FIRST: tuple[tuple[frozenset[LineState], OrderState], ...] = (
    (frozenset({_L.RESERVED}), OrderState.PENDING_PAYMENT),
    (frozenset({_L.PAID}), OrderState.TO_ACCEPT),
    (frozenset({_L.ACCEPTED}), OrderState.TO_SHIP),
    (frozenset({_L.SHIPPED}), OrderState.SHIPPED),
    (frozenset({_L.RETURNED, _L.LOST}), OrderState.IN_AFTER_SALES),
    (frozenset({_L.DELIVERED}), OrderState.DELIVERED),
    (frozenset({_L.COMPLETED}), OrderState.COMPLETED),
    (frozenset({_L.REFUNDED, _L.REPLACED}), OrderState.CLOSED),
)


def move_line(now: LineState, to: LineState) -> LineState | InvalidTransition:
    """The state after the move. Refuses: a move that `LINE_MOVES` does not list."""
    return move(LINE_MOVES, now, to)


def before(to: LineState) -> tuple[LineState, ...]:
    """The states from which a line may become `to`."""
    return tuple(state for state, allowed in LINE_MOVES.items() if to in allowed)


def order_state(lines: Iterable[LineState]) -> OrderState:
    """The state of an order with these lines: the first that fits; none of its own."""
    found = frozenset(lines)
    for states, order in _FIRST:
        if found & states:
            return order
    return OrderState.CANCELLED
