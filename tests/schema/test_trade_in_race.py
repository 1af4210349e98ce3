"""Many accept at once: a cap is taken once for each place, and one device is in one trade-in."""

import asyncio
from collections import Counter

from tortoise.context import TortoiseContext

from boucle.orm import APP, tortoise_config
from models.base import fetchval
from tests import trade_ins as t

SELLERS = 100


async def test_of_a_hundred_who_accept_a_bid_with_one_place_one_wins(
    fresh_db: str, migrated: None
) -> None:
    items = await t.market()
    of = await t.stand(items[0], cap=1)
    quotes = [await t.quote(of) for _ in range(SELLERS)]

    async with TortoiseContext() as context:
        await context.init(tortoise_config(fresh_db, pool=8, role=APP))
        asked = (t.ask(t.ACCEPT, of.seller, **t.accepted(of, each)) for each in quotes)
        found = Counter(
            each.get("code", each["__typename"]) for each in await asyncio.gather(*asked)
        )

    assert found == {"TradeInChanged": 1, "CAP_REACHED": SELLERS - 1}
    assert await fetchval("SELECT taken FROM trade_in_bid") == 1
    assert await fetchval("SELECT count(*) FROM trade_in_order") == 1
    claimed = "SELECT count(*) FROM unit_identifier WHERE place = 'TRADE_IN'"
    assert await fetchval(claimed) == 1, "who lost holds no device"


async def test_of_many_who_sell_the_same_device_at_once_one_does(
    fresh_db: str, migrated: None
) -> None:
    items = await t.market()
    of = await t.stand(items[0])
    number = t.imei_number(7)
    quotes = [await t.quote(of, imei=number) for _ in range(20)]

    async with TortoiseContext() as context:
        await context.init(tortoise_config(fresh_db, pool=8, role=APP))
        asked = (t.ask(t.ACCEPT, of.seller, **t.accepted(of, each)) for each in quotes)
        found = Counter(
            each.get("code", each["__typename"]) for each in await asyncio.gather(*asked)
        )

    assert found == {"TradeInChanged": 1, "DEVICE_ELSEWHERE": 19}
    assert await fetchval("SELECT taken FROM trade_in_bid") == 1
