"""What the truth of a carrier does to order lines: dispatched, delivered, returned, lost."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.orders import Actor, LineState
from domain.shipments import HANDED_OVER, ShipmentPurpose, ShipmentStatus
from domain.units import UnitEventKind
from models import units
from models.base import as_system
from models.jobs import Job
from models.orders import By, move
from models.orders.delivered import begin
from models.outbox import enqueue
from models.sql import statements

_OF_TRADE_INS = frozenset({ShipmentPurpose.TRADE_IN, ShipmentPurpose.SEND_BACK})
SQL = statements(Path(__file__).with_suffix(".sql"))


async def apply(shipment_id: UUID, status: ShipmentStatus, at: datetime) -> None:
    """Bring the lines of a parcel into line with its status, in the transaction that changes it.

    Shapes: `at` is the time that the carrier tells. Safe to repeat, in any order: a line moves
    along its allowed moves or stays. The first hand-over proves that it was dispatched; only
    `DELIVERED` to the customer begins rights; waiting at a pickup point does neither. A parcel that
    came back, or was lost, says nothing of a line that a younger parcel carries. What the parcel of
    a trade-in means is found out by its own job.
    """
    async with as_system() as raw:
        parcel = await raw.fetchrow(SQL["shipment"], shipment_id)
        if parcel is None:
            return
        rows = await raw.fetch(SQL["lines"], shipment_id)
        delivery = parcel["purpose"] == ShipmentPurpose.DELIVERY
        if delivery and status in HANDED_OVER:
            first = min(filter(None, (parcel["first_scan_at"], at)))
            await raw.execute(SQL["scanned"], [row["line_id"] for row in rows], first)
    if parcel["purpose"] in _OF_TRADE_INS:
        await enqueue(Job.TRADE_IN_PARCEL, shipment_id=str(shipment_id))
    elif delivery:
        await _delivery(rows, status, at, parcel["carrier"])
    elif parcel["purpose"] == ShipmentPurpose.RETURN and status is ShipmentStatus.DELIVERED:
        await _returned([row["line_id"] for row in rows], at, parcel["carrier"], None)


async def _delivery(
    rows: Sequence[asyncpg.Record], status: ShipmentStatus, at: datetime, carrier: str
) -> None:
    carried = [row["line_id"] for row in rows if not row["elsewhere"]]
    match status:
        case ShipmentStatus.DELIVERED:
            await _delivered([row["line_id"] for row in rows], at, carrier)
        case ShipmentStatus.RETURNED:
            await _returned(carried, at, carrier, [LineState.SHIPPED, LineState.DELIVERED])
        case ShipmentStatus.LOST:
            await move(carried, LineState.LOST, _by(at, status), [LineState.SHIPPED])


async def _delivered(lines: Sequence[UUID], at: datetime, carrier: str) -> None:
    by = _by(at, ShipmentStatus.DELIVERED)
    moved = await move(lines, LineState.DELIVERED, by, [LineState.SHIPPED])
    if moved:
        await begin(sorted({line.order_id for line in moved}))
        came = [line.id for line in moved]
        await units.note_lines(came, UnitEventKind.DELIVERED, at, {"carrier": carrier})


async def _returned(
    lines: Sequence[UUID], at: datetime, carrier: str, only_from: Sequence[LineState] | None
) -> None:
    by = _by(at, ShipmentStatus.RETURNED)
    moved = await move(lines, LineState.RETURNED, by, only_from)
    if moved:
        back = [line.id for line in moved]
        await units.note_lines(back, UnitEventKind.RETURNED, at, {"carrier": carrier})


def _by(at: datetime, status: ShipmentStatus) -> By:
    return By(Actor.CARRIER, at, reason=f"CARRIER_{status}")
