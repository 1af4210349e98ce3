"""A marketplace to measure: servers of its own, the reference catalogue, and more products.

Everything is made from numbers, so two runs measure the same bytes.
"""

import asyncio
import csv
import json
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import asyncpg
import structlog
from tortoise import Tortoise

from boucle.orm import connect, migrate, tortoise_config
from boucle.servers import embedded
from domain.catalog import check_digit
from domain.ranking.model import RankingModel, ranking_model
from models import ranking
from models.markets import Market
from models.seed import load_reference

REFERENCE = Path(__file__).parent.parent / "models" / "reference"
PRODUCTS = 10_000
VARIANTS_EACH = 5
TEMPLATE = "bench_template"
COLORS = ("black", "white", "blue", "red", "green")
_SOURCE = "made by bench/"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class World:
    """Where the servers are, where files may lie, and the trade item numbers to offer."""

    folder: Path
    database_url: str
    gtins: list[str]
    products: int = PRODUCTS
    template: str = TEMPLATE
    redis_url: str = ""

    def __hash__(self) -> int:
        """One world for each template of a server."""
        return hash((self.database_url, self.template))

    @asynccontextmanager
    async def database(self) -> AsyncGenerator[str]:
        """A new database with the catalogue and no offer, open for the ORM; dropped after."""
        name = f"bench_{next(_numbers)}"
        url = beside(self.database_url, name)
        await command(self.database_url, f"CREATE DATABASE {name} TEMPLATE {self.template}")
        try:
            async with opened(url):
                yield url
        finally:
            await _drop(self.database_url, name)


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[None]:
    """The pool on a database, with the table that the ORM's own upsert is measured on."""
    config = tortoise_config(url, pool=4)
    config["apps"]["bench"] = {"models": ["bench.plain"]}
    context = await Tortoise.init(config, _enable_global_fallback=True)
    try:
        yield
    finally:
        await context.close_connections()


def beside(database_url: str, name: str) -> str:
    """The address of another database on the same server."""
    return database_url.replace("@/boucle?", f"@/{name}?")


async def command(database_url: str, sql: str) -> None:
    """One statement outside any pool, of the owner of the tables."""
    raw = await connect(database_url)
    try:
        await raw.execute(sql)
    finally:
        await raw.close()


async def _drop(database_url: str, name: str) -> None:
    """Drop a database that we left: the server ends its own autovacuum in it, not at our order."""
    for pause in (0.2, 1, 3):
        try:
            return await command(database_url, f"DROP DATABASE {name}")
        except asyncpg.ObjectInUseError:
            await asyncio.sleep(pause)
    return await command(database_url, f"DROP DATABASE {name}")


@contextmanager
def servers() -> Generator[tuple[Path, str, str]]:
    """A folder for this run, a durable PostgreSQL and a Valkey in it; all gone afterwards."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    folder = Path(tempfile.mkdtemp(prefix="boucle-bench-"))
    folder.chmod(0o711)
    try:
        with embedded(folder / "home", durable=True) as (database_url, redis_url):
            yield folder, database_url, redis_url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def build(
    folder: Path, database_url: str, products: int = PRODUCTS, template: str = TEMPLATE
) -> World:
    """Make the template that a measurement starts from: a catalogue of so many products."""
    await command(database_url, f"CREATE DATABASE {template}")
    url = beside(database_url, template)
    await migrate(url)
    reference = folder / template
    shutil.copytree(REFERENCE, reference)
    gtins = _sized(reference, products)
    async with opened(url):
        await load_reference(reference)
        for market in await Market.all():
            model = ranking_model(market.code, datetime(2026, 1, 1, tzinfo=UTC))
            if isinstance(model, RankingModel):
                await ranking.store(model)
    await command(url, "ANALYZE")
    return World(folder, database_url, gtins, products, template)


def _sized(reference: Path, size: int) -> list[str]:
    """Bring the catalogue to its size; return the trade item numbers of all variants."""
    known = _rows(reference / "products.csv")
    variants = _rows(reference / "variants.csv")
    if size < len(known):
        known = [known[n * len(known) // size] for n in range(size)]
        kept = {row["slug"] for row in known}
        variants = [row for row in variants if row["product"] in kept][: size * VARIANTS_EACH]
        _write(reference / "products.csv", known)
        _write(reference / "variants.csv", variants)
    gtins = [row["gtin"].zfill(14) for row in variants if row["gtin"]]
    missing = range(size - len(known))
    with (
        (reference / "products.csv").open("a", newline="", encoding="utf-8") as products_file,
        (reference / "variants.csv").open("a", newline="", encoding="utf-8") as variants_file,
    ):
        products = csv.DictWriter(products_file, known[0], lineterminator="\n")
        more = csv.DictWriter(variants_file, variants[0], lineterminator="\n")
        for n in missing:
            like = known[n % len(known)]
            products.writerow(like | {"slug": f"bench-{n}", "model": f"{like['model']} {n}"})
        wanted = size * VARIANTS_EACH - len(variants) if missing else 0
        for n in range(wanted):
            body = f"29{n:010d}"
            gtin = body + check_digit(body)
            more.writerow(_variant(n, len(missing), gtin))
            gtins.append(gtin.zfill(14))
    return gtins


def _variant(n: int, products: int, gtin: str) -> dict[str, str]:
    attributes = {"storage_gb": 64 << n % 4, "color": COLORS[n // products % len(COLORS)]}
    return {
        "slug": f"bench-{n % products}-{n // products}",
        "product": f"bench-{n % products}",
        "attributes": json.dumps(attributes),
        "mpn": "",
        "gtin": gtin,
        "source": _SOURCE,
    }


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
