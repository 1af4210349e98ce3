"""A sender that is killed in the middle of its calls loses nothing; another goes on."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from boucle.settings import Settings
from models.base import execute, fetchval
from models.merchants import Merchant
from tests import factories, webhooks
from tests.models.test_webhook_fan_out import INSERT, working
from tests.webhooks import Sink, states
from tests.workers import until
from tests.workers.test_processes import end, process

EVENTS = 200


@pytest.fixture
async def owner(fresh_db: str) -> Merchant:
    await factories.world(1, 1)
    return await factories.merchant("amber")


@pytest.fixture
async def sink(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sink]:
    async with webhooks.sink() as made:
        key = "test:" + "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="  # the bytes 1 to 32
        monkeypatch.setenv("BOUCLE_KEYS", key)
        monkeypatch.setenv("BOUCLE_WEBHOOK_ALLOWED_HOSTS", made.place)
        assert Settings.load().keys[0].value == bytes(range(1, 33))
        yield made


async def test_a_killed_sender_loses_nothing_and_the_next_ends_cleanly(
    owner: Merchant, sink: Sink, fresh_db: str, redis_url: str
) -> None:
    async def slow(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.02)
        return web.Response()

    sink.answers["/"] = slow
    hook = await webhooks.endpoint(owner.id, sink.url())
    ids = [str(each) for each in await webhooks.happen(owner.id, EVENTS)]

    async def some_sent() -> bool:
        return len(sink.got) >= EVENTS // 4

    async def all_sent() -> bool:
        return (await states(hook))["DELIVERED"] == EVENTS

    with process("sender", fresh_db, redis_url) as first:
        await until(some_sent, seconds=30)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    left = (await states(hook))["SENDING"]
    sent_before = len(sink.got)
    assert left > 0
    assert sent_before < EVENTS
    await execute("UPDATE webhook_delivery SET lease_until = now() WHERE state = 'SENDING'")
    with process("sender", fresh_db, redis_url) as second:
        await until(all_sent, seconds=30)
        assert end(second) == (0, b"")

    assert set(sink.ids()) == set(ids)
    assert EVENTS <= len(sink.got) <= EVENTS + left
    assert await fetchval("SELECT sum(lost) FROM webhook_delivery") == left


async def test_events_are_sent_while_an_older_transaction_has_yet_to_end(
    owner: Merchant, sink: Sink, fresh_db: str, redis_url: str
) -> None:
    """Nobody tells the sender of them, as a statement over many rows does not."""
    await webhooks.endpoint(owner.id, sink.url())
    slow = await working(fresh_db)
    late = slow.transaction()
    await late.start()
    await slow.execute(INSERT, owner.id, 1)
    expected: list[object] = []

    async def arrived() -> bool:
        return len(sink.got) == len(expected)

    try:
        with process("sender", fresh_db, redis_url) as sender:
            for _ in range(2):
                expected += await webhooks.happen(owner.id, 3)
                await until(arrived, seconds=30)
            await late.commit()
            expected.append(owner.id)
            await until(arrived, seconds=30)
            assert end(sender) == (0, b"")
    finally:
        await slow.close()

    assert len(set(sink.ids())) == 7
