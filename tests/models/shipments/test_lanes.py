"""Parcels that nobody promised are promised by what their lane has shown."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from models.base import execute, fetchrow, fetchval
from models.shipments import lanes
from tests import orders
from workers.shipments import zone_name

MADE = datetime(2026, 1, 12, 9, tzinfo=UTC)  # a Monday


async def _known(days: int, count: int) -> None:
    """Parcels of the lane that took so many days, all within one week."""
    first = datetime(2026, 1, 5, 9, tzinfo=UTC)
    for _ in range(count):
        await _parcel(first_scan_at=first, delivered_at=first + timedelta(days=days),
                      status="DELIVERED", next_poll_at=None)  # fmt: skip


async def _parcel(**facts: object) -> object:
    row = {
        "id": uuid4(), "purpose": "RETURN", "carrier": "GLS", "origin": "FR", "destination": "FR",
        "tracking_number": "1", "status": "UNKNOWN", "created_at": MADE, "updated_at": MADE,
        "next_poll_at": MADE, "late": False, "stalled": False, "never_accepted": False,
        "urgent": False, "polls": 0, "failures": 0, "version": 1,
    }  # fmt: skip
    return await orders.insert("shipment", **(row | facts))


async def test_a_lane_with_history_is_promised_as_it_went(db: None) -> None:
    await _known(1, 2)
    await _known(4, 20)
    it = await _parcel()

    assert await lanes.promise_all(zone_name) == 1
    assert await lanes.promise_all(zone_name) == 0

    row = await fetchrow("SELECT promised_from, promised_by FROM shipment WHERE id = $1", it)
    assert tuple(row or ()) == (date(2026, 1, 16), date(2026, 1, 16))


async def test_a_lane_without_enough_history_is_promised_as_usual(db: None) -> None:
    await _known(4, 19)
    it = await _parcel(destination="DE")

    await lanes.promise_all(zone_name)

    row = await fetchrow("SELECT promised_from, promised_by FROM shipment WHERE id = $1", it)
    assert tuple(row or ()) == (date(2026, 1, 15), date(2026, 1, 21))


async def test_what_was_promised_stays(db: None) -> None:
    it = await _parcel(promised_by=date(2026, 3, 1))
    await execute("UPDATE shipment SET next_poll_at = now()")

    assert await lanes.promise_all(zone_name) == 0
    assert await fetchval("SELECT promised_by FROM shipment WHERE id = $1", it) == date(2026, 3, 1)
