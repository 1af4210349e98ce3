"""Actors of quality: what happened to orders becomes the index that ranks, every night."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import structlog

from domain.merchants.reports import ReportKind
from integrations import dac7
from models import quality
from models.jobs import Job
from models.offers import upkeep
from models.quality import decisions, making, reports, traders
from models.quality.reports import Made, Report
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


@job(Job.MAKE_REPORT, time_limit=LONG)
async def make_report(lease: Lease, report_id: str) -> None:
    """Make a report of a period, once; a message to an authority is held to its schema."""
    async with lease.transaction() as raw:
        now = datetime.now(UTC)
        if (found := await reports.held(raw, UUID(report_id))) is None:
            return
        made = await report_of(raw, found, now)
        await reports.write(raw, found, made, now)
    log.info("report.made", kind=found.kind, lines=len(made.lines), faults=len(made.faults))


async def report_of(raw: asyncpg.Connection, of: Report, now: datetime) -> Made:
    """The lines of a report, and what its schema says against its message."""
    match of.kind:
        case ReportKind.MARGIN:
            return await making.margins(raw, of)
        case ReportKind.LEVY:
            return await making.levies(raw, of)
        case ReportKind.SELLERS:
            made = await making.sellers_of(raw, of, now)
            against = dac7.faults(made.document) if made.document else []
            return replace(made, faults=against)
