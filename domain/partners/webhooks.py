"""Where an endpoint and a delivery stand, and when a delivery is tried again.

Source: docs/webhooks.md.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.topics import Topic

SCHEDULE: Final = (
    timedelta(),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
    timedelta(hours=72),
)
"""When each try is due, counted from the first."""
LEAST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=24)
"""The longest `Retry-After` that is heeded."""
CALL_SECONDS: Final = 10
CALLS_AT_ONCE: Final = 5
CALLS_WHILE_FAILING: Final = 2
OPEN_AFTER: Final = 10
OPEN_FOR: Final = timedelta(minutes=5)
DISABLED_AFTER: Final = timedelta(days=5)
ROTATION: Final = timedelta(hours=24)
KEPT_DAYS: Final = 30
TEST_TOPIC: Final = "webhook.test"
CHALLENGE_TOPIC: Final = "webhook.challenge"


class EndpointState(StrEnum):
    """Where an endpoint stands: only an active or a degraded one is sent anything."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    DEGRADED = "DEGRADED"
    DISABLED = "DISABLED"


class DisabledFor(StrEnum):
    """Why an endpoint was disabled."""

    FAILING = "FAILING"
    GONE = "GONE"


class DeliveryState(StrEnum):
    """Where a delivery stands; `RETRYING` waits for its next try."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    DELIVERED = "DELIVERED"
    RETRYING = "RETRYING"
    DEAD = "DEAD"
    CANCELLED = "CANCELLED"


class Failed(StrEnum):
    """Why a try failed, or a challenge."""

    UNREACHABLE = "UNREACHABLE"
    REFUSED = "REFUSED"
    TIMEOUT = "TIMEOUT"
    STATUS = "STATUS"
    REDIRECT = "REDIRECT"
    LOST = "LOST"
    NOT_ECHOED = "NOT_ECHOED"


SENT_TO: Final = frozenset({EndpointState.ACTIVE, EndpointState.DEGRADED})
_SCOPES: Final = {
    "offer": "offers:read",
    "feed": "feeds:read",
    "order": "orders:read",
    "refund": "orders:read",
    "shipment": "shipments:read",
    "case": "cases:read",
    "trade_in": "trade_in:read",
    "lot": "lots:read",
    "asset": "fleets:read",
    "certificate": "fleets:read",
    "settlement": "finance:read",
    "decision": "quality:read",
    "trader": "quality:read",
}
_OF_MERCHANTS: Final = {"asset": "lots:read", "certificate": "orders:read"}
"""Of what both are told by a scope that organisations alone hold: what merchants need."""


def scope_of(topic: Topic, *, merchant: bool = False) -> str:
    """The scope that an organisation, or a `merchant`, needs to be told of a topic.

    Raises: KeyError for a kind without one.
    """
    kind = topic.value.partition(".")[0]
    return _OF_MERCHANTS.get(kind, _SCOPES[kind]) if merchant else _SCOPES[kind]


def delivered(status: int) -> bool:
    """Whether an answer says that the event was taken."""
    return 200 <= status < 300


def failure_of(status: int) -> Failed:
    """How an answer that is not a success is called."""
    return Failed.REDIRECT if 300 <= status < 400 else Failed.STATUS


def next_try(
    tries: int, first_at: datetime, last_at: datetime, wait_until: datetime | None = None
) -> datetime | None:
    """When a delivery that failed so many `tries` is due again; None where that was the last.

    Never earlier than the schedule says, and 30 s after the last try began: who was late does not
    make up for it at once. A receiver's own wish only makes it later, by a day at most.
    """
    if tries >= len(SCHEDULE):
        return None
    due = max(first_at + SCHEDULE[tries], last_at + LEAST_PAUSE)
    return due if wait_until is None else max(due, min(wait_until, last_at + LONGEST_PAUSE))


def asked_to_wait(status: int, header: str | None, now: datetime) -> datetime | None:
    """Until when a receiver asks to be left alone, by `Retry-After` of a 429 or 503.

    Source: RFC 9110, 10.2.3.
    """
    if status not in {429, 503} or not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return now + timedelta(seconds=min(int(text[:9]), LONGEST_PAUSE.total_seconds()))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def object_id(kind: str, row_id: UUID) -> str:
    """The id of an object as clients of the API know it."""
    return b64encode(f"{kind}:{row_id}".encode()).decode("ascii")


@dataclass(frozen=True, slots=True)
class Fact:
    """What a delivery tells: the event, whoever it goes to. `data` is JSON."""

    event_id: UUID
    topic: str
    version: int
    at: datetime
    object_type: str
    object_id: UUID

    def body(self, data: object) -> dict[str, object]:
        """The thin body."""
        return {
            "id": str(self.event_id),
            "topic": self.topic,
            "version": self.version,
            "at": self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "object": {
                "type": self.object_type,
                "id": object_id(self.object_type, self.object_id),
            },
            "data": data,
        }
