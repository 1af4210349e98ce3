"""What a merchant decides of offers beside their content: a pause, a low price confirmed."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from domain.offers.codes import LineCode
from domain.offers.items import ItemCode, ItemOutcome, key_of
from models.base import as_system, execute, fetchval
from models.offers.batch import Told, lock
from models.offers.refresh import refresh, touch

# Each statement tells what it found of an offer and whether it changed it.
_PAUSE = """
WITH changed AS (
  UPDATE offer SET status = 'PAUSED', paused_because = 'PAUSED_BY_MERCHANT', updated_at = now()
  WHERE merchant_id = $1 AND sku_key = ANY ($2) AND status IN ('LIVE', 'PAUSED')
    AND paused_because IS DISTINCT FROM 'PAUSED_BY_MERCHANT' RETURNING id)
SELECT o.id, o.sku, o.sku_key, o.status, o.quantity, c.id IS NOT NULL AS changed,
  o.status = 'PAUSED' AS there
FROM offer o LEFT JOIN changed c ON c.id = o.id
WHERE o.merchant_id = $1 AND o.sku_key = ANY ($2)
"""
_RESUME = """
WITH changed AS (
  UPDATE offer o SET updated_at = now(),
    status = CASE WHEN f.stale THEN 'PAUSED' ELSE 'LIVE' END,
    paused_because = CASE WHEN f.stale THEN 'FEED_STALE' END
  FROM offer x LEFT JOIN feed f ON f.id = x.feed_id
  WHERE x.id = o.id AND o.merchant_id = $1 AND o.sku_key = ANY ($2) AND o.status = 'PAUSED'
    AND o.paused_because = 'PAUSED_BY_MERCHANT' RETURNING o.id)
SELECT o.id, o.sku, o.sku_key, o.status, o.quantity, c.id IS NOT NULL AS changed,
  o.status = 'LIVE' AS there
FROM offer o LEFT JOIN changed c ON c.id = o.id
WHERE o.merchant_id = $1 AND o.sku_key = ANY ($2)
"""
_CONFIRM = """
WITH low AS (
  SELECT o.id, om.market, om.item_minor FROM offer o JOIN offer_market om ON om.offer_id = o.id
  WHERE o.merchant_id = $1 AND o.sku_key = ANY ($2) AND 'PRICE_OUTLIER_LOW' = ANY (om.reasons)
), changed AS (
  INSERT INTO price_confirmation (offer_id, market, merchant_id, item_minor)
  SELECT id, market, $1, item_minor FROM low ORDER BY 1, 2
  ON CONFLICT (offer_id, market) DO UPDATE SET item_minor = excluded.item_minor, at = now()
  RETURNING offer_id)
SELECT o.id, o.sku, o.sku_key, o.status, o.quantity,
  o.id IN (SELECT offer_id FROM changed) AS changed, true AS there
FROM offer o WHERE o.merchant_id = $1 AND o.sku_key = ANY ($2)
"""


async def pause(merchant_id: UUID, skus: Sequence[str]) -> list[Told]:
    """Pause offers in the current transaction; what became of each, in their order.

    An offer paused by a silent feed is the merchant's pause from now on; an absent one has nothing
    to pause. Raises: asyncpg.LockNotAvailableError while a feed of the merchant is applied.
    """
    return await _held(merchant_id, skus, _PAUSE)


async def resume(merchant_id: UUID, skus: Sequence[str]) -> list[Told]:
    """Take back pauses of the merchant, but not those of its silent feeds. Raises: as `pause`."""
    return await _held(merchant_id, skus, _RESUME)


async def confirm(merchant_id: UUID, skus: Sequence[str]) -> list[Told]:
    """Show offers whose price is hidden as too low: at this price, or a higher one.

    Raises: as `pause`.
    """
    return await _held(merchant_id, skus, _CONFIRM)


async def _held(merchant_id: UUID, skus: Sequence[str], statement: str) -> list[Told]:
    keys = [key_of(sku) for sku in skus]
    async with as_system() as raw:
        await lock(raw, merchant_id)
        named = sorted({key.value for key in keys if key.value is not None})
        rows = await raw.fetch(statement, merchant_id, named)
        await _refresh(raw, merchant_id, [row["id"] for row in rows if row["changed"]])
    by_key = {row["sku_key"]: row for row in rows}
    return [
        _told(sku, key.code, by_key.get(key.value or ""))
        for sku, key in zip(skus, keys, strict=True)
    ]


async def _refresh(raw: asyncpg.Connection, merchant_id: UUID, offers: Sequence[UUID]) -> None:
    if offers:
        await touch(raw)
        await raw.execute("INSERT INTO touched SELECT unnest($1::uuid[])", offers)
        await refresh(raw, merchant_id=merchant_id)


def _told(sku: str, wrong: LineCode | None, row: asyncpg.Record | None) -> Told:
    shown = sku.strip()[:80]
    if wrong is not None or row is None:
        code = (wrong or LineCode.UNKNOWN_SKU).value
        return Told(shown, ItemOutcome.REJECTED, code, "sku", shown)
    facts = {"offer_id": row["id"], "quantity": row["quantity"]}
    if row["changed"]:
        return Told(row["sku"], ItemOutcome.APPLIED, **facts)
    if row["there"]:
        return Told(row["sku"], ItemOutcome.UNCHANGED, **facts)
    code = ItemCode.NOT_CHANGEABLE.value
    return Told(row["sku"], ItemOutcome.REJECTED, code, "status", row["status"], **facts)


async def stock_alert(merchant_id: UUID) -> int | None:
    """Below which stock a merchant is told of a sale; None: never."""
    found: int | None = await fetchval(
        "SELECT alert_below FROM stock_rule WHERE merchant_id = $1", merchant_id
    )
    return found


async def set_stock_alert(merchant_id: UUID, below: int | None) -> None:
    """Keep below which stock a merchant is told of a sale."""
    await execute(
        "INSERT INTO stock_rule (merchant_id, alert_below) VALUES ($1, $2) "
        "ON CONFLICT (merchant_id) DO UPDATE SET alert_below = excluded.alert_below",
        merchant_id,
        below,
    )
