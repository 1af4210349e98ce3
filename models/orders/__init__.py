"""Purchases, orders and their lines: the one way in which a line moves, and who is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.orders import Actor, LineState, before
from domain.topics import Topic
from models.announce import announce
from models.base import as_system
from models.events import Event, emit
from models.sql import statements

SQL = statements(Path(__file__).with_name("lines.sql"))
_ENDS = frozenset(
    {
        LineState.EXPIRED,
        LineState.REFUSED,
        LineState.CANCELLED,
        LineState.COMPLETED,
        LineState.REFUNDED,
        LineState.REPLACED,
    }
)


@dataclass(frozen=True, slots=True)
class By:
    """Who moves a line, why, and when.

    Shapes: `reason` is a code, `note` free text of the one who moves; `counts` says that the move
    counts against the merchant's quality.
    """

    actor: Actor
    at: datetime
    actor_id: UUID | None = None
    reason: str | None = None
    note: str | None = None
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """A line that moved, and from where."""

    id: UUID
    order_id: UUID
    purchase_id: UUID
    merchant_id: UUID
    customer_id: UUID
    market: str
    before: LineState
    sku: str
    version: int


def order_topic(order_id: UUID) -> str:
    """The topic of an order on the bus: a move of a line, or news of a parcel."""
    return f"order:{order_id}"


async def move(
    lines: Sequence[UUID], to: LineState, by: By, only_from: Sequence[LineState] | None = None
) -> list[Moved]:
    """Move lines in the current transaction; those that moved, in the order of their ids.

    A line moves only along `domain.orders.LINE_MOVES`, and only from `only_from` where that is
    given; a line elsewhere stays, and is not among the answer: the caller reads it again and tells
    what is allowed. The caller has checked that it may; nothing here does. The merchant is told of
    each line by an event; whoever watches the order hears of it.
    """
    allowed = before(to) if only_from is None else tuple(set(before(to)) & set(only_from))
    async with as_system() as raw:
        rows = await raw.fetch(
            SQL["move"],
            lines,
            to.value,
            by.reason,
            by.counts,
            to in _ENDS,
            by.at,
            [state.value for state in allowed],
            by.actor.value,
            by.actor_id,
            by.note,
        )
        moved = [_moved(row) for row in rows]
        await _tell(raw, moved, to, by)
    return moved


def _moved(row: asyncpg.Record) -> Moved:
    facts = {**row, "before": LineState(row["before"])}
    return Moved(**facts)


async def _tell(raw: asyncpg.Connection, moved: Sequence[Moved], to: LineState, by: By) -> None:
    for line in moved:
        if to is LineState.EXPIRED or line.before is LineState.RESERVED:
            continue  # not the merchant's before it is paid; then it is `order.created`
        data = {
            "orderId": line.order_id,
            "sku": line.sku,
            "from": line.before,
            "to": to,
            "reason": by.reason,
        }
        told = (line.merchant_id, "OrderLine", line.id, line.version, data)
        await emit(Event(Topic.ORDER_LINE_CHANGED, *told))
    for order_id in {line.order_id: None for line in moved}:
        await announce(raw, order_topic(order_id), {})
