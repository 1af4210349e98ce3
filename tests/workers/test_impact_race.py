"""Runs of the register at once, and lines that move while they run: nothing counts twice."""

import asyncio
from decimal import Decimal

from tortoise.context import TortoiseContext

from boucle.orm import APP, tortoise_config
from domain.impact.shown import stored
from domain.orders import LineState
from models.base import as_system, execute, fetch, fetchval
from models.orders import register
from tests import factories
from tests.workers.test_impact import JUNE, MAY, goes, sold, unit

DEVICES = 15


async def _until_done() -> None:
    while True:
        async with as_system() as raw:
            done = await register.step(raw, 4)
        if not done.taken:
            return


async def test_runs_at_once_enter_each_line_once_and_each_device_once(
    fresh_db: str, migrated: None
) -> None:
    [item] = await factories.world(1, 1)
    await execute("UPDATE product SET release_date = '2024-03-07'")
    shop = await factories.merchant("amber"), item
    devices = [await unit(item) for _ in range(DEVICES)]
    orders = [await sold(shop, each) for each in (*devices, *devices)]
    for each in orders:
        await goes(each, LineState.COMPLETED, MAY)

    async with TortoiseContext() as context:
        await context.init(tortoise_config(fresh_db, pool=8, role=APP))
        back = [goes(each, LineState.RETURNED, JUNE) for each in orders[:5]]
        await asyncio.gather(*(_until_done() for _ in range(5)), *back)
        await _until_done()

    assert await fetchval("SELECT count(*) FROM impact_due") == 0
    assert await fetchval("SELECT count(DISTINCT line_id) FROM impact_entry") >= len(orders) - 5
    twice = (
        "SELECT count(*) FROM (SELECT 1 FROM impact_entry GROUP BY line_id HAVING sum(sign) > 1)"
    )
    assert await fetchval(f"{twice} x") == 0
    of_units = await fetch("SELECT sum(sign) AS n FROM impact_entry GROUP BY unit_id")
    assert {row["n"] for row in of_units} <= {0, 1}
    assert await fetchval("SELECT count(*) FROM impact_life WHERE until_at IS NULL") == sum(
        row["n"] for row in of_units
    )
    sums = await fetch(
        "SELECT b.net AS exact, sum(p.net) AS posted FROM impact_bucket b JOIN impact_entry e"
        " ON e.country = b.country AND e.month = b.month JOIN impact_posting p ON p.entry = e.n"
        " AND p.set_id = b.set_id AND p.indicator = b.indicator GROUP BY b.country, b.month,"
        " b.indicator, b.set_id, b.net"
    )
    assert sums
    for row in sums:
        assert row["posted"] == stored(row["exact"])
        assert isinstance(row["posted"], Decimal)
