"""Labels that were ordered are issued: the carrier is asked outside of a transaction."""

from datetime import UTC, datetime
from uuid import UUID

import structlog

from integrations.http import Rejected, Unavailable
from integrations.labels import Label, LabelProvider, Wanted
from models.base import as_system, transaction
from models.jobs import Job
from models.shipments import labels
from models.shipments.labels import LabelRow
from workers.lease import Lease, job
from workers.runtime import runtime

log = structlog.get_logger()


async def ask(provider: LabelProvider, label: LabelRow) -> Label | None:
    """The label as the carrier issues it; None where it could not be asked now.

    Raises: Rejected where it says no for good.
    """
    async with transaction(), as_system():
        place = await labels.place(label.order_id)
    if place is None:
        raise Rejected("the order is not there")
    lines = [place.address.get("name"), *(place.address.get("street") or ())]
    wanted = Wanted(
        label.id,
        label.carrier,
        label.api,
        label.origin,
        label.destination,
        place.postal_code,
        tuple(str(line) for line in (*lines, place.address.get("city")) if line),
        place.sender,
        place.number,
        label.grams,
        label.created_at,
    )
    try:
        return await provider.issue(wanted)
    except Unavailable as error:
        log.warning("label.waiting", label_id=str(label.id), why=error.why)
        return None


@job(Job.ISSUE_LABEL)
async def issue_label(lease: Lease, label_id: str) -> None:
    """Have one label issued that its merchant waits for. Safe to repeat.

    Raises: Unavailable, so that the job comes again.
    """
    async with lease.transaction(), as_system():
        label = await labels.one(UUID(label_id))
    provider = runtime().labels
    if label is None or label.state != "ORDERED" or provider is None:
        return
    try:
        made = await ask(provider, label)
    except Rejected as error:
        async with transaction():
            await labels.failed(label.id, str(error))
        return
    if made is None:
        raise Unavailable("the carrier does not issue labels now")
    async with transaction():
        await labels.issued(label, made, datetime.now(UTC))


@job(Job.SWEEP_LABELS)
async def sweep_labels(lease: Lease) -> None:
    """End labels that nobody used in time; ask again for those that wait."""
    async with lease.transaction(), as_system():
        await labels.sweep(datetime.now(UTC))
