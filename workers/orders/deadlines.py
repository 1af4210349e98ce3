"""Jobs of time: what was not accepted or shipped ends, what was lost is paid back."""

from datetime import timedelta

import structlog

from models.jobs import Job
from models.orders import deadlines
from workers.lease import Lease, job

log = structlog.get_logger()


@job(Job.ORDER_DEADLINES, time_limit=timedelta(minutes=5))
async def order_deadlines(lease: Lease) -> None:
    """Cancel what its merchant let pass, refund what a carrier lost, remind of what is due."""
    for name, step in (
        ("not_accepted", deadlines.cancel_not_accepted),
        ("lost", deadlines.refund_lost),
        ("reminded", deadlines.remind),
    ):
        done = deadlines.AT_ONCE
        while done == deadlines.AT_ONCE:
            async with lease.step():
                done = await step()
            if done:
                log.info("orders.deadline", what=name, lines=done)
    place = None
    while True:
        async with lease.step():
            cancelled, place = await deadlines.cancel_not_shipped(place)
        if cancelled:
            log.info("orders.deadline", what="not_shipped", lines=cancelled)
        if place is None:
            return
