"""Actors of sandboxes: their data are made, and what their clock made due is done at once."""

import asyncio
import csv
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog

from domain.offers.lines import FeedRunState
from models.base import Tenant, on_behalf_of
from models.clock import ahead_of
from models.jobs import Job
from models.merchants import Merchant
from models.offers import runs, sandbox, upkeep
from models.offers.feeds import Feed, FeedRun
from models.offers.sandbox import Sample
from models.outbox import enqueue
from workers.lease import Lease, job
from workers.offers.run import execute

log = structlog.get_logger()

CHANNEL = "FILE"
GRADES = ("PREMIUM", "EXCELLENT", "VERY_GOOD", "GOOD", "FAIR")
COLUMNS = ("sku", "gtin", "brand", "model", "grade", "price", "quantity", "warranty_months")


@job(Job.PREPARE_SANDBOX)
async def prepare_sandbox(lease: Lease, merchant_id: str, reset: int = 0) -> None:
    """Make a merchant's sandbox, or make its data anew: a feed with offers of the catalogue."""
    found = await sandbox.of(UUID(merchant_id))
    if found is None:
        return
    real = await Merchant.get(id=found.merchant_id)
    if reset:
        async with lease.step():
            await sandbox.empty(found.sandbox_id)
    made, feed = await sandbox.bring(real, found.sandbox_id)
    run = await _filled(made, feed)
    async with lease.transaction():
        await sandbox.ready(made.id)
    log.info("sandbox.ready", merchant=merchant_id, created=run.created, state=run.state)


@job(Job.CATCH_UP_SANDBOX)
async def catch_up_sandbox(lease: Lease, sandbox_id: str) -> None:
    """Do what has become due since a sandbox's clock was advanced."""
    merchant_id = UUID(sandbox_id)
    async with lease.transaction() as raw:
        stale = await upkeep.pause_stale(raw, merchant_id)
        await upkeep.refresh_windows(raw, merchant_id)
        await runs.expire_previews()
        await enqueue(Job.PULL_DUE_FEEDS, dedup_key=f"periodic:{Job.PULL_DUE_FEEDS}")
    log.info("sandbox.caught_up", merchant=sandbox_id, stale=stale)


async def _filled(made: Merchant, feed: Feed) -> FeedRun:
    """One run over a file that the sandbox's merchant might have sent."""
    now = datetime.now(UTC) + await ahead_of(made.id)
    samples = await sandbox.samples()
    with on_behalf_of(Tenant(merchant_id=made.id)), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.csv"
        await asyncio.to_thread(_write, path, samples)
        run = await FeedRun.create(
            feed_id=feed.id,
            merchant_id=made.id,
            state=FeedRunState.READING,
            channel=CHANNEL,
            mode=feed.mode,
            force=True,
            bytes=path.stat().st_size,
            started_at=now,
        )
        return await execute(run, path, now)


def _write(path: Path, samples: Sequence[Sample]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for number, each in enumerate(samples):
            writer.writerow(
                {
                    "sku": f"SANDBOX-{number + 1:03}",
                    "gtin": each.gtin,
                    "brand": each.brand,
                    "model": each.model,
                    "grade": GRADES[number % len(GRADES)],
                    "price": f"{199 + 10 * number}.90",
                    "quantity": 1 + number % 5,
                    "warranty_months": 12 + 12 * (number % 2),
                }
            )
