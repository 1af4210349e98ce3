"""What time alone does to parcels: they become late, or stand still."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from domain.calendars import Calendar
from domain.shipments import STALLED_ABROAD, STALLED_INLAND, ShipmentPurpose
from domain.shipments.promise import late_from
from models.announce import announce_all
from models.base import fetch, fetchval, transaction
from models.events import emit_all
from models.jobs import Job
from models.outbox import enqueue_each
from models.shipments.news import late_event, topics_of
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
AT_ONCE: Final = 500

ZoneOf = Callable[[str | None, str | None], str]


async def late_ones(zone_of: ZoneOf) -> int:
    """Mark parcels that are late now, tell, and ask for their cases; return how many of 500.

    Each is counted by the working days of where it goes to, on the clock of its merchant.
    """
    now = await fetchval("SELECT now()")
    rows = await fetch(SQL["promises"])
    overdue = []
    for row in rows:
        calendar = Calendar(row["country"] or "", zone_of(row["country"] or None, None))
        if now + timedelta(days=row["ahead"]) >= late_from(row["promised_by"], calendar):
            overdue.append((row["promised_by"], row["country"], row["ahead"]))
    if not overdue:
        return 0
    return await _mark(overdue)


async def _mark(overdue: list[tuple[date, str, int]]) -> int:
    columns = [list(column) for column in zip(*overdue, strict=True)]
    async with transaction() as raw:
        rows = await raw.fetch(SQL["late"], *columns, AT_ONCE)
        await emit_all([event for row in rows if (event := late_event(row))])
        await announce_all(raw, [t for r in rows for t in topics_of(r["id"], r["order_id"])])
        delivering = [r for r in rows if r["purpose"] == ShipmentPurpose.DELIVERY]
        asked = [{"shipment_id": str(row["id"]), "because": "LATE"} for row in delivering]
        await enqueue_each(Job.OPEN_CASE, asked)
    return len(rows)


async def stalled_ones() -> int:
    """Mark parcels of which nothing was told for too long; return how many of 500."""
    async with transaction() as raw:
        rows = await raw.fetch(SQL["stalled"], STALLED_INLAND, STALLED_ABROAD, AT_ONCE)
        await announce_all(raw, [t for r in rows for t in topics_of(r["id"], r["order_id"])])
    return len(rows)
