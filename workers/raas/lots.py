"""The clock of lots: bidding ends, bids are opened, awards lapse, drafts are forgotten."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from domain.raas.lots import DRAFT_KEPT
from models.jobs import Job
from models.raas import closing
from models.vault import Vault
from workers.lease import Lease, job
from workers.runtime import runtime

log = structlog.get_logger()

Step = Callable[[UUID, Vault], Awaitable[bool]]


def _without_vault(step: Callable[[UUID], Awaitable[bool]]) -> Step:
    async def taken(lot_id: UUID, _: Vault) -> bool:
        return await step(lot_id)

    return taken


STEPS: Final[tuple[tuple[str, tuple[Any, ...], Step], ...]] = (
    ("due", (), closing.close),
    ("unopened", (), closing.open_bids),
    ("unconfirmed", (), _without_vault(closing.default_if_due)),
    ("unawarded", (), _without_vault(closing.give_up_if_due)),
    ("untold", (), _without_vault(closing.tell_others)),
    ("forgotten", (DRAFT_KEPT,), _without_vault(closing.forget_draft)),
)


@job(Job.CLOSE_LOTS, time_limit=timedelta(minutes=5))
async def close_lots(lease: Lease, lot_id: str | None = None) -> None:
    """Do what is due: to one lot whose bidding ends now, or to all that wait for the clock."""
    vault = runtime().vault
    if lot_id is not None:
        async with lease.step():
            await closing.close(UUID(lot_id), vault)
        return
    for name, more, step in STEPS:
        for each in await closing.due(name, *more):
            async with lease.step():
                done = await step(each, vault)
            if done:
                log.info("lots.clock", what=name, lot_id=str(each))
