"""Laws of feeds, on random files: what holds whatever a merchant sends."""

from random import Random
from typing import Any

import pytest

from domain.offers.lines import FeedMode
from models.base import fetch, transaction
from models.merchants import Merchant
from models.offers import check
from tests import factories
from tests.factories import Item, line, offers, run, statuses

Lines = list[dict[str, Any]]
SEEDS = pytest.mark.parametrize("seed", range(4))


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await factories.world(3, 3)


def file_of(random: Random, items: list[Item], skus: list[str]) -> Lines:
    """A full file that names these SKUs, each cell filled."""
    return [
        line(
            random.choice(items),
            sku,
            f"{random.randint(90, 120)}.{random.randint(10, 99)}",
            quantity=random.choice([0, 1, 5]),
            grade=random.choice(["fair", "good", "very_good", "premium"]),
            battery=random.choice(["new", "85", "100"]),
            warranty_months=random.choice([12, 24, 36]),
            note=random.choice(["boxed", "no box"]),
            markets=random.choice(["FR", "DE", "DE FR"]),
        )
        for sku in skus
    ]


def skus(random: Random, count: int) -> list[str]:
    return [f"S{n}" for n in random.sample(range(count * 2), count)]


async def best() -> list[tuple[Any, ...]]:
    """What customers see of the competitions and the products, without times."""
    ranked = await fetch(
        "SELECT market, variant_id, grade, offers, merchants, competing, min_landed, max_landed, "
        "leader, merit, effective_e6, terms, group_offers, snapshot_id FROM best_offer "
        "WHERE offers > 0 ORDER BY 1, 2, 3"
    )
    products = await fetch(
        "SELECT market, product_id, offers, merchants, min_landed, max_landed, best_variant, "
        "best_grade, across_e6 FROM product_market WHERE offers > 0 ORDER BY 1, 2"
    )
    facets = await fetch(
        "SELECT market, category, key, value, products FROM facet_count WHERE products <> 0 "
        "ORDER BY 1, 2, 3, 4"
    )
    return [tuple(row) for row in (*ranked, *products, *facets)]


async def consistent() -> bool:
    async with transaction() as raw:
        return (await check.differences(raw)).total == 0


async def merchants() -> tuple[Merchant, Merchant]:
    one = await factories.merchant("one", markets=("FR", "DE"), quality_bp=7000)
    other = await factories.merchant("other", markets=("FR", "DE"), quality_bp=7000)
    return one, other


@SEEDS
async def test_a_full_file_and_another_and_the_first_again_restores_everything(
    items: list[Item], seed: int
) -> None:
    random = Random(seed)
    one, other = await merchants()
    await run(await factories.feed(other), file_of(random, items, skus(random, 20)))
    feed = await factories.feed(one)
    first = file_of(random, items, skus(random, 30))
    await run(feed, first)
    before, seen = await offers(one), await best()
    await run(feed, file_of(random, items, skus(random, 30)), force=True)
    between = await best()
    await run(feed, first, force=True)
    after = {sku: row for sku, row in (await offers(one)).items() if row[-1] != "ABSENT"}

    assert between != seen
    assert after == before
    assert await best() == seen
    assert await consistent()


@SEEDS
async def test_a_file_split_into_deltas_gives_what_the_full_file_gives(
    items: list[Item], seed: int
) -> None:
    random = Random(seed)
    one, other = await merchants()
    old, new = (file_of(random, items, [f"S{n}" for n in range(30)]) for _ in range(2))
    for owner in (one, other):
        await run(await factories.feed(owner), old)
    await run(await factories.feed(one, name="new"), new, force=True)
    delta = await factories.feed(other, FeedMode.DELTA)
    rest = random.sample(new, len(new))
    while rest:
        size = random.randint(1, 9)
        await run(delta, rest[:size])
        rest = rest[size:]

    assert await offers(other) == await offers(one)
    assert [row[2:] for row in await factories.prices_seen(other)] == [
        row[2:] for row in await factories.prices_seen(one)
    ]
    assert await consistent()


@SEEDS
async def test_the_cells_of_a_line_may_come_one_by_one(items: list[Item], seed: int) -> None:
    random = Random(seed)
    one, other = await merchants()
    old, new = (file_of(random, items, [f"S{n}" for n in range(12)]) for _ in range(2))
    for owner in (one, other):
        await run(await factories.feed(owner), old)
    await run(await factories.feed(one, name="new"), new, force=True)
    delta = await factories.feed(other, FeedMode.DELTA)
    for column in random.sample([name for name in new[0] if name != "sku"], len(new[0]) - 1):
        await run(delta, [{"sku": row["sku"], column: row[column]} for row in new])

    assert await offers(other) == await offers(one)
    assert await consistent()


@SEEDS
async def test_the_order_of_lines_means_nothing(items: list[Item], seed: int) -> None:
    random = Random(seed)
    one, other = await merchants()
    rows = file_of(random, items, skus(random, 30))
    rows[3]["price"], rows[4]["grade"], rows[5]["sku"] = "N/A", "odd", rows[6]["sku"]
    done = await run(await factories.feed(one), rows, force=True)
    shuffled = await run(await factories.feed(other), random.sample(rows, 30), force=True)

    assert await offers(other) == await offers(one)
    assert len(await offers(one)) == 26
    assert (done.created, done.rejected) == (shuffled.created, shuffled.rejected) == (26, 4)


@SEEDS
async def test_a_delta_makes_no_offer_absent(items: list[Item], seed: int) -> None:
    random = Random(seed)
    one, _ = await merchants()
    await run(await factories.feed(one), file_of(random, items, skus(random, 30)))
    before = await statuses(one)
    for turn, mode in enumerate((FeedMode.DELTA, FeedMode.STOCK, FeedMode.PRICES)):
        named = random.sample(sorted(before), 5)
        rows = [{"sku": sku, "price": f"8{turn}.00", "quantity": 20 + turn} for sku in named]
        done = await run(await factories.feed(one, mode), rows)
        assert (done.absent, done.deleted, done.updated) == (0, 0, 5)

    assert await statuses(one) == before
