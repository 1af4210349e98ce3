"""What was read lately, so that a request need not read it again; never older than its time."""

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SECONDS = 3.0
MOST = 10_000


class Fresh(Generic[K, V]):
    """Values by key, each for `seconds` from the moment its reading began.

    What is not there is not remembered: a new key works at once. Beyond `MOST` the oldest go.
    """

    def __init__(
        self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._clock = seconds, clock
        self._held: dict[K, tuple[float, V]] = {}

    async def get(self, key: K, read: Callable[[], Awaitable[V | None]]) -> V | None:
        """The value that is held, else what `read` finds; None where it finds nothing."""
        began = self._clock()
        held = self._held.get(key)
        if held is not None and began - held[0] < self._seconds:
            return held[1]
        self._held.pop(key, None)
        found = await read()
        if found is not None:
            self._held[key] = (began, found)
            if len(self._held) > MOST:
                del self._held[next(iter(self._held))]
        return found

    def drop(self, key: K) -> None:
        """Forget a value that is known to be wrong now."""
        self._held.pop(key, None)
