"""What is counted of trade-ins every night: how merchants kept their bids, how prices fell."""

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from models.jobs import Job
from models.trade_in import quotes, reliability
from workers.lease import Lease, job

log = structlog.get_logger()
LONG: Final = timedelta(minutes=10)
KEPT: Final = timedelta(days=90)
"""How long a quote is kept after its end, where nobody accepted a bid of it."""


@job(Job.MEASURE_TRADE_INS, time_limit=LONG)
async def measure_trade_ins(lease: Lease) -> None:
    """Count the records of merchants anew from their orders, and the fall of prices from prices."""
    async with lease.transaction() as raw:
        changed = await reliability.recount(raw)
        falls = await reliability.measure_decay(raw)
    log.info("trade_in.measured", records=changed, falls=falls)


@job(Job.PURGE_TRADE_IN_QUOTES, time_limit=LONG)
async def purge_trade_in_quotes(lease: Lease) -> None:
    """Delete quotes that ended unused long ago, with the numbers of the devices."""
    before = datetime.now(UTC) - KEPT
    while True:
        async with lease.step():
            gone = await quotes.purge(before)
        if not gone:
            return
        log.info("trade_in.quotes_purged", quotes=gone)
