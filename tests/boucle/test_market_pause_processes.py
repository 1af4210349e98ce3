"""A pause is in force in every process within a second, whether or not Valkey is there."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import pytest

from boucle.settings import ROOT
from domain.markets import PauseScope
from integrations.bus import RedisBus
from models.announce import announce, market_topic
from models.base import transaction
from models.markets import launch
from tests import factories
from workers.relay import Announcer, announce_forever

AWAY = "redis://127.0.0.1:1/0"
WITHIN = 1.0


@asynccontextmanager
async def _process(database_url: str, redis_url: str) -> AsyncGenerator[Process]:
    command = (sys.executable, "-m", "tests.boucle.pausing", database_url, redis_url)
    made = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, cwd=ROOT)
    try:
        assert await _line(made) == ["up"]
        yield made
    finally:
        made.terminate()
        await made.communicate()


async def _line(of: Process) -> list[str]:
    assert of.stdout is not None
    while line := (await asyncio.wait_for(of.stdout.readline(), 30)).decode().split():
        if line[0] in {"up", "stopped", "going"}:  # what else there is are logs
            return line
    assert of.stderr is not None
    raise AssertionError((await of.stderr.read()).decode())


async def _change(*, stop: bool) -> float:
    """Pause or resume as the use case does; when it was committed."""
    async with transaction() as raw:
        if stop:
            await launch.pause(raw, "FR", PauseScope.CHECKOUT, None, "a drill", uuid4())
        else:
            await launch.resume(raw, "FR", PauseScope.CHECKOUT, None)
        await announce(raw, market_topic("FR"), {})
    return time.time()


@pytest.mark.parametrize("lost", [False, True], ids=["announced", "Valkey is lost"])
async def test_two_processes_obey_a_pause_and_its_end_within_a_second(
    fresh_db: str, redis_url: str, lost: bool
) -> None:
    await factories.world(1, 1)
    url = AWAY if lost else redis_url
    took: dict[str, list[float]] = {"stopped": [], "going": []}
    async with AsyncExitStack() as stack:
        if not lost:
            bus = await stack.enter_async_context(RedisBus(redis_url))
            stop = asyncio.Event()
            relay = asyncio.create_task(announce_forever(Announcer(bus), asyncio.Event(), stop))
            stack.callback(relay.cancel)
        both = [await stack.enter_async_context(_process(fresh_db, url)) for _ in range(2)]
        for _ in range(3):
            for wanted in ("stopped", "going"):
                at = await _change(stop=wanted == "stopped")
                for each in both:
                    word, when = await _line(each)
                    assert word == wanted
                    took[wanted].append(float(when) - at)
                await asyncio.sleep(0.3)  # at another place of the second that is kept

    assert max(took["stopped"] + took["going"]) <= WITHIN, took
