"""The listeners of one process, and how an event reaches each of them."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from types import TracebackType
from typing import Protocol
from weakref import WeakSet

from integrations.bus.events import Event, missed, stamp

QUEUE = 64
Replay = Callable[[str, int], Awaitable[list[Event]]]


class Watcher(Protocol):
    """Who hears every event of the bus, one at a time, in order, without a queue."""

    def heard(self, event: Event) -> None:
        """An event, or a pulse."""
        ...

    def lost(self) -> None:
        """From now on events may be missed, until one is heard again."""
        ...


class Listening(AsyncGenerator[Event, None]):
    """One listener's queue: first what is kept of the past, then what comes, each event once.

    Shapes: `latest` is the stamp of the newest event put into the queue, or of where it began.
    """

    def __init__(self, topic: str, after: int | None, begins: int, replay: Replay) -> None:
        self.topic = topic
        self.latest = begins if after is None else after
        self._after, self._replay = after, replay
        self._seen = after or 0
        self._queue: deque[Event] = deque()
        self._skipped = 0
        self._something = asyncio.Event()
        self.closed = False

    def put(self, event: Event) -> None:
        """Queue an event unless it is known; with a full queue, keep it alone and say so."""
        if event.stamp <= self.latest or self.closed:
            return
        self.latest = event.stamp
        if len(self._queue) >= QUEUE:
            self._skipped += len(self._queue)
            self._queue.clear()
        self._queue.append(event)
        self._something.set()

    async def asend(self, _value: None, /) -> Event:
        while not self.closed:
            if self._after is not None:
                await self._catch_up(self._after)
            while self._queue:
                event = self._queue.popleft()
                count, self._skipped = self._skipped, 0
                if event.stamp > self._seen:
                    self._seen = event.stamp
                    return missed(event, count) if count else event
            self._something.clear()
            await self._something.wait()
        raise StopAsyncIteration

    async def _catch_up(self, after: int) -> None:
        """Put what was kept before what has come since; what both have is told once."""
        kept = await self._replay(self.topic, after)
        self._after = None
        newest = kept[-1].stamp if kept else after
        self._queue = deque([*kept, *(e for e in self._queue if e.stamp > newest)])
        self.latest, self._skipped = max(self.latest, newest), 0

    async def athrow(
        self,
        typ: BaseException | type[BaseException],
        val: BaseException | object = None,
        tb: TracebackType | None = None,
        /,
    ) -> Event:
        self._close()
        if isinstance(typ, BaseException):
            raise typ
        raise val if isinstance(val, BaseException) else typ()

    async def aclose(self) -> None:
        self._close()

    def _close(self) -> None:
        self.closed = True
        self._queue.clear()
        self._something.set()


class Listeners:
    """Everyone who listens in this process. A listener that is dropped is forgotten."""

    def __init__(self) -> None:
        self._by_topic: dict[str, WeakSet[Listening]] = {}
        self._watchers: list[Watcher] = []
        self.heard = 0

    def add(self, topic: str, after: str | None, replay: Replay) -> Listening:
        """A listener from now on. Raises: ValueError for an `after` that is not an id."""
        since = None if after is None else stamp(after)
        listening = Listening(topic, since, self.heard, replay)
        self._by_topic.setdefault(topic, WeakSet()).add(listening)
        return listening

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Add a watcher; the result removes it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def dispatch(self, event: Event) -> None:
        """Tell all whom it concerns."""
        self.heard = max(self.heard, event.stamp)
        for watcher in self._watchers:
            watcher.heard(event)
        self.refill(event.topic, [event])

    def refill(self, topic: str, events: list[Event]) -> None:
        """Tell the listeners of a topic those of these events that they do not know."""
        for listening in self.of(topic):
            for event in events:
                listening.put(event)

    def lost(self) -> None:
        """Tell every watcher that events may be missed."""
        for watcher in self._watchers:
            watcher.lost()

    def of(self, topic: str) -> list[Listening]:
        """The listeners of a topic."""
        found = self._by_topic.get(topic)
        if found is None:
            return []
        here = [each for each in found if not each.closed]
        if not here:
            del self._by_topic[topic]
        return here

    async def end(self) -> None:
        """Close every listener."""
        for topic in self.topics():
            for listening in self.of(topic):
                await listening.aclose()

    def topics(self) -> list[str]:
        """What somebody listens to."""
        return [topic for topic in list(self._by_topic) if self.of(topic)]

    async def aclose(self) -> None:
        """End every listener: it gets nothing more."""
        for topic in self.topics():
            for listening in self.of(topic):
                await listening.aclose()
