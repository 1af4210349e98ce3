"""Actors of quality: what happened to orders becomes the index that ranks, every night."""

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from models import quality
from models.jobs import Job
from models.offers import upkeep
from models.quality import decisions, traders
from workers.lease import Lease, job

log = structlog.get_logger()
LONG: Final = timedelta(minutes=30)


@job(Job.REFRESH_QUALITY, time_limit=LONG)
async def refresh_quality(lease: Lease) -> None:
    """Count every merchant's orders anew, and rank again whose index moved."""
    async with lease.transaction() as raw:
        found = await quality.measure(raw, datetime.now(UTC))
        if found.priors:
            await upkeep.refresh_today(raw)
        if selling := await upkeep.with_offers(raw, sorted(found.moved)):
            await upkeep.refresh_merchants(raw, selling)
    log.info("quality.measured", moved=len(found.moved), priors=found.priors)


@job(Job.ENFORCE_DECISIONS, time_limit=LONG)
async def enforce_decisions(lease: Lease) -> None:
    """Let decisions on merchants begin and end in their time."""
    while True:
        async with lease.step() as raw:
            moved = await decisions.enforce(raw, datetime.now(UTC))
        if not moved:
            return
        log.info("decisions.enforced", moved=moved)


@job(Job.SETTLE_TRADERS, time_limit=LONG)
async def settle_traders(lease: Lease) -> None:
    """Ask merchants who they are, stop those whose time went by, forget those long gone."""
    after, begun = None, False
    while after is not None or not begun:
        begun = True
        async with lease.step() as raw:
            after = await traders.settle_all(raw, after, datetime.now(UTC))
    async with lease.step() as raw:
        await traders.forget(raw, datetime.now(UTC))
