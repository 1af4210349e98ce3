"""What time does to lines: not accepted, never shipped, lost, due soon."""

from datetime import datetime
from uuid import UUID

from domain.orders import Actor, LineState
from domain.orders.deadlines import ABANDONED_AFTER_DAYS, REMIND_BEFORE, abandoned_at
from domain.orders.payments import RefundReason
from domain.orders.reasons import CancelReason
from domain.topics import Topic
from models.base import as_system
from models.events import Event, emit
from models.orders import By, refunds
from models.orders.fulfilment import SQL, calendars, end

AT_ONCE = 200


async def cancel_not_accepted(limit: int = AT_ONCE) -> int:
    """Cancel paid lines that nobody accepted in time; how many. It counts, and the money goes back.

    Lines that another transaction holds are left to the next run.
    """
    async with as_system() as raw:
        rows = await raw.fetch(SQL["not_accepted"], limit)
        for row in rows:
            by = By(
                Actor.PLATFORM, row["now"], reason=CancelReason.NOT_ACCEPTED_IN_TIME, counts=True
            )
            await end(
                [row["id"]], LineState.CANCELLED, by, RefundReason.CANCELLED, [LineState.PAID]
            )
    return len(rows)


async def cancel_not_shipped(
    after: tuple[datetime, UUID] | None = None, limit: int = AT_ONCE
) -> tuple[int, tuple[datetime, UUID] | None]:
    """Cancel accepted lines that were not shipped five working days after their deadline.

    How many, and where to go on; None at the end. It counts, and the money goes back.
    """
    seen, last = after or (None, None)
    cancelled = 0
    async with as_system() as raw:
        rows = await raw.fetch(SQL["not_shipped"], limit, ABANDONED_AFTER_DAYS, seen, last)
        known = await calendars(row["merchant_id"] for row in rows)
        for row in rows:
            if row["now"] < abandoned_at(row["dispatch_by"], known[row["merchant_id"]]):
                continue
            by = By(Actor.PLATFORM, row["now"], reason=CancelReason.NOT_SHIPPED, counts=True)
            only = [LineState.ACCEPTED]
            moved = await end([row["id"]], LineState.CANCELLED, by, RefundReason.CANCELLED, only)
            cancelled += len(moved)
    more = len(rows) == limit
    return cancelled, (rows[-1]["dispatch_by"], rows[-1]["id"]) if more else None


async def refund_lost(limit: int = AT_ONCE) -> int:
    """Give the money of lost lines back; how many."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["lost"], limit)
        for row in rows:
            by = By(Actor.PLATFORM, row["now"], reason="LOST")
            await refunds.ask([row["id"]], RefundReason.LOST, by, row["now"])
    return len(rows)


async def remind(limit: int = AT_ONCE) -> int:
    """Tell merchants of lines that are due soon, once for each deadline; how many."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["to_remind"], REMIND_BEFORE, limit)
        for row in rows:
            data = {
                "orderId": row["order_id"],
                "sku": row["sku"],
                "from": row["state"],
                "to": row["state"],
                "reason": "DEADLINE_NEAR",
                "dueAt": row["due"].isoformat(),
            }
            told = (row["merchant_id"], "OrderLine", row["id"], row["version"], data)
            await emit(Event(Topic.ORDER_LINE_CHANGED, *told))
    return len(rows)
