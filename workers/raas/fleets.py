"""Actors of fleets: a file becomes declared devices, devices get a value."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from models.jobs import Job
from models.raas import imports, valuing
from workers.lease import Lease, job
from workers.raas.importing import import_once

log = structlog.get_logger()

IMPORT_LIMIT = timedelta(minutes=10)
KEPT_DAYS = 30


@job(Job.IMPORT_FLEET, time_limit=IMPORT_LIMIT)
async def import_fleet(lease: Lease, import_id: str) -> None:
    """Read the file of an import and declare its devices."""
    now = datetime.now(UTC)
    await import_once(UUID(import_id), now, lease.transaction, lease.step)


@job(Job.PURGE_FLEET_LINES, time_limit=timedelta(minutes=15))
async def purge_fleet_lines(lease: Lease) -> None:
    """Forget what was said of lines 30 days after their import; devices and counts stay."""
    while True:
        async with lease.step():
            gone = await imports.purge(KEPT_DAYS)
        if not gone:
            return
        log.info("fleets.lines_purged", lines=gone)


@job(Job.VALUE_FLEET)
async def value_fleet(lease: Lease, fleet_id: str) -> None:
    """Value every device of a fleet, and recommend what becomes of it."""
    async with lease.transaction() as raw:
        await valuing.value(raw, UUID(fleet_id), datetime.now(UTC))
