"""The bus over Redis: a stream per topic for who was away, one channel for who is there.

What is said is written and published by one script, so that all processes hear all events in the
order of their ids. A process has one connection that listens, whatever its listeners. When that
connection breaks it is made again, and every listener gets from the streams what it missed.
"""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Self

import orjson
import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from integrations.bus.events import KEPT_SECONDS, Event, id_of, stamp
from integrations.bus.listening import Listeners, Watcher

log = structlog.get_logger()

STREAM = "boucle:bus:topic:"
CLOCK = "boucle:bus:clock"
CHANNEL = "boucle:bus"
MOST_OF_A_TOPIC = 10_000
AT_ONCE = 500
SILENCE_SECONDS = 5.0
RETRY_SECONDS = (0.05, 1.0)
AWAY = (OSError, RedisError)

# KEYS: the clock, then a stream for each event, or none for pulses. ARGV: channel, seconds kept,
# most of a topic, then topic and payload of each. The clock is microseconds that never stand still.
_SAY = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now - 1)
local since = string.format('%.0f', math.floor(now / 1000) - ARGV[2] * 1000)
local ids = {}
for i = 4, #ARGV, 2 do
  at = at + 1
  local id = string.format('%.0f-%.0f', math.floor(at / 1000), at % 1000)
  local stream = KEYS[i / 2]
  if stream then
    if redis.pcall('XADD', stream, 'MINID', '~', since, id, 'p', ARGV[i + 1])['err'] then
      redis.call('DEL', stream)
      redis.call('XADD', stream, id, 'p', ARGV[i + 1])
    end
    redis.call('XTRIM', stream, 'MAXLEN', '~', ARGV[3])
    redis.call('EXPIRE', stream, ARGV[2] * 2)
  end
  redis.call('PUBLISH', ARGV[1], id .. ' ' .. ARGV[i] .. ' ' .. ARGV[i + 1])
  ids[#ids + 1] = id
end
redis.call('SET', KEYS[1], string.format('%.0f', at))
return ids
"""
_NOW = """
local time = redis.call('TIME')
local at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), time[1] * 1000000 + time[2])
return string.format('%.0f-%.0f', math.floor(at / 1000), at % 1000)
"""


class RedisBus:
    """All processes that name the same Redis and the same database of it.

    It connects when it is first used; `aclose` ends it. Saying something raises RedisError while
    Redis is away; listening waits for it.
    """

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_url,
            socket_timeout=5,
            socket_connect_timeout=2,
            retry=Retry(NoBackoff(), 0),
        )
        self._say = self._redis.register_script(_SAY)
        self._clock = self._redis.register_script(_NOW)
        number = self._redis.connection_pool.connection_kwargs.get("db") or 0
        self._channel = f"{CHANNEL}:{number}"  # Redis has channels beside its databases
        self._local = Listeners()
        self._reader: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every listener and every connection."""
        await self._local.end()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None
        await self._redis.aclose()

    async def publish(self, topic: str, payload: Mapping[str, Any]) -> str:
        """Say it to all who listen to `topic`, keep it for 5 minutes; return its id."""
        (event_id,) = await self.publish_all([(topic, payload)])
        return event_id

    async def publish_all(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
        """Say all of these in their order, 500 a round trip; return their ids."""
        ids: list[str] = []
        for start in range(0, len(events), AT_ONCE):
            some = events[start : start + AT_ONCE]
            ids += await self._said(some, [STREAM + topic for topic, _ in some])
        return ids

    async def pulse(self, topic: str, payload: Mapping[str, Any]) -> str:
        """Say it to those who listen now, and keep nothing."""
        (event_id,) = await self._said([(topic, payload)], [])
        return event_id

    async def _said(
        self, events: Sequence[tuple[str, Mapping[str, Any]]], streams: list[str]
    ) -> list[str]:
        args: list[Any] = [self._channel, KEPT_SECONDS, MOST_OF_A_TOPIC]
        for topic, payload in events:
            args += [topic, orjson.dumps(payload)]
        return [each.decode() for each in await self._say(keys=[CLOCK, *streams], args=args)]

    def listen(self, topic: str, after: str | None = None) -> AsyncGenerator[Event]:
        """The events of a topic after `after`, or from now on. Raises: ValueError."""
        listening = self._local.add(topic, after, self._replay)
        self._begin()
        return listening

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Tell `watcher` every event as it is heard; the result ends that."""
        end = self._local.watch(watcher)
        self._begin()
        return end

    async def ready(self) -> None:
        """Return when this process hears what is said."""
        self._begin()
        await self._connected.wait()

    def _begin(self) -> None:
        if self._reader is None:
            work = self._read_forever()
            self._reader = asyncio.create_task(work, context=contextvars.Context())

    async def _read_forever(self) -> None:
        pause, longest = RETRY_SECONDS
        while True:
            try:
                await self._read()
            except AWAY as error:
                log.warning("bus.waiting", error=type(error).__name__)
            except Exception:
                log.exception("bus.fault")  # a watcher's: begin anew, as others still listen
            pause = RETRY_SECONDS[0] if self._connected.is_set() else min(pause * 2, longest)
            self._connected.clear()
            self._local.lost()
            await asyncio.sleep(pause)

    async def _read(self) -> None:
        """Listen on one connection until it breaks. Raises: RedisError, OSError."""
        connection = self._connection()
        try:
            await connection.connect()
            await connection.send_command("SUBSCRIBE", self._channel)
            await connection.read_response(push_request=True)
            await self._fill_gaps()
            self._connected.set()
            await self._hear(connection)
        finally:
            await connection.disconnect(nowait=True)

    def _connection(self) -> Any:
        """One outside the pool: the client's own subscriber would hide that it was cut off."""
        make: Any = self._redis.connection_pool.make_connection
        return make()

    async def _fill_gaps(self) -> None:
        """Give every listener what was said while nobody heard; nothing to new ones."""
        now = stamp((await self._clock(keys=[CLOCK])).decode())
        for topic in self._local.topics():
            for each in self._local.of(topic):
                each.latest = each.latest or now
            known = min((each.latest for each in self._local.of(topic)), default=now)
            self._local.refill(topic, await self._kept(topic, known))
        self._local.heard = max(self._local.heard, now)

    async def _hear(self, connection: Any) -> None:
        asked = False
        while True:
            message = await connection.read_response(
                timeout=SILENCE_SECONDS, push_request=True, disconnect_on_error=False
            )
            if message is not None:
                asked = False
                if isinstance(message, list) and message[0] == b"message":
                    self._heard(message[2])
            elif asked:
                raise TimeoutError("Redis is silent")
            else:
                asked = True
                await connection.send_command("PING")

    def _heard(self, data: bytes) -> None:
        try:
            event = _read_event(data)
        except ValueError:
            log.warning("bus.not_an_event", bytes=len(data))
            return
        self._local.dispatch(event)

    async def _replay(self, topic: str, after: int) -> list[Event]:
        """What is kept of a topic after a stamp; waits while Redis is away."""
        while True:
            await self._connected.wait()
            try:
                return await self._kept(topic, after)
            except AWAY:
                await asyncio.sleep(RETRY_SECONDS[1])

    async def _kept(self, topic: str, after: int) -> list[Event]:
        rows: Any = await self._redis.xrange(STREAM + topic, min=f"({id_of(after)}", max="+")
        return [Event(row.decode(), topic, orjson.loads(data[b"p"])) for row, data in rows]


def _read_event(data: bytes) -> Event:
    event_id, topic, payload = data.split(b" ", 2)
    event = Event(event_id.decode(), topic.decode(), orjson.loads(payload))
    stamp(event.id)
    return event
