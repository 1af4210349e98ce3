"""What a merchant sells in tests of buying, and what is held of it."""

from uuid import UUID

from models.base import fetchval
from models.merchants import Merchant
from models.offers.feeds import Feed
from tests import factories
from tests.factories import Item, line


async def sells(
    owner: Merchant, items: list[Item], quantity: int = 5, **more: object
) -> list[UUID]:
    """The merchant's offers of these items, in order."""
    rows = [line(item, f"SKU-{n}", quantity=quantity, **more) for n, item in enumerate(items)]
    feed = await Feed.get_or_none(merchant=owner) or await factories.feed(owner)
    await factories.run(feed, rows)
    return [(await factories.of_sku(owner, f"SKU-{n}"))["id"] for n in range(len(items))]


async def stock_of(owner: Merchant, sku: str = "SKU-0") -> int:
    """What others can buy of an offer."""
    quantity: int = (await factories.of_sku(owner, sku))["quantity"]
    return quantity


async def nothing_held() -> bool:
    """Whether no stock is set aside, and no purchase was begun."""
    open_ = "SELECT count(*) FROM reservation WHERE released_at IS NULL AND consumed_at IS NULL"
    held: int = await fetchval(open_) + await fetchval("SELECT count(*) FROM purchase")
    return held == 0
