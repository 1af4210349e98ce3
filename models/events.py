"""What happened, for the partner it concerns, written in the transaction in which it did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from domain.topics import Topic
from models.base import execute, fetchval


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an object of a merchant, or of an organisation: of one of them.

    Shapes: `object_type` is the object's GraphQL type; `version` never goes down for one object,
    so that a late event is known as such; `data` is small and holds no personal data.
    """

    topic: Topic
    merchant_id: UUID | None
    object_type: str
    object_id: UUID
    version: int
    data: Mapping[str, Any] = field(default_factory=dict)
    organisation_id: UUID | None = None


async def emit(event: Event) -> UUID:
    """Tell whom it concerns, once the current transaction commits; return the event's id."""
    found: UUID = await fetchval(
        "INSERT INTO event (merchant_id, topic, object_type, object_id, version, data, "
        "organisation_id) VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7) RETURNING id",
        event.merchant_id,
        event.topic.value,
        event.object_type,
        event.object_id,
        event.version,
        orjson.dumps(dict(event.data), default=str).decode(),
        event.organisation_id,
    )
    return found


async def emit_all(events: Sequence[Event]) -> None:
    """Tell partners of many things in one statement, in this order."""
    if not events:
        return
    await execute(
        "INSERT INTO event (merchant_id, topic, object_type, object_id, version, data, "
        "organisation_id) SELECT m, t, k, o, v, d::jsonb, c FROM unnest($1::uuid[], $2::text[], "
        "$3::text[], $4::uuid[], $5::int[], $6::text[], $7::uuid[]) "
        "WITH ORDINALITY AS x (m, t, k, o, v, d, c, n) ORDER BY n",
        [event.merchant_id for event in events],
        [event.topic.value for event in events],
        [event.object_type for event in events],
        [event.object_id for event in events],
        [event.version for event in events],
        [orjson.dumps(dict(event.data), default=str).decode() for event in events],
        [event.organisation_id for event in events],
    )
