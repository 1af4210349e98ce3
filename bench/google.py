"""Google's XML of 100,000 items beside the same offers as CSV, from bytes on disk to committed."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench import catalogue
from bench.figures import AT_MOST, Figure, Timed, information, ratio, seconds, side_by_side
from bench.world import World, command
from domain.money import Currency
from domain.offers.lines import FeedMode
from integrations.feeds.contract import ReadSettings
from integrations.feeds.reading import open_feed
from models.offers.feeds import Feed

LINES = 100_000
TURNS = 5
COLUMNS = ("sku", "gtin", "title", "grade", "price", "currency", "quantity", "mpn")
LABEL = "custom_label_0"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
    'xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>\n'
)


async def measure(world: World) -> list[Figure]:
    """The first import, one of 5 % changed items, and one without a change, against CSV each."""
    files = {
        (kind, percent): _write(world, kind, percent)
        for kind in ("csv", "xml")
        for percent in (0, 5)
    }
    first = {kind: await _first(world, files[kind, 0]) for kind in ("csv", "xml")}
    async with world.database() as url:
        feeds = {kind: await _feed(number, kind) for number, kind in enumerate(("csv", "xml"), 1)}
        for kind, feed in feeds.items():
            await catalogue.run(feed, files[kind, 0])
        await command(url, "VACUUM ANALYZE")
        changed = await side_by_side(TURNS, *(_turns(f, files, k) for k, f in feeds.items()))
        last = 5 if TURNS % 2 else 0
        same = await side_by_side(
            TURNS, *([partial(catalogue.run, f, files[k, last])] for k, f in feeds.items())
        )
    read = await side_by_side(TURNS, *([partial(_read, files[k, 0])] for k in ("csv", "xml")))
    return [
        Figure("google_first_ratio", ratio(first["xml"], first["csv"]), AT_MOST, 3),
        Figure("google_5pct_ratio", ratio(changed[1], changed[0]), AT_MOST, 3),
        Figure("google_unchanged_ratio", ratio(same[1], same[0]), AT_MOST, 3),
        information("google_read_ratio", read[1] / read[0]),
        information("google_first_seconds", first["xml"]),
        information("google_5pct_seconds", changed[1]),
        information("google_unchanged_seconds", same[1]),
        information("google_read_seconds", read[1]),
    ]


def _turns(feed: Feed, files: dict[tuple[str, int], Path], kind: str) -> list[Timed]:
    return [partial(catalogue.run, feed, files[kind, percent]) for percent in (5, 0)]


async def _first(world: World, path: Path) -> float:
    async with world.database():
        return await seconds(partial(catalogue.run, await _feed(1, path.suffix[1:]), path))


async def _feed(number: int, kind: str) -> Feed:
    feed = await catalogue.merchant(number)
    if kind == "xml":
        await feed.update_from_dict({"settings": {"grade_column": LABEL}}).save()
    return feed


async def _read(path: Path) -> None:
    """Read and check a file that nobody remembers."""
    label = LABEL if path.suffix == ".xml" else None
    settings = ReadSettings(FeedMode.FULL, Currency.EUR, (catalogue.MARKET,), grade_column=label)
    settings = replace(settings, allow_restricted_gtins=True)
    for _ in open_feed(path, settings).chunks:
        pass


def _write(world: World, kind: str, percent: int) -> Path:
    path = world.folder / f"google-{percent}.{kind}"
    header = catalogue.HEADER.split(",")
    offers = csv.DictReader(catalogue.lines(1, LINES, world.gtins, percent), header)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_csv(offers) if kind == "csv" else _xml(offers))
    return path


def _csv(offers: Iterable[dict[str, str]]) -> Iterator[str]:
    yield ",".join(COLUMNS) + "\n"
    for offer in offers:
        yield ",".join(offer[name] for name in COLUMNS) + "\n"


def _xml(offers: Iterable[dict[str, str]]) -> Iterator[str]:
    yield _HEAD
    for offer in offers:
        page = f"https://shop.example/{offer['sku']}"
        yield (
            f"<item><g:id>{offer['sku']}</g:id><title>{offer['title']}</title>"
            f"<description>Tested &amp; cleaned by our workshop</description><link>{page}</link>"
            f"<g:image_link>{page}.jpg</g:image_link><g:price>{offer['price']} EUR</g:price>"
            f"<g:condition>refurbished</g:condition><g:availability>{_stock(offer)}</g:availability>"
            f"<g:sell_on_google_quantity>{offer['quantity']}</g:sell_on_google_quantity>"
            f"<g:gtin>{offer['gtin']}</g:gtin><g:mpn>{offer['mpn']}</g:mpn>"
            f"<g:{LABEL}>{offer['grade']}</g:{LABEL}></item>\n"
        )
    yield "</channel></rss>\n"


def _stock(offer: dict[str, str]) -> str:
    return "out_of_stock" if offer["quantity"] == "0" else "in_stock"
