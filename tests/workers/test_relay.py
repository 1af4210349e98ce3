"""The relay: every committed job reaches the queue, whatever Redis forgets."""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any, cast

import dramatiq
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from tortoise.transactions import in_transaction

from boucle.worker import broker_of
from models import outbox
from models.base import execute, fetch
from models.jobs import Job
from models.outbox import enqueue
from tests.workers import until
from workers.relay import EPOCH_KEY, Relay, listen_forever, relay_forever

NOBODY = "redis://127.0.0.1:9/0"


@pytest.fixture
async def relay(redis_url: str) -> AsyncGenerator[Relay]:
    broker = broker_of(redis_url)
    redis = Redis.from_url(redis_url)
    await redis.flushdb()
    yield Relay(broker, redis)
    await redis.flushdb()
    await redis.aclose()
    broker.close()


async def queued(relay: Relay, queue: str) -> list[dramatiq.Message[Any]]:
    found = cast("Any", relay.redis).hvals(f"dramatiq:{queue}.msgs")
    return [dramatiq.Message.decode(data) for data in await found]


async def states() -> list[str]:
    return [row["state"] for row in await fetch("SELECT state FROM outbox_job ORDER BY id")]


async def all_sent() -> bool:
    return set(await states()) == {"sent"}


async def test_a_job_enters_its_queue_once_as_its_id_alone(db: None, relay: Relay) -> None:
    job_id = await enqueue(Job.RUN_FEED, run_id="7")

    assert (await relay.pass_on(), await relay.pass_on()) == (1, 0)

    (message,) = await queued(relay, "feeds")
    assert (message.actor_name, message.args, message.kwargs) == ("run_feed", (str(job_id),), {})
    assert await states() == ["sent"]


async def test_a_dead_job_is_not_queued(db: None, relay: Relay) -> None:
    await enqueue(Job.PURGE)
    await execute("UPDATE outbox_job SET state = 'running', lost = 2, due_at = now()")

    assert await relay.pass_on() == 1
    assert await queued(relay, "bulk") == []
    assert await states() == ["dead"]


async def test_a_job_that_redis_refuses_is_due_again_at_once(db: None, relay: Relay) -> None:
    await enqueue(Job.PURGE)
    broken = Relay(broker_of(NOBODY), relay.redis)

    with pytest.raises(RedisError):
        await broken.pass_on()

    assert await states() == ["sent"]
    assert await relay.pass_on() == 1
    assert len(await queued(relay, "bulk")) == 1


async def test_without_redis_no_job_is_taken(db: None) -> None:
    await enqueue(Job.PURGE)
    redis = Redis.from_url(NOBODY)

    with pytest.raises(RedisError):
        await Relay(broker_of(NOBODY), redis).pass_on()

    await redis.aclose()
    assert await states() == ["ready"]


async def test_an_emptied_redis_gets_every_sent_job_again(db: None, relay: Relay) -> None:
    for _ in range(3):
        await enqueue(Job.PURGE)
    await relay.pass_on()
    await relay.redis.flushdb()

    assert await relay.pass_on() == 3
    assert await relay.pass_on() == 0
    assert len(await queued(relay, "bulk")) == 3


async def test_a_redis_that_was_started_again_gets_every_sent_job_again(
    db: None, relay: Relay
) -> None:
    await enqueue(Job.PURGE)
    await relay.pass_on()
    await relay.redis.set(EPOCH_KEY, "the run id of a server that is gone")

    assert await relay.pass_on() == 1


async def test_a_job_that_runs_is_not_sent_again_with_the_others(db: None, relay: Relay) -> None:
    job_id = await enqueue(Job.PURGE)
    await relay.pass_on()
    assert job_id is not None
    await outbox.take(job_id)
    await relay.redis.flushdb()

    assert await relay.pass_on() == 0


async def test_a_commit_wakes_the_relay_before_its_next_poll(fresh_db: str, relay: Relay) -> None:
    wake, stop = asyncio.Event(), asyncio.Event()
    listener = asyncio.create_task(listen_forever(wake, stop))
    async with asyncio.timeout(5):
        await wake.wait()  # it listens
        wake.clear()
        async with in_transaction():
            await enqueue(Job.PURGE)
            assert not wake.is_set()
        committed = time.monotonic()
        await wake.wait()
        assert time.monotonic() - committed < 0.5
        stop.set()
        await listener


async def test_the_relay_works_until_told_to_stop_and_outlives_an_outage(
    fresh_db: str, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.relay.PAUSE_SECONDS", 0.01)
    wake, stop = asyncio.Event(), asyncio.Event()
    away = Redis.from_url(NOBODY)
    for _ in range(3):
        await enqueue(Job.PURGE)
    broken = asyncio.create_task(relay_forever(Relay(broker_of(NOBODY), away), wake, stop))
    await asyncio.sleep(0.1)
    assert not broken.done()
    assert await states() == ["ready"] * 3

    whole = asyncio.create_task(relay_forever(relay, wake, stop))
    await until(all_sent)
    stop.set()
    await asyncio.gather(broken, whole)
    await away.aclose()
    assert len(await queued(relay, "bulk")) == 3
