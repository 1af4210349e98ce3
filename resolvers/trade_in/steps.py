"""What both sides of a trade-in share: holding it, and what is refused of a wrong state."""

from decimal import Decimal
from typing import Final
from uuid import UUID

from domain import InvalidTransition
from domain.money import Currency, Money
from domain.trade_in import MOVES, TradeInState, move_trade_in
from models.trade_in import orders
from models.trade_in.orders import TradeInRow
from resolvers.trade_in.refusals import Refusal

MOST_MINOR: Final = 10**15
TRADE_IN_UNKNOWN = Refusal("TRADE_IN_UNKNOWN")


def wrong_state(row: TradeInRow, to: TradeInState) -> Refusal:
    """It stands where it cannot become `to`; what it can become is told."""
    allowed = sorted(state.value for state in MOVES.get(row.state, ()))
    facts = {"from": row.state.value, "to": to.value, "allowed": allowed}
    return Refusal("INVALID_TRANSITION", facts)


async def held(
    trade_in_id: UUID, to: TradeInState | None, *, merchant: UUID | None, customer: UUID | None
) -> TradeInRow | Refusal:
    """A trade-in of the caller, locked, that may become `to`. Refuses: any other."""
    row = await orders.hold(trade_in_id)
    if row is None or (merchant or row.merchant_id, customer or row.customer_id) != (
        row.merchant_id,
        row.customer_id,
    ):
        return TRADE_IN_UNKNOWN
    if to is not None and isinstance(move_trade_in(row.state, to), InvalidTransition):
        return wrong_state(row, to)
    return row


def minor_of(amount: Decimal, currency: str) -> int | None:
    """An amount in minor units; None for one that is none, or is finer than the currency."""
    try:
        minor = Money.of(amount, Currency(currency)).minor
    except ValueError:
        return None
    return minor if abs(minor) < MOST_MINOR else None
