"""Runs of several merchants at the same time, on connections of their own."""

import asyncio
import contextvars

from domain.offers.lines import FeedRunState
from models.base import fetchval, retried, transaction
from models.merchants import Merchant
from models.offers import check
from models.offers.feeds import Feed
from tests import factories
from tests.factories import line, run


async def test_a_transaction_lets_the_orm_speak_between_two_statements(db: None) -> None:
    async with asyncio.timeout(5), transaction() as raw:
        await raw.execute("SELECT 1")
        assert await Merchant.all().count() == 0
        assert await raw.fetchval("SELECT txid_current()") == await fetchval(
            "SELECT txid_current()"
        )


async def test_merchants_who_change_the_same_competitions_at_once_all_get_through(
    fresh_db: str,
) -> None:
    items = await factories.world(3, 4)
    owned = []
    for number in range(4):
        owner = await factories.merchant(f"m{number}", markets=("FR", "DE"), quality_bp=7000)
        owned.append(await factories.feed(owner, markets=["FR", "DE"]))

    async def imports(of: Feed, number: int) -> None:
        for turn in range(6):
            chosen = items[:: 1 if (turn + number) % 2 else -1]
            rows = [
                line(item, f"S{n}", f"{150 + turn * number + n}.00", quantity=(turn + n) % 5)
                for n, item in enumerate(chosen)
            ]
            ended = await retried(lambda rows=rows: run(of, rows, force=True))
            assert ended.state is FeedRunState.COMPLETED

    work = [
        asyncio.create_task(imports(of, n), context=contextvars.copy_context())
        for n, of in enumerate(owned)
    ]
    await asyncio.wait_for(asyncio.gather(*work), 60)

    async with transaction() as raw:
        assert (await check.differences(raw)).total == 0
    assert await fetchval("SELECT count(*) FROM best_offer WHERE offers > 1") > 0
