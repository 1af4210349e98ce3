"""Actors of devices: attachments that nothing refers to are forgotten, every night."""

from datetime import UTC, datetime, timedelta

import structlog

from models.jobs import Job
from models.units import attachments
from workers.lease import Lease, job

log = structlog.get_logger()


@job(Job.PURGE_ATTACHMENTS, time_limit=timedelta(minutes=15))
async def purge_attachments(lease: Lease) -> None:
    """Forget attachments whose time is over: two days after they came, or what a claim says."""
    now = datetime.now(UTC)
    while True:
        async with lease.step():
            gone = await attachments.purge(now)
        if not gone:
            return
        log.info("attachments.purged", attachments=gone)
