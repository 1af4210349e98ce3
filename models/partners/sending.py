"""Deliveries on their way: taken with a lease, recorded by whoever still holds it.

All that processes share is here: how many calls an endpoint is given at once, whether its circuit
is open, and what is due. All times are the database's own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from domain.partners.selections import Owner
from domain.partners.webhooks import (
    CALLS_AT_ONCE,
    CALLS_WHILE_FAILING,
    DISABLED_AFTER,
    KEPT_DAYS,
    OPEN_AFTER,
    OPEN_FOR,
    DeliveryState,
    Fact,
    Failed,
)
from models.base import execute, fetch, transaction
from models.partners.endpoints import secrets_of
from models.vault import SecretLost, Vault

LEASE: Final = timedelta(seconds=10)
MOST_LOST: Final = 5
AT_ONCE: Final = 1_000

_WITH_WORK = """
SELECT w.id FROM webhook_endpoint w
WHERE state IN ('ACTIVE', 'DEGRADED') AND deleted_at IS NULL
  AND (open_until IS NULL OR open_until <= now())
  AND EXISTS (SELECT FROM webhook_delivery d WHERE d.endpoint_id = w.id
              AND d.state IN ('QUEUED', 'RETRYING') AND d.due_at <= boucle_now(w.merchant_id))
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""
_CLAIM = """
WITH room AS MATERIALIZED (
  SELECT w.id, boucle_now(w.merchant_id) AS at,
    greatest(0, CASE WHEN w.failures >= $3 THEN 1 WHEN w.failures > 0 THEN $4 ELSE $5 END
    - (SELECT count(*) FROM webhook_delivery s
       WHERE s.endpoint_id = w.id AND s.state = 'SENDING' AND s.lease_until > now())) AS free
  FROM webhook_endpoint w WHERE w.id = ANY ($1)),
due AS MATERIALIZED (
  SELECT d.n, d.due_at, row_number() OVER (PARTITION BY r.id ORDER BY d.due_at) AS place
  FROM room r CROSS JOIN LATERAL (
    SELECT n, due_at FROM webhook_delivery
    WHERE endpoint_id = r.id AND state IN ('QUEUED', 'RETRYING') AND due_at <= r.at
    ORDER BY due_at LIMIT r.free FOR UPDATE SKIP LOCKED) d),
picked AS MATERIALIZED (SELECT n FROM due ORDER BY place, due_at LIMIT $2)
UPDATE webhook_delivery d SET state = 'SENDING', taken = d.taken + 1,
  lease_until = now() + $6::interval, first_at = coalesce(d.first_at, now()), last_at = now()
FROM picked, webhook_endpoint w WHERE d.n = picked.n AND w.id = d.endpoint_id
RETURNING d.n, d.id AS delivery_id, d.taken, d.tries, d.event_id, d.topic, d.version,
  d.at AS told_at, d.object_type, d.object_id, d.data::text AS data, d.first_at, d.last_at AS at,
  w.id, w.merchant_id, w.organisation_id, w.url, w.selections ->> d.topic AS selection, w.scopes,
  w.secret, w.old_secret, w.old_secret_until
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that this process may try once. `at` is when it was taken, `tries` those before.

    `selection` is the GraphQL document to run for its payload, with the rights `scopes`.
    """

    n: int
    id: UUID
    taken: int
    tries: int
    fact: Fact
    data: Any
    first_at: datetime
    at: datetime
    endpoint_id: UUID
    owner: Owner
    url: str
    selection: str | None
    scopes: list[str]
    secrets: list[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try. `due_at` is when the next one is; `gone` ends the endpoint."""

    due: Due
    state: DeliveryState
    due_at: datetime | None
    headers: Mapping[str, str]
    body: bytes
    status: int | None = None
    answer: bytes = b""
    latency_ms: int = 0
    problem: Failed | None = None
    payload_problem: str | None = None
    gone: bool = False


async def claim(vault: Vault, limit: int) -> list[Due]:
    """Take up to `limit` due deliveries, one of each endpoint before a second of any.

    At most 5 of an endpoint are under way at once in all processes, 2 while it fails, 1 to try
    whether its circuit may close.
    """
    async with transaction() as raw:
        ids = [row["id"] for row in await raw.fetch(_WITH_WORK)]
        if not ids or limit < 1:
            return []
        rows = await raw.fetch(
            _CLAIM, ids, limit, OPEN_AFTER, CALLS_WHILE_FAILING, CALLS_AT_ONCE, LEASE
        )
    return [_due(row, vault) for row in rows]


async def renew(held: Sequence[Due]) -> None:
    """Keep deliveries under way for another lease: a call may take longer than one."""
    await execute(
        "UPDATE webhook_delivery d SET lease_until = now() + $3::interval "
        "FROM unnest($1::bigint[], $2::int[]) AS x (n, taken) "
        "WHERE d.n = x.n AND d.taken = x.taken AND d.state = 'SENDING'",
        [due.n for due in held],
        [due.taken for due in held],
        LEASE,
    )


def _due(row: asyncpg.Record, vault: Vault) -> Due:
    try:
        secrets = secrets_of(row, vault)
    except SecretLost:
        secrets = []
    fact = Fact(
        row["event_id"],
        row["topic"],
        row["version"],
        row["told_at"],
        row["object_type"],
        row["object_id"],
    )
    return Due(
        n=row["n"],
        id=row["delivery_id"],
        taken=row["taken"],
        tries=row["tries"],
        fact=fact,
        data=orjson.loads(row["data"]),
        first_at=row["first_at"],
        at=row["at"],
        endpoint_id=row["id"],
        owner=Owner(row["merchant_id"], row["organisation_id"]),
        url=row["url"],
        selection=row["selection"],
        scopes=row["scopes"],
        secrets=secrets,
    )


_SETTLE = """
UPDATE webhook_delivery d SET state = s.state, tries = d.tries + 1, lease_until = NULL,
  due_at = coalesce(s.due_at, d.due_at), problem = s.problem, payload_problem = s.payload_problem,
  finished_at = CASE WHEN s.state = 'RETRYING' THEN NULL ELSE now() END,
  request_headers = s.headers::jsonb, request_body = s.body, response_status = s.status,
  response_body = s.answer, latency_ms = s.latency_ms,
  history = d.history || jsonb_build_array(jsonb_build_object(
    'at', d.last_at, 'status', s.status, 'problem', s.problem, 'latencyMs', s.latency_ms))
FROM unnest($1::bigint[], $2::int[], $3::text[], $4::timestamptz[], $5::text[], $6::bytea[],
  $7::int[], $8::bytea[], $9::int[], $10::text[], $11::text[])
  AS s (n, taken, state, due_at, headers, body, status, answer, latency_ms, problem,
    payload_problem)
WHERE d.n = s.n AND d.taken = s.taken AND d.state = 'SENDING' RETURNING d.n
"""
_HEALTH = """
UPDATE webhook_endpoint w SET failures = x.failures, updated_at = now(),
  failing_since = x.since,
  open_until = CASE WHEN x.failures >= $5 THEN now() + $6::interval END,
  disabled_for = x.disabled_for, disabled_at = CASE WHEN x.disabled_for IS NOT NULL THEN now() END,
  state = CASE WHEN x.disabled_for IS NOT NULL THEN 'DISABLED'
    WHEN x.failures >= $5 THEN 'DEGRADED' WHEN x.well THEN 'ACTIVE' ELSE w.state END
FROM (
  SELECT y.*, CASE WHEN y.gone THEN 'GONE'
    WHEN y.failures >= $5 AND y.since <= now() - $7::interval THEN 'FAILING' END AS disabled_for
  FROM (
    SELECT v.id, h.well, h.gone, h.failed + CASE WHEN h.well THEN 0 ELSE v.failures END AS failures,
      CASE WHEN h.failed = 0 THEN NULL WHEN h.well THEN now()
        ELSE coalesce(v.failing_since, now()) END AS since
    FROM unnest($1::uuid[], $2::boolean[], $3::int[], $4::boolean[]) AS h (id, well, failed, gone)
    JOIN webhook_endpoint v ON v.id = h.id
    WHERE v.state IN ('ACTIVE', 'DEGRADED') AND (h.failed > 0 OR v.failures > 0)
    ORDER BY v.id FOR NO KEY UPDATE OF v) y) x
WHERE w.id = x.id RETURNING w.id, x.disabled_for
"""


async def settle(outcomes: Sequence[Outcome]) -> list[UUID]:
    """Record what came of these tries, but of those whose lease was lost; in one transaction.

    Returns the endpoints that this disabled.
    """
    async with transaction() as raw:
        rows = await raw.fetch(_SETTLE, *_columns(outcomes))
        held = {row["n"] for row in rows}
        health = _health([each for each in outcomes if each.due.n in held])
        limits = (OPEN_AFTER, OPEN_FOR, DISABLED_AFTER)
        changed = await raw.fetch(_HEALTH, *health, *limits) if held else []
    return [row["id"] for row in changed if row["disabled_for"]]


def _columns(outcomes: Sequence[Outcome]) -> list[list[Any]]:
    return [
        [o.due.n for o in outcomes],
        [o.due.taken for o in outcomes],
        [o.state.value for o in outcomes],
        [o.due_at for o in outcomes],
        [orjson.dumps(dict(o.headers)).decode() for o in outcomes],
        [o.body for o in outcomes],
        [o.status for o in outcomes],
        [o.answer for o in outcomes],
        [o.latency_ms for o in outcomes],
        [o.problem.value if o.problem else None for o in outcomes],
        [o.payload_problem for o in outcomes],
    ]


def _health(outcomes: Collection[Outcome]) -> tuple[list[Any], ...]:
    """By endpoint: whether one succeeded, how many failed after the last that did, if it is gone.

    The order is that in which they ended.
    """
    found: dict[UUID, tuple[bool, int, bool]] = {}
    for each in outcomes:
        well, failed, gone = found.get(each.due.endpoint_id, (False, 0, False))
        if each.state is DeliveryState.DELIVERED:
            found[each.due.endpoint_id] = True, 0, gone
        else:
            found[each.due.endpoint_id] = well, failed + 1, gone or each.gone
    values = list(found.values())
    return list(found), [v[0] for v in values], [v[1] for v in values], [v[2] for v in values]


_LAPSED = """
WITH lapsed AS MATERIALIZED (
  SELECT n FROM webhook_delivery WHERE state = 'SENDING' AND lease_until <= now()
  LIMIT $1 FOR UPDATE SKIP LOCKED)
UPDATE webhook_delivery d SET lease_until = NULL, lost = d.lost + 1,
  state = CASE WHEN d.lost + 1 >= $2 THEN 'DEAD' ELSE 'RETRYING' END,
  problem = 'LOST', finished_at = CASE WHEN d.lost + 1 >= $2 THEN now() END,
  due_at = now() + d.lost * interval '30 seconds'
FROM lapsed WHERE d.n = lapsed.n RETURNING d.n
"""
_CANCEL = """
WITH ended AS MATERIALIZED (
  SELECT d.n FROM webhook_endpoint w CROSS JOIN LATERAL (
    SELECT n FROM webhook_delivery WHERE endpoint_id = w.id AND state IN ('QUEUED', 'RETRYING')
    LIMIT $1 FOR UPDATE SKIP LOCKED) d
  WHERE w.state = 'DISABLED' OR w.deleted_at IS NOT NULL)
UPDATE webhook_delivery d SET state = 'CANCELLED', finished_at = now()
FROM ended WHERE d.n = ended.n RETURNING d.n
"""


async def take_back(limit: int = AT_ONCE) -> int:
    """Let deliveries be tried again whose process died or stood still; return how many.

    They have the same ids: the endpoint may have had them. The fifth such loss sets one aside.
    """
    return len(await fetch(_LAPSED, limit, MOST_LOST))


async def cancel(limit: int = AT_ONCE) -> int:
    """Give up what waits for endpoints that are disabled or deleted; return how many."""
    return len(await fetch(_CANCEL, limit))


_OLD = (
    "DELETE FROM webhook_delivery WHERE n IN (SELECT n FROM webhook_delivery "
    "WHERE created_at < now() - make_interval(days => $1) LIMIT $2)"
)
_DELETED = (
    "DELETE FROM webhook_endpoint w WHERE deleted_at < now() - make_interval(days => $1) "
    "AND NOT EXISTS (SELECT FROM webhook_delivery d WHERE d.endpoint_id = w.id)"
)


async def purge(limit: int = 5_000) -> int:
    """Forget deliveries after 30 days, and then the endpoints that were deleted."""
    gone = 0
    while found := await execute(_OLD, KEPT_DAYS, limit):
        gone += found
    return gone + await execute(_DELETED, KEPT_DAYS)
