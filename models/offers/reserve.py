"""Our own sales: stock set aside for a buyer, given back, or gone.

Buyers see less in the same transaction. A feed or a call whose stock was counted before a sale does
not raise it again (`models.offers.stage`, `less_sold`); of a sale that comes between the judging of
a line and its writing the row itself knows, by `taken`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.topics import Topic
from models.base import as_system
from models.events import Event, emit
from models.offers.refresh import refresh, touch
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


class ReservationKind(StrEnum):
    """What stock is set aside for."""

    CART = "CART"
    ORDER = "ORDER"


@dataclass(frozen=True, slots=True)
class Reserved:
    """Stock of an offer that is set aside, under an id. `left` is what others can still buy."""

    id: UUID
    offer_id: UUID
    left: int


@dataclass(frozen=True, slots=True)
class SoldOut:
    """An offer has fewer than asked; nothing was set aside of any."""

    offer_id: UUID
    available: int


async def reserve(
    wanted: Sequence[tuple[UUID, int]], kind: ReservationKind
) -> list[Reserved] | SoldOut:
    """Set aside stock of several offers, or of none, in the current transaction.

    Shapes: `wanted` are offers and pieces, at least one each. The merchant is told where fewer are
    left than it asked to be told of. Refuses: an offer with less stock, or not on sale.
    """
    offers, units = [offer for offer, _ in wanted], [n for _, n in wanted]
    async with as_system() as raw:
        lacking = await raw.fetchrow(SQL["lacking"], offers, units)
        if lacking is not None:
            return SoldOut(lacking["offer_id"], lacking["available"] or 0)
        await touch(raw)
        rows = await raw.fetch(SQL["take"], offers, units, kind.value)
        await refresh(raw)
        for row in rows:
            await _tell_low(row)
    return [Reserved(row["reservation"], row["offer_id"], row["quantity"]) for row in rows]


async def singly(reservations: Sequence[UUID]) -> list[Reserved]:
    """Make reservations of one piece each of these, so that each piece goes its own way.

    In the current transaction; `left` is 0 in the answer, for nobody asks.
    """
    async with as_system() as raw:
        rows = await raw.fetch(SQL["singly"], reservations)
    return [Reserved(row["id"], row["offer_id"], 0) for row in rows]


async def release(reservations: Sequence[UUID]) -> list[UUID]:
    """Give back what was set aside, in the current transaction; those that were still open.

    A second call gives nothing back.
    """
    async with as_system() as raw:
        await touch(raw)
        rows = await raw.fetch(SQL["give_back"], reservations)
        if rows:
            await refresh(raw)
    return [row["id"] for row in rows]


async def consume(reservations: Sequence[UUID]) -> list[UUID]:
    """What was set aside has gone to its buyers: stock stays. Those that were still open."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["consume"], reservations)
        if rows:
            await touch(raw)
            await raw.execute(SQL["touch_consumed"], [row["offer_id"] for row in rows])
            await refresh(raw)
    return [row["id"] for row in rows]


async def _tell_low(row: asyncpg.Record) -> None:
    """Tell the merchant where this sale, not an earlier one, went below its limit."""
    below = row["alert_below"]
    if below is None or not row["quantity"] < below <= row["before"]:
        return
    data = {"sku": row["sku"], "quantity": row["quantity"], "below": below}
    told = (row["merchant_id"], "Offer", row["offer_id"], row["version"], data)
    await emit(Event(Topic.OFFER_STOCK_LOW, *told))
