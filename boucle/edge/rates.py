"""How much a caller may ask for in a while, counted in points.

Source: docs/rules/cost.md, "Rates"; draft-ietf-httpapi-ratelimit-headers.
"""

import asyncio
import contextlib
import ipaddress
import math
from collections import Counter, deque
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from boucle.edge.answers import Code, NotServed, unavailable
from boucle.edge.buckets import Draw, Drawn, LocalBuckets, Rate, SharedBuckets
from boucle.edge.shared import Away, Shared

OFF = "off"
ON = "on"
AT_ONCE = 8
RATES: Mapping[str, Rate] = {
    "ANONYMOUS": Rate(2_000, 200),
    "CUSTOMER": Rate(4_000, 400),
    "MERCHANT": Rate(10_000, 1_000),
    "ORGANISATION": Rate(20_000, 2_000),
    "STAFF": Rate(20_000, 2_000),
}
_MOST_IN_ONE_CALL = 200


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request for points.

    `retry_after`: seconds until the points will be there; None where they were, and where the
    bucket never holds so many.
    """

    allowed: bool
    limit: float
    remaining: float
    restores_per_second: float
    retry_after: float | None = None

    def headers(self) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit`; with a refusal `Retry-After`, whole seconds."""
        full = math.ceil((self.limit - self.remaining) / self.restores_per_second)
        found = {
            "RateLimit-Policy": _policy(self.limit, self.restores_per_second),
            "RateLimit": f'"points";r={math.floor(self.remaining)};t={full}',
        }
        if self.retry_after is not None:
            found["Retry-After"] = str(max(1, math.ceil(self.retry_after)))
        return found

    def refused(self, cost: Mapping[str, Any] | None = None) -> NotServed:
        """The answer to a request whose points were not there."""
        facts: dict[str, Any] = {"cost": dict(cost)} if cost else {}
        if self.retry_after is not None:
            facts["retryAfter"] = max(1, math.ceil(self.retry_after))
        return NotServed(
            HTTPStatus.TOO_MANY_REQUESTS,
            Code.RATE_LIMITED,
            "POINTS_SPENT",
            "You asked for more points than you have left. Wait, or ask for less.",
            headers=self.headers(),
            **facts,
        )


@cache
def _policy(limit: float, per_second: float) -> str:
    return f'"points";q={limit:.0f};w={math.ceil(limit / per_second)}'


