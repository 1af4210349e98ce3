"""The job of the register of impact: what may count is counted, and its totals are drawn anew."""

from datetime import timedelta
from typing import Final

import structlog

from models import impact
from models.base import as_system
from models.impact import register as kept
from models.jobs import Job
from models.orders import register
from workers.lease import Lease, job

log = structlog.get_logger()
TOTALS_AT_ONCE: Final = 5
LONG: Final = timedelta(minutes=30)


@job(Job.COUNT_IMPACT, time_limit=LONG)
async def count_impact(lease: Lease) -> None:
    """Enter what is due, post it by every set, then sum and draw the totals that changed.

    Each step commits by itself and is safe to repeat: a run that was cut off is gone on with.
    """
    while True:
        async with lease.step(), as_system() as raw:
            done = await register.step(raw)
        if not done.taken:
            break
        log.info("impact.counted", lines=done.counted, withdrawn=done.withdrawn)
    for set_id in impact.LISTING:
        await _restate(lease, set_id)
    while True:
        async with lease.step(), as_system() as raw:
            totals = await kept.stale(raw, TOTALS_AT_ONCE)
            for scope, place, period in totals:
                await kept.draw_total(raw, scope, place, period, impact.drawn_sum)
        if not totals:
            return


async def _restate(lease: Lease, set_id: str) -> None:
    """Post by a set what was there before it came; nothing that was posted changes."""
    async with lease.step(), as_system() as raw:
        if await kept.restated(raw, set_id):
            return
    valued: int | None = 1
    while valued:
        async with lease.step(), as_system() as raw:
            valued = await kept.value_classes(raw, set_id)
    after: int | None = 0
    while after is not None:
        async with lease.step(), as_system() as raw:
            after = await kept.restate(raw, set_id, after, register.AT_ONCE)
    log.info("impact.restated", factor_set=set_id)
