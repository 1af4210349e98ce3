"""A customer asks for a line to be cancelled: at once, or of the merchant who accepted it."""

from uuid import UUID

from domain.orders import Actor, LineState
from domain.orders.payments import RefundReason
from domain.orders.reasons import CancelReason
from domain.topics import Topic
from models import clock
from models.announce import announce
from models.base import as_system
from models.events import Event, emit
from models.orders import By, fulfilment, order_topic, read
from models.orders.read import LineRow
from resolvers.context import Context
from resolvers.effects import Outcome, audited, customer_once
from resolvers.orders.acceptance import line_of, note
from resolvers.orders.refusals import LINE_UNKNOWN, Refusal, own, refusal_of, wrong_state


async def request(ctx: Context, line_id: UUID, text: str | None, key: str) -> LineRow | Refusal:
    """Cancel a paid line at once, or ask the merchant to cancel an accepted one.

    Asking again changes nothing. Refuses: a line that is not the caller's; one that was shipped,
    or has ended. Raises: SignInFirst, BadInput.
    """
    said = note(text)

    async def act(customer_id: UUID) -> Outcome:
        line = (await read.hold([line_id])).get(line_id)
        if line is None or not own(line, customer=customer_id):
            return Refusal(LINE_UNKNOWN).outcome()
        now = await clock.now_of(line.merchant_id)
        if line.state is LineState.PAID:
            reason = CancelReason.CUSTOMER_ASKED.value
            by = By(Actor.CUSTOMER, now, customer_id, reason, said)
            await fulfilment.end([line_id], LineState.CANCELLED, by, RefundReason.CANCELLED)
        elif line.state is LineState.ACCEPTED:
            if line.cancel_asked_at is None:
                await fulfilment.ask_to_cancel(line_id, now)
                await _tell(line)
        else:
            return wrong_state(line, LineState.CANCELLED).outcome()
        before = {"state": line.state.value}
        await audited(ctx, "requestCancellation", "OrderLine", line_id, before=before)
        return {}

    given = {"line": line_id, "note": said}
    outcome = await customer_once(ctx, "requestCancellation", key, given, act)
    return refusal_of(outcome) or await line_of(ctx, line_id)


async def _tell(line: LineRow) -> None:
    """The merchant is to answer; whoever watches the order hears of it."""
    data = {
        "orderId": line.order_id,
        "sku": line.sku,
        "from": line.state,
        "to": line.state,
        "reason": "CANCELLATION_REQUESTED",
    }
    async with as_system() as raw:
        told = (line.merchant_id, "OrderLine", line.id, line.version + 1, data)
        await emit(Event(Topic.ORDER_LINE_CHANGED, *told))
        await announce(raw, order_topic(line.order_id), {})