class RateLimiter:
    """Buckets by caller. No `rates`: limits are lifted, and nothing is counted.

    Draws that come while Valkey is being asked go there together, in one call.
    """

    def __init__(
        self,
        redis_url: str | None,
        rates: Mapping[str, Rate] | None = RATES,
        *,
        at_once: int = AT_ONCE,
        shared: Shared | None = None,
    ) -> None:
        self._shared = shared or Shared(redis_url)
        self._rates, self._at_once = rates, at_once
        self._buckets, self._local = SharedBuckets(self._shared), LocalBuckets()
        self._waiting: deque[tuple[Draw, asyncio.Future[Drawn] | None]] = deque()
        self._pump: asyncio.Task[None] | None = None
        self._running: Counter[str] = Counter()

    @property
    def lifted(self) -> bool:
        """Whether nothing is counted."""
        return self._rates is None

    def rate(self, role: str) -> Rate:
        """The bucket of a role, such as `MERCHANT`."""
        return (RATES if self._rates is None else self._rates)[role.upper()]

    def untouched(self, role: str) -> Taken:
        """What a caller is told from whose bucket nothing was taken."""
        return _full(self.rate(role))

    async def take(
        self,
        who: str,
        role: str,
        points: float,
        *,
        at_most: Rate | None = None,
        fails_open: bool = True,
    ) -> Taken:
        """Take points from a caller's bucket.

        Shapes: `who` is one bucket; `at_most` is another rate than the role's, for a `who` of its
        own such as `sign-in:ip:192.0.2.1`. While Valkey is away the process counts for itself.
        Raises: NotServed, 503, if it is away and `fails_open` is false.
        """
        rate = at_most or self.rate(role)
        if self._rates is None:
            return _full(rate)
        try:
            drawn = await self._draw(Draw(who, rate, points))
        except Away:
            if not fails_open:
                raise unavailable("TRY_AGAIN", "Try again in a moment.") from None
            drawn = self._local.draw(Draw(who, rate, points))
        return _taken(drawn, rate, points)

    async def give_back(
        self, who: str, role: str, points: float, *, at_most: Rate | None = None
    ) -> None:
        """Return what was taken and not spent. Never more than full; nobody waits for it."""
        if self._rates is None or not points > 0:
            return
        back = Draw(who, at_most or self.rate(role), points, back=True)
        if self._shared.away:
            self._local.draw(back)
        else:
            self._enqueue(back, None)

    @contextlib.contextmanager
    def running(self, who: str) -> Generator[None]:
        """One request of a caller, from its start to its end, in this process.

        Raises: NotServed, 429, where the caller has as many as it may.
        """
        if self._rates is not None and self._running[who] >= self._at_once:
            raise _too_many_at_once(self._at_once)
        self._running[who] += 1
        try:
            yield
        finally:
            self._running[who] -= 1
            if not self._running[who]:
                del self._running[who]

    async def aclose(self) -> None:
        """Wait for what is under way and close the connections."""
        if self._pump is not None:
            await asyncio.gather(self._pump, return_exceptions=True)
        await self._shared.aclose()

    async def _draw(self, draw: Draw) -> Drawn:
        if self._shared.away:
            raise Away
        answer: asyncio.Future[Drawn] = asyncio.get_running_loop().create_future()
        self._enqueue(draw, answer)
        return await answer

    def _enqueue(self, draw: Draw, answer: asyncio.Future[Drawn] | None) -> None:
        self._waiting.append((draw, answer))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        """Ask for all that wait, until nothing does."""
        while self._waiting:
            some = [
                self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_IN_ONE_CALL))
            ]
            found: list[Drawn] | None = None
            try:
                found = await self._buckets.draw([draw for draw, _ in some])
            except Away:
                pass
            finally:
                _settle([answer for _, answer in some], found)


def rates_of(text: str) -> Mapping[str, Rate] | None:
    """The rates that a setting says: `off` for none, `on`, or `merchant=10000/1000` by commas.

    Raises: ValueError for what cannot be read. Source: docs/operations.md, "Settings".
    """
    if text == OFF:
        return None
    found = dict(RATES)
    for entry in filter(None, (part.strip() for part in text.split(",") if text != ON)):
        role, _, numbers = entry.partition("=")
        limit, _, per_second = numbers.partition("/")
        known = role.upper() in RATES and limit.isdecimal() and per_second.isdecimal()
        if not known or int(limit) < 1 or int(per_second) < 1:
            raise ValueError(f"{entry!r} is not ROLE=POINTS/POINTS_PER_SECOND")
        found[role.upper()] = Rate(int(limit), int(per_second))
    return found


def who_of_ip(address: str | None) -> str:
    """The bucket of a caller without a name: an IPv4 address, or the /64 of an IPv6 one.

    An IPv4 address that is written as IPv6 is itself. Without an address all share one bucket.
    """
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "ip:unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return f"ip:{ipaddress.ip_network((int(found), 64), strict=False)}"
        found = found.ipv4_mapped
    return f"ip:{found}"


@cache
def _full(rate: Rate) -> Taken:
    return Taken(True, rate.limit, rate.limit, rate.per_second)


def _settle(answers: list[asyncio.Future[Drawn] | None], found: list[Drawn] | None) -> None:
    """Tell those that still wait what they got, or that there is nobody to ask."""
    for number, answer in enumerate(answers):
        if answer is None or answer.done():
            continue
        if found is None:
            answer.set_exception(Away())
        else:
            answer.set_result(found[number])


def _taken(drawn: Drawn, rate: Rate, points: float) -> Taken:
    missing = points - drawn.level
    wait = missing / rate.per_second if not drawn.allowed and points <= rate.limit else None
    return Taken(drawn.allowed, rate.limit, drawn.level, rate.per_second, wait)


def _too_many_at_once(allowed: int) -> NotServed:
    return NotServed(
        HTTPStatus.TOO_MANY_REQUESTS,
        Code.RATE_LIMITED,
        "TOO_MANY_AT_ONCE",
        f"You have {allowed} requests under way. Wait for one of them.",
        headers={"Retry-After": "1"},
        retryAfter=1,
    )
