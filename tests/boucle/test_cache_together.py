"""Response caches of several processes on real servers: no stale answer, whatever is mixed."""

import asyncio
import contextvars
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis

from boucle.edge.cache import Computed, ResponseCache
from boucle.edge.cache.freshness import Freshness
from boucle.edge.cache.shared import PREFIX, Shared, Stored
from integrations.bus import Event, RedisBus, stamp
from models.announce import EVERYTHING, announce
from models.base import fetch, fetchval, transaction
from tests.boucle.caching import sure
from tests.workers import until
from workers.relay import Announcer, announce_forever

PRODUCTS = range(4)


class Process:
    """A cache with a bus of its own, and what it has heard of each product's price."""

    def __init__(self, redis_url: str, fresh: Freshness | None, most_bytes: int = 1 << 20) -> None:
        self.bus = RedisBus(redis_url)
        self.cache = ResponseCache(
            self.bus, redis_url, schema="s", most_bytes=most_bytes, fresh=fresh
        )
        self.known: Counter[int] = Counter()

    def heard(self, event: Event) -> None:
        if event.topic.startswith("product:"):
            number = int(event.topic.removeprefix("product:"))
            self.known[number] = max(self.known[number], event.payload["price"])

    def lost(self) -> None:
        """A price that was heard stays known."""


@asynccontextmanager
async def processes(
    redis_url: str, count: int, fresh: Any = sure, **more: Any
) -> AsyncGenerator[list[Process]]:
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(count):
            process = Process(redis_url, fresh(), **more)
            await process.bus.ready()
            process.cache.start()
            process.bus.watch(process)
            stack.push_async_callback(process.bus.aclose)
            stack.push_async_callback(process.cache.aclose)
            found.append(process)
        yield found


async def change(number: int) -> None:
    """Raise a product's price by one, and announce it, in one transaction."""
    async with transaction() as raw:
        price = await raw.fetchval(
            "INSERT INTO loaded_file AS f (name, sha256) VALUES ($1, '1') ON CONFLICT (name) "
            "DO UPDATE SET sha256 = f.sha256::int + 1 RETURNING sha256::int",
            str(number),
        )
        await announce(raw, f"product:{number}", {"markets": ["FR"], "price": price})


async def price_of(number: int) -> int:
    found = "SELECT sha256::int FROM loaded_file WHERE name = $1"
    return await fetchval(found, str(number)) or 0


async def page(number: int) -> Computed:
    return Computed(b"%d" % await price_of(number), {f"product:{number}", "market:FR"})


class History:
    """Readers, writers and a relay, all at once, in an order that a seed and the servers decide."""

    def __init__(self, seed: int, found: list[Process], relay: Announcer) -> None:
        self.random = Random(seed)
        self.processes, self.relay = found, relay
        self.hits: Counter[str] = Counter()
        self.left = 250

    async def pause(self) -> None:
        await asyncio.sleep(self.random.choice([0, 0, 0.001, 0.004]))

    async def read_page(self, process: Process) -> None:
        number = self.random.choice(PRODUCTS)

        async def slow() -> Computed:
            await self.pause()
            found = await page(number)
            await self.pause()
            return found

        least = process.known[number]
        found = await process.cache.answer(b"page %d" % number, slow)
        self.hits[found.hit] += 1
        assert int(found.body) >= least, found.hit

    async def read_list(self, process: Process) -> None:
        async def slow() -> Computed:
            rows = await fetch("SELECT sha256::int AS price FROM loaded_file")
            await self.pause()
            return Computed(b"%d" % sum(r["price"] for r in rows), {"offers:FR", "market:FR"})

        least = process.known.total()
        found = await process.cache.answer(b"list", slow)
        self.hits[found.hit] += 1
        assert int(found.body) >= least, found.hit

    async def reader(self, process: Process) -> None:
        while self.left:
            self.left -= 1
            await (self.read_page if self.random.random() < 0.7 else self.read_list)(process)
            await self.pause()

    async def writer(self) -> None:
        while self.left:
            await change(self.random.choice(PRODUCTS))
            for _ in range(self.random.randrange(6)):
                await self.pause()

    async def relaying(self) -> None:
        while self.left:
            await self.relay.pass_on()
            await self.relay.beat()
            await self.pause()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for process in self.processes:
                for _ in range(3):
                    tasks.create_task(self.reader(process))
            tasks.create_task(self.writer())
            tasks.create_task(self.relaying())


