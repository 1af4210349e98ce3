"""Relay process: hands on what committed transactions ask for and announce, until told to stop."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager

from redis.asyncio import Redis

from boucle.orm import database
from boucle.settings import Settings
from boucle.worker import broker_of, with_timeouts
from integrations.bus import RedisBus
from workers.relay import Announcer, Relay, announce_forever, listen_forever, relay_forever


async def run(settings: Settings) -> None:
    """Relay until SIGTERM or SIGINT; a batch that has begun is handed over first."""
    wake, announced = asyncio.Event(), asyncio.Event()
    bus = RedisBus(str(settings.redis_url))
    broker = broker_of(str(settings.redis_url))
    redis = Redis.from_url(with_timeouts(str(settings.redis_url)))
    try:
        with stopping() as stop:
            async with database(str(settings.database_url)), asyncio.TaskGroup() as tasks:
                tasks.create_task(listen_forever(wake, stop, announced))
                tasks.create_task(relay_forever(Relay(broker, redis), wake, stop))
                tasks.create_task(announce_forever(Announcer(bus), announced, stop))
    finally:
        await bus.aclose()
        await redis.aclose()
        broker.close()


@contextmanager
def stopping() -> Generator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set, instead of ending the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
