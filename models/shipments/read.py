"""Parcels, what carriers told of them, and how carriers do on their lanes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.shipments import ShipmentPurpose, ShipmentReason, ShipmentStatus
from domain.shipments.carriers import CarrierCode
from models.base import fetch
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """A parcel as it stands."""

    id: UUID
    purpose: ShipmentPurpose
    order_id: UUID | None
    merchant_id: UUID | None
    customer_id: UUID | None
    market: str | None
    carrier: CarrierCode
    tracking_number: str
    origin: str | None
    destination: str | None
    status: ShipmentStatus
    reason: ShipmentReason | None
    status_at: datetime | None
    last_scan_at: datetime | None
    first_scan_at: datetime | None
    delivered_at: datetime | None
    expected_at: datetime | None
    promised_from: date | None
    promised_by: date | None
    late: bool
    stalled: bool
    never_accepted: bool
    proof: dict[str, Any] | None
    polled_at: datetime | None
    told_at: datetime | None
    pushed_until: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def checked_at(self) -> datetime | None:
        """When the carrier was last heard, by asking it or because it told us."""
        return max(filter(None, (self.polled_at, self.told_at)), default=None)


@dataclass(frozen=True, slots=True)
class EventRow:
    """A scan as it was stored. Units: `utc_offset_minutes` of the place."""

    shipment_id: UUID
    raw_code: str
    raw_label: str
    language: str | None
    status: ShipmentStatus | None
    reason: ShipmentReason | None
    mapped: bool
    occurred_at: datetime
    occurred_local: datetime
    utc_offset_minutes: int
    time_source: str
    location: str | None
    postal_code: str | None
    country: str | None
    source: str
    position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class LaneRow:
    """Counts of a carrier from one country to another.

    Units: `days` are the median and the 90th percentile from first scan to delivery, then the lower
    and the upper bound of each; None without a delivery. `first_scan_hours` is a median.
    """

    carrier: CarrierCode
    origin: str
    destination: str
    parcels: int
    due: int
    on_time: int
    delivered: int
    ended: int
    lost: int
    shipped: int
    scanned_late: int
    followed: int
    fresh: int
    first_scan_hours: float | None
    told: int
    first_attempt: int
    damaged: int
    days: tuple[float, ...] | None

    @property
    def key(self) -> str:
        """What the lane is listed by."""
        return f"{self.carrier}/{self.origin}/{self.destination}"


async def of_orders(orders: Sequence[UUID]) -> dict[UUID, list[ShipmentRow]]:
    """The parcels of orders, the oldest first. One statement."""
    found: dict[UUID, list[ShipmentRow]] = {order: [] for order in orders}
    for row in await fetch(SQL["of_orders"], orders):
        found[row["order_id"]].append(_shipment(row))
    return found


async def one(shipment_id: UUID, markets: Sequence[str] | None) -> ShipmentRow | None:
    """A parcel that the transaction may see."""
    rows = await fetch(SQL["one"], shipment_id, markets)
    return _shipment(rows[0]) if rows else None


async def by_number(
    carrier: CarrierCode, number: str, markets: Sequence[str] | None, after: UUID | None, limit: int
) -> list[ShipmentRow]:
    """Parcels that had this number, the youngest first: numbers are used again."""
    rows = await fetch(SQL["by_number"], carrier.value, number, markets, after, limit)
    return [_shipment(row) for row in rows]


async def events(shipments: Sequence[UUID], most: int) -> dict[UUID, list[EventRow]]:
    """The scans of parcels, the newest first. One statement."""
    found: dict[UUID, list[EventRow]] = {each: [] for each in shipments}
    for row in await fetch(SQL["events"], shipments, most):
        facts = {"status": _status(row["status"]), "reason": _reason(row["reason"])}
        found[row["shipment_id"]].append(EventRow(**{**row} | facts))
    return found


async def lines(shipments: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The order lines that are in parcels. One statement."""
    found: dict[UUID, list[UUID]] = {each: [] for each in shipments}
    for row in await fetch(SQL["lines"], shipments):
        found[row["shipment_id"]].append(row["line_id"])
    return found


@dataclass(frozen=True, slots=True)
class LaneFilter:
    """Which lanes; None for all of each."""

    carrier: CarrierCode | None = None
    origin: str | None = None
    destination: str | None = None
    markets: Sequence[str] | None = None


async def lanes(
    now: datetime, days: int, wanted: LaneFilter, after: str | None, limit: int
) -> list[LaneRow]:
    """What was counted on lanes in the last `days`, by carrier, origin, destination."""
    named = (wanted.carrier, wanted.origin, wanted.destination, wanted.markets)
    found = []
    for row in await fetch(SQL["lanes"], now, days, *named, after, limit):
        carrier, took = CarrierCode(row["carrier"]), row["days"]
        facts = {"carrier": carrier, "days": None if took is None else tuple(map(float, took))}
        found.append(LaneRow(**{**row} | facts))
    return found


def _shipment(row: asyncpg.Record) -> ShipmentRow:
    facts = {
        "purpose": ShipmentPurpose(row["purpose"]),
        "carrier": CarrierCode(row["carrier"]),
        "status": ShipmentStatus(row["status"]),
        "reason": _reason(row["reason"]),
        "proof": orjson.loads(row["proof"]) if row["proof"] else None,
    }
    return ShipmentRow(**{**row} | facts)


def _status(word: str | None) -> ShipmentStatus | None:
    return None if word is None else ShipmentStatus(word)


def _reason(word: str | None) -> ShipmentReason | None:
    return None if word is None else ShipmentReason(word)
