"""The relay and the clock as processes: they do their work, and end when they are told to."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import dramatiq
import pytest
from dramatiq.asyncio import get_event_loop_thread, set_event_loop_thread
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AsyncIO, MiddlewareError
from redis.asyncio import Redis

from boucle import worker
from boucle.settings import Settings
from integrations.bus import RedisBus
from models import outbox
from models.announce import BEAT, announce
from models.base import execute, fetch, transaction
from models.jobs import Job
from models.outbox import enqueue
from tests.workers import until
from tests.workers.test_killed_worker import worker as worker_process
from workers.clock import PERIODIC
from workers.runtime import Runtime, RuntimeMiddleware, runtime

ROOT = Path(__file__).resolve().parent.parent.parent
NOBODY = "redis://127.0.0.1:9/0"
CODE = """
import asyncio
from boucle.settings import Settings
from boucle.{name} import run
asyncio.run(run(Settings.load()))
"""


@contextmanager
def process(name: str, database_url: str, redis_url: str) -> Generator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", CODE.format(name=name)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def end(child: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    child.send_signal(signal.SIGTERM)
    _, complaints = child.communicate(timeout=10)
    return child.returncode, complaints


async def test_the_relay_hands_over_announces_and_ends_cleanly(
    fresh_db: str, redis_url: str
) -> None:
    await enqueue(Job.PURGE)
    async with transaction() as raw:
        await announce(raw, "product:1", {"markets": ["FR"]})
    redis = Redis.from_url(redis_url)

    async def queued() -> bool:
        return int(await redis.llen("dramatiq:bulk")) == 1

    async with RedisBus(redis_url) as bus:
        await bus.ready()
        said, beats = bus.listen("product:1"), bus.listen(BEAT)
        with process("relay", fresh_db, redis_url) as relay:
            await until(queued, seconds=20)
            async with asyncio.timeout(20):
                assert (await anext(said)).payload == {"markets": ["FR"]}
                assert {(await anext(beats)).topic for _ in range(2)} == {BEAT}
            assert end(relay) == (0, b"")
    await redis.aclose()


async def test_the_clock_asks_for_every_periodic_job_and_ends_cleanly(
    fresh_db: str, redis_url: str
) -> None:
    async def known() -> bool:
        return len(await fetch("SELECT FROM periodic_job")) == len(PERIODIC)

    async def asked() -> bool:
        return len(await fetch("SELECT FROM outbox_job")) == len(PERIODIC)

    with process("clock", fresh_db, redis_url) as clock:
        await until(known, seconds=20)
        await execute("UPDATE periodic_job SET next_at = now()")
        await until(asked, seconds=20)
        assert end(clock) == (0, b"")


def test_a_worker_looks_for_the_dead_at_every_fetch_and_waits_for_no_answer_for_ever() -> None:
    broker = worker.broker_of(NOBODY)
    options = broker.client.connection_pool.connection_kwargs

    assert (broker.heartbeat_timeout, broker.maintenance_chance) == (10_000, 1_000_000)
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (5, 2)
    broker.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("redis://h/0", "redis://h/0?socket_timeout=5&socket_connect_timeout=2"),
        pytest.param("unix:///s?db=1", "unix:///s?db=1&socket_timeout=5&socket_connect_timeout=2"),
    ],
)
def test_time_limits_join_the_url(url: str, expected: str) -> None:
    assert worker.with_timeouts(url) == expected


def test_workers_are_told_to_end_before_they_are_killed() -> None:
    words = worker.arguments(processes=2, threads=4, queues=("feeds", "bulk"))

    assert words == [
        *("boucle.worker:boot", "--processes", "2", "--threads", "4"),
        *("--worker-shutdown-timeout", "25000", "--skip-logging", "--queues", "feeds", "bulk"),
    ]


@asynccontextmanager
async def no_runtime() -> AsyncGenerator[Runtime]:
    """Stand in for a Runtime that no test opens."""
    raise RuntimeError("not opened here")
    yield


def test_a_worker_sets_its_broker_before_it_imports_actors(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.load({"REDIS_URL": NOBODY})
    imported: list[dramatiq.Broker] = []
    monkeypatch.setattr(worker, "import_module", lambda _: imported.append(dramatiq.get_broker()))
    before = dramatiq.get_broker()
    try:
        broker = worker.start(settings, no_runtime, ["workers.offers"])
    finally:
        dramatiq.set_broker(before)

    assert imported == [broker]
    kinds = [type(each) for each in broker.middleware]
    assert kinds.index(AsyncIO) < kinds.index(RuntimeMiddleware)
    broker.close()


def test_no_actor_is_imported_before_there_is_a_broker() -> None:
    """An actor registers where it is imported: too early, its queue is nobody's."""
    early = (
        "import sys, boucle.worker as w; print([m for m in w.ACTOR_MODULES if m in sys.modules])"
    )

    told = subprocess.run([sys.executable, "-c", early], capture_output=True, check=True, cwd=ROOT)

    assert told.stdout.strip() == b"[]"


def test_a_worker_that_cannot_open_its_runtime_does_not_start() -> None:
    broker = StubBroker()
    broker.add_middleware(AsyncIO())
    broker.add_middleware(RuntimeMiddleware(no_runtime))

    with pytest.raises(MiddlewareError):
        dramatiq.Worker(broker).start()

    thread = get_event_loop_thread()
    set_event_loop_thread(None)
    assert thread is not None
    assert not thread.is_alive()


def test_only_an_actor_has_a_runtime() -> None:
    with pytest.raises(RuntimeError):
        runtime()


async def test_a_job_that_no_worker_knows_is_set_aside(fresh_db: str, redis_url: str) -> None:
    job_id = await enqueue(Job.REFRESH_DAY)

    async def set_aside() -> bool:
        return await outbox.dead_letters() != []

    with (
        worker_process(fresh_db, redis_url),
        process("relay", fresh_db, redis_url) as relay,
    ):
        await until(set_aside, seconds=30)
        end(relay)

    (letter,) = await outbox.dead_letters()
    assert (letter.id, letter.error) == (job_id, "no actor named refresh_day")


def test_the_worker_imports_no_actor_before_its_queue_is_there() -> None:
    """An actor that is imported sooner is of another broker: its queue would never be read."""
    asked = (
        "import sys, boucle.worker as w; print([m for m in w.ACTOR_MODULES if m in sys.modules])"
    )
    words = [sys.executable, "-c", asked]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
