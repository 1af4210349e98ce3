"""Buckets of points: what is admitted, what is refused, and what happens without Valkey."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator
from http import HTTPStatus

import pytest
import redis.asyncio

from boucle.edge.answers import NotServed
from boucle.edge.buckets import KEPT_CALLERS, PREFIX, Draw, LocalBuckets, Rate
from boucle.edge.rates import RATES, RateLimiter, Taken, rates_of, who_of_ip
from boucle.edge.shared import Away, Shared

SLOW = Rate(100, 0.001)  # nothing to speak of comes back while a test runs
NOWHERE = "redis://127.0.0.1:1/0"


class Clock:
    """A time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def back(shared: Shared, clock: Clock) -> None:
    """Wait until Valkey was found again."""
    for _ in range(500):
        clock.now += 2
        if not shared.away:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@pytest.fixture
async def limiter(redis_url: str) -> AsyncGenerator[RateLimiter]:
    """A limiter on Valkey that is patient with a busy machine."""
    found = RateLimiter(redis_url, shared=Shared(redis_url, timeout=10))
    yield found
    await found.aclose()


@pytest.fixture
async def alone() -> AsyncGenerator[RateLimiter]:
    """A limiter of a process without Valkey."""
    found = RateLimiter(None)
    yield found
    await found.aclose()


@pytest.fixture(params=["limiter", "alone"], ids=["with Valkey", "without Valkey"])
def either(request: pytest.FixtureRequest) -> RateLimiter:
    return request.getfixturevalue(request.param)


async def test_a_bucket_is_full_at_first_and_empties(either: RateLimiter) -> None:
    first = await either.take("a", "ANONYMOUS", 30, at_most=SLOW)
    second = await either.take("a", "ANONYMOUS", 70, at_most=SLOW)
    third = await either.take("a", "ANONYMOUS", 1, at_most=SLOW)

    assert first.allowed
    assert first.retry_after is None
    assert first.remaining == pytest.approx(70, abs=0.1)
    assert second.allowed
    assert not third.allowed
    assert third.retry_after == pytest.approx(1_000, rel=0.05)
    assert third.limit == 100


async def test_a_refusal_takes_nothing(either: RateLimiter) -> None:
    await either.take("a", "ANONYMOUS", 60, at_most=SLOW)
    assert not (await either.take("a", "ANONYMOUS", 50, at_most=SLOW)).allowed

    assert (await either.take("a", "ANONYMOUS", 40, at_most=SLOW)).allowed


async def test_one_caller_never_pays_for_another(either: RateLimiter) -> None:
    await either.take("a", "ANONYMOUS", 100, at_most=SLOW)

    assert (await either.take("b", "ANONYMOUS", 100, at_most=SLOW)).allowed


async def test_more_than_a_bucket_holds_is_not_worth_waiting_for(either: RateLimiter) -> None:
    taken = await either.take("a", "ANONYMOUS", 2_001)

    assert not taken.allowed
    assert taken.retry_after is None
    assert "Retry-After" not in taken.headers()


async def test_what_was_not_spent_comes_back_and_no_more(either: RateLimiter) -> None:
    await either.take("a", "ANONYMOUS", 90, at_most=SLOW)
    await either.give_back("a", "ANONYMOUS", 40, at_most=SLOW)
    assert (await either.take("a", "ANONYMOUS", 0, at_most=SLOW)).remaining == pytest.approx(
        50, abs=0.1
    )

    await either.give_back("a", "ANONYMOUS", 1_000, at_most=SLOW)
    await either.give_back("a", "ANONYMOUS", -1_000, at_most=SLOW)
    await either.give_back("a", "ANONYMOUS", math.nan, at_most=SLOW)
    assert (await either.take("a", "ANONYMOUS", 0, at_most=SLOW)).remaining == 100


async def test_points_come_back_at_the_rate(alone: RateLimiter) -> None:
    clock = Clock()
    buckets = LocalBuckets(clock)
    rate = Rate(2_000, 200)
    buckets.draw(Draw("a", rate, 2_000))

    clock.now += 3
    assert buckets.draw(Draw("a", rate, 0)).level == pytest.approx(600)
    clock.now += 100
    assert buckets.draw(Draw("a", rate, 0)).level == 2_000


