"""Announcements between processes: something of a topic changed, read it again.

An event is a hint, delivered at most once to a listener that is there; who was away asks for what
came after the last id it knows, for at least five minutes.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

KEPT_SECONDS = 300
KEPT_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened. `id` grows per topic: milliseconds since 1970, a dash, a counter."""

    id: str
    topic: str
    payload: dict[str, Any]


class Bus(Protocol):
    """Where events are published, and listened to by topic."""

    async def publish(self, topic: str, payload: Mapping[str, Any]) -> str:
        """Tell every listener of the topic; return the event's id."""
        ...

    def listen(self, topic: str, after: str | None = None) -> AsyncGenerator[Event]:
        """Events kept after the id `after`, then those to come; without `after` only the latter."""
        ...


class MemoryBus:
    """A bus within one process."""

    def __init__(self) -> None:
        self._kept: dict[str, deque[Event]] = {}
        self._news = asyncio.Condition()
        self._last = (0, 0)

    async def publish(self, topic: str, payload: Mapping[str, Any]) -> str:
        async with self._news:
            now = time.time_ns() // 1_000_000
            last_ms, count = self._last
            self._last = (now, 0) if now > last_ms else (last_ms, count + 1)
            event = Event("{}-{}".format(*self._last), topic, dict(payload))
            kept = self._kept.setdefault(topic, deque(maxlen=KEPT_EVENTS))
            kept.append(event)
            while _position(kept[0].id)[0] < now - KEPT_SECONDS * 1000:
                kept.popleft()
            self._news.notify_all()
        return event.id

    async def listen(self, topic: str, after: str | None = None) -> AsyncGenerator[Event]:
        at = self._last if after is None else _position(after)
        while True:
            async with self._news:
                found = [e for e in self._kept.get(topic, ()) if _position(e.id) > at]
                if not found:
                    await self._news.wait()
            for event in found:
                at = _position(event.id)
                yield event


def _position(event_id: str) -> tuple[int, int]:
    ms, _, count = event_id.partition("-")
    return int(ms), int(count or 0)
