"""Actors of purchases: those that were not paid in time end, and stock set aside has its line."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from domain.orders.checkout import CART_KEPT
from models.jobs import Job
from models.orders import carts, checkout
from models.orders.purchases import expired
from workers.lease import Lease, job

log = structlog.get_logger()

AT_ONCE = 200
SURELY_WRITTEN = timedelta(minutes=5)
"""A transaction that set stock aside so long ago has written its lines, or has ended."""


@job(Job.EXPIRE_PURCHASES, time_limit=timedelta(minutes=5))
async def expire_purchases(lease: Lease, purchase_id: str | None = None) -> None:
    """End what was not paid in its time: one purchase, or all of them and what went astray."""
    now = datetime.now(UTC)
    if purchase_id is not None:
        async with lease.step():
            await expire(UUID(purchase_id), now)
        return
    while found := await checkout.due(now, AT_ONCE):
        for each in found:
            async with lease.step():
                await expire(each, now)
    async with lease.step():
        await set_right(now)


@job(Job.PURGE_CARTS, time_limit=timedelta(minutes=15))
async def purge_carts(lease: Lease) -> None:
    """Forget carts that nobody took in 90 days."""
    before = datetime.now(UTC) - CART_KEPT
    while True:
        async with lease.step():
            gone = await carts.purge(before)
        if not gone:
            return
        log.info("carts.purged", carts=gone)


async def expire(purchase_id: UUID, now: datetime) -> bool:
    """End a purchase whose time is over, in the current transaction; a second run changes nothing.

    Money that comes after it is sent back.
    """
    if not await checkout.is_due(purchase_id, now):
        return False
    done = await expired(purchase_id, now)
    log.info("purchase.expired", purchase_id=str(purchase_id), done=done)
    return done


async def set_right(now: datetime) -> None:
    """Compare what is set aside with the lines that wait for it; say so where they differed."""
    found = await checkout.set_right(now - SURELY_WRITTEN, AT_ONCE)
    if found.freed or found.used or found.stranded:
        facts = {"freed": found.freed, "used": found.used, "stranded": found.stranded}
        log.error("reservations.astray", **facts)
