"""A feed of 100,000 lines, from bytes on disk to committed offers, beside the ORM's own upsert."""

import asyncio
import random
from functools import partial
from itertools import cycle
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


async def google(world: World) -> list[Figure]:
    """The seconds of a first import of as many items in Google's XML."""
    async with world.database():
        feed = await catalogue.merchant(2)
        await feed.update_from_dict({"settings": {"grade_column": "custom_label_0"}}).save()
        path = world.folder / "google.xml"
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        head += 'xmlns:g="http://base.google.com/ns/1.0"><channel>\n'
        gtins = cycle(world.gtins)
        with path.open("w", encoding="utf-8") as file:
            file.write(head)
            file.writelines(_item(n, next(gtins)) for n in range(LINES))
            file.write("</channel></rss>\n")
        took = await seconds(partial(catalogue.run, feed, path))
        return [information("feed_google_first_seconds", took)]


def _item(n: int, gtin: str) -> str:
    return (
        f"<item><g:id>G-{n}</g:id><title>Refurbished device no. {n}</title>"
        f"<description>Tested and cleaned by our workshop</description>"
        f"<link>https://shop.example/{n}</link>"
        f"<g:image_link>https://shop.example/{n}.jpg</g:image_link>"
        f"<g:price>{50 + n % 900}.{n % 100:02d} EUR</g:price>"
        f"<g:condition>refurbished</g:condition><g:availability>in_stock</g:availability>"
        f"<g:gtin>{gtin}</g:gtin><g:custom_label_0>good</g:custom_label_0></item>\n"
    )
