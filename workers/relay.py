"""Hand the jobs of committed transactions to the queue.

PostgreSQL holds the jobs; a message in Redis only wakes a worker up, so Redis may lose everything.
The epoch key says which life of Redis the sent messages belong to: when it is gone, or Redis was
started again, every sent row is due at once.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import dramatiq
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from tortoise.exceptions import BaseORMException

from models import outbox
from models.base import connection
from models.outbox import JobState, Sent

log = structlog.get_logger()

CHANNEL = "outbox"
EPOCH_KEY = "boucle:outbox:epoch"
BATCH = 200
POLL_SECONDS = 1.0
PAUSE_SECONDS = 1.0

AWAY = (OSError, RedisError, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException)


@dataclass(frozen=True, slots=True)
class Relay:
    """What a relay needs: the broker to hand jobs to, and the Redis behind it."""

    broker: dramatiq.Broker
    redis: Redis

    async def pass_on(self, limit: int = BATCH) -> int:
        """Send what is due, up to `limit` jobs of each queue; return how many were taken.

        At least once: the rows are committed as sent before the queue has them. What Redis
        refuses is due again at once. Any number of relays may run.
        Raises: RedisError, when Redis is away: then nothing was taken, or it is due again.
        """
        await self.follow_epoch()
        taken = await outbox.take_due(limit)
        for dead in (each for each in taken if each.state is JobState.DEAD):
            log.error("job.dead", job_id=str(dead.id), job=dead.job, error="lost")
        live = [each for each in taken if each.state is JobState.SENT]
        handed = 0
        try:
            handed = await asyncio.to_thread(self._hand_over, live)
        finally:
            if handed < len(live):
                await outbox.send_again([each.id for each in live])
        return len(taken)

    async def follow_epoch(self) -> None:
        """Make every sent row due if Redis began a new life since the last one was sent.

        The key is set after the rows are changed: a crash in between repeats, never skips.
        """
        life = str((await self.redis.info("server"))["run_id"])
        known = await self.redis.get(EPOCH_KEY)
        if known is not None and _text(known) == life:
            return
        count = await outbox.send_again()
        await self.redis.set(EPOCH_KEY, life)
        log.warning("relay.new_epoch", sent_again=count)

    def _hand_over(self, jobs: Sequence[Sent]) -> int:
        for job in jobs:
            self.broker.enqueue(
                dramatiq.Message(
                    queue_name=job.queue,
                    actor_name=job.job,
                    args=(str(job.id),),
                    kwargs={},
                    options={},
                )
            )
        return len(jobs)


async def relay_forever(relay: Relay, wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Pass jobs on when woken and every second, until `stop` is set; outlive any outage."""
    while not stop.is_set():
        wake.clear()
        try:
            if await relay.pass_on() >= BATCH:
                continue
            pause = POLL_SECONDS
        except AWAY as error:
            log.warning("relay.waiting", error=type(error).__name__)
            pause = PAUSE_SECONDS
        await wait_any(pause, wake, stop)


async def listen_forever(wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Set `wake` at every commit that asks for a job, until `stop` is set.

    Holds one connection for itself. While it is broken, the relay's own poll does the work.
    """
    while not stop.is_set():
        try:
            await _listen(wake, stop)
        except AWAY as error:
            log.warning("relay.not_listening", error=type(error).__name__)
            await wait_any(PAUSE_SECONDS, stop)


async def _listen(wake: asyncio.Event, stop: asyncio.Event) -> None:
    broken = asyncio.Event()

    def heard(*_: object) -> None:
        wake.set()

    def ended(*_: object) -> None:
        broken.set()

    async with connection() as raw:
        raw.add_termination_listener(ended)
        await raw.add_listener(CHANNEL, heard)
        wake.set()  # for what was asked while nobody listened
        await wait_any(None, broken, stop)
        raw.remove_termination_listener(ended)
        if not broken.is_set():
            await raw.remove_listener(CHANNEL, heard)


async def wait_any(seconds: float | None, *events: asyncio.Event) -> None:
    """Return when the first event is set, or after `seconds` if given."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
