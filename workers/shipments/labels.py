"""Jobs of labels: those that wait are issued, those that nobody used end."""

from datetime import UTC, datetime
from uuid import UUID

from domain.shipments.contracts import LabelState
from integrations.http import Unavailable
from models.base import as_system, transaction
from models.jobs import Job
from models.shipments import labels
from models.shipments.labels import LabelRefused
from workers.lease import Lease, job
from workers.runtime import runtime


@job(Job.ISSUE_LABEL)
async def issue_label(lease: Lease, label_id: str) -> None:
    """Have one label issued that its merchant waits for. Safe to repeat.

    Raises: Unavailable, so that the job comes again.
    """
    async with lease.transaction(), as_system():
        label = await labels.one(UUID(label_id))
    desk = runtime().labels
    if label is None or label.state is not LabelState.ORDERED or desk is None:
        return
    try:
        made = await desk.issue(label)
    except LabelRefused as error:
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
