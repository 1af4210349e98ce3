"""Jobs of time: lots whose two sides are silent go on."""

from datetime import UTC, datetime, timedelta

import structlog

from models.jobs import Job
from models.raas import clock
from workers.lease import Lease, job

log = structlog.get_logger()


@job(Job.LOT_DEADLINES, time_limit=timedelta(minutes=5))
async def lot_deadlines(lease: Lease) -> None:
    """Do all that is due of lots from their contract to their close."""
    for name, step in clock.STEPS:
        done = clock.AT_ONCE
        while done == clock.AT_ONCE:
            async with lease.step():
                done = await step(datetime.now(UTC))
            if done:
                log.info("lots.deadline", what=name, done=done)
