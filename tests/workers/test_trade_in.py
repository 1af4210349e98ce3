"""What is done of trade-ins every night."""

from datetime import UTC, datetime, timedelta

from models.base import execute, fetch, fetchval
from models.jobs import Job
from models.outbox import enqueue
from tests import factories, trade_in
from tests.jobs import work


async def test_records_are_counted_anew_and_quotes_that_ended_long_ago_are_deleted(
    db: None,
) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant()
    who = (await trade_in.customer()).user_id
    assert who is not None
    now = datetime.now(UTC)
    moves = {"VALIDATED": now, "PAID": now}
    await trade_in.order(item, owner, who, "PAID", moves=moves, counter_minor=60_00)
    await execute("UPDATE trade_in_quote SET expires_at = now() - interval '1 year'")
    for days in (89, 91):
        await trade_in.quote_of(item, owner, who, expires_at=now - timedelta(days=days))

    for job in (Job.MEASURE_TRADE_INS, Job.PURGE_TRADE_IN_QUOTES):
        await enqueue(job)
        assert await work(job)

    rows = await fetch("SELECT inspections, counter_offers, cuts_bp FROM trade_in_reliability")
    assert [tuple(row) for row in rows] == [(1, 1, 4_000)]
    assert await fetchval("SELECT count(*) FROM trade_in_quote") == 2, "one is an order's"
