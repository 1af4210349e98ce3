"""What a use case of orders refuses: a code and its facts, as they are kept for a repeated call."""

from uuid import UUID

from domain.orders import LINE_MOVES, LineState
from models.orders.read import LineRow
from resolvers.effects import Refusal, refusal_of

__all__ = ["LINE_UNKNOWN", "ORDER_UNKNOWN", "Refusal", "own", "refusal_of", "wrong_state"]

LINE_UNKNOWN = "ORDER_LINE_UNKNOWN"
ORDER_UNKNOWN = "ORDER_UNKNOWN"


def wrong_state(line: LineRow, to: LineState) -> Refusal:
    """A line stands where it cannot become `to`; what it can become is told."""
    allowed = sorted(state.value for state in LINE_MOVES.get(line.state, ()))
    facts = {"from": line.state.value, "to": to.value, "allowed": allowed}
    return Refusal("INVALID_TRANSITION", facts)


def own(
    line: LineRow | None, *, merchant: UUID | None = None, customer: UUID | None = None
) -> bool:
    """Whether a line that was read is the merchant's, and was paid, or the customer's."""
    if line is None:
        return False
    if merchant is not None:
        return line.merchant_id == merchant and line.paid_at is not None
    return line.customer_id == customer
