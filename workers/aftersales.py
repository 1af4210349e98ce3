"""Jobs of after-sales: cases that open by themselves, sales that are over."""

from datetime import timedelta
from uuid import UUID

import structlog

from domain.aftersales import TYPE_OF, Because, OpenedBy
from models.aftersales import lines_of, open_case
from models.aftersales.ending import complete
from models.jobs import Job
from workers.lease import Lease, job

log = structlog.get_logger()


@job(Job.OPEN_CASE)
async def open_cases(lease: Lease, shipment_id: str, because: str) -> None:
    """Open a case on each line of a parcel that is late, lost or came back; once for each."""
    reason, parcel = Because(because), UUID(shipment_id)
    async with lease.transaction():
        lines = await lines_of(parcel)
        opened = await open_case(
            lines, TYPE_OF[reason], OpenedBy.SYSTEM, because=reason.value, shipment_id=parcel
        )
    if opened:
        log.info("case.opened", shipment_id=shipment_id, because=because, cases=len(opened))


@job(Job.COMPLETE_LINES, time_limit=timedelta(minutes=5))
async def complete_lines(lease: Lease) -> None:
    """End the sales of devices that can no longer be given back, and that no case is about."""
    while True:
        async with lease.step():
            done = await complete()
        if not done:
            return
        log.info("orders.completed", lines=done)