async def test_processes_share_a_bucket(redis_url: str, limiter: RateLimiter) -> None:
    other = RateLimiter(redis_url, shared=Shared(redis_url, timeout=10))
    try:
        asked = [
            one.take("a", "ANONYMOUS", 10, at_most=SLOW)
            for _ in range(20)
            for one in (limiter, other)
        ]
        allowed = [taken.allowed for taken in await asyncio.gather(*asked)]
    finally:
        await other.aclose()

    assert sum(allowed) == 10


async def test_no_more_is_admitted_than_bucket_and_rate_allow(limiter: RateLimiter) -> None:
    rate, admitted, began = Rate(100, 400), 0.0, time.monotonic()
    for _ in range(60):
        asked = [limiter.take("a", "ANONYMOUS", 7, at_most=rate) for _ in range(5)]
        admitted += 7 * sum(taken.allowed for taken in await asyncio.gather(*asked))
    elapsed = time.monotonic() - began

    assert 98 <= admitted <= 100 + 400 * elapsed + 1


async def test_draws_of_one_moment_share_a_call(redis_url: str, limiter: RateLimiter) -> None:
    async with redis.asyncio.from_url(redis_url) as client:
        await limiter.take("warm", "ANONYMOUS", 1)
        before = await client.info("commandstats")
        await asyncio.gather(*[limiter.take(f"c{n}", "ANONYMOUS", 1) for n in range(50)])
        after = await client.info("commandstats")

    calls = [info["cmdstat_evalsha"]["calls"] for info in (before, after)]
    assert calls[1] - calls[0] <= 2


async def test_a_full_bucket_is_forgotten_by_valkey(redis_url: str, limiter: RateLimiter) -> None:
    await limiter.take("a", "ANONYMOUS", 50, at_most=Rate(100, 10))
    async with redis.asyncio.from_url(redis_url) as client:
        assert 0 < await client.pttl(PREFIX + "a") <= 5_000

    await limiter.give_back("never seen", "ANONYMOUS", 50)
    await limiter.take("a", "ANONYMOUS", 0)
    async with redis.asyncio.from_url(redis_url) as client:
        assert await client.exists(PREFIX + "never seen") == 0


async def test_a_script_that_valkey_forgot_is_sent_again(
    redis_url: str, limiter: RateLimiter
) -> None:
    await limiter.take("a", "ANONYMOUS", 60, at_most=SLOW)
    async with redis.asyncio.from_url(redis_url) as client:
        await client.script_flush()

    assert not (await limiter.take("a", "ANONYMOUS", 60, at_most=SLOW)).allowed


async def test_without_valkey_reads_go_on_and_sign_in_does_not() -> None:
    limiter = RateLimiter(NOWHERE)
    try:
        allowed = [
            (await limiter.take("a", "ANONYMOUS", 60, at_most=SLOW)).allowed for _ in range(2)
        ]
        with pytest.raises(NotServed) as refused:
            await limiter.take("a", "ANONYMOUS", 1, fails_open=False)
    finally:
        await limiter.aclose()

    assert allowed == [True, False]
    assert refused.value.status is HTTPStatus.SERVICE_UNAVAILABLE
    assert refused.value.error["extensions"]["retryAfter"] == 1


async def test_a_dead_valkey_is_asked_once_and_then_left_alone() -> None:
    clock, calls = Clock(), 0

    async def ask(_client: object) -> None:
        nonlocal calls
        calls += 1
        raise ConnectionError

    shared = Shared(NOWHERE, clock=clock)
    for _ in range(50):
        with pytest.raises(Away):
            await shared.call(ask)
    assert calls == 1

    clock.now += 2
    assert shared.away
    await asyncio.sleep(0.05)  # what looks for it has failed meanwhile
    assert shared.away
    assert calls == 1
    await shared.aclose()


async def test_a_valkey_that_is_back_is_used_again(redis_url: str) -> None:
    clock = Clock()
    shared = Shared(redis_url, timeout=10, clock=clock)

    async def fail(_client: object) -> None:
        raise TimeoutError

    with pytest.raises(Away):
        await shared.call(fail)
    assert shared.away
    clock.now += 2
    assert shared.away  # this request does not wait for the one that looks
    await back(shared, clock)

    assert await shared.call(lambda client: client.ping()) is True
    await shared.aclose()


