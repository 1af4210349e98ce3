"""A merchant with 1,000,000 lines: memory, time, and what the buyers' read of it costs."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg

from bench import catalogue, plain
from bench.figures import AT_LEAST, AT_MOST, Figure, information, ratio, seconds
from bench.world import World, command
from boucle.orm import connect
from models.base import fetch, transaction
from models.offers.best import featured
from models.offers.feeds import Feed
from models.offers.refresh import refresh, touch

LINES = 1_000_000
MODELS = 24
CALLS = 400
CHANGED = 5_000
PART_LINES = 25_000
PART = "SELECT * FROM plain_offer WHERE id > $1 ORDER BY id LIMIT $2"

GIVEN = """
CREATE TEMP TABLE given ON COMMIT DROP AS
SELECT o.* FROM offer o JOIN (SELECT id FROM offer ORDER BY md5(id::text) LIMIT $1) x USING (id)
"""
UPSERT = """
WITH written AS (
  INSERT INTO offer SELECT * FROM given ON CONFLICT (merchant_id, sku_key) DO UPDATE SET
    price_minor = excluded.price_minor, row_hash = excluded.row_hash, updated_at = now()
  RETURNING id)
INSERT INTO touched SELECT id FROM written
"""


async def measure(world: World) -> list[Figure]:
    """Every figure of a feed of 1,000,000 lines."""
    async with world.database() as url:
        feed = await catalogue.merchant(1)
        first = _in_child(world, url, feed, changed=0)
        await command(url, "VACUUM ANALYZE")
        second = _in_child(world, url, feed, changed=5)
        await command(url, "VACUUM ANALYZE")
        return [
            Figure("feed_memory_mb", max(first["mb"], second["mb"]), AT_MOST, 700),
            information("feed_1m_first_seconds", first["seconds"]),
            information("feed_1m_5pct_seconds", second["seconds"]),
            information("feed_1m_5pct_lines_per_second", LINES / second["seconds"]),
            await _best_offer(url),
            await _upkeep(),
            Figure("feed_1m_5pct_ratio", ratio(await _orm(url), second["seconds"]), AT_LEAST, 4),
        ]


def _in_child(world: World, url: str, feed: Feed, changed: int) -> dict[str, float]:
    """Run the file in a process of its own, so that its peak memory is that of the run."""
    path = world.folder / "million.csv"
    catalogue.write(path, catalogue.lines(1, LINES, world.gtins, changed))
    command = [sys.executable, "-m", "bench.child", url, str(feed.id), str(path)]
    done = subprocess.run(
        command, cwd=Path(__file__).parent.parent, check=True, capture_output=True
    )
    said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return said


async def _orm(url: str) -> float:
    """The seconds of the ORM's own upsert of the same lines into a table that holds them.

    It has them parsed and typed; reading them from the database is not counted, and each part of
    them is a transaction of its own.
    """
    await command(url, plain.CREATE)
    async with transaction() as raw:
        await raw.execute("SET LOCAL statement_timeout = '10min'")
        await raw.execute("INSERT INTO plain_offer SELECT * FROM offer")
    await command(url, "VACUUM ANALYZE plain_offer")
    took, after = 0.0, UUID(int=0)
    while rows := await fetch(PART, after, PART_LINES):
        given = [plain.typed(dict(row)) for row in rows]
        after = rows[-1]["id"]
        start = time.perf_counter()
        await plain.load([plain.PlainOffer(**row) for row in given])
        took += time.perf_counter() - start
    return took


async def _best_offer(url: str) -> Figure:
    raw = await connect(url)
    try:
        rows = await raw.fetch(
            "SELECT DISTINCT ON (product_id) variant_id FROM best_offer WHERE market = $1 "
            "ORDER BY product_id, variant_id LIMIT $2",
            catalogue.MARKET,
            MODELS * CALLS // 10,
        )
        variants = [row["variant_id"] for row in rows]
        ours, least = [], []
        for call in range(CALLS):
            at = call * MODELS % len(variants)
            ours.append(await _read(raw, variants[at : at + MODELS], call))
            start = time.perf_counter()
            await raw.fetchval("SELECT 1")
            least.append(time.perf_counter() - start)
    finally:
        await raw.close()
    return Figure(
        "best_offer_ratio", ratio(statistics.median(ours), statistics.median(least)), AT_MOST, 5
    )


async def _read(raw: asyncpg.Connection, variants: Sequence[UUID], bucket: int) -> float:
    start = time.perf_counter()
    await featured(raw, catalogue.MARKET, variants, bucket)
    return time.perf_counter() - start


async def _upkeep() -> Figure:
    """What the read models cost beside the upsert of the same changed offers."""
    upserts, refreshes = [], []
    for _ in range(3):
        async with transaction() as raw:
            await raw.execute(GIVEN, CHANGED)
            await raw.execute("UPDATE given SET price_minor = price_minor + 1")
            await touch(raw)
            upserts.append(await seconds(partial(raw.execute, UPSERT)))
            refreshes.append(await seconds(partial(refresh, raw)))
    return information(
        "upkeep_ratio", ratio(statistics.median(refreshes), statistics.median(upserts))
    )
