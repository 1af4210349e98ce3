"""Our own sales: never below zero, seen at once, and not undone by an older word of the stock."""

import asyncio
import contextvars
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.offers.items import Item as Said
from domain.offers.lines import FeedMode
from models.base import Tenant, acting, execute, fetch, fetchval, transaction
from models.merchants import Merchant
from models.offers import apply, batch, hold
from models.offers.feeds import Feed
from models.offers.reserve import ReservationKind, Reserved, SoldOut, consume, release, reserve
from tests import factories
from tests.factories import Item, line
from tests.schema.offers import in_line, own, seen

SEEDS = pytest.mark.parametrize("seed", range(6))


async def _shop(quantity: int = 5) -> tuple[Merchant, Feed, list[Item], UUID]:
    items = await factories.world(1, 2)
    owner = await factories.merchant()
    feed = await factories.feed(owner)
    await factories.run(feed, [line(items[0], "SKU-0", quantity=quantity)], as_of=_now())
    return owner, feed, items, (await factories.of_sku(owner, "SKU-0"))["id"]


def _now() -> datetime:
    return datetime.now(UTC)


async def _sold(offer: UUID, units: int) -> list[UUID]:
    found = await reserve([(offer, units)], ReservationKind.ORDER)
    assert not isinstance(found, SoldOut)
    return [each.id for each in found]


async def _stock(owner: Merchant) -> int:
    stock: int = (await factories.of_sku(owner, "SKU-0"))["quantity"]
    [(_, _, shown)] = await seen()
    assert shown == stock
    return stock


async def test_a_sale_is_seen_at_once_by_buyers_and_by_the_merchant(db: None) -> None:
    owner, _, _, offer = await _shop()

    first, second = await _sold(offer, 2), await _sold(offer, 3)

    assert await seen() == [(0, 19990, 0)]
    told = await own(owner)
    assert (told["quantity"], told["reserved"]) == (0, 5)
    assert [r["code"] for r in told["markets"][0]["reasons"]] == ["OUT_OF_STOCK"]
    assert await release(first) == first
    assert await release(first) == []
    assert await consume(second) == second
    assert await release(second) == []
    told = await own(owner)
    assert (told["quantity"], told["reserved"]) == (2, 0)
    assert await in_line()


async def test_of_several_offers_all_are_set_aside_or_none(db: None) -> None:
    owner, feed, items, offer = await _shop()
    await factories.run(feed, [line(items[n], f"SKU-{n}", quantity=2) for n in range(2)])
    other = (await factories.of_sku(owner, "SKU-1"))["id"]

    assert await reserve([(offer, 2), (other, 3)], ReservationKind.CART) == SoldOut(other, 2)
    assert await reserve([(offer, 1), (offer, 2)], ReservationKind.CART) == SoldOut(offer, 2)
    assert await reserve([(factories.some_id(), 1)], ReservationKind.CART)
    assert await fetchval("SELECT count(*) FROM reservation") == 0
    await hold.pause(owner.id, ["SKU-0"])
    assert await reserve([(offer, 1)], ReservationKind.CART) == SoldOut(offer, 0)


async def test_an_older_file_does_not_raise_the_stock_again_and_a_newer_does(db: None) -> None:
    owner, feed, items, offer = await _shop(5)
    before = _now()
    await _sold(offer, 2)
    rows = [line(items[0], "SKU-0", quantity=5)]

    for _ in range(2):
        await factories.run(feed, rows, as_of=before)
        assert await _stock(owner) == 3
    await factories.run(feed, rows, as_of=_now())
    assert await _stock(owner) == 5
    await factories.run(feed, rows, as_of=before)
    assert await _stock(owner) == 3
    assert await in_line()


async def test_a_line_that_leaves_the_stock_out_subtracts_nothing(db: None) -> None:
    owner, _, _, offer = await _shop(5)
    before = _now()
    await _sold(offer, 2)
    prices = await factories.feed(owner, FeedMode.PRICES)

    await factories.run(prices, [{"sku": "SKU-0", "price": "150"}], as_of=before)

    assert await seen() == [(2, 15000, 3)]


async def test_a_stock_counted_before_a_sale_is_less_by_it(db: None) -> None:
    owner, _, _, offer = await _shop(5)
    before = _now()
    await _sold(offer, 2)

    async def told(quantity: int, as_of: datetime) -> int:
        said = Said("SKU-0", {"quantity": quantity}, as_of=as_of)
        [result] = await batch.write(owner.id, [said], _now(), known_only=True)
        assert result.quantity == await _stock(owner)
        return result.quantity

    assert await told(4, before) == 2
    assert await told(1, before) == 0
    assert await told(4, _now()) == 4


