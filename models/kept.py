"""Small tables that every request needs, read whole and kept in the process for a moment.

A process that serves keeps them for a second (`keep_for`): what changes in them is seen that much
later. Elsewhere, and inside a transaction of its own, nothing is kept and each call reads.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

SERVING_SECONDS = 1.0
_seconds = [0.0]


def keep_for(seconds: float) -> None:
    """From now on, keep what is read for so long; 0 keeps nothing."""
    _seconds[0] = seconds


class Kept(Generic[T]):
    """What `read` returns, at most `keep_for` old. Readers share it and must not change it."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._found: tuple[float, T] | None = None
        self._reading = asyncio.Lock()

    def now(self) -> T | None:
        """What is kept, if it is fresh."""
        if self._found is None or time.monotonic() - self._found[0] >= _seconds[0]:
            return None
        return self._found[1]

    async def get(self) -> T:
        """What is kept, or else read; those who ask while it is read wait for the same answer."""
        if (fresh := self.now()) is not None:
            return fresh
        if not _seconds[0]:
            return await self._read()
        async with self._reading:
            if (fresh := self.now()) is not None:
                return fresh
            began = time.monotonic()
            found = await self._read()
            self._found = (began, found)
            return found
