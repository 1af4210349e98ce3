"""The bus: one set of laws, held inside one process and over Redis."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from integrations.bus import QUEUE, Bus, Event, MemoryBus, RedisBus, stamp
from integrations.bus.over_redis import CLOCK, STREAM


@pytest.fixture(params=["memory", "redis"])
async def bus(request: pytest.FixtureRequest, redis_url: str) -> AsyncGenerator[Bus]:
    if request.param == "memory":
        yield MemoryBus()
        return
    async with RedisBus(redis_url) as opened:
        await opened.ready()
        yield opened


@pytest.fixture
async def redis(redis_url: str) -> AsyncGenerator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


async def taken(listening: AsyncGenerator[Event], count: int) -> list[Event]:
    async with asyncio.timeout(5):
        return [await anext(listening) for _ in range(count)]


def numbers(events: list[Event]) -> list[Any]:
    return [event.payload["n"] for event in events]


class Noting:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.losses = 0

    def heard(self, event: Event) -> None:
        self.events.append(event)

    def lost(self) -> None:
        self.losses += 1


async def test_all_listeners_of_a_topic_hear_it_in_order_and_nobody_else(bus: Bus) -> None:
    one, two, other = bus.listen("a"), bus.listen("a"), bus.listen("b")
    ids = await bus.publish_all([("a", {"n": 1}), ("b", {"n": 2}), ("a", {"n": 3, "x": ["é"]})])

    for listening in (one, two):
        events = await taken(listening, 2)
        assert [(e.id, e.topic) for e in events] == [(ids[0], "a"), (ids[2], "a")]
        assert events[1].payload == {"n": 3, "x": ["é"]}
    assert numbers(await taken(other, 1)) == [2]


async def test_ids_grow_over_all_topics_whatever_is_said(bus: Bus) -> None:
    ids = [await bus.publish(f"t{n % 3}", {}) for n in range(10)]
    ids += await bus.publish_all([(f"t{n}", {}) for n in range(700)])
    ids.append(await bus.pulse("t0", {}))

    stamps = [stamp(each) for each in ids]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize("seed", range(4))
async def test_replay_goes_over_into_live_without_gap_or_double(bus: Bus, seed: int) -> None:
    random = Random(seed)
    ids = [await bus.publish("a", {"n": n}) for n in range(10)]
    known = random.randrange(10)
    listening = bus.listen("a", after=ids[known])

    async def more() -> None:
        for n in range(10, 40):
            await bus.publish("a", {"n": n})
            if random.random() < 0.4:
                await asyncio.sleep(0)

    saying = asyncio.create_task(more())
    await asyncio.sleep(random.random() / 100)
    events = await taken(listening, 39 - known)
    await saying

    assert numbers(events) == list(range(known + 1, 40))


async def test_a_slow_listener_gets_the_newest_alone_and_is_told_of_the_others(bus: Bus) -> None:
    listening, watcher = bus.listen("a"), Noting()
    bus.watch(watcher)
    last = QUEUE + 5
    for n in range(last + 1):
        await bus.publish("a", {"n": n})
    await _until(lambda: len(watcher.events) == last + 1)

    events = await taken(listening, last + 1 - QUEUE)

    assert numbers(events) == list(range(QUEUE, last + 1))
    assert [event.payload.get("missed") for event in events] == [QUEUE, *[None] * 5]


async def test_a_listener_that_was_closed_or_dropped_is_forgotten(bus: Any) -> None:
    async with aclosing(bus.listen("a")) as closed:
        waiting = asyncio.create_task(anext(closed))
        await asyncio.sleep(0)
    with pytest.raises(StopAsyncIteration):
        await waiting
    dropped = bus.listen("b")
    assert bus._local.topics() == ["b"]
    del dropped
    gc.collect()

    assert bus._local.topics() == []


async def test_a_pulse_is_heard_but_not_kept(bus: Bus) -> None:
    before = await bus.publish("a", {"n": 0})
    watcher = Noting()
    bus.watch(watcher)
    await bus.pulse("a", {"n": 1})
    last = await bus.publish("a", {"n": 2})
    await _until(lambda: bool(watcher.events) and watcher.events[-1].id == last)

    assert numbers(watcher.events)[-2:] == [1, 2]
    assert numbers(await taken(bus.listen("a", after=before), 1)) == [2]


@pytest.mark.parametrize("after", ["", "7", "x-1", "1-", "9" * 30 + "-0", "1-1\n"])
async def test_an_id_that_is_none_is_refused_at_once(bus: Bus, after: str) -> None:
    with pytest.raises(ValueError, match="not the id"):
        bus.listen("a", after=after)


async def test_two_processes_hear_each_other_over_one_connection_each(
    redis_url: str, redis: Redis
) -> None:
    async with RedisBus(redis_url) as one, RedisBus(redis_url) as two:
        before = await _subscribers(redis)
        await asyncio.gather(one.ready(), two.ready())
        all_of = [one.listen(f"t{n}") for n in range(20)]
        here, there = one.listen("a"), two.listen("a")
        await one.publish("a", {"n": 1})
        await two.publish("a", {"n": 2})

        assert numbers(await taken(here, 2)) == numbers(await taken(there, 2)) == [1, 2]
        assert await _subscribers(redis) == before + 2
        assert len(all_of) == 20


async def test_what_was_said_while_cut_off_is_heard_afterwards_once(
    redis_url: str, redis: Redis
) -> None:
    async with RedisBus(redis_url) as bus, RedisBus(redis_url) as other:
        await bus.ready()
        listening, silent, watcher = bus.listen("a"), bus.listen("b"), Noting()
        bus.watch(watcher)
        await other.publish("a", {"n": 0})
        first = await taken(listening, 1)
        for round_ in range(1, 4):
            await redis.client_kill_filter(_type="pubsub")
            await other.publish_all([("a", {"n": round_}), ("b", {"n": round_})])

        assert numbers(first + await taken(listening, 3)) == [0, 1, 2, 3]
        assert numbers(await taken(silent, 3)) == [1, 2, 3]
        assert watcher.losses >= 1


async def test_listening_outlives_a_redis_that_is_not_there_yet() -> None:
    async with RedisBus("redis://127.0.0.1:9/0") as bus:
        waiting = asyncio.create_task(anext(bus.listen("a", after="1-0")))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        with pytest.raises(RedisError):
            await bus.publish("a", {})
        waiting.cancel()


async def test_the_end_of_the_bus_ends_its_listeners(redis_url: str) -> None:
    bus = RedisBus(redis_url)
    await bus.ready()
    waiting = asyncio.create_task(anext(bus.listen("a")))
    await asyncio.sleep(0)
    await bus.aclose()

    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_streams_are_trimmed_to_five_minutes_and_end_by_themselves(
    redis_url: str, redis: Redis
) -> None:
    async with RedisBus(redis_url) as bus:
        await redis.xadd(STREAM + "a", {"p": "{}"}, id="1000-0")
        for n in range(300):
            await redis.xadd(STREAM + "a", {"p": "{}"}, id=f"2000-{n}")
        await bus.publish("a", {"n": 1})

        assert await redis.xlen(STREAM + "a") < 150
        assert 300 < await redis.ttl(STREAM + "a") <= 600
        assert {key async for key in redis.scan_iter("boucle:bus*")} == {
            f"{STREAM}a".encode(),
            CLOCK.encode(),
        }


async def test_a_clock_that_was_set_back_stops_nothing(redis_url: str, redis: Redis) -> None:
    async with RedisBus(redis_url) as bus:
        await redis.xadd(STREAM + "a", {"p": "{}"}, id="99999999999999-0")
        first = await bus.publish("a", {"n": 1})
        await redis.set(CLOCK, 4_000_000_000_000_000)
        second = await bus.publish("a", {"n": 2})

        assert stamp(first) < stamp(second)
        assert numbers(await taken(bus.listen("a", after=first), 1)) == [2]


async def _subscribers(redis: Redis) -> int:
    return len(await redis.client_list(_type="pubsub"))


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError
