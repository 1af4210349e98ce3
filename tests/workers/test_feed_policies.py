"""What a run does about lines that fail, and what it tells before it is applied."""

from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from domain.offers.lines import FeedMode, FeedPolicy, FeedRunState, FileCode
from models.base import execute, fetch, fetchval, transaction
from models.offers import feeds, files, report, runs, upkeep
from models.offers.feeds import Feed, FeedRun
from tests import factories
from tests.factories import Item, line, offers, outcomes, run, statuses

EVERYTHING, ROWS, IGNORE = FeedPolicy
Lines = list[dict[str, Any]]


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await factories.world(2, 2)


@pytest.fixture
async def full(items: list[Item]) -> Feed:
    return await factories.feed(await factories.merchant())


def shop(items: list[Item], count: int, price: str = "199.90") -> Lines:
    return [line(items[n % len(items)], f"S{n}", price) for n in range(count)]


async def versions() -> list[tuple[Any, ...]]:
    """Which rows there are of what a run may write for customers, by their versions."""
    found = []
    for table in ("offer", "offer_market", "best_offer", "product_market", "facet_count"):
        found += [tuple(row) for row in await fetch(f"SELECT ctid, xmin, cmin, xmax FROM {table}")]
    return found


async def events() -> list[tuple[str, dict[str, Any]]]:
    rows = await fetch("SELECT topic, data::text AS data FROM event ORDER BY n")
    return [(row["topic"], orjson.loads(row["data"])) for row in rows]


async def test_with_one_bad_line_everything_is_rejected_and_no_row_is_written(
    items: list[Item], full: Feed
) -> None:
    await run(full, shop(items, 5))
    before, feed_before = await versions(), dict(await Feed.get(id=full.id))
    rows = [*shop(items, 4, "150.00"), line(items[0], "NEW"), line(items[0], "BAD", "abc")]
    done = await run(full, rows, policy=EVERYTHING)

    assert (done.state, done.file_code) == (FeedRunState.FAILED, FileCode.GUARD_HELD)
    assert done.guards == [["REJECTED", 1, 6, 0]]
    assert (done.lines_read, done.rejected, done.created, done.absent) == (6, 6, 0, 0)
    assert await outcomes(done) == [("REJECTED", None)] * 5 + [("REJECTED", "PRICE_INVALID")]
    assert await versions() == before
    assert dict(await Feed.get(id=full.id)) == feed_before
    assert done.problems == {"PRICE_INVALID": 1}


async def test_known_lines_are_rejected_with_the_others_though_nobody_read_them(
    items: list[Item], full: Feed
) -> None:
    rows = shop(items, 6)
    await run(full, rows)
    done = await run(full, [*rows, line(items[0], "BAD", "abc")], policy=EVERYTHING)

    assert await outcomes(done) == [("REJECTED", None)] * 6 + [("REJECTED", "PRICE_INVALID")]
    assert [each.outcome for each in await report.lines(done.id, None, 0, 50)] == ["REJECTED"] * 7


async def test_a_file_without_a_bad_line_is_applied_under_every_policy(
    items: list[Item], full: Feed
) -> None:
    for n, policy in enumerate(FeedPolicy):
        done = await run(full, shop(items, 5, f"1{n}0.00"), policy=policy)
        assert (done.state, done.rejected) == (FeedRunState.COMPLETED, 0)


async def test_force_does_not_lift_what_the_merchant_has_chosen(
    items: list[Item], full: Feed
) -> None:
    rows = [*shop(items, 2), line(items[0], "BAD", "abc")]
    done = await run(full, rows, policy=EVERYTHING, force=True)

    assert done.state is FeedRunState.FAILED
    assert await offers(await full.merchant) == {}


async def test_ignored_lines_hold_nothing_and_pause_nothing(items: list[Item], full: Feed) -> None:
    owner = await full.merchant
    await run(full, shop(items, 4))
    bad = [*shop(items, 1), *(line(items[0], f"S{n}", "abc") for n in (1, 2, 3))]
    held = await run(full, bad)
    assert (held.state, held.guards) == (FeedRunState.HELD, [["REJECTED", 3, 4, 0]])
    for _ in range(4):
        done = await run(full, bad, policy=IGNORE)
        assert (done.state, done.rejected) == (FeedRunState.COMPLETED, 3)
    assert set((await statuses(owner)).values()) == {"LIVE"}
    assert await outcomes(done) == [("UNCHANGED", None)] + [("REJECTED", "PRICE_INVALID")] * 3

    for _ in range(3):
        await run(full, bad, force=True)
    assert sorted((await statuses(owner)).values()) == ["LIVE", "PAUSED", "PAUSED", "PAUSED"]


