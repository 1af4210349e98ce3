"""The log of deliveries, and deliveries made again or for a test."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.partners.asked import Again, Wanted
from domain.partners.webhooks import TEST_TOPIC, DeliveryState, Failed
from models.base import fetch, fetchrow, fetchval

_COLUMNS = (
    "n, id, endpoint_id, event_id, replay, topic, state, tries, due_at, first_at, last_at, "
    "finished_at, request_headers::text AS request_headers, request_body, response_status, "
    "response_body, latency_ms, problem, payload_problem, history::text AS history, created_at"
)


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a delivery. Units: `latency_ms` to the first byte of the answer."""

    at: datetime
    status: int | None
    problem: Failed | None
    latency_ms: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery and its last try, as sent and as answered."""

    n: int
    id: UUID
    endpoint_id: UUID
    event_id: UUID
    replay: int
    topic: str
    state: DeliveryState
    tries: int
    due_at: datetime
    first_at: datetime | None
    last_at: datetime | None
    finished_at: datetime | None
    request_headers: dict[str, str]
    request_body: bytes | None
    response_status: int | None
    response_body: bytes | None
    latency_ms: int | None
    problem: Failed | None
    payload_problem: str | None
    history: list[Try]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many deliveries were made; `next_since` where more events remain."""

    made: int
    next_since: datetime | None


async def listed(owner_id: UUID, wanted: Wanted, before: int | None, limit: int) -> list[Delivery]:
    """Deliveries of an owner of endpoints, newest first, older than the row `before`."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM webhook_delivery WHERE owner_id = $1 "  # noqa: S608  # ours
        "AND ($2::uuid IS NULL OR endpoint_id = $2) AND ($3::text IS NULL OR state = $3) "
        "AND ($4::timestamptz IS NULL OR created_at >= $4) AND ($5::bigint IS NULL OR n < $5) "
        "ORDER BY n DESC LIMIT $6",
        owner_id,
        wanted.endpoint_id,
        wanted.state.value if wanted.state else None,
        wanted.since,
        before,
        limit,
    )
    return [_delivery(row) for row in rows]


async def one(owner_id: UUID, delivery_id: UUID) -> Delivery | None:
    """A delivery of an owner of endpoints; None for any other."""
    row = await fetchrow(
        f"SELECT {_COLUMNS} FROM webhook_delivery "  # noqa: S608  # names of ours
        "WHERE id = $1 AND owner_id = $2",
        delivery_id,
        owner_id,
    )
    return None if row is None else _delivery(row)


async def add_test(owner_id: UUID, endpoint_id: UUID) -> UUID:
    """Have an endpoint sent an event that is about nothing but itself."""
    made: UUID = await fetchval(
        "INSERT INTO webhook_delivery (endpoint_id, owner_id, event_id, topic, object_type, "
        "object_id, version, at, data) VALUES ($1, $2, gen_random_uuid(), $3, 'WebhookEndpoint', "
        "$1, 1, now(), '{\"test\": true}') RETURNING id",
        endpoint_id,
        owner_id,
        TEST_TOPIC,
    )
    return made


_REPLAY = """
WITH asked AS MATERIALIZED (
  SELECT e.*, 1 + coalesce((SELECT max(d.replay) FROM webhook_delivery d
      WHERE d.endpoint_id = $2 AND d.event_id = e.id), 0) AS replay
  FROM event e
  WHERE (e.merchant_id = $1 OR e.organisation_id = $1) AND e.topic = ANY ($3)
    AND ($4::timestamptz IS NULL OR e.at >= $4) AND ($5::timestamptz IS NULL OR e.at < $5)
    AND ($6::uuid[] IS NULL OR e.id = ANY ($6))
    AND NOT EXISTS (SELECT FROM webhook_delivery d WHERE d.endpoint_id = $2 AND d.event_id = e.id
      AND d.state IN ('QUEUED', 'SENDING', 'RETRYING'))
  ORDER BY e.at, e.n LIMIT $7 + 1),
made AS (
  INSERT INTO webhook_delivery
    (endpoint_id, owner_id, event_id, replay, topic, object_type, object_id, version, at, data)
  SELECT $2, $1, id, replay, topic, object_type, object_id, version, at, data
  FROM (SELECT * FROM asked ORDER BY at, n LIMIT $7) a ORDER BY a.at, a.n
  ON CONFLICT DO NOTHING RETURNING 1)
SELECT (SELECT count(*) FROM made) AS made,
  (SELECT at FROM asked ORDER BY at, n OFFSET $7) AS next_since
"""


async def replay(
    owner_id: UUID, endpoint_id: UUID, topics: Sequence[str], again: Again, most: int
) -> Replayed:
    """Deliver up to `most` events again, oldest first: with old ids, as deliveries of their own.

    Those of the endpoint's `topics` alone; not those that are still on their way to it; also those
    that were never sent to it, because it was not there or disabled.
    """
    asked = topics if again.topics is None else [t for t in again.topics if t in topics]
    row = await fetchrow(
        _REPLAY,
        owner_id,
        endpoint_id,
        list(asked),
        again.since,
        again.until,
        None if again.ids is None else list(again.ids),
        most,
    )
    return Replayed(0, None) if row is None else Replayed(row["made"], row["next_since"])


def _delivery(row: asyncpg.Record) -> Delivery:
    facts: dict[str, Any] = dict(row)
    headers, problem = facts["request_headers"], facts["problem"]
    return Delivery(
        **facts
        | {
            "state": DeliveryState(facts["state"]),
            "request_headers": orjson.loads(headers) if headers else {},
            "problem": Failed(problem) if problem else None,
            "history": [_try(each) for each in orjson.loads(facts["history"])],
        }
    )


def _try(said: dict[str, Any]) -> Try:
    problem = said["problem"]
    return Try(
        datetime.fromisoformat(said["at"]),
        said["status"],
        Failed(problem) if problem else None,
        said["latencyMs"],
    )
