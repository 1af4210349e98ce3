"""The lease: one effect a job, whatever becomes of the run."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker

from integrations.http import Rejected, Unavailable
from models import outbox
from models.base import execute, fetchrow, fetchval
from models.jobs import Job
from models.outbox import JobState, enqueue
from tests.workers import until
from workers import lease as leases
from workers.lease import ACTORS, Actor, Lease, job, run_job

Work = Callable[..., Awaitable[None]]
SOON = timedelta(milliseconds=50)


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[UUID]]:
    """Make a coroutine function the actor of a job, and send such a job."""

    async def declare(work: Work, limit: timedelta = timedelta(seconds=5), **kwargs: str) -> UUID:
        monkeypatch.setitem(ACTORS, Job.PURGE.value, Actor(work, limit))
        job_id = await enqueue(Job.PURGE, **kwargs)
        assert job_id is not None
        await outbox.take_due()
        return job_id

    return declare


async def effect(name: str) -> None:
    await execute("INSERT INTO periodic_job VALUES ($1, now() + interval '1 day', 1)", name)


async def effects() -> list[str]:
    names = await fetchval("SELECT array_agg(name ORDER BY name) FROM periodic_job")
    return list(names or [])


async def row(job_id: UUID) -> tuple[Any, ...]:
    sql = "SELECT state, attempt, failures, error FROM outbox_job WHERE id = $1"
    found = await fetchrow(sql, job_id)
    assert found is not None
    return tuple(found)


async def steal(job_id: UUID) -> None:
    """As if the lease had lapsed, and another worker had taken the job."""
    await execute("UPDATE outbox_job SET attempt = attempt + 1 WHERE id = $1", job_id)


async def test_the_effect_and_the_end_of_the_job_commit_together(db: None, act: Any) -> None:
    async def work(lease: Lease, name: str) -> None:
        async with lease.transaction():
            await effect(name)
            assert (await row(lease.job_id))[0] == "running"

    job_id = await act(work, name="once")

    assert (await run_job(job_id), await run_job(job_id)) == (JobState.DONE, None)
    assert await row(job_id) == ("done", 1, 0, None)
    assert await effects() == ["once"]


async def test_an_effect_after_the_lease_was_lost_is_rolled_back(db: None, act: Any) -> None:
    async def work(lease: Lease) -> None:
        await steal(lease.job_id)
        async with lease.transaction():
            await effect("late")

    job_id = await act(work)

    assert await run_job(job_id) is None
    assert await effects() == []
    assert (await row(job_id))[:2] == ("running", 2)


async def test_a_step_commits_only_while_the_lease_holds(db: None, act: Any) -> None:
    async def work(lease: Lease) -> None:
        async with lease.step() as raw:
            await raw.execute("INSERT INTO periodic_job VALUES ('in time', now(), 1)")
        await steal(lease.job_id)
        async with lease.step():
            await effect("late")

    job_id = await act(work)

    assert await run_job(job_id) is None
    assert await effects() == ["in time"]


async def test_work_without_an_effect_is_done_at_its_end(db: None, act: Any) -> None:
    async def work(lease: Lease) -> None:
        """Find nothing to do."""

    job_id = await act(work)

    assert await run_job(job_id) is JobState.DONE
    assert await row(job_id) == ("done", 1, 0, None)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(Unavailable("503"), ("ready", 1, 1, "unavailable: 503"), id="unavailable"),
        pytest.param(Rejected("404"), ("done", 1, 0, "rejected: 404"), id="rejected"),
        pytest.param(ValueError("secret"), ("ready", 1, 1, "fault: ValueError"), id="fault"),
    ],
)
async def test_a_failure_is_recorded_and_its_effect_is_not(
    db: None, act: Any, error: Exception, expected: tuple[Any, ...]
) -> None:
    async def work(lease: Lease) -> None:
        async with lease.transaction():
            await effect("half")
            raise error

    job_id = await act(work)

    assert await run_job(job_id) == expected[0]
    assert await row(job_id) == expected
    assert await effects() == []


async def test_a_job_that_fails_too_often_is_set_aside(db: None, act: Any) -> None:
    async def work(lease: Lease) -> None:
        raise Unavailable("503")

    job_id = await act(work)
    await execute("UPDATE outbox_job SET failures = 8")

    assert await run_job(job_id) is JobState.DEAD
    assert [letter.id for letter in await outbox.dead_letters()] == [job_id]


async def test_work_beyond_its_time_is_cancelled_and_counted(db: None, act: Any) -> None:
    ended: list[str] = []

    async def work(lease: Lease) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    job_id = await act(work, limit=SOON)

    assert await run_job(job_id) is JobState.READY
    assert await row(job_id) == ("ready", 1, 1, "unavailable: not done within 0.05 s")
    assert ended == ["cancelled"]


async def test_work_that_cancels_itself_is_counted(db: None, act: Any) -> None:
    async def work(lease: Lease) -> None:
        raise asyncio.CancelledError

    job_id = await act(work)

    assert await run_job(job_id) is JobState.READY
    assert (await row(job_id))[2] == 1


async def test_a_run_cut_off_by_its_process_is_given_back_uncounted(db: None, act: Any) -> None:
    began = asyncio.Event()

    async def work(lease: Lease) -> None:
        began.set()
        await asyncio.sleep(60)

    job_id = await act(work)
    run = asyncio.create_task(run_job(job_id))
    await began.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert await row(job_id) == ("ready", 1, 0, None)


async def test_the_victim_of_a_deadlock_runs_again_at_once(db: None, act: Any) -> None:
    runs: list[int] = []

    async def work(lease: Lease) -> None:
        runs.append(1)
        async with lease.transaction():
            await effect(f"run {len(runs)}")
            if len(runs) < 3:
                raise asyncpg.DeadlockDetectedError

    job_id = await act(work)

    assert await run_job(job_id) is JobState.DONE
    assert await row(job_id) == ("done", 1, 0, None)
    assert await effects() == ["run 3"]


async def test_a_long_run_keeps_its_lease(
    fresh_db: str, act: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_EVERY", SOON)
    monkeypatch.setattr(outbox, "LEASE", timedelta(milliseconds=400))

    async def work(lease: Lease) -> None:
        for _ in range(10):
            await asyncio.sleep(0.1)
            assert await outbox.take_due() == []
        async with lease.transaction():
            await effect("once")

    job_id = await act(work)

    assert await run_job(job_id) is JobState.DONE
    assert await row(job_id) == ("done", 1, 0, None)
    assert await effects() == ["once"]


async def test_a_commit_that_takes_long_is_not_taken_for_a_loss(
    fresh_db: str, act: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_EVERY", SOON)

    async def work(lease: Lease) -> None:
        async with lease.transaction():
            await effect("once")
        await asyncio.sleep(0.3)
        await effect("after")

    job_id = await act(work)

    assert await run_job(job_id) is JobState.DONE
    assert await effects() == ["after", "once"]


async def test_a_lost_lease_cancels_the_run(
    fresh_db: str, act: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_EVERY", SOON)

    async def work(lease: Lease) -> None:
        await steal(lease.job_id)
        await asyncio.sleep(60)
        await effect("late")

    job_id = await act(work)
    run = asyncio.create_task(run_job(job_id))

    async def ended() -> bool:
        return run.done()

    assert await until(ended) < 2
    assert await run is None
    assert (await row(job_id))[:2] == ("running", 2)
    assert await effects() == []


async def test_a_database_that_is_away_costs_the_lease_only_after_its_time(
    fresh_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_EVERY", timedelta(milliseconds=20))
    monkeypatch.setattr(outbox, "LEASE", timedelta(milliseconds=200))

    async def away(job_id: UUID, attempt: int) -> bool:
        raise asyncpg.InterfaceError("connection is closed")

    monkeypatch.setattr(outbox, "renew", away)
    lease = Lease(UUID(int=1), 1)
    began = asyncio.get_running_loop().time()
    await asyncio.wait_for(lease.keep(), 5)

    assert lease.lost
    assert asyncio.get_running_loop().time() - began >= 0.2


async def test_the_decorator_makes_an_actor_and_leaves_the_coroutine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, broker = dramatiq.get_broker(), StubBroker()
    monkeypatch.setattr("workers.lease.ACTORS", {})
    dramatiq.set_broker(broker)

    async def run_feed(lease: Lease, run_id: str) -> None:
        """Do nothing."""

    try:
        declared = job(Job.RUN_FEED, time_limit=timedelta(seconds=30))(run_feed)
    finally:
        dramatiq.set_broker(before)
    actor = broker.get_actor("run_feed")

    assert declared is run_feed
    assert (actor.queue_name, actor.options) == (
        "feeds",
        {"max_retries": 3, "min_backoff": 2_000, "time_limit": 35_000},
    )
