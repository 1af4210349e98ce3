"""The feeds of the demo, read by the real readers: every line counted, every mistake named."""

from pathlib import Path

import pytest

from boucle import demo_catalogue
from domain.offers.lines import FeedMode, FileCode, LineCode
from integrations.feeds.contract import FileRefused, ReadSettings
from integrations.feeds.reading import open_feed
from integrations.sandbox.hostile import XML_BOMB
from integrations.sandbox.merchants import DemoMerchant
from integrations.sandbox.mistakes import SHARES, Mistake
from integrations.sandbox.offers import offers
from integrations.sandbox.render import render
from tests.integrations.sandbox import catalogue

TICK = 29_000_000
VARIANTS = [
    catalogue.variant(n, brand=brand, category=category)
    for n, (brand, category) in enumerate(
        [
            *[("Apple", "smartphone")] * 200,
            *[("Dyson", "vacuum-cleaner"), ("SEB", "air-fryer"), ("Moulinex", "blender")] * 20,
            *[("Lenovo", "laptop")] * 100,
        ]
    )
]
# What only the stored offers and the catalogue can tell.
LATER = {LineCode.DUPLICATE_SKU, LineCode.PRICE_OUTLIER, LineCode.PRODUCT_UNKNOWN}


@pytest.mark.parametrize("merchant", demo_catalogue.merchants(), ids=lambda m: m.slug)
def test_a_demo_feed_reads_with_exactly_its_mistakes(
    merchant: DemoMerchant, tmp_path: Path
) -> None:
    sold = offers(merchant, VARIANTS, TICK)
    path = tmp_path / "feed"
    path.write_bytes(render(merchant.format, merchant.encoding, sold, merchant.mistakes))
    settings = ReadSettings(
        mode=FeedMode.FULL,
        currency=merchant.currency,
        markets=merchant.markets,
        format=merchant.format,
        encoding=merchant.encoding.removesuffix("-bom"),
        grade_column="custom_label_0" if merchant.format.of_google else None,
        allow_restricted_gtins=True,
    )

    chunks = list(open_feed(path, settings).chunks)

    wrong = {problem.code for chunk in chunks for problem in chunk.problems if problem.fatal}
    meant = {SHARES[each][1] for each in merchant.mistakes if each is not Mistake.COMMA_DECIMALS}
    repeated = max(1, len(sold) * SHARES[Mistake.DUPLICATE_SKU][0] // 1000)
    doubled = Mistake.DUPLICATE_SKU in merchant.mistakes
    assert wrong == meant - LATER
    assert sum(chunk.lines for chunk in chunks) == len(sold) + doubled * repeated


def test_the_xml_bomb_is_refused_by_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    path.write_bytes(XML_BOMB)
    merchant = catalogue.merchant()
    settings = ReadSettings(FeedMode.FULL, merchant.currency, merchant.markets)

    with pytest.raises(FileRefused) as caught:
        open_feed(path, settings)

    assert caught.value.code is FileCode.FORMAT_UNKNOWN
