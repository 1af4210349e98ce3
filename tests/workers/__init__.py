"""Tests of the jobs: the outbox, its lease, the relay and the clock."""

import asyncio
import contextvars
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 5) -> float:
    """Wait until `holds` does; return how long it took. Raises: TimeoutError."""
    began = time.monotonic()
    while not await holds():
        waited = time.monotonic() - began
        if waited > seconds:
            raise TimeoutError(f"it did not come true within {seconds} s")
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def meanwhile(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on a connection of its own, as another process would, in at most 5 s."""
    other = asyncio.create_task(work, context=contextvars.Context())
    return await asyncio.wait_for(other, 5)
