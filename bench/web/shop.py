"""Databases with offers to read: made once for a size, kept for the length of a run."""

from dataclasses import dataclass, field
from pathlib import Path

from bench.world import World, beside, build, command, opened
from models.base import transaction
from models.offers.refresh import refresh, touch
from models.sql import statements

MARKET = "FR"
MERCHANTS = 20
SQL = statements(Path(__file__).with_name("shop.sql"))


@dataclass(slots=True)
class Shops:
    """The databases that were made so far, by number of products and of offers."""

    world: World
    _made: dict[tuple[int, int], str] = field(default_factory=dict)

    async def of(self, products: int, offers: int) -> str:
        """The address of a database with so many products and offers of one market."""
        size = (products, offers)
        if size not in self._made:
            self._made[size] = await self._new(products, offers)
        return self._made[size]

    async def _new(self, products: int, offers: int) -> str:
        name, server = f"bench_shop_{products}_{offers}", self.world.database_url
        if products == self.world.products:
            await command(server, f"CREATE DATABASE {name} TEMPLATE {self.world.template}")
        else:
            await build(self.world.folder, server, products, name)
        url = beside(server, name)
        async with opened(url):
            await stock(offers)
        await command(url, "VACUUM ANALYZE")
        return url


async def stock(offers: int) -> None:
    """Fill an empty shop, with its read models, in one transaction."""
    async with transaction() as raw:
        await raw.execute(SQL["merchants"], MERCHANTS)
        for name in ("sites", "shipping", "quality"):
            await raw.execute(SQL[name])
        await raw.execute(SQL["offers"], offers)
        await raw.execute("ANALYZE offer")
        await touch(raw)
        await raw.execute("INSERT INTO touched SELECT id FROM offer")
        await refresh(raw)
