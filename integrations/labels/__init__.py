"""Labels: whoever prints them for a contract of the platform."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.shipments.carriers import CarrierCode, TrackingApi


@dataclass(frozen=True, slots=True)
class Wanted:
    """A label that is asked for. The same `id` asked again is the same label.

    Shapes: countries are ISO 3166-1 alpha-2; `address` are the lines of the recipient, for the
    print alone.
    """

    id: UUID
    carrier: CarrierCode
    api: TrackingApi
    origin: str
    destination: str
    postal_code: str
    address: tuple[str, ...]
    sender: str
    reference: str
    grams: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Label:
    """A label as it was issued. Shapes: `document` is a PDF."""

    tracking_number: str
    document: bytes
    expires_at: datetime


class LabelProvider(Protocol):
    """Issues labels under the platform's contracts."""

    async def issue(self, wanted: Wanted) -> Label:
        """The label. Raises: Unavailable, Rejected (see `integrations.http`)."""
        ...
