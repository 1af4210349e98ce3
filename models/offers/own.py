"""What a merchant reads of its own offers: all there is of them, market by market."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.offers.visibility import Reason, VisibilityReason, worst_first
from models.base import fetch, fetchrow
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Place:
    """An offer in one market. Units: minor units of `currency`; `visibility` 0 to 2.

    Shapes: `own` says that the price was set for this market.
    """

    market: str
    visibility: int
    reasons: list[str]
    since: list[str] | None = None
    currency: str | None = None
    item_minor: int | None = None
    landed_minor: int | None = None
    min_minor: int | None = None
    max_minor: int | None = None
    own: bool = False
    days: int | None = None

    @property
    def told(self) -> list[VisibilityReason]:
        """The reasons, what hides before what limits, and since when each holds where known."""
        since = [datetime.fromisoformat(at) for at in self.since or ()]
        times = dict(zip_longest(map(Reason, self.reasons), since))
        return [VisibilityReason(code, times[code]) for code in worst_first(times)]


@dataclass(frozen=True, slots=True)
class OwnOffer:
    """An offer as its merchant sees it. `quantity` is what buyers are offered, less `reserved`."""

    id: UUID
    sku: str
    sku_key: str
    variant_id: UUID | None
    title: str | None
    gtin: str | None
    grade: int
    quantity: int
    status: str
    paused_because: str | None
    price_minor: int
    currency: str
    min_price_minor: int | None
    max_price_minor: int | None
    feed_id: UUID | None
    run_id: UUID | None
    line_no: int | None
    sequence: int | None
    updated_at: datetime
    reserved: int
    places: list[Place]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which offers; what is None does not matter. Shapes: `skus` are as they are compared."""

    skus: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    feed_id: UUID | None = None
    market: str | None = None
    visibilities: Sequence[int] | None = None
    reasons: Sequence[str] | None = None


async def page(merchant_id: UUID, asked: Filter, after: str, limit: int) -> list[OwnOffer]:
    """Offers of a merchant by SKU, after a SKU as it is compared. One statement."""
    rows = await fetch(
        SQL["page"],
        merchant_id,
        after,
        limit,
        asked.skus,
        asked.statuses,
        asked.feed_id,
        asked.market,
        asked.visibilities,
        asked.reasons,
    )
    return [_offer(row) for row in rows]


async def some(merchant_id: UUID, ids: Sequence[UUID]) -> dict[UUID, OwnOffer]:
    """Those of these offers that are the merchant's, by id."""
    rows = await fetch(SQL["some"], merchant_id, list(ids))
    return {row["id"]: _offer(row) for row in rows}


async def by_sku(merchant_id: UUID, sku_key: str) -> OwnOffer | None:
    """The offer of a SKU as it is compared."""
    row = await fetchrow(SQL["by_sku"], merchant_id, sku_key)
    return _offer(row) if row else None


def _offer(row: asyncpg.Record) -> OwnOffer:
    facts: Mapping[str, Any] = {n: row[n] for n in OwnOffer.__slots__ if n != "places"}
    places = [Place(**each) for each in orjson.loads(row["places"] or "[]")]
    if row["variant_id"] is None:
        places = [Place(market, 0, ["PRODUCT_UNDER_REVIEW"]) for market in sorted(row["markets"])]
    return OwnOffer(**facts, places=places)
