"""Many buy at once: what there is is sold, and no more; nobody waits for another in a circle."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from tortoise.context import TortoiseContext

from boucle.orm import APP, tortoise_config
from domain.merchants import MerchantState
from models.base import execute, fetchrow, fetchval
from models.catalog import Variant
from models.merchants import Merchant
from models.offers.feeds import Feed
from resolvers.orders.payments import install, tills
from tests import factories
from tests.checkout import FakeTill, crowd
from tests.factories import line
from tests.rules import lawful

STOCK, BUYERS = 20, 200


@pytest.fixture
async def shop(fresh_db: str, migrated: None) -> AsyncIterator[tuple[Merchant, list[UUID]]]:
    """A merchant with so many pieces of two offers, on connections with a server's rights."""
    await lawful()
    items = await factories.world(1, 2)
    owner = await factories.merchant("amber")
    feed = await factories.feed(owner)
    rows = [line(item, f"SKU-{n}", quantity=STOCK) for n, item in enumerate(items)]
    await factories.run(feed, rows)
    offers = [(await factories.of_sku(owner, f"SKU-{n}"))["id"] for n in range(2)]
    before, till = tills(), FakeTill()
    install({till.name: till})
    yield owner, offers
    install(before)


async def _books() -> tuple[int, int, int, int]:
    """Stock, pieces set aside, lines that wait or are paid, and purchases."""
    row = await fetchrow(
        "SELECT (SELECT quantity FROM offer WHERE sku = 'SKU-0'),"
        " (SELECT coalesce(sum(quantity), 0) FROM reservation"
        "  WHERE released_at IS NULL AND consumed_at IS NULL),"
        " (SELECT count(*) FROM order_line WHERE state IN ('RESERVED', 'PAID')),"
        " (SELECT count(*) FROM purchase WHERE state = 'PAID')"
    )
    assert row is not None
    return tuple(row)


async def test_of_two_hundred_who_want_twenty_pieces_twenty_win(
    shop: tuple[Merchant, list[UUID]], fresh_db: str
) -> None:
    buyers = await crowd(shop[1][0], 201_39, BUYERS)

    async with TortoiseContext() as context:
        await context.init(tortoise_config(fresh_db, pool=10, role=APP))
        found = await asyncio.gather(*(buyer.buy() for buyer in buyers))

    told = Counter(each.get("code", each["__typename"]) for each in found)
    assert told == {"CheckoutCompleted": STOCK, "OUT_OF_STOCK": BUYERS - STOCK}
    assert {each["availability"] for each in found if "availability" in each} <= {"NONE", "FEW"}
    assert await _books() == (0, STOCK, STOCK, STOCK)


async def test_carts_of_two_offers_and_a_file_of_both_end_without_a_deadlock(
    shop: tuple[Merchant, list[UUID]], fresh_db: str
) -> None:
    owner, offers = shop
    buyers = await crowd(offers[0], 201_39, 6) + await crowd(offers[1], 201_39, 6)
    for n, buyer in enumerate(buyers):
        await buyer.add(offers[n < 6], "201.39")
    [feed] = await Feed.filter(merchant=owner)
    items = await Variant.all().order_by("slug").prefetch_related("product")

    async def resend() -> None:
        for price in ("198.00", "199.90"):
            rows = [
                {"sku": f"SKU-{n}", "mpn": each.mpn, "brand": "Calder", "model": each.product.model,
                 "grade": "good", "price": price, "currency": "EUR", "quantity": STOCK}
                for n, each in enumerate(items)
            ]  # fmt: skip
            await factories.run(feed, rows)

    found, _ = await asyncio.gather(asyncio.gather(*(buyer.buy() for buyer in buyers)), resend())

    told = {each.get("code", each["__typename"]) for each in found}
    assert told <= {"CheckoutCompleted", "PRICE_CHANGED"}
    paid = 2 * sum(each["__typename"] == "CheckoutCompleted" for each in found)
    assert await fetchval("SELECT count(*) FROM order_line WHERE state = 'PAID'") == paid


async def test_of_ten_who_race_for_what_a_merchant_on_probation_may_sell_as_many_win(
    shop: tuple[Merchant, list[UUID]], fresh_db: str
) -> None:
    owner, offers = shop
    await Merchant.filter(id=owner.id).update(state=MerchantState.PROBATION)
    await execute(
        "INSERT INTO selling_cap VALUES ($1, 'EUR', 3, 1000000, 'test')", owner.id
    )  # of two offers: their rows do not make one buyer wait for another
    buyers = await crowd(offers[0], 201_39, 5) + await crowd(offers[1], 201_39, 5)
    try:
        found = await asyncio.gather(*(buyer.buy() for buyer in buyers))
    finally:
        await execute("DELETE FROM selling_cap WHERE merchant_id IS NOT NULL")

    told = Counter(each.get("code", each["__typename"]) for each in found)
    assert told == {"CheckoutCompleted": 3, "CAP_REACHED": 7}
