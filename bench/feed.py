"""A feed of 100,000 lines, from bytes on disk to committed offers, beside the ORM's own upsert."""

import asyncio
import random
from functools import partial
from pathlib import Path

from bench import catalogue, plain
from bench.figures import (
    AT_LEAST,
    EXACTLY,
    Figure,
    information,
    ratio,
    seconds,
    side_by_side,
)
from bench.world import World, command
from models.base import fetch, fetchval
from models.offers.feeds import Feed

LINES = 100_000
TURNS = 3
WATCHED = (
    *("offer", "offer_market", "best_offer", "product_market", "price_history"),
    "ranking_snapshot",
)


async def measure(world: World) -> list[Figure]:
    """Every figure of a feed of 100,000 lines."""
    async with world.database() as url:
        feed = await catalogue.merchant(1)
        same, changed, other = (
            catalogue.write(
                world.folder / f"feed-{percent}.csv",
                catalogue.lines(1, LINES, world.gtins, percent),
            )
            for percent in (0, 5, 100)
        )
        first = await seconds(partial(catalogue.run, feed, same))
        await command(url, "VACUUM ANALYZE")
        return [
            information("feed_first_seconds", first),
            *await _beside_the_orm(url, feed, same, changed, other),
            *await _unchanged(feed, _reordered(same)),
        ]


async def _beside_the_orm(
    url: str, feed: Feed, same: Path, changed: Path, other: Path
) -> list[Figure]:
    rows = [plain.typed(dict(row)) for row in await fetch("SELECT * FROM offer")]
    objects = [plain.PlainOffer(**row) for row in rows]
    await command(url, plain.CREATE)
    await plain.load(objects)

    async def made_and_loaded() -> None:
        await plain.load([plain.PlainOffer(**row) for row in rows])

    ours, ready, whole = await side_by_side(
        TURNS,
        [partial(catalogue.run, feed, path) for path in (changed, same)],
        [partial(plain.load, objects)],
        [made_and_loaded],
    )
    again = changed if TURNS % 2 else same
    unchanged, _ = await side_by_side(TURNS, [partial(catalogue.run, feed, again)], [_nothing])
    await catalogue.run(feed, same)
    everything, whole_again = await side_by_side(
        2, [partial(catalogue.run, feed, path) for path in (other, same)], [made_and_loaded]
    )
    return [
        Figure("feed_all_ratio", ratio(whole_again, everything), AT_LEAST, 2.3),
        Figure("feed_5pct_ratio", ratio(whole, ours), AT_LEAST, 9),
        Figure("feed_unchanged_ratio", ratio(whole, unchanged), AT_LEAST, 11),
        information("feed_5pct_ratio_to_ready_objects", ratio(ready, ours)),
        information("feed_5pct_seconds", ours),
        information("feed_5pct_lines_per_second", LINES / ours),
        information("feed_unchanged_seconds", unchanged),
        information("feed_all_seconds", everything),
        information("orm_upsert_seconds", whole),
        information("orm_upsert_of_ready_objects_seconds", ready),
    ]


async def _unchanged(feed: Feed, reordered: Path) -> list[Figure]:
    before = await fetchval("SELECT txid_current()")
    counts = await _rows()
    await catalogue.run(feed, reordered)
    newer = "SELECT count(*) FROM {} WHERE xmin::text::bigint >= $1"
    written = sum([await fetchval(newer.format(table), before) for table in WATCHED])
    deleted = sum(abs(a - b) for a, b in zip(counts, await _rows(), strict=True))
    return [Figure("feed_unchanged_rows", written + deleted, EXACTLY, 0)]


async def _rows() -> list[int]:
    return [await fetchval(f"SELECT count(*) FROM {table}") for table in WATCHED]


async def _nothing() -> None:
    await asyncio.sleep(0)


def _reordered(path: Path) -> Path:
    """The same records in another order."""
    header, *records = path.read_text().splitlines(keepends=True)
    random.Random(1).shuffle(records)
    other = path.with_name("feed-reordered.csv")
    other.write_text(header + "".join(records))
    return other