async def test_a_merchant_is_told_once_that_an_offer_runs_out(db: None) -> None:
    owner, _, _, offer = await _shop(9)
    await hold.set_stock_alert(owner.id, 4)

    for _ in range(4):
        await _sold(offer, 2)

    told = "SELECT object_id, data::text AS data FROM event WHERE topic = 'offer.stock_low'"
    rows = await fetch(told)
    assert [row["object_id"] for row in rows] == [offer]
    assert '"quantity": 3' in rows[0]["data"]


@dataclass
class Merchantry:
    """A merchant's one offer: what there truly is of it, and words of it that are under way."""

    random: Random
    feed: Feed
    items: list[Item]
    offer: UUID
    true: int = 5
    open: list[UUID] = field(default_factory=list)
    files: list[tuple[datetime, int]] = field(default_factory=list)

    async def sell(self) -> None:
        wanted = self.random.randint(1, 3)
        found = await reserve([(self.offer, wanted)], ReservationKind.ORDER)
        if not isinstance(found, SoldOut):
            self.true -= wanted
            self.open.extend(each.id for each in found)

    async def restock(self) -> None:
        self.true += self.random.randint(1, 4)

    async def give_back(self) -> None:
        if self.open:
            ended = self.open.pop(self.random.randrange(len(self.open)))
            sold = "SELECT quantity FROM reservation WHERE id = $1"
            self.true += await fetchval(sold, ended)
            await release([ended])

    async def count(self) -> None:
        self.files.append((_now(), self.true))

    async def deliver(self) -> None:
        if self.files:
            as_of, quantity = self.files.pop(self.random.randrange(len(self.files)))
            by_call = self.random.random() < 0.5
            await _say(self.feed, self.items, quantity, as_of, by_call=by_call)


@SEEDS
async def test_whatever_the_order_of_sales_and_files_no_more_is_shown_than_there_is(
    db: None, seed: int
) -> None:
    owner, feed, items, offer = await _shop(5)
    m = Merchantry(Random(seed), feed, items, offer)
    happens = [m.sell, m.sell, m.restock, m.count, m.count, m.deliver, m.deliver, m.give_back]

    for _ in range(30):
        await m.random.choice(happens)()
        assert await _stock(owner) <= m.true
    await _say(feed, items, m.true, _now(), by_call=False)
    assert await _stock(owner) == m.true
    assert await in_line()


async def _say(
    feed: Feed, items: list[Item], quantity: int, as_of: datetime, *, by_call: bool
) -> None:
    if by_call:
        said = Said("SKU-0", {"quantity": quantity}, as_of=as_of)
        await batch.write(feed.merchant_id, [said], _now(), known_only=True)
    else:
        rows = [line(items[0], "SKU-0", quantity=quantity)]
        await factories.run(feed, rows, as_of=as_of, force=True)


async def test_fifty_at_once_sell_what_there_is_and_no_more(fresh_db: str, migrated: None) -> None:
    owner, _, _, offer = await _shop(5)

    async def buy() -> list[Reserved] | SoldOut:
        async with transaction():
            return await reserve([(offer, 1)], ReservationKind.ORDER)

    found = await asyncio.gather(*(buy() for _ in range(20)))

    assert sum(not isinstance(each, SoldOut) for each in found) == 5
    assert await _stock(owner) == 0


async def test_a_sale_between_the_judging_of_a_file_and_its_writing_counts(
    fresh_db: str, migrated: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, feed, items, offer = await _shop(5)
    real, outside = apply.apply, contextvars.copy_context()

    async def sold_meanwhile(*args: Any, **more: Any) -> Any:
        async def elsewhere() -> None:
            async with transaction():
                await _sold(offer, 2)

        await asyncio.create_task(elsewhere(), context=outside)
        return await real(*args, **more)

    monkeypatch.setattr(apply, "apply", sold_meanwhile)
    await factories.run(feed, [line(items[0], "SKU-0", quantity=7)], as_of=_now())
    monkeypatch.undo()

    assert await _stock(owner) == 5
    row = await factories.of_sku(owner, "SKU-0")
    assert (row["taken"], row["row_hash"], row["line_mark"]) == (2, 0, None)


async def test_what_is_set_aside_is_not_read_by_strangers(db: None) -> None:
    _, _, _, offer = await _shop()
    await _sold(offer, 1)
    stranger = await factories.merchant("stranger")

    async with acting(Tenant(merchant_id=stranger.id)):
        await execute("SET LOCAL ROLE boucle_app")
        rows = await fetch("SELECT * FROM reservation")
        await execute("SET LOCAL ROLE boucle_system")

    assert rows == []
