"""What resolvers and cancelled siblings leave behind is cleared away where it is expected."""

import asyncio
import gc
from collections.abc import AsyncGenerator

import pytest


@pytest.fixture(autouse=True)
async def quiet() -> AsyncGenerator[None]:
    """Futures that fail unawaited, and coroutines that a null above left alone, are no news."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, _context: None)
    yield
    for _ in range(20):
        await asyncio.sleep(0)
    gc.collect()
    loop.set_exception_handler(before)
