"""What waits to be sent to a client: bounded, whatever the client does.

Up to a number, messages wait in order. Over it, each operation keeps only its newest answer, so a
slow reader sees the present state and not all that led to it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


class TooSlow(Exception):
    """The client does not read."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A text to send. `of` names its operation; of two `newest` ones of it, one may be dropped."""

    text: str
    of: str = ""
    newest: bool = False
    sent: Callable[[], None] | None = None


class Outgoing:
    """A queue of texts with one sender. Units: `most_bytes` counts characters."""

    def __init__(self, most: int, most_bytes: int, slow_seconds: float) -> None:
        self._most, self._most_bytes, self._slow = most, most_bytes, slow_seconds
        self._items: deque[Waiting] = deque()
        self._size = 0
        self._filled, self._empty = asyncio.Event(), asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Waiting) -> None:
        """Let a text wait. Raises: TooSlow when too much waits already."""
        self._items.append(item)
        self._size += len(item.text)
        if len(self._items) > self._most or self._size > self._most_bytes:
            self._keep_newest()
        if self._size > self._most_bytes:
            raise TooSlow
        self._empty.clear()
        self._filled.set()

    def forget(self, of: str) -> None:
        """Drop what waits of an operation that the client no longer wants."""
        self._replace([item for item in self._items if item.of != of])

    async def next(self) -> Waiting:
        """Take the text to send now; waits for one."""
        while not self._items:
            self._filled.clear()
            self._empty.set()
            await self._filled.wait()
        item = self._items.popleft()
        self._size -= len(item.text)
        return item

    async def pump(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send whatever comes, for ever. Raises: TooSlow when one text takes too long."""
        while True:
            item = await self.next()
            try:
                async with asyncio.timeout(self._slow):
                    await send(item.text)
            except TimeoutError as error:
                raise TooSlow from error
            if item.sent is not None:
                item.sent()

    async def sent_all(self) -> None:
        """Wait until nothing waits and the last text was sent."""
        await self._empty.wait()

    def _keep_newest(self) -> None:
        kept: list[Waiting] = []
        seen: set[str] = set()
        for item in reversed(self._items):
            if item.newest and item.of in seen:
                continue
            if item.newest:
                seen.add(item.of)
            kept.append(item)
        self._replace(kept[::-1])

    def _replace(self, items: list[Waiting]) -> None:
        self._items = deque(items)
        self._size = sum(len(item.text) for item in items)
