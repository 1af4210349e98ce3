"""Connections that a process which serves keeps at hand for single statements outside transactions.

To borrow a connection from the pool and to give it back costs more than the statement's own work
in this process. So some are borrowed once. A statement that finds all of them busy waits for one;
transactions take theirs from the rest of the pool.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")
Borrowed = Any  # asyncpg has no common type for a connection and one of a pool


class Readers:
    """At most `most` connections of a pool; those who wait are served in their order."""

    def __init__(self, opened: Callable[[], Awaitable[asyncpg.Pool]], most: int) -> None:
        self._opened, self._most = opened, most
        self._pool: asyncpg.Pool | None = None
        self._idle: list[Borrowed] = []
        self._borrowed = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def run(self, statement: Callable[[Borrowed], Coroutine[Any, Any, T]]) -> T:
        """Run one statement on the next free connection. Raises: what it raises."""
        raw = await self._next()
        try:
            found = await statement(raw)
        except BaseException:
            await self._give_back(raw)
            raise
        if self._most:
            self._idle.append(raw)
            self._wake()
        else:
            await self._give_back(raw)
        return found

    async def _next(self) -> Borrowed:
        while True:
            if self._idle:
                raw = self._idle.pop()
                if not raw.is_closed():
                    return raw
                await self._give_back(raw)
            elif self._borrowed < self._most:
                return await self._borrow()
            else:
                await self._freed()

    async def aclose(self) -> None:
        """Give back what is not in use; nothing is borrowed after this."""
        self._most = 0
        while self._idle:
            await self._give_back(self._idle.pop())

    async def _borrow(self) -> Borrowed:
        self._borrowed += 1
        try:
            if self._pool is None:
                self._pool = await self._opened()
            return await self._pool.acquire()
        except BaseException:
            self._borrowed -= 1
            self._wake()
            raise

    async def _give_back(self, raw: Borrowed) -> None:
        """The pool finds out what state a connection is in whose statement failed."""
        self._borrowed -= 1
        try:
            if self._pool is not None:
                await self._pool.release(raw)
        finally:
            self._wake()

    async def _freed(self) -> None:
        free = asyncio.get_running_loop().create_future()
        self._waiting.append(free)
        try:
            await free
        except asyncio.CancelledError:
            if free.done() and not free.cancelled():
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting:
            free = self._waiting.popleft()
            if not free.done():
                free.set_result(None)
                return
