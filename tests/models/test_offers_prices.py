"""The history of prices: one row for each change, and none is ever touched again."""

import asyncpg
import pytest

from domain.offers.lines import FeedMode
from models.base import execute, fetch, transaction
from tests import factories
from tests.factories import line, run


async def history() -> list[tuple[object, ...]]:
    rows = await fetch(
        "SELECT market, item_minor, currency, published FROM price_history "
        "ORDER BY at, market, item_minor"
    )
    return [tuple(row) for row in rows]


async def test_a_price_is_kept_once_for_each_change_and_each_time_it_is_hidden_or_shown(
    db: None,
) -> None:
    item, *_ = await factories.world()
    owner = await factories.merchant(markets=("FR", "DE"))
    delta = await factories.feed(owner, FeedMode.DELTA, markets=["DE", "FR"])
    runs = [
        await run(delta, [line(item, "A", "100.00")]),
        await run(delta, [{"sku": "A", "quantity": 9}]),
        await run(delta, [{"sku": "A", "price": "90.00"}]),
        await run(delta, [{"sku": "A", "price": "90.0"}]),
        await run(delta, [{"sku": "A", "deleted": "true"}]),
        await run(delta, [{"sku": "A", "quantity": 1}]),
        await run(delta, [{"sku": "A", "price": "100.00"}]),
    ]

    assert await history() == [
        (market, minor, "EUR", published)
        for minor, published in (
            (10000, True),
            (9000, True),
            (9000, False),
            (9000, True),
            (10000, True),
        )
        for market in ("DE", "FR")
    ]
    by_run = await fetch("SELECT DISTINCT run_id FROM price_history")
    assert {row["run_id"] for row in by_run} == {runs[n].id for n in (0, 2, 4, 5, 6)}


@pytest.mark.parametrize(
    "change", ["UPDATE price_history SET item_minor = 1", "DELETE FROM price_history"]
)
async def test_the_history_of_prices_cannot_be_rewritten(db: None, change: str) -> None:
    item, *_ = await factories.world()
    await run(await factories.feed(await factories.merchant()), [line(item, "A")])
    with pytest.raises(asyncpg.RestrictViolationError):
        async with transaction():
            await execute(change)

    assert await history() == [("FR", 19990, "EUR", True)]