@pytest.mark.parametrize("seed", range(3))
async def test_no_answer_is_older_than_what_its_process_has_heard(
    fresh_db: str, redis_url: str, seed: int
) -> None:
    for number in PRODUCTS:
        await change(number)
    async with processes(redis_url, 2) as found, RedisBus(redis_url) as bus:
        history = History(seed, found, Announcer(bus))
        await history.run()

    assert {"process", "redis", "miss", "joined"} >= set(history.hits)
    assert history.hits["process"] > 10
    assert history.hits["miss"] > 10
    assert sum(process.known.total() for process in found) > 20


async def test_what_one_process_made_another_reads_until_it_is_announced(
    fresh_db: str, redis_url: str
) -> None:
    await change(1)
    async with processes(redis_url, 3) as (one, two, three), RedisBus(redis_url) as bus:
        first = await one.cache.answer(b"k", lambda: page(1))
        await until(stored_in(redis_url, 1))
        second = await two.cache.answer(b"k", lambda: page(1))
        await change(1)
        await Announcer(bus).pass_on()
        third = await three.cache.answer(b"k", lambda: page(1))

    assert [first.hit, second.hit, third.hit] == ["miss", "redis", "miss"]
    assert [first.body, second.body, third.body] == [b"1", b"1", b"2"]
    assert first.etag == second.etag != third.etag
    assert second.age >= 0


def stored_in(redis_url: str, count: int) -> Any:
    async def stored() -> bool:
        async with Redis.from_url(redis_url) as redis:
            return len([key async for key in redis.scan_iter(f"{PREFIX}*")]) == count

    return stored


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        pytest.param({"product:1"}, False, id="announced since"),
        pytest.param({"product:2", "product:1"}, False, id="one of two announced"),
        pytest.param({"product:2"}, True, id="announced before"),
        pytest.param({"product:3"}, True, id="never announced"),
    ],
)
async def test_redis_gives_out_only_what_was_begun_after_the_last_announcement(
    redis_url: str, tags: set[str], *, found: bool
) -> None:
    shared = Shared(redis_url, 10_000, 240)
    async with RedisBus(redis_url) as bus:
        await bus.publish("product:2", {})
        began = stamp(await bus.pulse("relay", {}))
        await bus.publish("product:1", {})
        now = time.time()
        shared.put(b"k", Stored(b"body\n2", frozenset(tags), now, now + 9), began)
        await until(stored_in(redis_url, 1))
        got = await shared.get(b"k")

    assert (got is not None) is found
    if got is not None:
        assert (got.body, got.tags) == (b"body\n2", tags)
        assert got.expires == pytest.approx(now + 9, abs=0.001)
    await shared.aclose()


async def test_redis_holds_answers_for_their_time_and_within_the_bytes_given(
    redis_url: str,
) -> None:
    shared, now = Shared(redis_url, 1_000, 240), time.time()
    for n in range(5):
        shared.put(b"%d" % n, Stored(b"x" * 300, frozenset({"t"}), now, now + 9), 1)
    shared.put(b"past", Stored(b"", frozenset({"t"}), now, now - 1), 1)
    await shared.aclose()

    async with Redis.from_url(redis_url) as redis:
        keys = [key async for key in redis.scan_iter(f"{PREFIX}*")]
        assert len(keys) == 2
        assert all([0 < await redis.ttl(key) <= 9 for key in keys])


async def test_answers_of_another_life_of_the_server_are_not_read(redis_url: str) -> None:
    shared, now = Shared(redis_url, 1_000, 240), time.time()
    shared._life = "before"
    shared.put(b"k", Stored(b"x", frozenset({"t"}), now, now + 9), 1)
    await until(stored_in(redis_url, 1))
    assert await shared.get(b"k") is not None
    shared.lost()

    assert await shared.get(b"k") is None
    await shared.aclose()


