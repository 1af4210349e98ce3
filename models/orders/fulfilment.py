"""What becomes of paid lines: accepted, refused, cancelled, with their money and their stock.

All take part in the current transaction, and move lines before stock and money.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from domain.calendars import Calendar
from domain.orders import LineState
from domain.orders.deadlines import dispatch_by
from domain.orders.payments import RefundReason
from domain.orders.reasons import still_there
from models.base import as_system, fetch, fetchval
from models.orders import By, Moved, move, refunds, stock
from models.orders.read import LineRow
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


async def calendars(merchants: Iterable[UUID]) -> Mapping[UUID, Calendar]:
    """The working days of merchants: those of their countries, in the zone of its market."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["calendars"], sorted(set(merchants)))
    return {row["id"]: Calendar(row["country"], row["zone"]) for row in rows}


async def accept(lines: Sequence[LineRow], by: By) -> list[Moved]:
    """Accept paid lines; each is then to be shipped within its handling hours."""
    moved = {
        line.id: line for line in await move([line.id for line in lines], LineState.ACCEPTED, by)
    }
    known = await calendars(line.merchant_id for line in lines)
    taken = [line for line in lines if line.id in moved]
    until = [dispatch_by(by.at, line.handling_hours, known[line.merchant_id]) for line in taken]
    async with as_system() as raw:
        await raw.execute(SQL["dispatch_by"], [line.id for line in taken], until)
    return list(moved.values())


async def end(
    lines: Sequence[UUID],
    to: LineState,
    by: By,
    refund: RefundReason,
    only_from: Sequence[LineState] | None = None,
) -> list[Moved]:
    """Refuse or cancel lines: their money goes back, and their stock unless it is not there.

    Those that moved; the others were elsewhere, and nothing is paid for them.
    """
    moved = await move(lines, to, by, only_from)
    ended = [line.id for line in moved]
    if ended:
        again = stock.give_back if still_there(by.reason or "") else stock.gone
        await again(ended)
        await refunds.ask(ended, refund, by, by.at)
    return moved


async def left_to_accept(orders: Sequence[UUID], lines: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The paid lines of orders that are not among these, by order."""
    found: dict[UUID, list[UUID]] = {}
    for row in await fetch(SQL["waiting"], orders, lines):
        found.setdefault(row["order_id"], []).append(row["id"])
    return found


async def ask_to_cancel(line_id: UUID, at: datetime | None) -> None:
    """Note that the customer of an accepted line asked to cancel it, or, with None, no longer."""
    async with as_system() as raw:
        await raw.execute(SQL["ask"], line_id, at)


async def partial_acceptance(merchant_id: UUID) -> bool:
    """Whether a merchant may accept some lines of an order and leave others."""
    found: bool = await fetchval(SQL["partial"], merchant_id)
    return found


async def set_partial_acceptance(merchant_id: UUID, *, allowed: bool) -> None:
    """Say whether some lines of an order may be accepted without the others."""
    await fetch(SQL["set_partial"], merchant_id, allowed)
