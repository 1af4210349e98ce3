"""Shops for the tests of what the public reads: a searchable catalogue with offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.merchants.quality import QualityMetric
from models.base import fetch, fetchval, transaction
from models.merchants import Merchant, MerchantQuality
from models.seed import index_search
from tests import factories
from tests.domain.ranking.competitions import DELTA
from tests.factories import Item, line


async def searchable() -> None:
    """Write the search documents of the catalogue."""
    async with transaction() as raw:
        await index_search(raw)


async def sell(owner: Merchant, rows: Sequence[factories.Row]) -> None:
    """Let a merchant offer these lines, and nothing else, through a feed."""
    feed = await factories.feed(owner, name=str(factories.some_id()))
    await factories.run(feed, rows)


async def many(count: int) -> list[Item]:
    """So many products, each with two offers of two merchants; the first variant has them all."""
    items = await factories.world(count, 1)
    for number, slug in enumerate(("amber", "birch")):
        owner = await factories.merchant(slug, quality_bp=7000 + number)
        rows = [line(item, f"P{n}", f"{200 + n + number}.00") for n, item in enumerate(items)]
        crowd = [line(items[0], f"C{n}", f"{250 + n}.00", grade="fair") for n in range(count)]
        await sell(owner, rows + crowd)
    await searchable()
    return items


@dataclass(frozen=True, slots=True)
class Golden:
    """The published competition: its variant, its merchants and offers by letter."""

    item: Item
    merchants: dict[str, Merchant]
    offers: dict[str, UUID]


G1 = {
    "A": ("289.00", "GB", 2926, 0, 8, {}),
    "B": ("305.00", "FR", 8658, 0, 3, {"warranty_months": 24}),
    "C": ("299.00", "FR", None, 0, 4, {}),
    "D": ("288.00", "DE", 6060, 490, 5, {"battery": "92"}),
}


async def golden(**more: dict[str, object]) -> Golden:
    """Load the competition through feeds; `more` holds cells to add to the line of a letter."""
    (item,) = await factories.world(1, 1)
    merchants = {}
    for letter, (price, country, quality, shipping, days, cells) in G1.items():
        owner = merchants[letter] = await factories.merchant(
            f"merchant-{letter.lower()}", country=country, quality_bp=quality,
            shipping_minor=shipping, delay_hours=24 * days - 24,
        )  # fmt: skip
        given = line(item, f"SKU-{letter}", price, handling_hours=24, warranty_months=12)
        if letter == "D":
            await MerchantQuality.filter(merchant=owner).update(inputs=_delta())
        await sell(owner, [given | cells | more.get(letter, {})])
    await searchable()
    offers = {
        row["sku"][-1]: row["id"]
        for row in await fetch("SELECT id, sku FROM offer WHERE sku LIKE 'SKU-%'")
    }
    return Golden(item, merchants, offers)


def _delta() -> dict[QualityMetric, list[object]]:
    return {metric.value: [str(s.x), s.n] for metric, s in DELTA.items()}


async def offer_id(sku: str) -> UUID:
    """The offer of a SKU."""
    found: UUID = await fetchval("SELECT id FROM offer WHERE sku = $1", sku)
    return found
