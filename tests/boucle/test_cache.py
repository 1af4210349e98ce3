"""The response cache of one process: what it keeps, what makes it old, who executes."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from boucle.edge import cache as module
from boucle.edge.cache import (
    Cached,
    Computed,
    ResponseCache,
    cache_headers,
)
from boucle.edge.cache.answers import HISTORY, Answers, History, etag_of
from integrations.bus import MemoryBus
from resolvers.context import NOT_KEPT
from tests.boucle.caching import Clock, sure

KEY = b"k"


class Source:
    """Counts executions; each answer is a number that grows."""

    def __init__(self, *tags: str, rest: Any = None) -> None:
        self.tags, self.rest, self.executions = frozenset(tags), rest, 0

    async def __call__(self) -> Computed:
        self.executions += 1
        return Computed(b"%d" % self.executions, self.tags, self.rest)


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
async def cache(bus: MemoryBus) -> AsyncGenerator[ResponseCache]:
    found = ResponseCache(bus, None, schema="s", fresh=sure())
    found.start()
    yield found
    await found.aclose()


async def test_a_kept_answer_is_served_without_an_execution(cache: ResponseCache) -> None:
    source = Source("product:1")
    first = await cache.answer(KEY, source)
    again = cache.get(KEY)

    assert again is not None
    assert (first.body, first.hit, first.etag) == (b"1", "miss", etag_of(b"1"))
    assert (again.body, again.hit, again.etag) == (b"1", "process", first.etag)
    assert (await cache.answer(KEY, source)).body == b"1"
    assert 0 <= again.age < 5
    assert source.executions == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param("product:1", False, id="its product"),
        pytest.param("market:FR", False, id="its market"),
        pytest.param("market:*", False, id="everything"),
        pytest.param("product:2", True, id="another product"),
        pytest.param("market:DE", True, id="another market"),
        pytest.param("run:1", True, id="a feed run"),
    ],
)
async def test_an_answer_is_dropped_by_its_tags_alone(
    cache: ResponseCache, bus: MemoryBus, said: str, *, kept: bool
) -> None:
    await cache.answer(KEY, Source("product:1", "market:FR"))
    await bus.publish(said, {})

    assert (cache.get(KEY) is not None) is kept


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(Source(), id="no tags"),
        pytest.param(Source("market:FR", NOT_KEPT), id="marked"),
        pytest.param(Source("market:FR", rest={"errors": []}), id="with errors"),
        pytest.param(Source(*(f"product:{n}" for n in range(300))), id="too many tags"),
    ],
)
async def test_an_answer_that_may_not_be_kept_is_given_once(
    cache: ResponseCache, source: Source
) -> None:
    found = await cache.answer(KEY, source)

    assert found.rest == source.rest
    assert cache.get(KEY) is None
    assert cache_headers(found, anonymous=True) == module.NO_STORE


@pytest.mark.parametrize("said", ["product:1", "market:*"])
async def test_what_was_read_before_an_announcement_is_not_kept_after_it(
    cache: ResponseCache, bus: MemoryBus, said: str
) -> None:
    async def slow() -> Computed:
        await bus.publish(said, {})
        return Computed(b"old", {"product:1"})

    found = await cache.answer(KEY, slow)

    assert found.body == b"old"
    assert cache.get(KEY) is None
    assert cache_headers(found, anonymous=True) == module.NO_STORE


async def test_a_break_in_what_is_heard_drops_everything_and_keeps_nothing_begun_before(
    cache: ResponseCache,
) -> None:
    await cache.answer(b"other", Source("product:2"))

    async def slow() -> Computed:
        cache.lost()
        cache._fresh.until = math.inf
        return Computed(b"old", {"product:1"})

    await cache.answer(KEY, slow)

    assert (cache.get(KEY), cache.get(b"other")) == (None, None)


def waiting(
    cache: ResponseCache, count: int, source: Callable[[], Coroutine[Any, Any, Computed]]
) -> list[asyncio.Task[Cached]]:
    return [asyncio.create_task(cache.answer(KEY, source)) for _ in range(count)]


async def test_many_who_ask_at_once_cause_one_execution(cache: ResponseCache) -> None:
    source, go = Source("product:1"), asyncio.Event()

    async def slow() -> Computed:
        await go.wait()
        return await source()

    tasks = waiting(cache, 20, slow)
    await asyncio.sleep(0)
    go.set()
    found = await asyncio.gather(*tasks)

    assert source.executions == 1
    assert {each.body for each in found} == {b"1"}
    assert sorted(each.hit for each in found) == ["joined"] * 19 + ["miss"]


@pytest.mark.parametrize("how", ["cancelled", "failed"])
async def test_a_leader_that_ends_without_an_answer_hands_over(
    cache: ResponseCache, how: str
) -> None:
    source, go = Source("product:1"), asyncio.Event()

    async def first() -> Computed:
        await go.wait()
        raise OSError

    leader = waiting(cache, 1, first)[0]
    await asyncio.sleep(0)
    others = waiting(cache, 5, source)
    await asyncio.sleep(0)
    if how == "cancelled":
        leader.cancel()
    go.set()

    assert [each.body for each in await asyncio.gather(*others)] == [b"1"] * 5
    with pytest.raises(asyncio.CancelledError if how == "cancelled" else OSError):
        await leader
    assert source.executions == 1


async def test_failures_are_not_shared_for_ever(cache: ResponseCache) -> None:
    tries = 0

    async def broken() -> Computed:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0)
        raise OSError

    found = await asyncio.gather(*waiting(cache, 8, broken), return_exceptions=True)

    assert all(isinstance(each, OSError) for each in found)
    assert tries == 8


async def test_who_asks_after_an_announcement_gets_no_answer_begun_before_it(
    cache: ResponseCache, bus: MemoryBus
) -> None:
    source, go = Source("product:1"), asyncio.Event()

    async def slow() -> Computed:
        found = await source()
        await go.wait()
        return found

    before = waiting(cache, 2, slow)
    await asyncio.sleep(0)
    await bus.publish("product:1", {})
    after = waiting(cache, 2, slow)
    await asyncio.sleep(0)
    go.set()

    assert [each.body for each in await asyncio.gather(*before)] == [b"1", b"1"]
    assert [each.body for each in await asyncio.gather(*after)] == [b"2", b"2"]


async def test_without_a_heartbeat_every_request_executes(bus: MemoryBus) -> None:
    cache = ResponseCache(bus, None, schema="s")
    cache.start()
    source = Source("product:1")

    found = [(await cache.answer(KEY, source)).body for _ in range(3)]

    assert found == [b"1", b"2", b"3"]
    assert not cache.fresh
    await cache.aclose()


async def test_a_cache_of_no_size_keeps_nothing(bus: MemoryBus) -> None:
    cache = ResponseCache(bus, None, schema="s", most_bytes=0, fresh=sure())
    source = Source("product:1")

    assert [(await cache.answer(KEY, source)).body for _ in range(2)] == [b"1", b"2"]


@pytest.mark.parametrize(
    ("began", "lasts"),
    [
        pytest.param(900 * 100 + 1, 240, id="early in a turn"),
        pytest.param(900 * 100 - 3, 3, id="at its end"),
        pytest.param(900 * 100, 240, id="at its begin"),
    ],
)
async def test_no_answer_outlives_the_turn_of_the_clock_in_which_it_began(
    cache: ResponseCache, monkeypatch: pytest.MonkeyPatch, began: float, lasts: float
) -> None:
    clock = Clock(began)
    monkeypatch.setattr(module, "time", clock)

    async def slow() -> Computed:
        clock.now += 1
        return Computed(b"1", {"product:1"})

    await cache.answer(KEY, slow)
    clock.now = began + lasts - 0.01
    assert cache.get(KEY) is not None
    clock.now = began + lasts
    assert cache.get(KEY) is None


@pytest.mark.parametrize("seed", range(3))
def test_kept_answers_stay_within_their_bytes_and_are_found_by_every_tag(seed: int) -> None:
    random, answers = Random(seed), Answers(60_000)
    tags_of: dict[bytes, set[str]] = {}
    for _ in range(2_000):
        key = b"%d" % random.randrange(80)
        act = random.random()
        if act < 0.7:
            tags_of[key] = {f"product:{random.randrange(30)}" for _ in range(3)}
            body = b"x" * random.randrange(9_000)
            answers.put(key, Cached(body, "", 0, 0, "process"), tags_of[key])
        elif act < 0.8:
            answers.forget(key)
        else:
            tag = f"product:{random.randrange(30)}"
            answers.drop(tag)
            assert not any(tag in tags_of[k] for k in answers._kept)
        assert answers.size <= 60_000
        assert answers.size == sum(each.size for each in answers._kept.values())
    held = {(tag, key) for tag, keys in answers._by_tag.items() for key in keys}
    assert held == {(tag, key) for key in answers._kept for tag in tags_of[key]}


def test_the_least_used_answer_is_forgotten_first() -> None:
    answers = Answers(9_000)
    for key in (b"a", b"b", b"c"):
        answers.put(key, Cached(b"", "", 0, 0, "process"), {"t"})
        for _ in range(8):
            answers.get(b"a")
    for n in range(9):
        answers.put(b"%d" % n, Cached(b"", "", 0, 0, "process"), {"t"})
        answers.get(b"a")

    assert answers.get(b"a") is not None
    assert answers.get(b"b") is None


def test_an_event_that_is_forgotten_counts_as_one_on_every_tag() -> None:
    history = History()
    for n in range(1, HISTORY + 10):
        history.note(n, "product:2")

    assert history.touched({"product:1"}, since=5)
    assert not history.touched({"product:1"}, since=20)
    assert history.touched({"product:2"}, since=20)
    assert not history.touched({"product:2"}, since=20, until=20)
    assert history.touched(set(), since=20)


def test_a_key_tells_apart_what_may_have_other_answers_and_nothing_else(bus: MemoryBus) -> None:
    one, two = (ResponseCache(bus, None, schema=s) for s in ("1", "2"))
    same = one.key(b"d", "Q", {"a": 1, "b": {"c": [1, 2], "d": None}})
    others = [
        two.key(b"d", "Q", {"a": 1, "b": {"c": [1, 2], "d": None}}),
        one.key(b"e", "Q", {"a": 1, "b": {"c": [1, 2], "d": None}}),
        one.key(b"d", "R", {"a": 1, "b": {"c": [1, 2], "d": None}}),
        one.key(b"d", "Q", {"a": "1", "b": {"c": [1, 2], "d": None}}),
        one.key(b"d", "Q", {"a": 1.0, "b": {"c": [1, 2], "d": None}}),
        one.key(b"d", "Q", {"a": True, "b": {"c": [1, 2], "d": None}}),
        one.key(b"d", "Q", {"a": 1, "b": {"c": [2, 1], "d": None}}),
        one.key(b"d", "Q", {"a": 1, "b": {"c": [1, 2]}}),
        one.key(b"d", "Q", {"a": 10**30}),
        one.key(b"d", "Q", None),
    ]

    assert one.key(b"d", "Q", {"b": {"d": None, "c": [1, 2]}, "a": 1}) == same
    assert len({same, *others}) == len(others) + 1
    assert one.key(b"d", "Q", {}) == one.key(b"d", "Q", None)


async def test_a_follower_that_is_cancelled_disturbs_nobody(cache: ResponseCache) -> None:
    source, go = Source("product:1"), asyncio.Event()

    async def slow() -> Computed:
        await go.wait()
        return await source()

    leader, gone, other = waiting(cache, 3, slow)
    await asyncio.sleep(0)
    gone.cancel()
    with suppress(asyncio.CancelledError):
        await gone
    go.set()

    assert [each.body for each in await asyncio.gather(leader, other)] == [b"1", b"1"]
