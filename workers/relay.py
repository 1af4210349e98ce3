"""Hand the jobs of committed transactions to the queue, and say their announcements on the bus.

PostgreSQL holds the jobs; a message in Redis only wakes a worker up, so Redis may lose everything.
The epoch key says which life of Redis the sent messages belong to: when it is gone, or Redis was
started again, every sent row is due at once.

Announcements are said, then deleted, so each is said at least once. A heartbeat says that none was
waiting a moment ago: whoever hears none for a second may have missed a change.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
import dramatiq
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from tortoise.exceptions import BaseORMException

from integrations.bus import Bus
from models import announce, outbox
from models.base import connection, new_id, transaction
from models.outbox import JobState, Sent

log = structlog.get_logger()

CHANNEL = "outbox"
EPOCH_KEY = "boucle:outbox:epoch"
BATCH = 200
POLL_SECONDS = 1.0
PAUSE_SECONDS = 1.0
ANNOUNCED_AT_ONCE = 1_000
ANNOUNCE_SECONDS = 0.2
BEAT_SECONDS = 0.25
BEAT_AGAIN_SECONDS = 0.02

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


@dataclass(frozen=True, slots=True)
class Announcer:
    """Says committed announcements on the bus; `name` tells relays apart in their heartbeats."""

    bus: Bus
    name: str = field(default_factory=lambda: str(new_id()))

    async def pass_on(self, limit: int = ANNOUNCED_AT_ONCE) -> int:
        """Say up to `limit` rows in their order, then delete them; return how many there were.

        At least once: a relay that dies in between leaves them to the next. Any number may run.
        Raises: RedisError, when Redis is away: then all stay.
        """
        async with transaction() as raw:
            taken = await announce.take(raw, limit)
            if taken.events:
                await self.bus.publish_all(taken.events)
        return taken.rows

    async def beat(self) -> bool:
        """Say that every change that was committed before `at` has been announced, if it has.

        Units: `at` is seconds of this process's monotonic clock, before it looked.
        """
        at = time.monotonic()
        async with connection() as raw:
            if await announce.waiting(raw):
                return False
        await self.bus.pulse(announce.BEAT, {"relay": self.name, "at": at})
        return True


async def announce_forever(announcer: Announcer, wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Say what is announced when woken and every 200 ms, until `stop` is set; beat every 250 ms.

    While Redis is away the rows wait; of more than 10,000 few are made.
    """
    beat_at = 0.0
    while not stop.is_set():
        wake.clear()
        try:
            if await announcer.pass_on() >= ANNOUNCED_AT_ONCE:
                await _fold()
                continue
            if time.monotonic() >= beat_at:
                again = BEAT_SECONDS if await announcer.beat() else BEAT_AGAIN_SECONDS
                beat_at = time.monotonic() + again
            pause = min(ANNOUNCE_SECONDS, max(0.0, beat_at - time.monotonic()))
        except AWAY as error:
            log.warning("relay.not_announcing", error=type(error).__name__)
            await _fold_if_possible()
            pause = PAUSE_SECONDS
        await wait_any(pause, wake, stop)


async def _fold() -> bool:
    async with transaction() as raw:
        return await announce.fold(raw)


async def _fold_if_possible() -> None:
    try:
        if await _fold():
            log.warning("relay.folded")
    except AWAY as error:
        log.warning("relay.not_folding", error=type(error).__name__)


async def listen_forever(wake: asyncio.Event, stop: asyncio.Event, *more: asyncio.Event) -> None:
    """Set `wake` and `more` at every commit that asks for a job or announces, until `stop` is set.

    Holds one connection for itself. While it is broken, the relay's own poll does the work.
    """
    while not stop.is_set():
        try:
            await _listen((wake, *more), stop)
        except AWAY as error:
            log.warning("relay.not_listening", error=type(error).__name__)
            await wait_any(PAUSE_SECONDS, stop)


async def _listen(wakes: Sequence[asyncio.Event], stop: asyncio.Event) -> None:
    broken = asyncio.Event()

    def heard(*_: object) -> None:
        for wake in wakes:
            wake.set()

    def ended(*_: object) -> None:
        broken.set()

    async with connection() as raw:
        raw.add_termination_listener(ended)
        await raw.add_listener(CHANNEL, heard)
        heard()  # for what was asked while nobody listened
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
