"""What a carrier says of a parcel, in our words: scans, and the parcel as a whole.

Source: docs/tracking.md, "Scans".
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class ShipmentStatus(StrEnum):
    """Where a parcel is, in the words of the marketplace."""

    UNKNOWN = "UNKNOWN"
    ANNOUNCED = "ANNOUNCED"
    ACCEPTED = "ACCEPTED"
    IN_TRANSIT = "IN_TRANSIT"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    AVAILABLE_FOR_PICKUP = "AVAILABLE_FOR_PICKUP"
    DELIVERY_FAILED = "DELIVERY_FAILED"
    EXCEPTION = "EXCEPTION"
    DELIVERED = "DELIVERED"
    RETURNING = "RETURNING"
    RETURNED = "RETURNED"
    LOST = "LOST"
    CANCELLED = "CANCELLED"


class ShipmentReason(StrEnum):
    """Why a parcel has its status, where the carrier says so."""

    REFUSED = "REFUSED"
    ABSENT = "ABSENT"
    CLOSED = "CLOSED"
    BAD_ADDRESS = "BAD_ADDRESS"
    MOVED = "MOVED"
    NO_ACCESS = "NO_ACCESS"
    PAYMENT_DUE = "PAYMENT_DUE"
    ID_CHECK = "ID_CHECK"
    UNCLAIMED = "UNCLAIMED"
    DAMAGED = "DAMAGED"
    MISSING_CONTENT = "MISSING_CONTENT"
    MISROUTED = "MISROUTED"
    CUSTOMS_DOCS = "CUSTOMS_DOCS"
    CUSTOMS_HOLD = "CUSTOMS_HOLD"
    CUSTOMS_DUTY = "CUSTOMS_DUTY"
    WEATHER = "WEATHER"
    STRIKE = "STRIKE"
    CAPACITY = "CAPACITY"
    DELAY = "DELAY"
    REDIRECTED = "REDIRECTED"
    RECIPIENT_REQUEST = "RECIPIENT_REQUEST"
    SENDER_REQUEST = "SENDER_REQUEST"
    PROHIBITED = "PROHIBITED"
    OTHER = "OTHER"


class TimeSource(StrEnum):
    """From where the offset of a scan's time is known."""

    EXPLICIT = "explicit"
    LOCATION = "location"
    CARRIER_DEFAULT = "carrier_default"


@dataclass(frozen=True, slots=True)
class Scan:
    """One event that a carrier tells of a parcel.

    Shapes: `raw_code` is the carrier's code, its parts joined by `/`; `raw_label` its text in
    `language`. `status` None is news that leaves the status as it was. `mapped` is False for a code
    that no table knows: such a scan has no status. `occurred_at` is UTC; `occurred_local` the clock
    at the place, naive, as the carrier wrote it; `utc_offset` what lies between. `position` counts
    in the carrier's order, oldest first, and decides between scans of one time. `country` is ISO
    3166-1 alpha-2. `raw` is the carrier's event as JSON.
    """

    raw_code: str
    raw_label: str
    status: ShipmentStatus | None
    occurred_at: datetime
    occurred_local: datetime
    utc_offset: timedelta
    time_source: TimeSource
    reason: ShipmentReason | None = None
    mapped: bool = True
    language: str | None = None
    location: str | None = None
    postal_code: str | None = None
    country: str | None = None
    position: int = 0
    raw: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def key(self, carrier: str, number: str) -> bytes:
        """What tells this scan from all others: told again, it is the same. A SHA-256."""
        local = self.occurred_local.isoformat(timespec="seconds")
        place = self.postal_code or self.location or ""
        text = "|".join((carrier, number, self.raw_code, local, place))
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Proof:
    """That a parcel was handed over: to whom, when, where, and a document if there is one."""

    at: datetime | None = None
    signed_by: str | None = None
    place: str | None = None
    document_url: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a carrier says of one parcel, all of its history.

    Shapes: `scans` oldest first. `status`, `reason`, `status_at` are the carrier's word on the
    parcel as a whole, given only where docs/tracking.md lets it stand above the scans. `found` is
    False where the carrier does not know the number (yet). `carrier_ref` is what the carrier calls
    the parcel, to be sent the next time. `expected_at` is its own forecast; a date alone is its
    end of day at the destination.
    """

    number: str
    scans: tuple[Scan, ...] = ()
    found: bool = True
    status: ShipmentStatus | None = None
    reason: ShipmentReason | None = None
    status_at: datetime | None = None
    expected_at: datetime | None = None
    proof: Proof | None = None
    carrier_ref: str | None = None
    weight_grams: int | None = None
