"""A merchant changes its offers itself: stock, prices, everything, many at once or one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.offers.items import MOST_ITEMS, Item, ItemOutcome
from models.base import retried
from models.offers import batch, hold
from models.offers.batch import Told
from resolvers.context import Context
from resolvers.effects import Outcome, audited, once_only

SCOPE = "offers:write"
Act = Callable[[UUID], Awaitable[list[Told]]]


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of each item, in the order of the call, and when."""

    items: list[Told]
    as_of: datetime

    def count(self, outcome: ItemOutcome) -> int:
        """How many items had this outcome."""
        return sum(item.outcome is outcome for item in self.items)


@dataclass(frozen=True, slots=True)
class ItemCount:
    """A call has no item, or more than `MOST_ITEMS`. `sent` is how many."""

    sent: int


OfSkus = Callable[[Context, Sequence[str], str | None], Awaitable[Changed | ItemCount]]


async def change(
    ctx: Context, name: str, items: Sequence[Item], key: str | None, *, known_only: bool = False
) -> Changed | ItemCount:
    """Apply items as the mutation `name`; with a key once for however many calls.

    Each item is judged by itself by the rules of a feed's line; what buyers see changes in the same
    transaction. Refuses: no item, or more than 1,000.
    Raises: SignInFirst, Forbidden; BadInput with reason IDEMPOTENCY_KEY_REUSED.
    """

    async def act(merchant_id: UUID) -> list[Told]:
        return await batch.write(merchant_id, items, ctx.now, known_only=known_only)

    given = {"items": [asdict(item) for item in items]}
    return await _once(ctx, name, key, given, len(items), act)


async def delete(ctx: Context, skus: Sequence[str], key: str | None) -> Changed | ItemCount:
    """Make offers absent: out of sight now, removed after 30 days. Refuses, raises: as `change`."""
    items = [Item(sku, deleted=True) for sku in skus]
    return await change(ctx, "deleteOffers", items, key, known_only=True)


async def pause(ctx: Context, skus: Sequence[str], key: str | None) -> Changed | ItemCount:
    """Hide offers until they are resumed, whatever feeds say. Refuses, raises: as `change`."""

    async def act(merchant_id: UUID) -> list[Told]:
        return await hold.pause(merchant_id, skus)

    return await _once(ctx, "pauseOffers", key, {"skus": list(skus)}, len(skus), act)


async def resume(ctx: Context, skus: Sequence[str], key: str | None) -> Changed | ItemCount:
    """Show offers again that were paused by `pause`. Refuses, raises: as `change`."""

    async def act(merchant_id: UUID) -> list[Told]:
        return await hold.resume(merchant_id, skus)

    return await _once(ctx, "resumeOffers", key, {"skus": list(skus)}, len(skus), act)


async def confirm_prices(ctx: Context, skus: Sequence[str], key: str | None) -> Changed | ItemCount:
    """Stand by prices that are hidden as too low. Refuses, raises: as `change`."""

    async def act(merchant_id: UUID) -> list[Told]:
        return await hold.confirm(merchant_id, skus)

    return await _once(ctx, "confirmPrices", key, {"skus": list(skus)}, len(skus), act)


async def update_one(
    ctx: Context, name: str, item: Item, paused: bool | None, key: str | None
) -> Changed:
    """Change one offer that is there, and pause or resume it in the same transaction.

    Raises: as `change`.
    """

    async def act(merchant_id: UUID) -> list[Told]:
        says = bool(item.sent or item.prices or item.if_quantity is not None)
        told = []
        if says or paused is None:
            told = await batch.write(merchant_id, [item], ctx.now, known_only=True)
        refused = told and told[0].outcome in {ItemOutcome.REJECTED, ItemOutcome.IGNORED_STALE}
        if paused is None or refused:
            return told
        [held] = await (hold.pause if paused else hold.resume)(merchant_id, [item.sku])
        changed = held.outcome is not ItemOutcome.UNCHANGED
        return [held] if changed or not told else told

    given = {**asdict(item), "paused": paused}
    found = await _once(ctx, name, key, given, 1, act)
    if isinstance(found, ItemCount):
        raise LookupError(found)
    return found


async def set_stock_alert(ctx: Context, below: int | None, key: str) -> int | None:
    """Be told when a sale leaves fewer than `below` of an offer; None: never.

    Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(merchant_id: UUID) -> Outcome:
        before = await hold.stock_alert(merchant_id)
        await hold.set_stock_alert(merchant_id, below)
        known, now = {"alertBelow": before}, {"alertBelow": below}
        await audited(ctx, "setStockAlert", "StockRule", merchant_id, before=known, after=now)
        return {"below": below}

    outcome = await once_only(ctx, SCOPE, "setStockAlert", key, {"below": below}, act)
    found: int | None = outcome["below"]
    return found


async def _once(
    ctx: Context, name: str, key: str | None, given: Any, count: int, act: Act
) -> Changed | ItemCount:
    ctx.merchant_id(SCOPE)
    if not 1 <= count <= MOST_ITEMS:
        return ItemCount(count)

    async def noted(merchant_id: UUID) -> Outcome:
        told = await act(merchant_id)
        found = Changed(told, ctx.now)
        counts = {each.value: n for each in ItemOutcome if (n := found.count(each))}
        after = {"outcomes": counts, "skus": [item.sku for item in told]}
        await audited(ctx, name, "Offer", told[0].offer_id if count == 1 else None, after=after)
        return {"items": [asdict(item) for item in told], "as_of": ctx.now.isoformat()}

    async def once() -> Outcome:
        if key is not None:
            return await once_only(ctx, SCOPE, name, key, given, noted)
        async with ctx.acting(SCOPE) as merchant_id:
            return await noted(merchant_id)

    return _changed(await retried(once))


def _changed(outcome: Outcome) -> Changed:
    """The outcome as it was, or as it was kept: ids and outcomes are texts there."""
    items = [
        Told(
            **{
                **item,
                "outcome": ItemOutcome(item["outcome"]),
                "offer_id": UUID(str(item["offer_id"])) if item["offer_id"] else None,
            }
        )
        for item in outcome["items"]
    ]
    return Changed(items, datetime.fromisoformat(outcome["as_of"]))
