"""What is left of the work when worker processes die or stand still."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from boucle.orm import connect
from boucle.worker import arguments, broker_of
from models.base import fetchrow, fetchval
from models.jobs import Job
from models.outbox import enqueue
from tests.workers import until
from workers.relay import Relay, listen_forever, relay_forever

ROOT = Path(__file__).resolve().parent.parent.parent
JOBS = 40
THREADS = 4


@pytest.fixture
async def effects(fresh_db: str) -> AsyncGenerator[str]:
    """A table with a row for each effect, twice if a job has two."""
    owner = await connect(fresh_db)
    try:
        await owner.execute("CREATE TABLE effect (job_id uuid NOT NULL)")
        yield fresh_db
        await owner.execute("DROP TABLE effect")
    finally:
        await owner.close()


@contextmanager
def worker(database_url: str, redis_url: str) -> Generator[int]:
    """Run worker processes as a group of their own; yields the group's number."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "dramatiq",
            "tests.workers.crash_worker:boot",
            *arguments(processes=1, threads=THREADS)[1:],
        ],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@asynccontextmanager
async def relaying(redis_url: str) -> AsyncGenerator[None]:
    """Run a relay in this process."""
    wake, stop = asyncio.Event(), asyncio.Event()
    async with Redis.from_url(redis_url) as redis, asyncio.TaskGroup() as tasks:
        tasks.create_task(listen_forever(wake, stop))
        tasks.create_task(relay_forever(Relay(broker_of(redis_url), redis), wake, stop))
        try:
            yield
        finally:
            stop.set()


async def every_worker_works() -> bool:
    busy = await fetchval("SELECT count(*) FROM outbox_job WHERE state = 'running'")
    return int(busy) > 2 * THREADS


async def booted(redis_url: str) -> None:
    """Wait until three workers fetch."""
    async with Redis.from_url(redis_url) as redis:

        async def fetching() -> bool:
            return int(await redis.zcard("dramatiq:__heartbeats__")) == 3

        await until(fetching, seconds=30)


async def all_done() -> bool:
    return int(await fetchval("SELECT count(*) FROM outbox_job WHERE state = 'done'")) == JOBS


async def test_a_killed_worker_gives_its_job_back_and_a_paused_one_writes_nothing(
    effects: str, redis_url: str
) -> None:
    with (
        worker(effects, redis_url) as killed,
        worker(effects, redis_url) as paused,
        worker(effects, redis_url),
    ):
        await booted(redis_url)
        async with relaying(redis_url):
            for _ in range(JOBS):
                await enqueue(Job.PURGE)
            await until(every_worker_works)
            os.killpg(killed, signal.SIGKILL)
            os.killpg(paused, signal.SIGSTOP)
            stopped = time.monotonic()
            await until(all_done, seconds=20)
            resumed = time.monotonic() - stopped
            os.killpg(paused, signal.SIGCONT)
            await asyncio.sleep(2)  # time for late commits, which must be refused

    found = await fetchrow("SELECT count(*), count(DISTINCT job_id) FROM effect")
    assert found is not None
    assert tuple(found) == (JOBS, JOBS)
    assert await fetchval("SELECT sum(attempt) FROM outbox_job") >= JOBS + 2
    assert await fetchval("SELECT sum(lost) FROM outbox_job") >= 2
    assert resumed <= 15