async def test_without_redis_every_request_is_answered(fresh_db: str, redis_url: str) -> None:
    await change(1)
    bus = RedisBus("redis://127.0.0.1:9/0")
    cache = ResponseCache(bus, "redis://127.0.0.1:9/0", schema="s", fresh=sure())
    cache.start()
    cache._fresh.until = math.inf

    found = [await cache.answer(b"k", lambda: page(1)) for _ in range(2)]

    assert [each.body for each in found] == [b"1", b"1"]
    await cache.aclose()
    await bus.aclose()


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> float:
    """Heartbeats and what they allow, at a fifth of their time; returns for how long one holds."""
    monkeypatch.setattr("workers.relay.BEAT_SECONDS", 0.04)
    monkeypatch.setattr("workers.relay.ANNOUNCE_SECONDS", 0.04)
    monkeypatch.setattr("boucle.edge.cache.freshness.SETTLED_SECONDS", 0.03)
    monkeypatch.setattr("boucle.edge.cache.freshness.FRESH_SECONDS", 0.3)
    return 0.3


@asynccontextmanager
async def relaying(redis_url: str) -> AsyncGenerator[asyncio.Task[None]]:
    """A relay that runs; cancelled, it is as if killed."""
    async with RedisBus(redis_url) as bus:
        work = announce_forever(Announcer(bus), asyncio.Event(), asyncio.Event())
        task = asyncio.create_task(work, context=contextvars.Context())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_after_the_relay_is_killed_nothing_cached_is_served_for_longer_than_a_heartbeat_holds(
    fresh_db: str, redis_url: str, brisk: float
) -> None:
    await change(1)
    async with processes(redis_url, 1, fresh=Freshness) as (process,):

        async def served() -> bool:
            await process.cache.answer(b"k", lambda: page(1))
            return process.cache.get(b"k") is not None

        async def not_served() -> bool:
            return process.cache.get(b"k") is None

        async with relaying(redis_url) as relay:
            await until(served)
            relay.cancel()
            await asyncio.gather(relay, return_exceptions=True)
            killed = time.monotonic()
        await change(1)
        asked = time.monotonic()
        while process.cache.get(b"k") is not None:
            assert asked - killed <= brisk
            await asyncio.sleep(0.005)
            asked = time.monotonic()
        assert (await process.cache.answer(b"k", lambda: page(1))).body == b"2"

        async with relaying(redis_url):
            await until(served)
            assert (await process.cache.answer(b"k", lambda: page(1))).body == b"2"


async def test_a_process_that_is_cut_off_from_the_bus_serves_nothing_until_it_hears_again(
    fresh_db: str, redis_url: str, brisk: float
) -> None:
    await change(1)
    async with (
        processes(redis_url, 1, fresh=Freshness) as (process,),
        relaying(redis_url),
        Redis.from_url(redis_url) as redis,
    ):

        async def fresh() -> bool:
            return process.cache.fresh

        async def cut() -> bool:
            return not process.cache.fresh

        await until(fresh)
        await process.cache.answer(b"k", lambda: page(1))
        await redis.client_kill_filter(_type="pubsub")
        await until(cut)
        assert process.cache.get(b"k") is None
        assert len(process.cache._answers) == 0
        await change(1)

        async def new() -> bool:
            return (await process.cache.answer(b"k", lambda: page(1))).body == b"2"

        await until(new)
        await until(fresh)
        assert await new()


async def test_a_load_of_the_catalogue_makes_every_answer_old(
    fresh_db: str, redis_url: str
) -> None:
    await change(1)
    async with processes(redis_url, 1) as (process,), RedisBus(redis_url) as bus:
        await process.cache.answer(b"k", lambda: page(1))
        await bus.publish(EVERYTHING, {})

        async def dropped() -> bool:
            return process.cache.get(b"k") is None

        await until(dropped)
        assert (await process.cache.answer(b"k", lambda: page(1))).hit == "miss"
