"""The table of periodic jobs, and the clock that asks for them.

Any number of clocks may run: each due row is moved and its job written in one transaction. Time
that passed without a clock becomes one run, not many.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import asyncpg
import structlog
from tortoise.exceptions import BaseORMException
from tortoise.transactions import in_transaction

from models import outbox
from models.jobs import Job

log = structlog.get_logger()

POLL_SECONDS = 1.0
DAY = timedelta(days=1)

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job that the clock asks for `every` so often; a daily one at `at`, UTC."""

    job: Job
    every: timedelta
    at: time | None = None

    def first_at(self, now: datetime) -> datetime:
        """The first time to run, now or later."""
        if self.at is None:
            return now
        today = datetime.combine(now.date(), self.at, UTC)
        return today if today >= now else today + DAY


PERIODIC: tuple[Periodic, ...] = (
    Periodic(Job.PULL_DUE_FEEDS, timedelta(seconds=15)),
    Periodic(Job.FEED_WATCHDOG, timedelta(minutes=1)),
    Periodic(Job.REPRICE, timedelta(minutes=1)),
    Periodic(Job.BULK_WATCHDOG, timedelta(minutes=1)),
    Periodic(Job.RECONCILE_PAYMENTS, timedelta(minutes=1)),
    Periodic(Job.RELEASE_EARNINGS, timedelta(hours=1)),
    Periodic(Job.EXPIRE_PURCHASES, timedelta(minutes=1)),
    Periodic(Job.CLOSE_LOTS, timedelta(seconds=15)),
    Periodic(Job.SWEEP_LABELS, timedelta(minutes=1)),
    Periodic(Job.PLAN_POLLS, timedelta(seconds=10)),
    Periodic(Job.ORDER_DEADLINES, timedelta(minutes=1)),
    Periodic(Job.COMPLETE_LINES, timedelta(minutes=1)),
    Periodic(Job.TRADE_IN_CLOCK, timedelta(minutes=1)),
    Periodic(Job.COLLECT_PAYOUTS, timedelta(minutes=1)),
    Periodic(Job.LOT_DEADLINES, timedelta(minutes=5)),
    Periodic(Job.WATCH_PARCELS, timedelta(minutes=10)),
    Periodic(Job.SUBSCRIBE_PUSHES, timedelta(minutes=15)),
    Periodic(Job.PURGE_TRACKING, DAY, time(3, 45)),
    Periodic(Job.CHECK_READ_MODELS, timedelta(minutes=15)),
    Periodic(Job.REFRESH_DAY, DAY, time(0, 5)),
    Periodic(Job.REFRESH_QUALITY, DAY, time(2, 0)),
    Periodic(Job.SEAL_AUDIT_LOG, DAY, time(1, 0)),
    Periodic(Job.PURGE, DAY, time(3, 0)),
    Periodic(Job.PURGE_WEBHOOKS, DAY, time(3, 30)),
    Periodic(Job.PURGE_CARTS, DAY, time(3, 45)),
    Periodic(Job.PURGE_ATTACHMENTS, DAY, time(3, 50)),
    Periodic(Job.MEASURE_TRADE_INS, DAY, time(2, 30)),
    Periodic(Job.PURGE_TRADE_IN_QUOTES, DAY, time(3, 50)),
    Periodic(Job.PURGE_FLEET_LINES, DAY, time(3, 55)),
)


async def set_up(now: datetime, table: Sequence[Periodic] = PERIODIC) -> None:
    """Write the periodic jobs that are not in the database yet; take over changed intervals."""
    for each in table:
        await outbox.add_periodic(each.job, each.every, each.first_at(now))


async def tick() -> int:
    """Ask for every periodic job that is due; return how many.

    One that still waits is not asked for twice. A name that this version does not know is left
    to the clock that does: it is logged and moves on.
    """
    async with in_transaction():
        names = await outbox.take_due_periodic()
        for name in names:
            if name in tuple(Job):
                await outbox.enqueue(Job(name), dedup_key=f"periodic:{name}")
            else:
                log.warning("clock.unknown_job", job=name)
    return len(names)


async def clock_forever(stop: asyncio.Event) -> None:
    """Tick every second until `stop` is set; outlive an outage of the database."""
    while not stop.is_set():
        try:
            if count := await tick():
                log.info("clock.ticked", jobs=count)
        except AWAY as error:
            log.warning("clock.waiting", error=type(error).__name__)
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await stop.wait()
        except TimeoutError:
            continue
