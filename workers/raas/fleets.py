"""Actors of fleets: a file becomes declared devices, devices get a value."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.jobs import Job
from models.raas import valuing
from workers.lease import Lease, job
from workers.raas.importing import import_once

IMPORT_LIMIT = timedelta(minutes=10)


@job(Job.IMPORT_FLEET, time_limit=IMPORT_LIMIT)
async def import_fleet(lease: Lease, import_id: str) -> None:
    """Read the file of an import and declare its devices."""
    now = datetime.now(UTC)
    await import_once(UUID(import_id), now, lease.transaction, lease.step)


@job(Job.VALUE_FLEET)
async def value_fleet(lease: Lease, fleet_id: str) -> None:
    """Value every device of a fleet, and recommend what becomes of it."""
    async with lease.transaction() as raw:
        await valuing.value(raw, UUID(fleet_id), datetime.now(UTC))
