"""Prices that follow their competition, as the worker moves them."""

from datetime import UTC, datetime, timedelta

from domain.ranking.reprice import RepriceMode
from models.base import execute, fetch, transaction
from models.merchants import Merchant
from models.offers import check, reprice
from models.offers.reprice import Repricing, Rule
from tests import factories
from tests.factories import Item, line
from tests.schema import shop
from workers.ranking import reprice_some

LEAD, SHARE, OFF = RepriceMode.LEAD, RepriceMode.SHARE, RepriceMode.OFF


async def _ask(
    owner: Merchant,
    mode: RepriceMode,
    lowest: int | None = 10_000,
    market: str = "FR",
    sku: str | None = None,
) -> None:
    skus = None if sku is None else [sku]
    await reprice.set_rules(owner.id, skus, Rule(mode, market, lowest, None))


async def _act(owner: Merchant) -> int:
    async with transaction() as raw:
        return await reprice_some(raw, owner.id, datetime.now(UTC))


async def _price(sku: str, market: str = "FR") -> int:
    [row] = await fetch(
        "SELECT m.item_minor FROM offer_market m JOIN offer o ON o.id = m.offer_id "
        "WHERE o.sku = $1 AND m.market = $2",
        sku,
        market,
    )
    return row["item_minor"]


async def _log(owner: Merchant) -> list[Repricing]:
    return await reprice.page(owner.id, None, None, 100)


async def _later(hours: int = 2) -> None:
    """Let what was moved have been moved so much earlier."""
    await execute("UPDATE repricing SET at = at - $1::interval", timedelta(hours=hours))


async def _pair(item: Item) -> tuple[Merchant, Merchant]:
    one = await factories.merchant("one", quality_bp=7000)
    two = await factories.merchant("two", quality_bp=7000)
    await shop.sell(one, [line(item, "one", "300.00")])
    await shop.sell(two, [line(item, "two", "290.00")])
    return one, two


async def test_a_price_moves_to_the_one_that_leads_and_is_logged(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, _ = await _pair(item)
    [before] = await fetch("SELECT snapshot_id, model_id FROM best_offer")
    await _ask(one, LEAD)

    await _act(one)

    [change] = await _log(one)
    assert (change.from_minor, change.to_minor) == (30_000, await _price("one"))
    assert await _price("one") in {28_999, 29_000}
    assert (change.sku, change.market, change.mode, change.currency) == ("one", "FR", LEAD, "EUR")
    assert (change.snapshot_id, change.model_id) == (before["snapshot_id"], before["model_id"])
    [leader] = await fetch(
        "SELECT o.sku, o.price_minor FROM best_offer b JOIN offer o ON o.id = b.leader"
    )
    assert tuple(leader) == ("one", 30_000)
    async with transaction() as raw:
        assert (await check.differences(raw)).total == 0
    [history] = await fetch(
        "SELECT item_minor FROM price_history h JOIN offer o ON o.id = h.offer_id "
        "WHERE sku = 'one' ORDER BY at DESC LIMIT 1"
    )
    assert history["item_minor"] == change.to_minor


async def test_nothing_moves_unless_asked_and_never_without_a_lowest_price(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, two = await _pair(item)

    for mode, lowest in ((None, None), (LEAD, None), (OFF, 10_000)):
        if mode is not None:
            await _ask(one, mode, lowest)
        assert await _act(one) == 0
    assert await _log(one) == await _log(two) == []
    assert await _price("one") == 30_000


async def test_a_price_rests_for_an_hour_and_is_not_decided_twice(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, two = await _pair(item)
    await _ask(one, LEAD)
    await _act(one)

    await shop.sell(two, [line(item, "two", "250.00")])
    assert await _act(one) == 0
    await _later()
    assert await _act(one) == 1
    assert await _price("one") < 25_001
    await _later()
    assert await _act(one) == 1  # the snapshot is its own doing
    assert await _act(one) == 0
    assert len(await _log(one)) == 2


async def test_after_24_changes_in_a_day_a_price_stays(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, _ = await _pair(item)
    await _ask(one, LEAD)
    offer = await shop.offer_id("one")
    await execute(
        "INSERT INTO repricing (merchant_id, offer_id, sku, market, mode, from_minor, to_minor, "
        "currency, snapshot_id, model_id, at) SELECT $1, $2, 'one', 'FR', 'LEAD', 1, 2, 'EUR', '', "
        "'', now() - interval '61 minutes' - n * interval '50 minutes' "
        "FROM generate_series(0, 23) n",
        one.id,
        offer,
    )

    assert await _act(one) == 0
    await _later(4)
    assert await _act(one) == 1
    assert await _price("one") < 30_000


async def test_a_feeds_price_is_the_base_and_a_new_one_begins_again(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, _ = await _pair(item)
    await _ask(one, LEAD)
    await _act(one)
    moved = await _price("one")

    await shop.sell(one, [line(item, "one", "300.00", quantity=9)])
    assert await _price("one") == moved
    await shop.sell(one, [line(item, "one", "310.00", quantity=9)])
    assert await _price("one") == 31_000
    await _act(one)
    assert await _price("one") == 31_000  # it rests for an hour all the same
    await _later()
    await _act(one)
    assert await _price("one") == moved
    assert [(c.from_minor, c.to_minor) for c in await _log(one)] == [
        (31_000, moved), (30_000, moved),
    ]  # fmt: skip


async def test_off_gives_back_the_merchants_own_price(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, _ = await _pair(item)
    await _ask(one, LEAD)
    await _act(one)
    assert await _price("one") < 30_000

    await _ask(one, OFF)
    await _act(one)

    assert await _price("one") == 30_000
    assert await fetch("SELECT FROM repriced") == []
    assert len(await _log(one)) == 1


async def test_the_narrowest_rule_and_the_tightest_bound_hold(db: None) -> None:
    items = await factories.world(2, 1)
    one = await factories.merchant("one", markets=("FR", "DE"), quality_bp=7000)
    two = await factories.merchant("two", markets=("FR", "DE"), quality_bp=7000)
    for owner, price in ((one, "300.00"), (two, "250.00")):
        rows = [
            line(item, f"{owner.slug}-{n}", price, markets="FR|DE", min_price="240.00")
            for n, item in enumerate(items)
        ]
        await shop.sell(owner, rows)
    await _ask(one, LEAD, None, market="")
    await _ask(one, OFF, None, market="DE")
    await _ask(one, LEAD, 28_000, market="FR", sku="ONE-1")

    await _act(one)

    assert [await _price(f"one-{n}", "FR") for n in (0, 1)] == [25_000, 30_000]
    assert [await _price(f"one-{n}", "DE") for n in (0, 1)] == [30_000, 30_000]


async def test_two_repricers_who_share_stop(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, two = await _pair(item)
    for owner in (one, two):
        await _ask(owner, SHARE, 10_000)

    for _ in range(5):
        for owner in (one, two):
            await _act(owner)
        await _later()

    assert len(await _log(one)) + len(await _log(two)) == 1
    assert await _price("two") == 29_000
    assert 29_000 < await _price("one") < 29_400
    [cell] = await fetch("SELECT cardinality(group_offers) AS sharers FROM best_offer")
    assert cell["sharers"] == 2


async def test_another_merchants_rules_move_nothing_of_mine(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, two = await _pair(item)
    await _ask(two, LEAD, 10_000)

    await _act(one)
    await _act(two)

    assert (await _price("one"), await _log(one)) == (30_000, [])
    async with transaction() as raw:
        assert await reprice.merchants(raw) == [two.id]
