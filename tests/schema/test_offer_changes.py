"""Whoever follows a merchant's offers misses nothing, whatever changed them and in which order."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from domain.offers.items import Item as Said
from models.base import execute, fetchval, transaction
from models.merchants import Merchant
from models.offers import batch, upkeep
from models.offers.feeds import Feed
from models.offers.reserve import ReservationKind, reserve
from resolvers.context import Context
from resolvers.offers import own
from tests import factories
from tests.factories import Item, line
from tests.schema.asking import data, key_of, refusal
from tests.schema.offers import SCOPES
from tests.workers import until

CHANGES = """query($since: String, $first: Int! = 100) {
  offerChanges(since: $since, first: $first) {
    nodes { kind offerId sku offer { quantity status } }
    pageInfo { hasNextPage endCursor } } }"""
Told = list[tuple[str, str, int | None]]


@pytest.fixture
async def shop(fresh_db: str, migrated: None) -> tuple[Merchant, Feed, list[Item]]:
    items = await factories.world(1, 3)
    owner = await factories.merchant()
    feed = await factories.feed(owner)
    await factories.run(feed, [line(items[n], f"S{n}") for n in range(2)])
    return owner, feed, items


async def _settled() -> None:
    """Wait until whatever was under way on the server has ended, in other databases too."""
    now = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    oldest = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    end = await fetchval(now)

    async def ended() -> bool:
        return await fetchval(oldest) >= end

    await until(ended, 60)


async def _ask(
    owner: Merchant, since: str | None, first: int = 100, *, settled: bool = True
) -> tuple[Told, str, bool]:
    if settled:
        await _settled()
    found = (await data(CHANGES, key_of(owner, *SCOPES), since=since, first=first))["offerChanges"]
    told = [
        (node["kind"], node["sku"], node["offer"] and node["offer"]["quantity"])
        for node in found["nodes"]
    ]
    return told, found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]


async def _stock(owner: Merchant, sku: str, quantity: int) -> None:
    said = Said(sku, {"quantity": quantity})
    await batch.write(owner.id, [said], factories.NOW, known_only=True)


async def test_without_a_cursor_nothing_is_told_but_where_to_begin(
    shop: tuple[Merchant, Feed, list[Item]],
) -> None:
    owner, _, _ = shop

    told, cursor, more = await _ask(owner, None)

    assert (told, more) == ([], False)
    assert (await _ask(owner, cursor))[0] == []


async def test_every_cause_is_told_and_what_changed_nothing_is_not(
    shop: tuple[Merchant, Feed, list[Item]],
) -> None:
    owner, feed, items = shop
    _, cursor, _ = await _ask(owner, None)
    offer = (await factories.of_sku(owner, "S0"))["id"]

    async def after(work: Coroutine[Any, Any, Any]) -> Told:
        nonlocal cursor
        await work
        told, cursor, _ = await _ask(owner, cursor)
        return sorted(told)

    async def quality() -> None:
        await factories.quality(owner, 100)
        async with transaction() as raw:
            await upkeep.refresh_merchants(raw, [owner.id])

    async def as_it_was() -> None:
        async with transaction() as raw:
            await upkeep.refresh_merchants(raw, [owner.id])

    async def removed() -> None:
        await execute(
            "UPDATE offer SET absent_at = now() - interval '31 days' WHERE id = $1", offer
        )
        await upkeep.purge()

    rows = [line(items[0], "S0"), line(items[1], "S1", "150")]
    assert await after(_stock(owner, "S0", 2)) == [("CHANGED", "S0", 2)]
    assert await after(factories.run(feed, rows)) == [("CHANGED", "S0", 3), ("CHANGED", "S1", 3)]
    assert await after(factories.run(feed, rows)) == []
    assert await after(reserve([(offer, 1)], ReservationKind.ORDER)) == [("CHANGED", "S0", 2)]
    assert await after(quality()) == [("CHANGED", "S0", 2), ("CHANGED", "S1", 3)]
    assert await after(as_it_was()) == []
    gone = factories.run(feed, rows[1:], force=True)
    assert await after(gone) == [("CHANGED", "S0", 0)]
    assert await after(removed()) == [("REMOVED", "S0", None)]


async def test_pages_tell_each_change_once_and_none_twice(
    shop: tuple[Merchant, Feed, list[Item]],
) -> None:
    owner, feed, items = shop
    _, cursor, _ = await _ask(owner, None)
    rows = [line(items[n % 3], f"T{n:04}") for n in range(2100)]
    await factories.run(feed, rows, force=True)
    await _stock(owner, "T0007", 9)

    found: list[str] = []
    more = True
    while more:
        told, cursor, more = await _ask(owner, cursor)
        assert told
        found += [sku for _, sku, _ in told]

    assert sorted(found[:-1]) == sorted(["S0", "S1", *(str(row["sku"]) for row in rows)])
    assert found[-1] == "T0007"
    pieces = "SELECT count(*) FROM offer_change WHERE cardinality(offer_ids) > 0"
    assert await fetchval(pieces) == 1 + 3 + 1
    assert (await _ask(owner, cursor))[0] == []


@asynccontextmanager
async def _open(work: Callable[[], Coroutine[Any, Any, Any]]) -> AsyncGenerator[asyncio.Event]:
    """A transaction that has done its work, and commits when it is told to."""
    done, commit = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        async with transaction():
            await work()
            done.set()
            await commit.wait()

    task = asyncio.create_task(run(), context=contextvars.copy_context())
    await done.wait()
    yield commit
    commit.set()
    await task


async def test_what_commits_late_is_told_late_and_never_skipped(
    shop: tuple[Merchant, Feed, list[Item]],
) -> None:
    owner, _, items = shop
    other = await factories.merchant("other")
    await factories.run(await factories.feed(other), [line(items[2], "X")])
    offers = [(await factories.of_sku(owner, f"S{n}"))["id"] for n in range(2)]
    _, cursor, _ = await _ask(owner, None)
    seen: Told = []

    async def poll(*, settled: bool = True) -> None:
        nonlocal cursor
        told, cursor, _ = await _ask(owner, cursor, settled=settled)
        seen.extend(told)

    async with _open(lambda: reserve([(offers[0], 1)], ReservationKind.ORDER)) as late:
        async with transaction():
            await reserve([(offers[1], 2)], ReservationKind.ORDER)
        await poll(settled=False)
        assert seen == []
        late.set()
    await poll()
    await poll()

    assert sorted(seen) == [("CHANGED", "S0", 2), ("CHANGED", "S1", 1)]


async def test_an_old_or_foreign_cursor_is_refused(
    shop: tuple[Merchant, Feed, list[Item]],
) -> None:
    owner, _, _ = shop
    stranger = await factories.merchant("stranger")
    _, cursor, _ = await _ask(owner, None)
    caller = key_of(owner, *SCOPES)

    for who, since in ((key_of(stranger, *SCOPES), cursor), (caller, "x" + cursor)):
        told = await refusal(CHANGES, who, since=since)
        assert (told["reason"], told["argument"]) == ("CURSOR_EXPIRED", "since")
    ctx = Context(caller)
    place = own._opened(ctx, (await own.changes(ctx, None, 1)).cursor, owner.id)
    assert place is not None
    for changed in (
        {"at": place.at - own.KEPT - timedelta(seconds=1)},
        {"xid": str(int(place.xid) + 10**6)},
    ):
        old = own._closed(ctx, own.replace(place, **changed), owner.id)
        with pytest.raises(own.BadInput) as refused:
            await own.changes(ctx, old, 1)
        assert refused.value.reason == "CURSOR_EXPIRED"
