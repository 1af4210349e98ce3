"""The wrapper of every actor: a run holds a lease, and its effect commits only while it does.

A worker that dies says nothing; its lease lapses after 10 s and the relay sends the job again. A
worker that was only slow finds its lease gone and rolls back, because finishing the job is the
last statement of the effect's own transaction.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

import asyncpg
import dramatiq
import structlog
from tortoise.exceptions import BaseORMException

from integrations.http import Rejected, Unavailable
from models import outbox
from models.base import retried, transaction
from models.jobs import QUEUES, Job
from models.outbox import JobState, Taken

log = structlog.get_logger()

P = ParamSpec("P")

RENEW_EVERY = timedelta(seconds=3)
TIME_LIMIT = timedelta(seconds=60)
MAX_RETRIES = 3  # for a database that does not answer at take; all else is counted in the row
MIN_BACKOFF_MS = 2_000
SPARE_MS = 5_000  # by which the queue's own limit stands behind ours

DATABASE_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException)


class LeaseLost(Exception):
    """Another run may hold the job by now: nothing more may be written for it."""


@dataclass(slots=True)
class Lease:
    """The right of one run to write the effect of its job; `attempt` is its fencing token."""

    job_id: UUID
    attempt: int
    finished: bool = False
    lost: bool = False
    held_at: float = field(default_factory=time.monotonic)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[asyncpg.Connection]:
        """The effect's own transaction, the last of the run: it commits with the job done.

        Raises: LeaseLost, which rolls the effect back.
        """
        try:
            async with transaction() as raw:
                yield raw
                self.finished = await outbox.finish(self.job_id, self.attempt)
                if not self.finished:
                    raise LeaseLost
        except BaseException:
            self.finished = False
            raise

    @asynccontextmanager
    async def step(self) -> AsyncGenerator[asyncpg.Connection]:
        """A transaction within the run: it commits if the lease still holds, and renews it.

        The next run repeats every step, so each must be safe to repeat.
        Raises: LeaseLost, which rolls the step back.
        """
        async with transaction() as raw:
            yield raw
            if not await outbox.renew(self.job_id, self.attempt):
                raise LeaseLost

    async def keep(self) -> None:
        """Renew until the lease is lost; returns then. The end of a run is no loss."""
        while not self.lost:
            await asyncio.sleep(RENEW_EVERY.total_seconds())
            asked_at = time.monotonic()
            try:
                async with asyncio.timeout(RENEW_EVERY.total_seconds()):
                    renewed = await outbox.renew(self.job_id, self.attempt)
            except DATABASE_AWAY:
                self.lost = asked_at - self.held_at >= outbox.LEASE.total_seconds()
                continue
            if renewed:
                self.held_at = asked_at
            self.lost = not renewed and not self.finished


Work = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Actor:
    """What runs a job: the coroutine function and how long it may take."""

    work: Work
    time_limit: timedelta


ACTORS: dict[str, Actor] = {}


def job(
    name: Job, *, time_limit: timedelta = TIME_LIMIT
) -> Callable[
    [Callable[Concatenate[Lease, P], Awaitable[None]]],
    Callable[Concatenate[Lease, P], Awaitable[None]],
]:
    """Make the coroutine function the actor of `name`; it is returned as it was, for tests.

    The coroutine takes its Lease and the job's kwargs; the message carries the job's id alone.
    """

    def declare(
        work: Callable[Concatenate[Lease, P], Awaitable[None]],
    ) -> Callable[Concatenate[Lease, P], Awaitable[None]]:
        ACTORS[name.value] = Actor(work, time_limit)
        declare_actor(name)
        return work

    return declare


def declare_actor(name: Job) -> None:
    """Register the actor of `name` on the broker that is set now, unless it is there."""
    broker = dramatiq.get_broker()
    if name.value in broker.get_declared_actors():
        return

    @dramatiq.actor(
        actor_name=name.value,
        queue_name=QUEUES[name].value,
        broker=broker,
        max_retries=MAX_RETRIES,
        min_backoff=MIN_BACKOFF_MS,
        time_limit=int(ACTORS[name.value].time_limit.total_seconds() * 1_000) + SPARE_MS,
    )
    async def run(job_id: str) -> None:
        await run_job(UUID(job_id))


async def run_job(job_id: UUID) -> JobState | None:
    """Run a sent job once; return the state it was left in, None if it was not ours to run.

    Whatever the work raises ends in the row: `Unavailable`, a fault or too much time as a failure
    to try again later, `Rejected` as done. A lost lease writes nothing.
    """
    taken = await outbox.take(job_id)
    if taken is None:
        log.info("job.dropped", job_id=str(job_id))
        return None
    with structlog.contextvars.bound_contextvars(
        job_id=str(job_id), job=taken.job, attempt=taken.attempt
    ):
        started = time.monotonic()
        state = await _run(taken)
        log.info(
            "job.ended",
            state=state or "lost",
            seconds=round(time.monotonic() - started, 3),
        )
    return state


async def _run(taken: Taken) -> JobState | None:
    lease = Lease(taken.id, taken.attempt)
    try:
        await _work_while_held(lease, ACTORS[taken.job], taken.kwargs)
        done = lease.finished or await outbox.finish(taken.id, taken.attempt)
    except LeaseLost:
        done = False
    except Unavailable as error:
        return await _failed(taken, f"unavailable: {error}")
    except Rejected as error:
        log.warning("job.rejected", error=str(error))
        done = await outbox.reject(taken.id, taken.attempt, f"rejected: {error}")
    except asyncio.CancelledError:
        await outbox.hand_back(taken.id, taken.attempt)
        raise
    except Exception as error:
        log.exception("job.fault")
        return await _failed(taken, f"fault: {type(error).__name__}")
    return JobState.DONE if done else None


async def _failed(taken: Taken, error: str) -> JobState | None:
    state = await outbox.fail(taken.id, taken.attempt, error)
    if state is JobState.DEAD:
        log.error("job.dead", error=error)
    else:
        log.warning("job.failed", error=error)
    return state


async def _work_while_held(lease: Lease, actor: Actor, kwargs: dict[str, Any]) -> None:
    """Run the work until it ends, its time is up or its lease is lost; leave no task behind.

    Raises: LeaseLost; Unavailable for work that took too long or cancelled itself; what the work
    raises.
    """
    limit = actor.time_limit.total_seconds()
    keeper = asyncio.create_task(lease.keep())
    work = asyncio.create_task(_call(lease, actor.work, kwargs))
    try:
        await asyncio.wait({work, keeper}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if work.cancelled():
            raise Unavailable("the work cancelled itself")
        if work.done():
            return await work
        if keeper.done():
            await keeper
            raise LeaseLost
        raise Unavailable(f"not done within {limit:g} s")
    finally:
        keeper.cancel()
        work.cancel()
        await asyncio.gather(keeper, work, return_exceptions=True)


async def _call(lease: Lease, work: Work, kwargs: dict[str, Any]) -> None:
    await retried(lambda: work(lease, **kwargs))
