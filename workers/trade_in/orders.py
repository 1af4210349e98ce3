"""Jobs of trade-in orders: what parcels tell, what time does, and money for people's banks."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from integrations.payouts import Order, PayoutProvider, Transfer
from models.jobs import Job
from models.trade_in import certifying, clock, money, parcels, payouts
from models.trade_in.payouts import Batch, PayoutRow
from models.vault import Vault
from workers.lease import Lease, job
from workers.runtime import runtime

log = structlog.get_logger()
MOST_IN_A_BATCH: Final = 500
SENT_BACK_WITHIN: Final = timedelta(days=10)


@job(Job.TRADE_IN_PARCEL)
async def trade_in_parcel(lease: Lease, shipment_id: str) -> None:
    """Bring a trade-in into line with its parcel."""
    async with lease.transaction():
        await parcels.follow(UUID(shipment_id))


@job(Job.TRADE_IN_CLOCK, time_limit=timedelta(minutes=5))
async def trade_in_clock(lease: Lease) -> None:
    """Move trade-ins whose deadline has passed."""
    moved = clock.AT_ONCE
    while moved == clock.AT_ONCE:
        async with lease.step():
            moved = await clock.tick()
        if moved:
            log.info("trade_in.clock", trade_ins=moved)


@job(Job.CERTIFY_TRADE_IN)
async def certify_trade_in(lease: Lease, trade_in_id: str) -> None:
    """Certify to its former owner that the data of a device are gone, if they are."""
    async with lease.transaction():
        made = await certifying.certify(UUID(trade_in_id), datetime.now(UTC))
    if made is not None:
        log.info("trade_in.certified", trade_in_id=trade_in_id, certificate_id=str(made))


@job(Job.COLLECT_PAYOUTS, time_limit=timedelta(minutes=5))
async def collect_payouts(lease: Lease) -> None:
    """Have a bank pay what is due, batch by batch, and hear what was sent back."""
    at = runtime()
    if at.payouts is not None:
        await collect(lease, at.payouts, at.vault, datetime.now(UTC))


async def collect(lease: Lease, bank: PayoutProvider, vault: Vault, now: datetime) -> int:
    """Send every batch that is due; how many payouts a bank was asked for.

    A batch that was made and not sent comes first, under its own id: it is paid once.
    Raises: Unavailable, so that the job comes again.
    """
    done = 0
    while True:
        async with lease.step():
            batch = await payouts.unsent(bank.name)
            if batch is None:
                batch = await payouts.collect(bank.name, bank.currencies, now, MOST_IN_A_BATCH)
        if batch is None:
            break
        await _send(lease, bank, vault, batch, now)
        done += len(batch.payouts)
    await _hear(lease, bank, vault, now)
    return done


async def _send(
    lease: Lease, bank: PayoutProvider, vault: Vault, batch: Batch, now: datetime
) -> None:
    transfers = [_transfer(vault, each) for each in batch.payouts]
    taken = await bank.send(Order(batch.id, batch.currency, transfers, batch.created_at))
    async with lease.step():
        if not await payouts.sent(batch.id, taken.document, now):
            return
        for told in sorted(taken.told, key=lambda each: each.id):
            await money.told(told.id, told.problem, now)
    log.info("payouts.sent", batch_id=str(batch.id), payouts=len(transfers))


async def _hear(lease: Lease, bank: PayoutProvider, vault: Vault, now: datetime) -> None:
    async with lease.step():
        sent = await payouts.lately_paid(bank.name, now - SENT_BACK_WITHIN, MOST_IN_A_BATCH)
    for told in await bank.returned([_transfer(vault, each) for each in sent]):
        async with lease.step():
            await money.told(told.id, told.problem or "RETURNED", now)


def _transfer(vault: Vault, row: PayoutRow) -> Transfer:
    iban = vault.open(row.account, payouts.cell(row.trade_in_id)).decode()
    return Transfer(row.id, row.amount_minor, iban, row.account_name, f"Trade-in {row.number}")
