"""Changes of many offers that no feed asked for: stale feeds, new quality, a new day, old rows."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from domain.topics import Topic
from models.announce import announce, market_topic
from models.base import execute, transaction
from models.events import Event, emit
from models.jobs import Job
from models.offers.refresh import Refreshed, refresh, touch
from models.outbox import enqueue

KEPT_DAYS = 30
ONCE_HOURS = 48
REPRICINGS_DAYS = 400

STALE = """
UPDATE feed SET stale = true, updated_at = now()
WHERE NOT stale AND every_seconds IS NOT NULL AND deleted_at IS NULL
  AND COALESCE(last_success_at, created_at)
    < boucle_now(merchant_id) - make_interval(secs => stale_after_seconds)
  AND ($1::uuid IS NULL OR merchant_id = $1)
RETURNING id, merchant_id, name, last_success_at,
  (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS version
"""
PAUSE = """
WITH paused AS (
  UPDATE offer SET status = 'PAUSED', paused_because = 'FEED_STALE', updated_at = now()
  WHERE feed_id = ANY ($1) AND status = 'LIVE' RETURNING id)
INSERT INTO touched SELECT id FROM paused
"""
RETIRE = """
WITH gone AS (
  UPDATE offer SET status = 'ABSENT', quantity = 0, row_hash = 0, line_mark = NULL,
    absent_at = now(), updated_at = now()
  WHERE merchant_id = $1 AND feed_id = $2 AND status <> 'ABSENT' RETURNING id)
INSERT INTO touched SELECT id FROM gone
"""
OF_MERCHANTS = "INSERT INTO touched SELECT id FROM offer WHERE merchant_id = ANY ($1)"
OF_OFFERS = "INSERT INTO touched SELECT id FROM offer WHERE id = ANY ($1)"
OF_WINDOWS = (
    "INSERT INTO touched SELECT id FROM offer WHERE merchant_id = $1 "
    "AND (available_from IS NOT NULL OR available_until IS NOT NULL)"
)
OF_MARKET = "INSERT INTO touched SELECT id FROM offer WHERE $1 = ANY (markets)"
_PART = "FROM offer WHERE $1 = ANY (markets) AND ($2::uuid IS NULL OR id > $2)"
LAST_OF_PART = f"SELECT max(id::text)::uuid FROM (SELECT id {_PART} ORDER BY id LIMIT $3) x"  # noqa: S608
OF_PART = f"INSERT INTO touched SELECT id {_PART} AND id <= $3"
# Windows that opened or closed since the price rows were computed, and models that came into force.
OF_TODAY = """
INSERT INTO touched
SELECT o.id FROM offer o WHERE o.available_from IS NOT NULL OR o.available_until IS NOT NULL
UNION
SELECT om.offer_id FROM offer_market om
WHERE om.model_id <> (
  SELECT r.code FROM ranking_model r WHERE r.market = om.market AND r.valid_from <= now()
  ORDER BY r.valid_from DESC LIMIT 1)
"""
# Whoever follows a merchant's offers is told which are gone, in pieces of 1,000.
REMOVED = """
WITH gone AS (
  DELETE FROM offer WHERE status = 'ABSENT' AND absent_at < now() - make_interval(days => $1)
  RETURNING merchant_id, id, sku)
INSERT INTO offer_change (merchant_id, kind, offer_ids, skus)
SELECT merchant_id, 'REMOVED', array_agg(id), array_agg(sku) FROM (
  SELECT *, (row_number() OVER (PARTITION BY merchant_id) - 1) / 1000 AS piece FROM gone) x
GROUP BY merchant_id, piece
"""
OLD = (
    "DELETE FROM offer_market om WHERE om.visibility = 0 AND EXISTS "
    "(SELECT FROM offer o WHERE o.id = om.offer_id "
    "AND o.status = 'ABSENT' AND o.absent_at < now() - make_interval(days => $1))",
    REMOVED,
    "DELETE FROM ranking_snapshot s WHERE s.at < now() - make_interval(days => $1) AND NOT EXISTS "
    "(SELECT FROM best_offer b WHERE b.snapshot_id = s.snapshot_id AND b.market = s.market "
    "AND b.variant_id = s.variant_id AND b.grade = s.grade)",
    "DELETE FROM feed_line WHERE at < now() - make_interval(days => $1)",
    "DELETE FROM feed_change WHERE at < now() - make_interval(days => $1)",
    "DELETE FROM feed_unchanged u WHERE EXISTS (SELECT FROM feed_run r WHERE r.id = u.run_id "
    "AND r.created_at < now() - make_interval(days => $1))",
    "DELETE FROM feed_preview WHERE created_at < now() - make_interval(days => $1)",
    "DELETE FROM stored_file WHERE created_at < now() - make_interval(days => $1)",
    "DELETE FROM event WHERE at < now() - make_interval(days => $1)",
    "DELETE FROM api_usage WHERE hour < now() - make_interval(days => $1)",
    "DELETE FROM offer_change WHERE at < now() - make_interval(days => $1 + 1)",
    "DELETE FROM reservation WHERE at < now() - make_interval(days => $1) "
    "AND (released_at IS NOT NULL OR consumed_at IS NOT NULL)",
)


async def _refresh_touched(
    raw: asyncpg.Connection,
    fill: str,
    *args: object,
    announce_all: bool = False,
    written: bool = False,
) -> Refreshed:
    await raw.execute("SET LOCAL statement_timeout = '10min'")
    await raw.execute("SET LOCAL lock_timeout = '2min'")  # a feed may hold what it changed
    await touch(raw)
    await raw.execute(fill, *args)
    return await refresh(raw, announce_all=announce_all, written=written)


async def pause_stale(raw: asyncpg.Connection, merchant_id: UUID | None = None) -> int:
    """Pause the live offers of pull feeds, or of a merchant's, without success in their time.

    Their merchants are told, by an event whose version is the time in milliseconds, and by mail.
    """
    feeds = await raw.fetch(STALE, merchant_id)
    if feeds:
        await _refresh_touched(raw, PAUSE, [feed["id"] for feed in feeds], written=True)
    for feed in feeds:
        since = feed["last_success_at"]
        facts = {"name": feed["name"], "last_success_at": since and since.isoformat()}
        stale = Topic.FEED_STALE, feed["merchant_id"], "Feed", feed["id"], feed["version"]
        await emit(Event(*stale, facts))
        await enqueue(Job.MAIL_FEED_STALE, feed_id=str(feed["id"]))
    return len(feeds)


async def retire(raw: asyncpg.Connection, merchant_id: UUID, feed_id: UUID) -> None:
    """Make the offers of a feed that was deleted absent. Safe to repeat."""
    await raw.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", str(merchant_id))
    await _refresh_touched(raw, RETIRE, merchant_id, feed_id)


async def with_offers(raw: asyncpg.Connection, merchants: Sequence[UUID]) -> list[UUID]:
    """Those of these merchants that have offers at all."""
    asked = (
        "SELECT m FROM unnest($1::uuid[]) m WHERE EXISTS (SELECT FROM offer WHERE merchant_id = m)"
    )
    return [row["m"] for row in await raw.fetch(asked, list(merchants))]


async def refresh_merchants(raw: asyncpg.Connection, merchants: Sequence[UUID]) -> Refreshed:
    """Rank again what these merchants offer, after a change of state, name, sites or quality."""
    return await _refresh_touched(raw, OF_MERCHANTS, list(merchants), announce_all=True)


async def refresh_offers(raw: asyncpg.Connection, offers: Sequence[UUID]) -> Refreshed:
    """Rank these offers again, after a decision hid them or let them be shown."""
    return await _refresh_touched(raw, OF_OFFERS, list(offers))


async def refresh_market(raw: asyncpg.Connection, market: str) -> Refreshed:
    """Rank a market again, after a change of its stage, fee or pauses; announce it as a whole."""
    await announce(raw, market_topic(market), {})
    return await _refresh_touched(raw, OF_MARKET, market)


async def refresh_part(
    raw: asyncpg.Connection, market: str, after: UUID | None, most: int
) -> UUID | None:
    """Rank again the next offers of a market by id; the last of them, None where none follows."""
    last: UUID | None = await raw.fetchval(LAST_OF_PART, market, after, most)
    if last is not None:
        await _refresh_touched(raw, OF_PART, market, after, last)
    return last


async def refresh_windows(raw: asyncpg.Connection, merchant_id: UUID) -> Refreshed:
    """Rank again what a merchant offers for a while only, after its clock was set."""
    return await _refresh_touched(raw, OF_WINDOWS, merchant_id)


async def refresh_today(raw: asyncpg.Connection) -> Refreshed:
    """Rank again what depends on the date: availability windows, new ranking models."""
    return await _refresh_touched(raw, OF_TODAY)


async def purge() -> int:
    """Forget what is kept for 30 days, keys after 48 hours, moved prices after 400 days."""
    gone = 0
    for statement in OLD:
        async with transaction():
            gone += await execute(statement, KEPT_DAYS)
    gone += await execute(
        "DELETE FROM once WHERE at < now() - make_interval(hours => $1)", ONCE_HOURS
    )
    gone += await execute("DELETE FROM event_interest WHERE live_until < now()")
    gone += await execute(
        "DELETE FROM repricing WHERE at < now() - make_interval(days => $1)", REPRICINGS_DAYS
    )
    return gone
