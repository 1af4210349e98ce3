"""The bus inside one process."""

import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

import orjson

from integrations.bus.events import KEPT_SECONDS, Event, id_of, stamp
from integrations.bus.listening import Listeners, Watcher

MOST_KEPT = 100_000


class MemoryBus:
    """For tests and for a process that is alone: the laws of RedisBus, without a server."""

    def __init__(self) -> None:
        self._local = Listeners()
        self._kept: deque[Event] = deque()
        self._last = 0

    async def publish(self, topic: str, payload: Mapping[str, Any]) -> str:
        """Say it to all who listen to `topic`, keep it for 5 minutes; return its id."""
        (event_id,) = await self.publish_all([(topic, payload)])
        return event_id

    async def publish_all(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
        """Say all of these in their order; return their ids."""
        said = [self._event(topic, payload) for topic, payload in events]
        self._kept.extend(said)
        self._forget()
        for event in said:
            self._local.dispatch(event)
        return [event.id for event in said]

    async def pulse(self, topic: str, payload: Mapping[str, Any]) -> str:
        """Say it to those who listen now, and keep nothing."""
        event = self._event(topic, payload)
        self._local.dispatch(event)
        return event.id

    def listen(self, topic: str, after: str | None = None) -> AsyncGenerator[Event]:
        """The events of a topic after `after`, or from now on. Raises: ValueError."""
        return self._local.add(topic, after, self._replay)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Tell `watcher` every event as it is heard; the result ends that."""
        return self._local.watch(watcher)

    async def ready(self) -> None:
        """It hears at once."""

    async def aclose(self) -> None:
        """End every listener."""
        await self._local.aclose()

    def _event(self, topic: str, payload: Mapping[str, Any]) -> Event:
        now = stamp(f"{time.time_ns() // 1_000_000}-0")
        self._last = max(self._last + 1, now)
        return Event(id_of(self._last), topic, orjson.loads(orjson.dumps(payload)))

    def _forget(self) -> None:
        oldest = stamp(f"{time.time_ns() // 1_000_000 - KEPT_SECONDS * 1_000}-0")
        while self._kept and (len(self._kept) > MOST_KEPT or self._kept[0].stamp < oldest):
            self._kept.popleft()

    async def _replay(self, topic: str, after: int) -> list[Event]:
        return [e for e in self._kept if e.topic == topic and e.stamp > after]
