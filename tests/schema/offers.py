"""A merchant with offers, and the documents by which it changes and reads them."""

from itertools import count
from typing import Any

from models.base import connection, fetch
from models.merchants import Merchant
from models.offers import check
from tests import factories
from tests.factories import Item, line
from tests.schema.asking import data, key_of

SCOPES = ("offers:read", "offers:write")
RESULT = """__typename
  ... on OffersChanged { applied unchanged ignoredStale pendingProduct rejected asOf
    results { index sku outcome offerId quantity sequence code field value current message
      suggestion warnings } }
  ... on Problem { code message path hint }
  ... on ItemCountWrong { sent limit }"""


def _mutation(name: str, kind: str) -> str:
    return (
        f"mutation($items: [{kind}!]!, $key: String!) {{ "
        f"{name}(input: {{items: $items, idempotencyKey: $key}}) {{ {RESULT} }} }}"
    )


def _of_skus(name: str) -> str:
    return (
        "mutation($skus: [String!]!, $key: String!) { "
        f"{name}(input: {{skus: $skus, idempotencyKey: $key}}) {{ {RESULT} }} }}"
    )


DOCUMENTS = {
    "updateStock": _mutation("updateStock", "StockItem"),
    "updatePrices": _mutation("updatePrices", "PriceItem"),
    "upsertOffers": _mutation("upsertOffers", "OfferItem"),
    **{n: _of_skus(n) for n in ("deleteOffers", "pauseOffers", "resumeOffers", "confirmPrices")},
}
OWN = """query($sku: String, $id: ID) { offer(sku: $sku, id: $id) {
  offerId sku title gtin grade quantity reserved status pausedBecause line sequence updatedAt
  feedId runId price { amount currency } minPrice { amount } maxPrice { amount }
  variant { slug }
  markets { market visibility ownPrice price { amount currency } total { amount }
    minPrice { amount } maxPrice { amount } reasons { code effect hint } } } }"""
_keys = count()


async def seller(slug: str = "atelier", skus: int = 2, **more: Any) -> tuple[Merchant, list[Item]]:
    """A merchant with offers SKU-0, SKU-1 ... of 3 pieces at 199.90 by a full feed."""
    items = await factories.world(1, max(skus, 2))
    owner = await factories.merchant(slug, **more)
    rows = [line(items[n], f"SKU-{n}") for n in range(skus)]
    await factories.run(await factories.feed(owner, default_quantity=1), rows)
    return owner, items


async def call(owner: Merchant, name: str, given: list[Any], key: str | None = None) -> Any:
    """What a mutation over items or SKUs tells a key of the merchant."""
    kind = "items" if "$items" in DOCUMENTS[name] else "skus"
    asked = {kind: given, "key": key or f"key-{next(_keys)}"}
    return (await data(DOCUMENTS[name], key_of(owner, *SCOPES), **asked))[name]


async def outcomes(owner: Merchant, name: str, given: list[Any]) -> list[tuple[str, str | None]]:
    """The outcome and the code of each item."""
    told = await call(owner, name, given)
    return [(each["outcome"], each["code"]) for each in told["results"]]


async def own(owner: Merchant, sku: str = "SKU-0") -> Any:
    """One of the merchant's offers as it reads it."""
    return (await data(OWN, key_of(owner, *SCOPES), sku=sku))["offer"]


async def in_line() -> bool:
    """Whether the read models say what the price rows say."""
    async with connection() as raw:
        return (await check.differences(raw)).total == 0


async def seen(market: str = "FR") -> list[tuple[int, int, int]]:
    """What buyers may see in a market: visibility, item price and stock, by SKU."""
    rows = await fetch(
        "SELECT m.visibility, m.item_minor, m.quantity FROM offer_market m "
        "JOIN offer o ON o.id = m.offer_id WHERE m.market = $1 ORDER BY o.sku_key",
        market,
    )
    return [tuple(row) for row in rows]
