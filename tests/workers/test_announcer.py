"""Announcements: committed with their change, said at least once, few whatever waits."""

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway
from tortoise.transactions import in_transaction

from integrations.bus import Event, MemoryBus
from models import announce
from models.announce import BEAT, EVERYTHING, said
from models.base import connection, execute, fetch, fetchval, transaction
from tests.workers import meanwhile, until
from workers.relay import Announcer, announce_forever, listen_forever


class Noting(MemoryBus):
    """A bus that remembers what was said, and is away when told so."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.away = False
        self.watch(self)

    def heard(self, event: Event) -> None:
        self.events.append(event)

    def lost(self) -> None:
        raise AssertionError

    def topics(self) -> list[str]:
        return [event.topic for event in self.events if event.topic != BEAT]

    async def publish_all(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
        if self.away:
            raise RedisAway
        return await super().publish_all(events)


@pytest.fixture
def bus() -> Noting:
    return Noting()


async def make(*topics: str, markets: Sequence[str] = ()) -> None:
    async with connection() as raw:
        for topic in topics:
            await announce.announce(raw, topic, {"markets": list(markets)} if markets else {})


async def rows() -> list[str]:
    return [row["topic"] for row in await fetch("SELECT topic FROM announcement ORDER BY id")]


async def test_rows_are_said_in_order_then_deleted(db: None, bus: Noting) -> None:
    await make("product:1", "product:2", markets=["FR", "DE"])
    await make("run:1")

    assert (await Announcer(bus).pass_on(), await Announcer(bus).pass_on()) == (3, 0)
    assert bus.topics() == ["product:1", "product:2", "run:1", "offers:DE", "offers:FR"]
    assert bus.events[0].payload == {"markets": ["DE", "FR"]}
    assert await rows() == []


async def test_what_is_rolled_back_is_never_said(fresh_db: str, bus: Noting) -> None:
    async def broken() -> None:
        async with transaction() as raw:
            await announce.announce(raw, "product:1", {})
            assert await meanwhile(Announcer(bus).pass_on()) == 0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await broken()
    assert await Announcer(bus).pass_on() == 0


async def test_what_the_bus_refuses_stays(db: None, bus: Noting) -> None:
    await make("product:1")
    bus.away = True
    with pytest.raises(RedisAway):
        await Announcer(bus).pass_on()

    assert await rows() == ["product:1"]
    bus.away = False
    assert await Announcer(bus).pass_on() == 1


async def test_two_relays_say_each_row_once(fresh_db: str, bus: Noting) -> None:
    await make(*(f"product:{n}" for n in range(60)))
    both = [Announcer(bus), Announcer(bus)]
    while await rows():
        await asyncio.gather(*(meanwhile(each.pass_on(10)) for each in both))

    assert sorted(bus.topics()) == sorted(f"product:{n}" for n in range(60))


async def test_a_heartbeat_is_sent_only_when_nothing_waits_here_or_elsewhere(
    fresh_db: str, bus: Noting
) -> None:
    announcer = Announcer(bus)
    assert await announcer.beat()
    await make("product:1")
    assert not await announcer.beat()
    async with transaction() as raw:
        assert (await announce.take(raw, 10)).rows == 1  # another relay is saying it
        assert await meanwhile(announcer.pass_on()) == 0
        assert not await meanwhile(announcer.beat())

    assert await announcer.beat()
    assert [event.topic for event in bus.events] == [BEAT, BEAT]
    assert {event.payload["relay"] for event in bus.events} == {announcer.name}
    first, second = (event.payload["at"] for event in bus.events)
    assert first < second


async def test_a_commit_is_announced_at_once_and_the_relay_outlives_an_outage(
    fresh_db: str, bus: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.relay.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("workers.relay.ANNOUNCE_SECONDS", 60)
    monkeypatch.setattr("workers.relay.BEAT_SECONDS", 60)
    wake, heard, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
    tasks = [
        asyncio.create_task(listen_forever(wake, stop, heard)),
        asyncio.create_task(announce_forever(Announcer(bus), heard, stop)),
    ]

    async def said_all() -> bool:
        return not await rows()

    await asyncio.wait_for(wake.wait(), 5)
    async with in_transaction():
        await make("product:1")
    assert await until(said_all) < 2
    bus.away = True
    await make("product:2")
    await asyncio.sleep(0.05)
    assert await rows() == ["product:2"]
    bus.away = False
    await until(said_all)
    stop.set()
    await asyncio.gather(*tasks)
    assert bus.topics() == ["product:1", "product:2"]


async def test_many_rows_become_few_while_redis_is_away(
    fresh_db: str, bus: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.relay.PAUSE_SECONDS", 0.01)
    await execute(
        "INSERT INTO announcement (topic, payload) "
        'SELECT \'product:\' || n, \'{"markets": ["FR", "DE"]}\' FROM generate_series(1, 10001) n'
    )
    bus.away = True
    stop = asyncio.Event()
    task = asyncio.create_task(announce_forever(Announcer(bus), asyncio.Event(), stop))

    async def few() -> bool:
        return await fetchval("SELECT count(*) FROM announcement") == 3

    await until(few)
    stop.set()
    await task
    assert sorted(await rows()) == [EVERYTHING, "market:DE", "market:FR"]


def effects(announced: Sequence[tuple[str, dict[str, Any]]]) -> set[str]:
    """The markets, and the runs with their versions, that these tell about."""
    found: set[str] = set()
    for topic, payload in said(announced):
        kind, _, name = topic.partition(":")
        if kind in {"market", "offers"}:
            found.add(name)
        elif kind == "run":
            found.add(f"{topic} {payload['version']}")
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_folding_loses_no_market_and_no_run_and_keeps_the_newest(db: None, seed: int) -> None:
    random = Random(seed)
    given: list[tuple[str, dict[str, Any]]] = []
    for n in range(60):
        markets = random.sample(["FR", "DE", "GB"], random.randrange(3))
        given.append(random.choice([
            (f"product:{random.randrange(9)}", {"markets": markets}),
            (f"market:{random.choice(['FR', 'IT'])}", {}),
            (f"run:{random.randrange(4)}", {"version": n}),
        ]))  # fmt: skip
    async with transaction() as raw:
        for topic, payload in given:
            await announce.announce(raw, topic, payload)
        assert not await announce.fold(raw, 60)
        assert await announce.fold(raw, 59)
        left = (await announce.take(raw, 1_000)).events

    assert effects(left) == effects(given) | {"*"}
    topics = [topic for topic, _ in left]
    assert len(topics) == len(set(topics))
    assert not [topic for topic in topics if topic.startswith("product:")]


def test_a_topic_is_said_once_with_all_its_markets() -> None:
    told = said([
        ("product:1", {"markets": ["FR"]}),
        ("run:1", {"version": 1}),
        ("product:1", {"markets": ["DE"]}),
        ("run:1", {"version": 2}),
        ("market:IT", {}),
    ])  # fmt: skip

    assert told == [
        ("product:1", {"markets": ["DE", "FR"]}),
        ("run:1", {"version": 2}),
        ("market:IT", {}),
        ("offers:DE", {}),
        ("offers:FR", {}),
    ]


@pytest.mark.parametrize("topic", ["a b", "a\tb", "a\n"])
async def test_a_topic_that_the_bus_cannot_say_is_refused_by_the_table(
    db: None, topic: str
) -> None:
    with pytest.raises(Exception, match="announcement_topic_check"):
        await make(topic)
