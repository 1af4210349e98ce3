"""Events between processes: said once, heard by whoever listens, replayed for who was away.

`RedisBus` joins all processes behind one Redis; `MemoryBus` is the same inside one process. What
an event says is a hint to read again, never the data itself.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Protocol

from integrations.bus.events import Event, stamp
from integrations.bus.listening import QUEUE, Watcher
from integrations.bus.memory import MemoryBus
from integrations.bus.over_redis import RedisBus

__all__ = ["QUEUE", "Bus", "Event", "MemoryBus", "RedisBus", "Watcher", "stamp"]


class Bus(Protocol):
    """Topics are words without spaces; payloads are JSON objects of a few hundred bytes.

    Ids grow over all topics: an event of a smaller id was said before.
    """

    async def publish(self, topic: str, payload: Mapping[str, Any]) -> str:
        """Say it to all who listen to `topic`, keep it for 5 minutes; return its id.

        Of a topic that is said more often than 10,000 times in that time the youngest are kept.
        """
        ...

    async def publish_all(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
        """Say all of these in their order, at once; return their ids."""
        ...

    async def pulse(self, topic: str, payload: Mapping[str, Any]) -> str:
        """Say it to those who listen now, and keep nothing."""
        ...

    def listen(self, topic: str, after: str | None = None) -> AsyncGenerator[Event]:
        """The events of a topic that come after `after`, or from now on.

        It listens from the call on, until it is closed or dropped. A listener who falls 64 events
        behind gets the newest alone, whose payload says how many it stands for as `missed`.
        Raises: ValueError for an `after` that is not an id.
        """
        ...

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Tell `watcher` every event of every topic as it is heard; the result ends that."""
        ...

    async def ready(self) -> None:
        """Return when this process hears what is said."""
        ...

    async def aclose(self) -> None:
        """End every listener."""
        ...
