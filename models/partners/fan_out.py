"""From events to deliveries: each event once for each endpoint that asked for its topic.

Events are written by many transactions that end in any order, and one that runs for minutes must
neither be overtaken for good nor hold up the others. So the cursor is no number but a snapshot:
what was seen is what was visible in it. An event is new if it is visible now and its transaction
was not then. The unique key of a delivery makes a repetition harmless.
"""

from dataclasses import dataclass

import asyncpg

from models.base import fetchval, transaction

_FRESH = (
    "e.xid >= pg_snapshot_xmin($1::text::pg_snapshot) "
    "AND NOT pg_visible_in_snapshot(e.xid, $1::text::pg_snapshot)"
)
_WAITING = """
SELECT EXISTS (SELECT FROM webhook_cursor c JOIN event e ON e.xid >= pg_snapshot_xmin(c.snapshot)
    AND NOT pg_visible_in_snapshot(e.xid, c.snapshot))
  OR EXISTS (SELECT FROM webhook_cursor
    WHERE pg_snapshot_xmax(snapshot) > pg_snapshot_xmax(pg_current_snapshot()))
"""
_TAKE = "SELECT snapshot::text FROM webhook_cursor FOR UPDATE SKIP LOCKED"
_ELSEWHERE = (
    "SELECT pg_snapshot_xmax($1::text::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())"
)
_BEGIN_AGAIN = "UPDATE event SET xid = '1' WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())"
_NOTHING_SEEN = "1:1:"
_FAN_OUT = f"""
WITH made AS (
  INSERT INTO webhook_delivery
    (endpoint_id, owner_id, event_id, topic, object_type, object_id, version, at, data)
  SELECT w.id, w.owner_id, e.id, e.topic, e.object_type, e.object_id, e.version, e.at, e.data
  FROM event e JOIN webhook_endpoint w ON w.owner_id = coalesce(e.merchant_id, e.organisation_id)
    AND e.topic = ANY (w.topics)
  WHERE {_FRESH} AND w.verified_at <= e.at AND w.state <> 'DISABLED' AND w.deleted_at IS NULL
  ORDER BY e.n
  ON CONFLICT DO NOTHING RETURNING 1)
UPDATE webhook_cursor SET snapshot = pg_current_snapshot() RETURNING (SELECT count(*) FROM made)
"""  # noqa: S608  # made of constants


@dataclass(frozen=True, slots=True)
class Fanned:
    """How many deliveries a round made; `busy` if another process was at it."""

    made: int
    busy: bool = False


async def waiting() -> bool:
    """Whether there are events that the fan-out has not seen."""
    found: bool = await fetchval(_WAITING)
    return found


async def fan_out() -> Fanned:
    """Make the deliveries of all committed events that were not seen yet.

    Any number of processes may ask: one of them does it.
    """
    async with transaction() as raw:
        seen: str | None = await raw.fetchval(_TAKE)
        if seen is None:
            return Fanned(0, busy=True)
        await raw.execute("SET LOCAL statement_timeout = '10min'")
        if await raw.fetchval(_ELSEWHERE, seen):
            seen = await _begin_again(raw)
        return Fanned(await raw.fetchval(_FAN_OUT, seen))


async def _begin_again(raw: asyncpg.Connection) -> str:
    """The database was restored into a server that counts transactions anew: look at all events."""
    await raw.execute(_BEGIN_AGAIN)
    return _NOTHING_SEEN
