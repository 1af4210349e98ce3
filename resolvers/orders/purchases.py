"""A customer reads what it bought, and tries again to pay what it has not paid."""

from uuid import UUID

from domain.orders import PurchaseState
from domain.orders.checkout import Refusal, Why
from models.offers.read import Position
from models.orders import bought
from models.orders.bought import OrderRow, PurchaseRow
from models.orders.payments import open_payment
from resolvers import paging
from resolvers.context import NOT_KEPT, Context, depends
from resolvers.effects import Outcome, audited, customer_once
from resolvers.orders.checkout import Made
from resolvers.orders.payments import attempt


async def purchase(ctx: Context, purchase_id: UUID) -> PurchaseRow | None:
    """One of the caller's own purchases. Raises: SignInFirst."""
    customer_id = ctx.customer_id()
    depends(NOT_KEPT)
    async with ctx.private():
        return await bought.purchase(purchase_id, customer_id)


async def purchases(ctx: Context, first: int, after: str | None) -> paging.Page[PurchaseRow]:
    """The caller's own purchases, the newest first.

    Raises: SignInFirst; BadInput for a size outside 1 to 100 and for a foreign cursor.
    """
    customer_id, size = ctx.customer_id(), paging.size(first)
    depends(NOT_KEPT)
    of = paging.fingerprint("purchases", customer_id)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        rows = await bought.purchases(customer_id, at.id if at else None, size + 1)
    return paging.page_of(rows, _position, size, of, ctx.seal)


def _position(row: PurchaseRow) -> Position:
    return Position("", 0, row.id)


async def orders_of(ctx: Context, purchase_ids: list[UUID]) -> list[list[OrderRow]]:
    """The orders of some of the caller's purchases, in the order asked."""
    async with ctx.private():
        found = await bought.orders_of(purchase_ids)
    return [found[purchase_id] for purchase_id in purchase_ids]


async def retry(ctx: Context, purchase_id: UUID, method: str, key: str) -> Made | Refusal:
    """Pay a purchase whose payment was declined, while its stock is still set aside.

    While a payment is open it is that one that goes on. Refuses: a purchase that is unknown, or
    that does not wait for money any more.
    Raises: SignInFirst, BadInput.
    """

    async def act(customer_id: UUID) -> Outcome:
        row = await bought.pending(purchase_id, customer_id)
        if row is None:
            return Refusal(Why.PURCHASE_UNKNOWN).stored()
        over = row.expires_at is not None and row.expires_at <= ctx.now
        if row.state != PurchaseState.PENDING_PAYMENT or over:
            state = PurchaseState.FAILED.value if over and row.state != "PAID" else row.state
            return Refusal(Why.PURCHASE_NOT_PENDING, {"state": state}).stored()
        due = (row.id, row.total_minor, row.currency)
        payment = await open_payment(*due, method, ctx.now)
        await audited(ctx, "retryPayment", "Purchase", row.id)
        return {"payment": str(payment)}

    given = {"purchase": purchase_id, "method": method}
    outcome = await customer_once(ctx, "retryPayment", key, given, act)
    if (refused := Refusal.of(outcome)) is not None:
        return refused
    return Made(purchase_id, await attempt(ctx, UUID(outcome["payment"])))
