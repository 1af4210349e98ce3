"""Small tables that every request needs, read whole and kept in the process for a moment.

A process that serves keeps them for a second (`keep_for`), and forgets them when a change of a
market or of everything is announced (`forget`): what is read after that is younger. Elsewhere, and
inside a transaction of its own, nothing is kept and each call reads.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

SERVING_SECONDS = 1.0
MINUTE = 60.0


class _Keeping:
    """How long this process keeps what it reads, and how often it was told to forget."""

    seconds = 0.0
    forgotten = 0


def keep_for(seconds: float) -> None:
    """From now on, keep what is read for so long; 0 keeps nothing."""
    _Keeping.seconds = seconds


def forget() -> None:
    """Keep nothing of what was read up to now, or is being read."""
    _Keeping.forgotten += 1


class KeptBy(Generic[K, T]):
    """What `read` returns for a key, for a minute, of the keys used last; forgotten like the rest.

    For what changes only with an announcement of everything. Outside a process that serves nothing
    is kept.
    """

    def __init__(self, read: Callable[[K], Awaitable[T]], most: int = 1_000) -> None:
        self._read, self._most = read, most
        self._found: OrderedDict[K, tuple[float, int, T]] = OrderedDict()

    async def get(self, key: K) -> T:
        """What is kept of the key, or else read."""
        if not _Keeping.seconds:
            return await self._read(key)
        now, forgotten = time.monotonic(), _Keeping.forgotten
        known = self._found.get(key)
        if known is not None and known[1] == forgotten and now - known[0] < MINUTE:
            self._found.move_to_end(key)
            return known[2]
        found = await self._read(key)
        self._found[key] = now, forgotten, found
        if len(self._found) > self._most:
            self._found.popitem(last=False)
        return found


class Kept(Generic[T]):
    """What `read` returns, at most `keep_for` old, or `most` seconds where that is less.

    Readers share it and must not change it.
    """

    def __init__(self, read: Callable[[], Awaitable[T]], most: float = MINUTE) -> None:
        self._read, self._most = read, most
        self._found: tuple[float, int, T] | None = None
        self._reading = asyncio.Lock()

    def now(self) -> T | None:
        """What is kept, if it is fresh."""
        if self._found is None:
            return None
        read_at, forgotten, found = self._found
        young = time.monotonic() - read_at < min(self._most, _Keeping.seconds)
        return found if young and forgotten == _Keeping.forgotten else None

    async def get(self) -> T:
        """What is kept, or else read; those who ask while it is read wait for the same answer."""
        if (fresh := self.now()) is not None:
            return fresh
        if not _Keeping.seconds:
            return await self._read()
        async with self._reading:
            if (fresh := self.now()) is not None:
                return fresh
            began, forgotten = time.monotonic(), _Keeping.forgotten
            found = await self._read()
            self._found = (began, forgotten, found)
            return found
