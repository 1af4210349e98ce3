"""What merchants and watchers are told of a parcel."""

from typing import Any
from uuid import UUID

import asyncpg

from domain.shipments import ShipmentStatus
from domain.topics import Topic
from models.events import Event


def topics_of(shipment_id: UUID, order_id: UUID | None) -> list[str]:
    """The topics on which news of a parcel are announced."""
    return [f"shipment:{shipment_id}", *([f"order:{order_id}"] if order_id else [])]


def events_of(
    before: asyncpg.Record, to: ShipmentStatus, reason: str | None, version: int, *, by_rule: bool
) -> list[Event]:
    """The events of a parcel that has another status than `before`; none where no merchant is.

    `by_rule` says of a lost one that it is so by our own rule.
    """
    if before["merchant_id"] is None:
        return []
    of = (before["merchant_id"], "Shipment", before["id"], version)
    shared = _facts(before)
    moved = {**shared, "from": before["status"], "to": to.value, "reason": reason}
    found = [Event(Topic.SHIPMENT_STATUS_CHANGED, *of, moved)]
    if to is ShipmentStatus.LOST:
        because = "SILENCE" if by_rule else "CARRIER"
        found.append(Event(Topic.SHIPMENT_LOST, *of, {**shared, "because": because}))
    return found


def late_event(row: asyncpg.Record) -> Event | None:
    """That a parcel is late now; None where no merchant is to be told."""
    if row["merchant_id"] is None:
        return None
    data = {**_facts(row), "promisedBy": row["promised_by"]}
    of = (row["merchant_id"], "Shipment", row["id"], row["version"])
    return Event(Topic.SHIPMENT_LATE, *of, data)


def _facts(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "carrier": row["carrier"],
        "trackingNumber": row["tracking_number"],
        "orderId": row["order_id"],
    }