async def test_a_reply_that_came_too_late_is_nobodys(redis_url: str) -> None:
    clock = Clock()
    shared = Shared(redis_url, timeout=0.05, clock=clock)
    async with redis.asyncio.from_url(redis_url) as client:
        await client.set("one", "1")
        await client.set("two", "2")
        await client.client_pause(150)
        with pytest.raises(Away):
            await shared.call(lambda client: client.get("one"))
        await client.client_unpause()
    await back(shared, clock)

    assert await shared.call(lambda client: client.get("two")) == b"2"
    await shared.aclose()


async def test_a_failure_while_asking_frees_all_that_wait(redis_url: str) -> None:
    shared = Shared(redis_url, timeout=10)
    limiter = RateLimiter(redis_url, shared=shared)
    async with redis.asyncio.from_url(redis_url) as client:
        await client.rpush(PREFIX + "broken", "not a bucket")
        async with asyncio.timeout(10):
            taken = await asyncio.gather(
                *[limiter.take(who, "ANONYMOUS", 1) for who in ("a", "broken", "b")]
            )
    await limiter.aclose()

    assert [each.allowed for each in taken] == [True] * 3
    assert shared.away


def test_only_so_many_callers_are_kept_in_a_process() -> None:
    buckets = LocalBuckets()
    for number in range(KEPT_CALLERS + 5):
        buckets.draw(Draw(str(number), SLOW, 1))

    assert len(buckets._levels) == KEPT_CALLERS


async def test_lifted_limits_count_nothing() -> None:
    limiter = RateLimiter(None, rates_of("off"))
    taken = [await limiter.take("a", "ANONYMOUS", 10**9) for _ in range(3)]

    assert limiter.lifted
    assert all(each.allowed for each in taken)
    with limiter.running("a"), limiter.running("a"):
        pass


def test_a_caller_has_eight_requests_at_once(alone: RateLimiter) -> None:
    slots = [alone.running("a") for _ in range(9)]
    for slot in slots[:8]:
        slot.__enter__()
    with pytest.raises(NotServed) as refused, slots[8]:
        pass
    with alone.running("b"):
        pass
    slots[0].__exit__(None, None, None)
    with alone.running("a"):
        pass

    assert refused.value.status is HTTPStatus.TOO_MANY_REQUESTS
    assert refused.value.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("address", "who"),
    [
        pytest.param("192.0.2.7", "ip:192.0.2.7", id="IPv4"),
        pytest.param("::ffff:192.0.2.7", "ip:192.0.2.7", id="IPv4 within IPv6"),
        pytest.param("2001:db8:1:2:3:4:5:6", "ip:2001:db8:1:2::/64", id="IPv6"),
        pytest.param("2001:db8:1:2:ffff::", "ip:2001:db8:1:2::/64", id="its neighbour"),
        pytest.param("fe80::1%eth0", "ip:fe80::/64", id="an address of one link"),
        pytest.param("unix", "ip:unknown", id="no address"),
        pytest.param(None, "ip:unknown", id="nothing"),
    ],
)
def test_a_caller_without_a_name_is_its_address(address: str | None, who: str) -> None:
    assert who_of_ip(address) == who


def test_headers_say_what_is_left() -> None:
    taken = Taken(False, 2_000, 1_499.6, 200, 2.01)

    assert taken.headers() == {
        "RateLimit-Policy": '"points";q=2000;w=10',
        "RateLimit": '"points";r=1499;t=3',
        "Retry-After": "3",
    }


def test_a_refusal_says_when_to_come_back() -> None:
    refused = Taken(False, 2_000, 0, 200, 0.2).refused({"requested": 40})

    assert refused.status is HTTPStatus.TOO_MANY_REQUESTS
    assert refused.headers["Retry-After"] == "1"
    assert refused.error["extensions"] == {
        "code": "RATE_LIMITED",
        "reason": "POINTS_SPENT",
        "cost": {"requested": 40},
        "retryAfter": 1,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("off", None, id="off"),
        pytest.param("on", dict(RATES), id="on"),
        pytest.param(
            "merchant=5/1, Staff=7/2",
            {**RATES, "MERCHANT": Rate(5, 1), "STAFF": Rate(7, 2)},
            id="some roles",
        ),
    ],
)
def test_a_setting_gives_roles_their_buckets(text: str, expected: object) -> None:
    assert rates_of(text) == expected


@pytest.mark.parametrize("text", ["guest=1/1", "merchant=1", "merchant=0/1", "merchant=1/0", "x"])
def test_a_setting_that_is_no_bucket_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="POINTS_PER_SECOND"):
        rates_of(text)
