"""Answers to public queries, kept until what they depend on is announced to have changed.

Two rules keep them right. An answer is stored only if none of its tags was announced since before
its execution began, and dropped as soon as one is. It is served only while this process is known to
have heard every change that is a second old. Source: docs/decisions/0020-response-cache.md.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from boucle.edge.cache.answers import Answers, Cached, History, etag_of
from boucle.edge.cache.freshness import FRESH_SECONDS, Freshness
from boucle.edge.cache.http import NO_STORE, cache_headers, not_modified
from boucle.edge.cache.queries import CACHEABLE, cacheable
from boucle.edge.cache.shared import Shared, Stored
from boucle.telemetry import CACHE_ANSWERS, CACHE_BYTES, CACHE_DROPPED
from integrations.bus import Bus, Event
from models.announce import BEAT, EVERYTHING
from resolvers.context import NOT_KEPT

__all__ = [
    "CACHEABLE",
    "NO_STORE",
    "Cached",
    "Computed",
    "ResponseCache",
    "cache_headers",
    "cacheable",
    "not_modified",
]

KEPT_SECONDS = 240.0  # below the 300 that the bus keeps events
TURN_SECONDS = 900  # every turn of a rotation and every midnight of a time zone falls on one
MOST_TAGS = 256
TRIES = 3


@dataclass(frozen=True, slots=True)
class Computed:
    """What an execution returned: the bytes of `data` and the tags of its Context.

    Shapes: `rest` is anything that the caller wants back beside the body, such as errors. An answer
    with a rest, without tags or with NOT_KEPT among them is given to who asked, and not kept.
    """

    body: bytes
    tags: Set[str]
    rest: Any = None

    @property
    def kept(self) -> bool:
        """Whether it may be given to who asks later."""
        return self.rest is None and 0 < len(self.tags) <= MOST_TAGS and NOT_KEPT not in self.tags


Compute = Callable[[], Awaitable[Computed]]


@dataclass(slots=True)
class _Flight:
    """An execution under way, which others wait for; `since` was heard before it began."""

    since: int
    began: float
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    cached: Cached | None = None
    tags: Set[str] = frozenset()


class ResponseCache:
    """The answers of one process, and those of all processes where there is a Redis.

    Shapes: `schema` is a digest of the schema, so that a release reads only its own answers.
    `most_bytes` bounds this process's memory, and what it stores in Redis in 4 minutes; 0 keeps
    nothing.
    """

    def __init__(
        self,
        bus: Bus,
        redis_url: str | None,
        *,
        schema: str,
        most_bytes: int = 32 * 1_048_576,
        fresh: Freshness | None = None,
    ) -> None:
        self._bus = bus
        self._schema = schema.encode()
        self._most_bytes = most_bytes
        self._answers = Answers(most_bytes)
        self._history = History()
        self._fresh = fresh or Freshness()
        shared = redis_url is not None and most_bytes > 0
        self._shared = Shared(redis_url, most_bytes, KEPT_SECONDS) if shared and redis_url else None
        self._flights: dict[bytes, _Flight] = {}
        self._hits = 0
        self._end: Callable[[], None] | None = None

    def start(self) -> None:
        """Listen to the bus, on the running event loop."""
        self._end = self._bus.watch(self)

    async def aclose(self) -> None:
        """Stop listening and end the connections; the bus stays the caller's."""
        if self._end is not None:
            self._end()
        self.lost()
        if self._shared is not None:
            await self._shared.aclose()

    @property
    def fresh(self) -> bool:
        """Whether this process has heard of every change that is a second old."""
        return time.monotonic() < self._fresh.until

    def key(self, operation: bytes, name: str | None, variables: Mapping[str, Any] | None) -> bytes:
        """The key of an operation: digest of its document, its name, its variables in any order."""
        try:
            text = orjson.dumps(variables or {}, option=orjson.OPT_SORT_KEYS)
        except TypeError:  # a whole number of more than 64 bits
            text = json.dumps(variables, sort_keys=True).encode()
        parts = (self._schema, operation, (name or "").encode(), text)
        return hashlib.blake2b(b"\0".join(parts), digest_size=16).digest()

    def get(self, key: bytes) -> Cached | None:
        """The answer that this process keeps, if it may be served now."""
        found = self._answers.get(key)
        if found is None:
            return None
        now = time.monotonic()
        if now >= self._fresh.until or now >= found.expires:
            return None
        self._hits += 1
        return found

    async def answer(self, key: bytes, compute: Compute) -> Cached:
        """The answer of a key: kept here, kept in Redis, being made by another request, or made.

        `compute` makes the Context itself, so that what it reads is younger than this call. One
        runs for each key at a time; where it fails or is cancelled the next who waits runs theirs.
        Raises: what `compute` raises.
        """
        for _ in range(TRIES):
            if (found := self.get(key)) is not None:
                return found
            flight = self._flights.get(key)
            sure = self.fresh
            young = flight is not None and time.monotonic() - flight.began < FRESH_SECONDS
            if flight is None or not (sure or young):
                return await self._lead(key, compute)
            joined = self._history.heard
            await flight.ended.wait()
            touched = self._history.touched(flight.tags, flight.since, joined, sure=sure)
            if flight.cached is not None and not touched:
                CACHE_ANSWERS.labels("joined").inc()
                return replace(flight.cached, hit="joined")
        return await self._lead(key, compute)

    async def _lead(self, key: bytes, compute: Compute) -> Cached:
        flight = self._flights[key] = _Flight(self._history.heard, time.monotonic())
        try:
            cached = await self._from_redis(key, flight)
            cached = cached or await self._made(key, flight, compute)
            flight.cached = cached
            return cached
        finally:
            if self._flights.get(key) is flight:
                del self._flights[key]
            flight.ended.set()

    async def _from_redis(self, key: bytes, flight: _Flight) -> Cached | None:
        if self._shared is None or not self.fresh:
            return None
        stored = await self._shared.get(key)
        if stored is None:
            return None
        ago, left = time.time() - stored.made_at, stored.expires - time.time()
        now = time.monotonic()
        cached = Cached(stored.body, etag_of(stored.body), now - ago, now + left, "redis")
        flight.tags = stored.tags
        self._keep(key, flight, cached)
        CACHE_ANSWERS.labels("redis").inc()
        return cached

    async def _made(self, key: bytes, flight: _Flight, compute: Compute) -> Cached:
        wall = time.time()
        until = min(wall + KEPT_SECONDS, (wall // TURN_SECONDS + 1) * TURN_SECONDS)
        expires = time.monotonic() + until - wall
        computed = await compute()
        body, began = computed.body, flight.began
        CACHE_ANSWERS.labels("miss").inc()
        if computed.kept and self._most_bytes:
            flight.tags = frozenset({*computed.tags, EVERYTHING})
            cached = Cached(body, etag_of(body), began, expires, "miss")
            if self._keep(key, flight, cached):
                if self._shared is not None:
                    stored = Stored(body, flight.tags, wall, until)
                    self._shared.put(key, stored, flight.since)
                return cached
        return Cached(body, etag_of(body), began, began, "miss", computed.rest)

    def _keep(self, key: bytes, flight: _Flight, cached: Cached) -> bool:
        """Keep an answer, unless it may have grown old while it was made."""
        if not self.fresh or self._history.touched(flight.tags, flight.since):
            return False
        self._answers.put(key, replace(cached, hit="process"), flight.tags)
        return True

    def heard(self, event: Event) -> None:
        """Drop what an event makes old; take a heartbeat as proof that nothing was missed."""
        if event.topic != BEAT:
            self._history.note(event.stamp, event.topic)
            if dropped := self._answers.drop(event.topic):
                CACHE_DROPPED.inc(dropped)
            return
        self._history.pulse(event.stamp)
        self._fresh.beat(str(event.payload["relay"]), float(event.payload["at"]))
        CACHE_ANSWERS.labels("process").inc(self._hits)
        CACHE_BYTES.set(self._answers.size)
        self._hits = 0

    def lost(self) -> None:
        """Events may be missed: nothing that is kept here can be trusted any more."""
        self._fresh.lost()
        self._history.lost()
        self._answers.clear()
        if self._shared is not None:
            self._shared.lost()
