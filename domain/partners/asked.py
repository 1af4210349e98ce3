"""Which deliveries are asked for, and which events are to be delivered again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.partners.webhooks import DeliveryState


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries of the log; None is no limit."""

    endpoint_id: UUID | None = None
    state: DeliveryState | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Which events to deliver again; None is no limit. `until` is excluded."""

    since: datetime | None = None
    until: datetime | None = None
    topics: Sequence[str] | None = None
    ids: Sequence[UUID] | None = None
