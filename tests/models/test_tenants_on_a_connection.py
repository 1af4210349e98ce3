"""Tenants that share a connection of the pool: what each sees, and what the setting costs."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from boucle.orm import connect
from models.base import (
    Tenant,
    acting,
    execute,
    fetch,
    fetchval,
    transaction,
)
from models.offers.feeds import Feed
from resolvers.context import Caller, Context
from tests import factories
from tests.schema.asking import key_of
from tests.tenants import Shop, count, names, pool_of_one, shop


@pytest.fixture
async def committed(migrated: None, fresh_db: str, tmp_path: Path) -> tuple[str, Shop, Shop]:
    items = await factories.world(1, 2)
    amber, birch = [await shop(slug, items, tmp_path) for slug in ("amber", "birch")]
    return fresh_db, amber, birch


async def test_two_tenants_on_one_connection_never_see_each_other(
    committed: tuple[str, Shop, Shop],
) -> None:
    url, *shops = committed

    async def of(tenant: Tenant) -> set[UUID]:
        async with acting(tenant):
            await asyncio.sleep(0)
            return await names("SELECT merchant_id FROM feed")

    async with pool_of_one(url):
        asked = [shops[n % 2].id for n in range(40)]
        found = await asyncio.gather(*(of(Tenant(merchant_id=each)) for each in asked))
        after = await names("SELECT merchant_id FROM feed")
        unknown = await of(Tenant(merchant_id=factories.some_id()))

    assert found == [{each} for each in asked]
    assert (after, unknown) == (set(), set())


async def test_a_private_read_pays_for_a_transaction_and_a_public_one_for_nothing(
    committed: tuple[str, Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, own, _ = committed
    sent: list[str] = []
    for name in ("execute", "fetch", "fetchrow"):
        monkeypatch.setattr(asyncpg.Connection, name, _noting(name, sent))

    async with pool_of_one(url):
        await fetchval("SELECT 1")
        await execute("SELECT 1")
        sent.clear()
        await fetch("SELECT slug FROM product")
        async with transaction():
            await fetch("SELECT slug FROM product")
        public = [*sent]
        sent.clear()
        async with acting(Tenant(merchant_id=own.id)), acting(Tenant(merchant_id=own.id)):
            await fetch("SELECT name FROM feed")

    product, feed = "SELECT slug FROM product", "SELECT name FROM feed"
    assert public == [product, "BEGIN;", product, "COMMIT;"]
    assert [sent[0], sent[1][:17], *sent[2:]] == ["BEGIN;", "SELECT set_config", feed, "COMMIT;"]


def _noting(name: str, sent: list[str]) -> Any:
    original = getattr(asyncpg.Connection, name)

    async def noted(self: Any, query: str, *args: Any, **more: Any) -> Any:
        if "pg_advisory_unlock_all" not in query:  # how the pool takes a connection back
            sent.append(query)
        return await original(self, query, *args, **more)

    return noted


async def test_a_loader_never_crosses_tenants(committed: tuple[str, Shop, Shop]) -> None:
    url, *shops = committed
    ids = [each.feed.id for each in shops]

    async def loaded(caller: Caller) -> list[Feed | None]:
        ctx = Context(caller)

        async def feeds(wanted: list[UUID]) -> list[Feed | None]:
            async with acting(ctx.caller.tenant):
                known = {feed.id: feed for feed in await Feed.filter(id__in=wanted)}
            return [known.get(each) for each in wanted]

        loader = ctx.loader(feeds, ("feeds", caller.tenant))
        return list(await asyncio.gather(*(loader.load(each) for each in ids)))

    async with pool_of_one(url):
        callers = [key_of(shops[n % 2].merchant) for n in range(8)] + [Caller()]
        found = await asyncio.gather(*(loaded(caller) for caller in callers))

    first, second = shops[0].feed, shops[1].feed
    assert found == [[first, None], [None, second]] * 4 + [[None, None]]


async def test_a_copy_into_a_private_table_is_refused(committed: tuple[str, Shop, Shop]) -> None:
    with pytest.raises(asyncpg.FeatureNotSupportedError, match="row-level security"):
        async with transaction() as raw:
            await raw.copy_records_to_table("feed_unchanged", records=[])
    owner = await connect(committed[0])
    try:
        assert await count(owner, "feed") == 0, "FORCE binds the owner too"
    finally:
        await owner.close()
