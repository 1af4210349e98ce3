"""Jobs written in the same transaction as the change that asks for them.

The row is the job: it lives from the change that asks for it until a week after it is done, and
a message in Redis only says "look at this row". `attempt` is the fencing token of a run, `due_at`
the moment to send the row, or to send it again. All times are the database's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from models.base import execute, fetch, fetchrow, fetchval, new_id
from models.jobs import QUEUES, Job, Queue

LEASE = timedelta(seconds=10)
SENT_FOR = timedelta(minutes=5)
KEPT_FOR = timedelta(days=7)
MAX_LOST = 3
MAX_FAILURES = 8
MAX_BACKOFF = timedelta(minutes=10)
ERROR_LENGTH = 500


class JobState(StrEnum):
    """Where a job stands: `dead` waits for a person, `done` is final."""

    READY = "ready"
    SENT = "sent"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Sent:
    """A row that the relay took: to hand to the queue, or set aside if `state` is `dead`."""

    id: UUID
    job: str
    queue: str
    state: JobState


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that a worker took; only the run that holds `attempt` may finish it."""

    id: UUID
    job: str
    kwargs: dict[str, Any]
    attempt: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that was given up, with the reason, until a person retries it."""

    id: UUID
    job: str
    queue: str
    kwargs: dict[str, Any]
    attempt: int
    failures: int
    lost: int
    error: str
    created_at: datetime
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class QueueStats:
    """Counts of a queue by state; `done_last_hour` only counts that hour, the others everything."""

    queue: Queue
    ready: int
    sent: int
    running: int
    dead: int
    done_last_hour: int
    failing: int


async def enqueue(
    job: Job,
    *,
    due_at: datetime | None = None,
    dedup_key: str | None = None,
    **kwargs: str | int | None,
) -> UUID | None:
    """Ask for `job` if and only if the current transaction commits.

    Returns None where a job with `dedup_key` already waits: that one will see this change.
    """
    row: UUID | None = await fetchval(
        """
        INSERT INTO outbox_job (id, job, queue, kwargs, due_at, dedup_key)
        VALUES ($1, $2, $3, $4::text::jsonb, coalesce($5::timestamptz, now()), $6)
        ON CONFLICT (dedup_key) WHERE dedup_key IS NOT NULL AND state IN ('ready', 'sent')
        DO NOTHING RETURNING id
        """,
        new_id(),
        job.value,
        QUEUES[job].value,
        orjson.dumps(kwargs).decode(),
        due_at,
        dedup_key,
    )
    return row


async def enqueue_each(job: Job, asked: Sequence[Mapping[str, str | int | None]]) -> None:
    """Ask for `job` once for each of these kwargs, if the current transaction commits.

    In one statement. A job with the same kwargs that waits already stands for this one.
    """
    if not asked:
        return
    kwargs = [orjson.dumps(dict(each), option=orjson.OPT_SORT_KEYS).decode() for each in asked]
    await execute(
        """
        INSERT INTO outbox_job (id, job, queue, kwargs, due_at, dedup_key)
        SELECT x.id, $2, $3, x.kwargs::jsonb, now(), $2 || ':' || md5(x.kwargs)
        FROM unnest($1::uuid[], $4::text[]) AS x (id, kwargs)
        ON CONFLICT (dedup_key) WHERE dedup_key IS NOT NULL AND state IN ('ready', 'sent')
        DO NOTHING
        """,
        [new_id() for _ in kwargs],
        job.value,
        QUEUES[job].value,
        kwargs,
    )


async def take_due(limit: int = 200) -> list[Sent]:
    """Mark what is due in each queue as sent, up to `limit` a queue; most urgent queue first.

    Any number of relays may ask: each gets rows of its own. A run whose lease lapsed comes
    back as sent, and as dead when it is the third of its job that ended without a word. Such a
    row drops its dedup key, which a younger row may hold by now.
    """
    rows = await fetch(
        """
        WITH due AS MATERIALIZED (
          SELECT found.* FROM unnest($1::text[]) AS asked (queue) CROSS JOIN LATERAL (
            SELECT id, lost + (state = 'running')::int >= $4 AS dying FROM outbox_job
            WHERE queue = asked.queue AND state IN ('ready', 'sent', 'running') AND due_at <= now()
            ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED) AS found)
        UPDATE outbox_job AS j SET
          due_at = now() + $3::interval,
          lost = j.lost + (j.state = 'running')::int,
          dedup_key = CASE WHEN j.state <> 'running' THEN j.dedup_key END,
          state = CASE WHEN dying THEN 'dead' ELSE 'sent' END,
          error = CASE WHEN dying THEN 'runs ended without a word' ELSE j.error END,
          finished_at = CASE WHEN dying THEN now() END
        FROM due WHERE j.id = due.id RETURNING j.id, j.job, j.queue, j.state
        """,
        [queue.value for queue in Queue],
        limit,
        SENT_FOR,
        MAX_LOST,
    )
    order = {queue.value: position for position, queue in enumerate(Queue)}
    found = [Sent(r["id"], r["job"], r["queue"], JobState(r["state"])) for r in rows]
    return sorted(found, key=lambda sent: (order[sent.queue], sent.id))


async def send_again(ids: Sequence[UUID] | None = None) -> int:
    """Make sent rows due now: those named, or all when Redis has lost its messages."""
    return await execute(
        "UPDATE outbox_job SET due_at = now() WHERE state = 'sent' "
        "AND ($1::uuid[] IS NULL OR id = ANY ($1))",
        None if ids is None else list(ids),
    )


async def take(job_id: UUID) -> Taken | None:
    """Begin a run of the job; None if it is done, or another worker runs it."""
    row = await fetchrow(
        """
        UPDATE outbox_job
        SET state = 'running', attempt = attempt + 1, due_at = now() + $2::interval
        WHERE id = $1 AND state = 'sent' RETURNING id, job, kwargs::text AS kwargs, attempt
        """,
        job_id,
        LEASE,
    )
    if row is None:
        return None
    return Taken(row["id"], row["job"], orjson.loads(row["kwargs"]), row["attempt"])


async def renew(job_id: UUID, attempt: int) -> bool:
    """Keep the run for another lease; False if the run has lost it."""
    sql = """
        UPDATE outbox_job SET due_at = now() + $3::interval
        WHERE id = $1 AND attempt = $2 AND state = 'running'
        """
    return await execute(sql, job_id, attempt, LEASE) == 1


async def finish(job_id: UUID, attempt: int, error: str | None = None) -> bool:
    """The job is done, if this is the last statement of its effect's transaction.

    False if the run has lost its lease: the caller must roll the effect back.
    """
    sql = """
        UPDATE outbox_job SET state = 'done', error = left($3, $4), finished_at = now()
        WHERE id = $1 AND attempt = $2 AND state = 'running'
        """
    return await execute(sql, job_id, attempt, error, ERROR_LENGTH) == 1


async def reject(job_id: UUID, attempt: int, error: str) -> bool:
    """The job is done with nothing to repeat: a counterpart gave a clear no."""
    return await finish(job_id, attempt, error)


async def fail(job_id: UUID, attempt: int, error: str) -> JobState | None:
    """Try the job again later, or set it aside after 8 retries; None if the lease is lost.

    Waits 1 s, 2 s, 4 s and so on, each with jitter, at most 10 minutes.
    """
    try:
        return await _fail(job_id, attempt, error, keep_key=True)
    except asyncpg.UniqueViolationError:  # a row with the same dedup key came in between
        return await _fail(job_id, attempt, error, keep_key=False)


async def _fail(job_id: UUID, attempt: int, error: str, *, keep_key: bool) -> JobState | None:
    sql = """
        UPDATE outbox_job AS j SET
          failures = failures + 1, state = CASE WHEN failures >= $4 THEN 'dead' ELSE 'ready' END,
          finished_at = CASE WHEN failures >= $4 THEN now() END,
          due_at = now()
            + least($5::interval, power(2, failures) * (0.5 + random()) * interval '1 second'),
          error = left($3, $7),
          dedup_key = CASE WHEN $6 AND NOT EXISTS (
            SELECT FROM outbox_job AS other
            WHERE other.dedup_key = j.dedup_key AND other.state IN ('ready', 'sent'))
            THEN j.dedup_key END
        WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING j.state
        """
    args = (job_id, attempt, error, MAX_FAILURES, MAX_BACKOFF, keep_key, ERROR_LENGTH)
    state = await fetchval(sql, *args)
    return None if state is None else JobState(state)


async def hand_back(job_id: UUID, attempt: int) -> bool:
    """Give up a run that was cut off by the end of its process; another may start at once."""
    sql = """
        UPDATE outbox_job SET state = 'ready', dedup_key = NULL, due_at = now()
        WHERE id = $1 AND attempt = $2 AND state = 'running'
        """
    return await execute(sql, job_id, attempt) == 1


async def give_up(job_id: UUID, error: str) -> bool:
    """Set aside a sent job that no worker can run, such as one of an unknown actor."""
    sql = """
        UPDATE outbox_job SET state = 'dead', error = left($2, $3), finished_at = now()
        WHERE id = $1 AND state = 'sent'
        """
    return await execute(sql, job_id, error, ERROR_LENGTH) == 1


async def dead_letters(first: int = 50, before: UUID | None = None) -> list[DeadLetter]:
    """Jobs set aside, youngest first, older than `before`."""
    rows = await fetch(
        """
        SELECT id, job, queue, kwargs::text AS kwargs, attempt, failures, lost,
               coalesce(error, '') AS error, created_at, finished_at
        FROM outbox_job WHERE state = 'dead' AND ($2::uuid IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $1
        """,
        first,
        before,
    )
    return [DeadLetter(**{**row, "kwargs": orjson.loads(row["kwargs"])}) for row in rows]


async def retry_dead(job_id: UUID) -> bool:
    """Start a dead job again with its counters at zero; False if it is not dead."""
    sql = """
        UPDATE outbox_job SET state = 'ready', due_at = now(), failures = 0, lost = 0,
          dedup_key = NULL, finished_at = NULL
        WHERE id = $1 AND state = 'dead'
        """
    return await execute(sql, job_id) == 1


async def purge_done(older_than: timedelta = KEPT_FOR, limit: int = 5_000) -> int:
    """Delete up to `limit` done jobs; return how many. Dead ones stay until a person decides."""
    return await execute(
        "DELETE FROM outbox_job WHERE id IN (SELECT id FROM outbox_job WHERE state = 'done' "
        "AND finished_at < now() - $1::interval ORDER BY finished_at LIMIT $2)",
        older_than,
        limit,
    )


async def lag() -> dict[Queue, float]:
    """Seconds that the oldest due job of each queue has waited, in the outbox or in Redis.

    Reads two index entries a queue, so that a health check may ask during a backlog. The wait
    in Redis is counted from the last time the row was sent.
    """
    rows = await fetch(
        """
        SELECT asked.queue, extract(epoch FROM greatest(
          now() - (SELECT due_at FROM outbox_job
                   WHERE queue = asked.queue AND state IN ('ready', 'sent', 'running')
                     AND due_at <= now() ORDER BY due_at LIMIT 1),
          now() + $2::interval - (SELECT due_at FROM outbox_job
                   WHERE queue = asked.queue AND state = 'sent'
                     AND due_at > now() ORDER BY due_at LIMIT 1),
          interval '0'))::float8 AS waited
        FROM unnest($1::text[]) AS asked (queue)
        """,
        [queue.value for queue in Queue],
        SENT_FOR,
    )
    return {Queue(row["queue"]): row["waited"] for row in rows}


async def stats() -> list[QueueStats]:
    """Counts of every queue, for metrics; `failing` are live jobs that failed or were lost."""
    rows = await fetch(
        """
        SELECT asked.queue,
          count(*) FILTER (WHERE state = 'ready') AS ready,
          count(*) FILTER (WHERE state = 'sent') AS sent,
          count(*) FILTER (WHERE state = 'running') AS running,
          count(*) FILTER (WHERE state = 'dead') AS dead,
          count(*) FILTER (WHERE state = 'done') AS done_last_hour,
          count(*) FILTER (WHERE state NOT IN ('done', 'dead') AND failures + lost > 0) AS failing
        FROM unnest($1::text[]) AS asked (queue) LEFT JOIN outbox_job AS j ON j.queue = asked.queue
          AND (state IN ('ready', 'sent', 'running', 'dead')
               OR finished_at > now() - interval '1 hour')
        GROUP BY asked.queue
        """,
        [queue.value for queue in Queue],
    )
    found = {row["queue"]: row for row in rows}
    return [QueueStats(**{**found[queue.value], "queue": queue}) for queue in Queue]


async def add_periodic(job: Job, every: timedelta, first_at: datetime) -> None:
    """Have the clock ask for `job` from `first_at` on; a known job only takes on a new interval."""
    await execute(
        """
        INSERT INTO periodic_job AS p (name, next_at, every_seconds) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET every_seconds = excluded.every_seconds,
          next_at = least(p.next_at, excluded.next_at)
        WHERE p.every_seconds <> excluded.every_seconds
        """,
        job.value,
        first_at,
        int(every.total_seconds()),
    )


async def take_due_periodic() -> list[str]:
    """Move each due periodic job to its next time after now; return their names.

    Missed times become one: the next time stays on the grid of the interval.
    """
    rows = await fetch(
        """
        UPDATE periodic_job AS p SET next_at = p.next_at + make_interval(secs => p.every_seconds
          * (1 + floor(extract(epoch FROM now() - p.next_at) / p.every_seconds)))
        FROM (SELECT name FROM periodic_job WHERE next_at <= now()
              ORDER BY next_at FOR UPDATE SKIP LOCKED) AS due
        WHERE p.name = due.name RETURNING p.name
        """
    )
    return [row["name"] for row in rows]