def some_file(random: Random, items: list[Item]) -> Lines:
    """Lines new, known, deleted, doubled, stale, unknown and wrong in many ways."""
    rows = [
        line(
            random.choice(items),
            f"S{random.randint(0, 30)}",
            random.choice(["100.00", "101.50", "99.00", "abc", "", "-1", "1.00"]),
            quantity=random.choice([1, 2, "many"]),
            grade=random.choice(["good", "fair", "odd", ""]),
            delete=random.choice(["", "", "", "true"]),
            sequence=random.choice(["", "1", "9"]),
        )
        for _ in range(24)
    ]
    rows[0] |= {"sku": ""}
    rows[1] |= {"gtin": "2000000000008", "brand": "", "model": ""}
    return random.sample(rows, len(rows))


@pytest.mark.parametrize("mode", list(FeedMode))
@pytest.mark.parametrize("policy", list(FeedPolicy))
@pytest.mark.parametrize("seed", range(2))
async def test_every_line_has_one_outcome_and_a_preview_tells_those_that_applying_gives(
    items: list[Item], mode: FeedMode, policy: FeedPolicy, seed: int
) -> None:
    random = Random(seed)
    owner = await factories.merchant()
    await run(await factories.feed(owner, name="first"), shop(items, 12, "100.00"), force=True)
    feed = await factories.feed(owner, mode, name="second")
    rows = some_file(random, items)
    before = await versions()
    told = await run(feed, rows, dry_run=True, force=True, policy=policy)
    told_outcomes = await outcomes(told)
    assert await versions() == before
    done = await run(feed, rows, force=True, policy=policy)

    assert len(told_outcomes) == told.lines_read == done.lines_read == 24
    assert told_outcomes == await outcomes(done)
    assert await factories.counted_once(done)
    assert (told.absent, told.problems) == (done.absent, done.problems)
    assert told.state is FeedRunState.PREVIEWED
    refused = policy is EVERYTHING
    assert done.state is (FeedRunState.FAILED if refused else FeedRunState.COMPLETED)
    assert told.diff is not None
    gone = done.deleted + done.absent
    assert [told.diff[name] for name in ("create", "update", "unchanged", "delete")] == [
        done.created, done.updated, done.unchanged, gone,
    ]  # fmt: skip
    assert done.diff is None


async def test_a_preview_tells_how_prices_move_and_which_fields_change(
    items: list[Item], full: Feed
) -> None:
    await run(full, [*shop(items, 3, "100.00"), line(items[3], "GONE", "50.00")])
    rows = shop(items, 3, "100.00")
    rows[0] |= {"price": "150.00"}
    rows[1] |= {"price": "90.00", "quantity": 7, "note": "boxed"}
    told = await run(full, [*rows, line(items[3], "NEW", "80.00")], dry_run=True)

    assert told.absent == 1
    assert told.diff == {
        "create": 1, "update": 2, "unchanged": 1, "delete": 1, "up": 1, "down": 1,
        "median_bp": 2000,
        "largest": [
            {"line": 2, "sku": "S0", "currency": "EUR", "before_minor": 10000,
             "after_minor": 15000, "change_bp": 5000},
            {"line": 3, "sku": "S1", "currency": "EUR", "before_minor": 10000,
             "after_minor": 9000, "change_bp": -1000},
        ],
    }  # fmt: skip
    found = {each.sku: each.changes for each in await report.lines(told.id, None, 0, 50)}
    said = {sku: [(c.field, c.before, c.after) for c in changes] for sku, changes in found.items()}
    assert said["S0"] == [("price", "100.00 EUR", "150.00 EUR")]
    assert said["S1"] == [
        ("price", "100.00 EUR", "90.00 EUR"), ("quantity", "3", "7"), ("note", None, "boxed"),
    ]  # fmt: skip
    assert ("status", None, "LIVE") in said["NEW"]
    assert ("price", None, "80.00 EUR") in said["NEW"]
    assert said[None] == []

    assert await feeds.release(told.id) is False  # its file was not kept
    done = await run(full, rows, force=True)
    assert await fetchval("SELECT count(*) FROM feed_change WHERE run_id = $1", done.id) == 0


