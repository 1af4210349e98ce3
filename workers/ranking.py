"""Actors of ranking: prices that follow their competition, for merchants who asked for it."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import structlog

from domain.ranking.reprice import RepricePlan, next_price
from domain.ranking.win import contest
from models.base import Tenant, on_behalf_of, transaction
from models.jobs import Job
from models.offers import compete, reprice
from models.offers.compete import Asked, Own
from models.offers.refresh import refresh, touch
from models.offers.reprice import Decided, Due
from workers.lease import Lease, job

log = structlog.get_logger()

LONG: Final = timedelta(minutes=15)
AT_ONCE: Final = 500
MOST_BATCHES: Final = 20


@job(Job.REPRICE, time_limit=LONG)
async def reprice_all(lease: Lease) -> None:
    """Move the prices whose competition changed, merchant by merchant."""
    async with transaction() as raw:
        asking = await reprice.merchants(raw)
    for merchant_id in asking:
        for _ in range(MOST_BATCHES):
            with on_behalf_of(Tenant(merchant_id=merchant_id)):
                async with lease.step() as raw:
                    looked = await reprice_some(raw, merchant_id, datetime.now(UTC))
            if looked < AT_ONCE:
                break


async def reprice_some(raw: asyncpg.Connection, merchant_id: UUID, now: datetime) -> int:
    """Decide on up to 500 offers of a merchant, in the current transaction; return how many.

    Safe to repeat: what was decided on is not due again until its competition changes.
    """
    mine = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 7))"
    if not await raw.fetchval(mine, str(merchant_id)):
        return 0  # a feed of the merchant is being applied: in a minute it is over
    await touch(raw)
    await reprice.end_lapsed(raw, merchant_id)
    due = await reprice.due(raw, merchant_id, AT_ONCE)
    asked = [Asked(each.offer_id, None, each.market) for each in due]
    owns = await compete.standings(merchant_id, asked)
    decided = [_decide(each, own, now) for each, own in zip(due, owns, strict=True) if own]
    kept = [each for each in decided if each is not None]
    await reprice.keep(raw, merchant_id, kept)
    if await raw.fetchval("SELECT EXISTS (SELECT FROM touched)"):
        await refresh(raw)
    if moved := sum(each.item != each.present for each in kept):
        log.info("prices.moved", merchant_id=str(merchant_id), offers=moved)
    return len(due)


def _between(due: Due, own: Own) -> tuple[int, int | None]:
    """The lowest and the highest item price: what was asked for, inside the market's limits."""
    limits, me = own.bounds(), own.me
    fees = me.landed_minor - me.item_minor if me else 0
    lowest, highest = due.lowest, due.highest
    if limits.lowest_landed_minor is not None:
        lowest = max(lowest, limits.lowest_landed_minor - fees)
    if limits.highest_landed_minor is not None:
        most = limits.highest_landed_minor - fees
        highest = most if highest is None else min(highest, most)
    return lowest, highest


def _decide(due: Due, own: Own, now: datetime) -> Decided | None:
    """Where the price goes; None for an offer that left the competition in between."""
    if own.me is None or own.base is None or own.snapshot_id is None or not own.competes:
        return None
    plan = RepricePlan(due.mode, own.base, *_between(due, own), own.step)
    duel = contest(own.me, own.rivals, own.parameters, own.prior_bp)
    found = next_price(duel, plan, due.changed_at, now)
    present = own.me.item_minor
    return Decided(
        due=due,
        sku=own.sku,
        base=own.base,
        present=present,
        item=present if found is None else found,
        currency=own.currency,
        snapshot_id=own.snapshot_id,
        model=own.model,
    )
