"""A run over a feed: held, released, previewed, killed, repeated, beside another."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.offers.lines import FeedMode, FeedRunState, FileCode
from integrations.http import Outbound, outbound
from models.base import fetch, fetchval, transaction
from models.merchants import Merchant
from models.offers import check, feeds, files, upkeep
from models.offers.feeds import Feed, FeedRun
from tests import factories
from tests.factories import NOW, Item, line, offers, outcomes, run, statuses
from workers.offers.pull import run_once

WRITTEN = (
    "offer",
    "offer_market",
    "best_offer",
    "product_market",
    "price_history",
    "ranking_snapshot",
    "product_facet",
    "facet_count",
)


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await factories.world()


@pytest.fixture
async def atelier(items: list[Item]) -> Merchant:
    return await factories.merchant()


@pytest.fixture
async def full(atelier: Merchant) -> Feed:
    return await factories.feed(atelier)


@pytest.fixture
async def http() -> AsyncGenerator[Outbound]:
    async with outbound() as session:
        yield session


def shop(items: list[Item], count: int, price: str = "199.90") -> list[dict[str, object]]:
    return [line(items[n % len(items)], f"S{n}", price) for n in range(count)]


async def written() -> dict[str, int]:
    """How many rows of each table this connection has inserted, changed or removed of late.

    The counters go up until the transaction ends: compare two readings within it.
    """
    rows = await fetch(
        "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del AS n FROM pg_stat_xact_user_tables "
        "WHERE relname = ANY ($1)",
        list(WRITTEN),
    )
    return {row["relname"]: row["n"] for row in rows}


async def stored(of: Feed, rows: list[dict[str, object]], tmp_path: Path) -> FeedRun:
    """A queued run over an uploaded file."""
    factories.write_csv(tmp_path / "upload", rows)
    file = await files.store(tmp_path / "upload", of.merchant_id, "upload", "f" * 64)
    return await factories.queued(of, file=file)


async def test_the_same_file_again_writes_nothing(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    rows = shop(items, 40)
    earlier = await written()
    await run(full, rows)
    before = await written()
    await factories.forget_feeds_of(atelier)
    done = await run(full, rows)

    assert (done.state, done.unchanged) == (FeedRunState.COMPLETED, 40)
    assert before["offer"] - earlier.get("offer", 0) == 40
    assert all(before[table] > earlier.get(table, 0) for table in WRITTEN)
    assert await written() == before


async def test_the_same_content_in_other_bytes_writes_nothing(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    rows = shop(items, 40)
    await run(full, rows)
    before = await written()
    shuffled = [dict(reversed(row.items())) | {"price": "199.9"} for row in reversed(rows)]
    done = await run(full, shuffled, quoting=1, delimiter=";", lineterminator="\n")

    assert done.unchanged == 40
    assert await written() == before


async def test_ranking_again_what_did_not_change_writes_nothing(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await run(full, shop(items, 40))
    before = await written()
    async with transaction() as raw:
        await upkeep.refresh_merchants(raw, [atelier.id])
        await upkeep.refresh_market(raw, "FR")

    assert await written() == before


async def test_a_dry_run_tells_what_it_would_do_and_writes_no_offer(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await run(full, shop(items, 4))
    before = await written()
    last = (await Feed.get(id=full.id)).last_success_at
    done = await run(full, [*shop(items, 3, "210.00"), line(items[0], "NEW")], dry_run=True)

    assert (done.state, done.created, done.updated) == (FeedRunState.PREVIEWED, 1, 3)
    assert await outcomes(done) == [("UPDATED", None)] * 3 + [("CREATED", None)]
    assert await written() == before
    assert (await Feed.get(id=full.id)).last_success_at == last


HELD = [
    pytest.param(lambda items: shop(items, 60), "SHRUNK 60/120", id="half of the offers"),
    pytest.param(
        lambda items: [*shop(items, 90), *shop(items, 120, "no price")[90:]],
        "REJECTED 30/120",
        id="a quarter of the lines",
    ),
    pytest.param(
        lambda items: [*shop(items, 90), *shop(items, 120, "320.00")[90:]],
        "PRICES_JUMPED 30/120",
        id="a quarter of the prices",
    ),
]


@pytest.mark.parametrize(("rows", "detail"), HELD)
async def test_a_full_file_that_looks_like_an_accident_is_held(
    items: list[Item], atelier: Merchant, full: Feed, rows, detail: str
) -> None:
    await run(full, shop(items, 120))
    before = await written()
    done = await run(full, rows(items))

    assert (done.state, done.file_code, done.detail) == ("HELD", FileCode.GUARD_HELD, detail)
    assert done.finished_at is None
    assert await factories.counted_once(done)
    assert await written() == before


@pytest.mark.parametrize(("rows", "detail"), HELD)
async def test_force_applies_what_a_guard_would_hold(
    items: list[Item], atelier: Merchant, full: Feed, rows, detail: str
) -> None:
    await run(full, shop(items, 120))
    done = await run(full, rows(items), force=True)

    assert (done.state, done.file_code, done.detail) == ("COMPLETED", None, None)
    assert await written() != {}


async def test_a_dry_run_names_the_guard_that_would_hold_it(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await run(full, shop(items, 120))
    done = await run(full, shop(items, 60), dry_run=True)

    assert (done.state, done.file_code) == (FeedRunState.PREVIEWED, FileCode.GUARD_HELD)


async def test_a_delta_is_never_held(items: list[Item], atelier: Merchant, full: Feed) -> None:
    await run(full, shop(items, 120))
    delta = await factories.feed(atelier, FeedMode.DELTA)
    done = await run(delta, shop(items, 120, "900.00"))

    assert (done.state, done.updated) == (FeedRunState.COMPLETED, 120)


async def test_a_held_run_is_applied_once_it_is_released(
    items: list[Item], atelier: Merchant, full: Feed, http: Outbound, tmp_path: Path
) -> None:
    await run(full, shop(items, 120))
    held = await stored(full, shop(items, 60), tmp_path)
    await run_once(held.id, http, NOW)
    held_again = await run_once(held.id, http, NOW)
    assert await statuses(atelier) == {f"s{n}": "LIVE" for n in range(120)}

    assert await feeds.release(held.id)
    assert (await FeedRun.get(id=held.id)).state is FeedRunState.HELD
    asked = await fetchval("SELECT kwargs->>'run_id' FROM outbox_job WHERE job = 'run_feed'")
    done = await run_once(held.id, http, NOW)

    assert held_again is None
    assert asked == str(held.id)
    assert done is not None
    assert (done.state, done.absent, done.unchanged) == (FeedRunState.COMPLETED, 60, 60)
    assert (done.file_code, done.detail) == (None, None)
    assert done.finished_at is not None
    assert done.finished_at > NOW
    assert await outcomes(done) == [("UNCHANGED", None)] * 60
    assert not await feeds.release(held.id)


async def test_a_held_run_is_not_released_after_a_later_file(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await run(full, shop(items, 120))
    held = await run(full, shop(items, 60))
    await asyncio.sleep(0.002)  # the order of runs is that of their times, in milliseconds
    await run(full, shop(items, 119))

    assert not await feeds.release(held.id)
    assert not (await FeedRun.get(id=held.id)).force
    assert not await feeds.release(factories.some_id())


async def test_a_held_download_is_released_as_it_was_downloaded(
    items: list[Item], atelier: Merchant, full: Feed, tmp_path: Path
) -> None:
    await run(full, shop(items, 120))
    path = tmp_path / "served.csv"

    async def serve(_: web.Request) -> web.Response:
        return web.Response(body=path.read_bytes())

    app = web.Application()
    app.router.add_get("/feed.csv", serve)
    async with TestServer(app) as server, outbound([f"127.0.0.1:{server.port}"]) as http:
        await Feed.filter(id=full.id).update(url=str(server.make_url("/feed.csv")))
        factories.write_csv(path, shop(items, 60))
        held = await factories.queued(full)
        await run_once(held.id, http, NOW)
        factories.write_csv(path, shop(items, 1))
        assert await feeds.release(held.id)
        done = await run_once(held.id, http, NOW)

    assert done is not None
    assert (done.state, done.lines_read, done.absent) == (FeedRunState.COMPLETED, 60, 60)


@pytest.mark.parametrize(
    ("mode", "dry_run", "state"),
    [
        pytest.param(FeedMode.FULL, False, FeedRunState.SUPERSEDED, id="by a newer full file"),
        pytest.param(FeedMode.FULL, True, FeedRunState.QUEUED, id="not by a preview"),
        pytest.param(FeedMode.DELTA, False, FeedRunState.QUEUED, id="never in a delta"),
    ],
)
async def test_a_waiting_file_is_superseded(
    items: list[Item], http: Outbound, tmp_path: Path, mode, dry_run: bool, state
) -> None:
    of = await factories.feed(await factories.merchant(), mode)
    older = await stored(of, shop(items, 3), tmp_path)
    await asyncio.sleep(0.002)
    newer = await stored(of, shop(items, 4), tmp_path)
    await FeedRun.filter(id=newer.id).update(dry_run=dry_run)
    await run_once(newer.id, http, NOW)

    assert (await FeedRun.get(id=older.id)).state is state


class Killed(Exception):
    """The worker is gone."""


@asynccontextmanager
async def killed() -> AsyncGenerator[asyncpg.Connection]:
    async with transaction() as raw:
        yield raw
        raise Killed


async def test_a_run_killed_before_its_commit_wrote_nothing_and_can_be_repeated(
    items: list[Item], atelier: Merchant, full: Feed, http: Outbound, tmp_path: Path
) -> None:
    waiting = await stored(full, shop(items, 5), tmp_path)
    with pytest.raises(Killed):
        await run_once(waiting.id, http, NOW, killed)
    left = await FeedRun.get(id=waiting.id)
    assert await offers(atelier) == {}
    assert await fetchval("SELECT count(*) FROM feed_line") == 0

    done = await run_once(waiting.id, http, NOW)

    assert left.state is FeedRunState.READING
    assert done is not None
    assert (done.state, done.created) == (FeedRunState.COMPLETED, 5)
    assert (await check.differences(await _raw())).total == 0


@pytest.mark.parametrize("state", [FeedRunState.FETCHING, FeedRunState.READING])
async def test_a_run_that_its_worker_left_is_started_again(
    items: list[Item], full: Feed, http: Outbound, tmp_path: Path, state: FeedRunState
) -> None:
    waiting = await stored(full, shop(items, 5), tmp_path)
    await FeedRun.filter(id=waiting.id).update(state=state)
    done = await run_once(waiting.id, http, NOW)

    assert done is not None
    assert (done.state, done.created) == (FeedRunState.COMPLETED, 5)


async def test_a_finished_run_is_never_executed_again(
    items: list[Item], atelier: Merchant, full: Feed, http: Outbound, tmp_path: Path
) -> None:
    waiting = await stored(full, shop(items, 5), tmp_path)
    await run_once(waiting.id, http, NOW)
    facts = dict(await FeedRun.get(id=waiting.id))
    before = await written()

    assert await run_once(waiting.id, http, NOW + timedelta(hours=1)) is None
    assert dict(await FeedRun.get(id=waiting.id)) == facts
    assert await written() == before


async def test_a_run_that_ended_elsewhere_is_not_reopened_by_a_slow_worker(
    items: list[Item], full: Feed, http: Outbound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = await stored(full, shop(items, 5), tmp_path)
    load = files.load

    async def late(file_id, into: Path) -> bool:
        await FeedRun.filter(id=waiting.id).update(state=FeedRunState.COMPLETED, created=7)
        return await load(file_id, into)

    monkeypatch.setattr(files, "load", late)
    ended = await run_once(waiting.id, http, NOW)

    left = await FeedRun.get(id=waiting.id)
    assert (ended, left.state, left.created) == (None, FeedRunState.COMPLETED, 7)


async def test_waiting_for_another_run_of_the_merchant_may_take_minutes(
    items: list[Item], full: Feed
) -> None:
    seen = []

    @asynccontextmanager
    async def looking() -> AsyncGenerator[asyncpg.Connection]:
        async with transaction() as raw:
            yield raw
            seen.append(await raw.fetchval("SHOW lock_timeout"))

    await run(full, shop(items, 1), effect=looking)

    assert seen == ["10min"]


async def _raw() -> asyncpg.Connection:
    async with transaction() as raw:
        return raw
