"""Lines whose bytes stand behind live offers already are counted, and not read again."""

import random
import tempfile
from contextvars import copy_context
from pathlib import Path

import pytest

from models.base import execute, fetchval, transaction
from models.offers import check, stage
from models.offers.feeds import Feed
from tests import factories
from tests.factories import NOW, Row
from workers.offers.progress import Progress
from workers.offers.reading import Watch, plan_of, stage_file


async def _skipped(feed: Feed, rows: list[Row], columns: tuple[str, ...] = ()) -> int:
    """How many lines a run over these rows would skip."""
    owner = await feed.merchant
    plan = await plan_of(owner, feed.mode, feed.format, feed.settings, NOW)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed"
        factories.write_csv(path, rows, columns)
        async with transaction() as raw:
            await stage.open_stage(raw)
            watch = Watch(int, Progress(feed.id, copy_context()))
            staged = await stage_file(raw, path, plan, owner.id, watch)
    assert staged.lines == len(rows)
    return staged.skipped.lines


@pytest.fixture
async def shop(db: None) -> tuple[Feed, list[dict[str, object]]]:
    items = await factories.world(products=3, variants=2)
    feed = await factories.feed(await factories.merchant())
    rows = [factories.line(item, f"S-{n}", f"{100 + n}.00") for n, item in enumerate(items)]
    done = await factories.run(feed, rows)
    assert done.created == len(rows)
    return feed, rows


async def test_a_file_of_known_lines_is_skipped_in_any_order(shop) -> None:
    feed, rows = shop
    assert await _skipped(feed, rows) == 6
    assert await _skipped(feed, rows[::-1]) == 6


async def test_only_lines_that_differ_are_read(shop) -> None:
    feed, rows = shop
    changed = [rows[0] | {"price": "95.00"}, *rows[1:]]
    assert await _skipped(feed, changed) == 5
    done = await factories.run(feed, changed)
    assert (done.updated, done.unchanged, done.lines_read) == (1, 5, 6)
    assert await factories.counted_once(done)


async def test_the_same_values_in_other_bytes_are_read_and_write_nothing(shop) -> None:
    feed, rows = shop
    other = tuple(reversed(rows[0]))
    assert await _skipped(feed, rows, other) == 0
    done = await factories.run(feed, [{name: row[name] for name in other} for row in rows])
    assert (done.unchanged, done.updated) == (6, 0)


async def test_a_known_line_beside_another_of_its_sku_is_a_duplicate(shop) -> None:
    feed, rows = shop
    twice = [*rows, rows[2] | {"price": "77.00"}]
    done = await factories.run(feed, twice, force=True)
    assert (await factories.outcomes(done))[2] == ("REJECTED", "DUPLICATE_SKU")
    assert (await factories.outcomes(done))[6] == ("REJECTED", "DUPLICATE_SKU")
    assert (await factories.of_sku(await feed.merchant, "S-2"))["price_minor"] == 10200


async def test_the_same_line_twice_is_a_duplicate(shop) -> None:
    feed, rows = shop
    done = await factories.run(feed, [*rows, rows[0]], force=True)
    assert (done.rejected, done.unchanged) == (2, 5)


async def test_an_offer_whose_known_line_is_missing_goes_absent(shop) -> None:
    feed, rows = shop
    done = await factories.run(feed, rows[1:])
    assert (done.absent, done.unchanged) == (1, 5)
    assert (await factories.of_sku(await feed.merchant, "S-0"))["status"] == "ABSENT"
    back = await factories.run(feed, rows)
    assert (back.updated, back.unchanged) == (1, 5)


async def test_an_offer_that_something_else_changed_is_read_again(shop) -> None:
    feed, rows = shop
    await execute("UPDATE offer SET quantity = 1 WHERE sku_key = 's-3'")
    assert await _skipped(feed, rows) == 5


async def test_a_paused_offer_or_one_with_errors_is_read_again(shop) -> None:
    feed, rows = shop
    await execute("UPDATE offer SET status = 'PAUSED' WHERE sku_key = 's-3'")
    await execute("UPDATE offer SET error_runs = 1 WHERE sku_key = 's-4'")
    assert await _skipped(feed, rows) == 4


@pytest.mark.parametrize(
    "change", [{"warranty_months": 24}, {"handling_hours": 48}, {"vat_scheme": "MARGIN"}]
)
async def test_another_default_of_the_merchant_has_every_line_read(shop, change) -> None:
    feed, rows = shop
    if "warranty_months" in change:
        feed.settings = {"default_warranty_months": 24}
    else:
        owner = await feed.merchant
        await owner.update_from_dict(change).save()
    assert await _skipped(feed, rows) == 0


async def test_a_line_with_a_warning_is_told_of_it_every_time(db: None) -> None:
    [item] = await factories.world(products=1, variants=1)
    feed = await factories.feed(await factories.merchant())
    rounded = [factories.line(item, "S-1", "199.9041")]
    for _ in range(2):
        done = await factories.run(feed, rounded)
        said = await fetchval("SELECT max(code) FROM feed_line WHERE run_id = $1", done.id)
        assert said == "PRICE_INVALID"


async def test_a_line_that_waits_for_its_product_is_read_until_it_is_known(db: None) -> None:
    [item] = await factories.world(products=1, variants=1)
    feed = await factories.feed(await factories.merchant())
    unknown = [factories.line(item, "S-1") | {"gtin": factories.gtin(900)}]
    assert (await factories.run(feed, unknown)).pending == 1
    assert await _skipped(feed, unknown) == 0


@pytest.mark.parametrize("seed", range(3))
async def test_a_history_with_memory_and_one_without_end_alike(
    db: None, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    items = await factories.world(products=4, variants=2)
    with_memory = await factories.feed(await factories.merchant("with"))
    without = await factories.feed(await factories.merchant("without"))
    chance = random.Random(seed)

    async def forgetful(raw, merchant_id) -> bytes:
        return await known(raw, merchant_id) if merchant_id == with_memory.merchant_id else b""

    known = stage.remembered
    monkeypatch.setattr(stage, "remembered", forgetful)
    for _ in range(6):
        rows = [
            factories.line(item, f"S-{n}", chance.choice(["100.00", "120.00", "-1", "99.9991"]))
            | {"quantity": chance.choice([0, 3])}
            for n, item in enumerate(items)
            if chance.random() < 0.8
        ]
        rows += [dict(row) for row in rows if chance.random() < 0.1]
        runs = [await factories.run(feed, rows, force=True) for feed in (with_memory, without)]
        told = [await factories.outcomes(run) for run in runs]
        assert told[0] == told[1]
        assert runs[0].absent == runs[1].absent
        stored = [await factories.offers(await f.merchant) for f in (with_memory, without)]
        assert stored[0] == stored[1]
    async with transaction() as raw:
        assert (await check.differences(raw)).total == 0