async def test_the_price_of_a_market_and_a_deletion_are_changes_too(
    items: list[Item], full: Feed
) -> None:
    owner = await full.merchant
    await run(full, [line(items[0], "A", "100.00"), line(items[1], "B", "100.00")])
    delta = await factories.feed(owner, FeedMode.DELTA)
    rows = [{"sku": "A", "price[FR]": "95.00"}, {"sku": "B", "delete": "true"}]
    told = await run(delta, rows, dry_run=True)

    first, second = await report.lines(told.id, None, 0, 50)
    assert [(c.field, c.before, c.after) for c in first.changes] == [
        ("price[FR]", None, "95.00 EUR")
    ]
    assert [(c.field, c.before, c.after) for c in second.changes] == [("status", "LIVE", "ABSENT")]


async def test_the_end_of_a_run_is_told_with_its_counts_and_codes(
    items: list[Item], full: Feed
) -> None:
    done = await run(full, [*shop(items, 120), line(items[0], "BAD", "abc")])
    held = await run(full, shop(items, 60))

    (topic, data), (held_topic, held_data) = await events()
    assert (topic, data["state"]) == ("feed.run_finished", "COMPLETED")
    assert (data["counts"]["created"], data["counts"]["rejected"]) == (120, 1)
    assert data["problems"] == {"PRICE_INVALID": 1}
    assert (held_topic, held_data["file_code"]) == ("feed.held", "GUARD_HELD")
    assert held_data["guards"] == [{"guard": "SHRUNK", "n": 60, "total": 120, "limit": 50}]
    rows = await fetch("SELECT object_id, version FROM event ORDER BY n")
    known = {each.id: each.version for each in await FeedRun.all()}
    assert [(row["object_id"], row["version"]) for row in rows] == [
        (done.id, known[done.id]), (held.id, known[held.id]),
    ]  # fmt: skip


async def test_a_file_that_cannot_be_read_is_told_too(items: list[Item], full: Feed) -> None:
    await run(full, b"nothing;here\n1;2\n")

    [(topic, data)] = await events()
    assert (topic, data["state"], data["file_code"]) == (
        "feed.run_finished", "FAILED", "HEADER_MISSING",
    )  # fmt: skip


async def test_a_preview_that_nobody_applies_expires_after_a_day(
    items: list[Item], full: Feed
) -> None:
    old, new, freed = [await run(full, shop(items, n), dry_run=True) for n in (1, 2, 3)]
    await execute("UPDATE feed_run SET finished_at = now() - interval '25 hours'")
    await execute("UPDATE feed_run SET finished_at = now() WHERE id = $1", new.id)
    await execute("UPDATE feed_run SET dry_run = false WHERE id = $1", freed.id)

    assert await runs.expire_previews() == 1

    states = {each.id: each.state for each in await FeedRun.all()}
    assert (states[old.id], states[new.id], states[freed.id]) == (
        FeedRunState.EXPIRED, FeedRunState.PREVIEWED, FeedRunState.PREVIEWED,
    )  # fmt: skip
    assert (await events())[-1][1]["state"] == "EXPIRED"
    assert await runs.expire_previews() == 0


async def test_a_feed_that_fell_silent_is_told_once(items: list[Item]) -> None:
    feed = await factories.feed(await factories.merchant(), url="https://shop.example/feed.csv")
    await run(feed, shop(items, 1))
    await execute("UPDATE feed SET last_success_at = now() - interval '25 hours'")
    for _ in range(2):
        async with transaction() as raw:
            await upkeep.pause_stale(raw)

    [_, (topic, data)] = await events()
    assert (topic, data["name"]) == ("feed.stale", "full")


async def test_the_bad_rows_of_a_run_are_kept_whatever_its_channel(
    items: list[Item], full: Feed, tmp_path: Path
) -> None:
    good = await run(full, shop(items, 9))
    bad = await run(full, [*shop(items, 9), line(items[0], "BAD", "abc")])

    assert (good.bad_rows, bad.file) == (None, None)
    assert bad.bad_rows is not None
    assert await files.load(bad.bad_rows, tmp_path / "kept")
    kept = (tmp_path / "kept").read_bytes()
    assert b"BAD,2000" in kept
    assert b"S1," not in kept
