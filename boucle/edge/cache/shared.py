"""Answers in Redis, for all processes: bounded in time and in bytes, valid by what the bus said.

An answer is stored with the stamp of what its maker had heard before it began. It is given out if
no topic among its tags has a younger event: one script compares it with the streams of the bus.
"""

import asyncio
import contextvars
import time
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from integrations.bus.events import id_of
from integrations.bus.over_redis import STREAM

log = structlog.get_logger()

PREFIX = "boucle:answer:"
TIMEOUT_SECONDS = 0.25
OFF_SECONDS = 1.0
MOST_STORING = 16
AT_ONCE = 32
AWAY = (OSError, RedisError)

# KEYS: answers. ARGV: what the names of streams begin with. Gives the answers that still hold.
_GET = """
local function holds(value)
  local _, _, ms, number, tags = string.find(value, '^(%d+)-(%d+) %d+ %d+ ([^\\n]*)\\n')
  ms, number = tonumber(ms), tonumber(number)
  for tag in string.gmatch(tags, '%S+') do
    local last = redis.call('XREVRANGE', ARGV[1] .. tag, '+', '-', 'COUNT', 1)[1]
    if last then
      local _, _, last_ms, last_number = string.find(last[1], '^(%d+)-(%d+)$')
      last_ms, last_number = tonumber(last_ms), tonumber(last_number)
      if last_ms > ms or (last_ms == ms and last_number > number) then return false end
    end
  end
  return true
end
local found = redis.call('MGET', unpack(KEYS))
for i, value in ipairs(found) do
  if value and not holds(value) then
    redis.call('DEL', KEYS[i])
    found[i] = false
  end
end
return found
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as all processes read it. Units: seconds since 1970."""

    body: bytes
    tags: frozenset[str]
    made_at: float
    expires: float


class Shared:
    """The answers of one Redis. Whatever it refuses is a miss; a silent one is left alone for 1 s.

    A process stores at most `most_bytes` in `seconds`, the longest time that it keeps an answer.
    """

    def __init__(self, redis_url: str, most_bytes: int, seconds: float) -> None:
        self._redis = Redis.from_url(
            redis_url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._get = self._redis.register_script(_GET)
        self._most, self._seconds = most_bytes, seconds
        self._room, self._room_until = most_bytes, 0.0
        self._off_until = 0.0
        self._life: str | None = None
        self._storing: set[asyncio.Task[None]] = set()
        self._asked: list[tuple[bytes, asyncio.Future[bytes | None]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def aclose(self) -> None:
        """Finish what is being stored and end the connections."""
        asking = [self._asking] if self._asking is not None else []
        await asyncio.gather(*self._storing, *asking, return_exceptions=True)
        await self._redis.aclose()

    def lost(self) -> None:
        """The server may be another one when it is back; answers of the one before do not count.

        What it wrote last, an invalidation say, may be lost with a server that died.
        """
        self._life = None

    async def get(self, key: bytes) -> Stored | None:
        """The answer of a key, unless one of its tags was announced since."""
        if time.monotonic() < self._off_until:
            return None
        future: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._asked.append((key, future))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), context=contextvars.Context())
        value = await future
        stored = None if value is None else _read(value)
        return None if stored is None or stored.expires <= time.time() else stored

    async def _ask(self) -> None:
        """Look up what was asked for, together what came during the look-up before."""
        some: list[tuple[bytes, asyncio.Future[bytes | None]]] = []
        try:
            while self._asked:
                some, self._asked = self._asked[:AT_ONCE], self._asked[AT_ONCE:]
                values = await self._values([key for key, _ in some])
                for (_, future), value in zip(some, values, strict=True):
                    if not future.done():
                        future.set_result(value)
        finally:
            self._asking = None
            for _, future in [*some, *self._asked]:
                if not future.done():
                    future.set_result(None)
            self._asked.clear()

    async def _values(self, keys: list[bytes]) -> list[bytes | None]:
        try:
            found: Any = await self._get(keys=[await self._named(k) for k in keys], args=[STREAM])
        except AWAY as error:
            self._off(error)
            return [None] * len(keys)
        return list(found)

    def put(self, key: bytes, stored: Stored, stamp: int) -> None:
        """Store an answer, beside what the process does next; `stamp` was heard before it began."""
        value = _written(stored, stamp)
        if time.monotonic() < self._off_until or len(self._storing) >= MOST_STORING:
            return
        if not self._has_room(len(key) + len(value)):
            return
        task = asyncio.create_task(self._put(key, value, stored.expires))
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)

    async def _put(self, key: bytes, value: bytes, expires: float) -> None:
        left = int((expires - time.time()) * 1_000)
        if left <= 0:
            return
        try:
            await self._redis.set(await self._named(key), value, px=left)
        except AWAY as error:
            self._off(error)

    async def _named(self, key: bytes) -> str:
        if self._life is None:
            self._life = str((await self._redis.info("server"))["run_id"])
        return f"{PREFIX}{self._life}:{key.hex()}"

    def _has_room(self, size: int) -> bool:
        now = time.monotonic()
        if now >= self._room_until:
            self._room, self._room_until = self._most, now + self._seconds
        if size > self._room:
            return False
        self._room -= size
        return True

    def _off(self, error: Exception) -> None:
        self._off_until = time.monotonic() + OFF_SECONDS
        self._life = None
        log.warning("cache.redis_away", error=type(error).__name__)


def _written(stored: Stored, stamp: int) -> bytes:
    times = f"{stored.made_at * 1_000:.0f} {stored.expires * 1_000:.0f}"
    return f"{id_of(stamp)} {times} {' '.join(stored.tags)}\n".encode() + stored.body


def _read(value: bytes) -> Stored:
    head, _, body = value.partition(b"\n")
    _, made, expires, *tags = head.decode().split(" ")
    return Stored(body, frozenset(tags), int(made) / 1_000, int(expires) / 1_000)
