"""What the public reads of offers: a listing, its featured offer, all its offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

from domain.offers.sorting import OfferSort
from models import catalog
from models.base import fetch, fetchrow, id_of
from models.catalog import ProductRow, VariantRow
from models.offers.read_sql import sql


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer in one market, as it can be bought. Units: minor units, days, months."""

    offer_id: UUID
    market: str
    variant_id: UUID
    grade: int
    visibility: int
    reasons: list[str]
    currency: str
    item_minor: int
    shipping_minor: int
    service_fee_minor: int
    levies_minor: int
    duties_minor: int
    landed_minor: int
    days: int
    early_days: int
    carrier: str
    scope: int
    dispatch_country: str
    warranty_months: int
    battery_new: bool
    battery_health: int | None
    quantity: int
    terms: list[int]
    merit: int
    merchant_id: UUID
    merchant_name: str
    merchant_legal_name: str
    merchant_kind: str
    merchant_country: str
    merchant_since: date | None
    time_zone: str
    guarantee_months: int | None
    guarantee_status: str

    @classmethod
    def of(cls, record: Mapping[str, Any] | asyncpg.Record) -> Self:
        """The row as read; columns beyond its own are left aside."""
        return cls(*[record[name] for name in cls.__slots__])

    @classmethod
    def of_json(cls, item: dict[str, Any]) -> Self:
        """The row that a statement gave as JSON, which it takes over."""
        since = item["merchant_since"]
        item["merchant_since"] = date.fromisoformat(since) if since else None
        for name in ("offer_id", "variant_id", "merchant_id"):
            item[name] = id_of(item[name])
        return cls.of(item)


@dataclass(frozen=True, slots=True)
class FeaturedRow:
    """The offer shown first, and what the reasons for it are made of."""

    offer: OfferRow
    model: str
    snapshot_id: str
    sharers: int
    next_landed: int | None
    quality_inputs: dict[str, Any]

    @classmethod
    def of_json(cls, item: dict[str, Any]) -> Self:
        """The row that a statement gave as JSON."""
        return cls(
            OfferRow.of_json(item),
            item["ranking_model"],
            item["snapshot_id"],
            item["sharers"],
            item["next_landed"],
            item["quality_inputs"] or {},
        )


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after the row with these keys. `key1` is a number or a text."""

    key1: Any
    key2: int
    id: UUID


@dataclass(frozen=True, slots=True)
class PagedOffer:
    """An offer and its position in the order of the page."""

    row: OfferRow
    position: Position


@dataclass(frozen=True, slots=True)
class VariantSum:
    """What a variant's offers sum up to in a market."""

    variant: VariantRow
    offers: int
    lowest: int | None


@dataclass(frozen=True, slots=True)
class GradeSum:
    """What a grade's offers of one variant sum up to in a market."""

    grade: int
    offers: int
    merchants: int
    lowest: int


@dataclass(frozen=True, slots=True)
class ListingRow:
    """A product in a market, one of its variants chosen, and what is shown first of that."""

    market: str
    currency: str
    product: ProductRow
    variant: VariantRow
    offers: int
    merchants: int
    min_landed: int | None
    max_landed: int | None
    variants: list[VariantSum]
    grades: list[GradeSum]
    featured: FeaturedRow | None


async def listing(
    market: str, bucket: int, *, slug: str | None, gtin: str | None, variant_id: UUID | None
) -> ListingRow | None:
    """The page of a product or variant; None for one that is not in the catalogue.

    One statement. `featured` is the offer of this turn across the grades of the chosen variant.
    """
    row = await fetchrow(sql("listing"), market, slug, gtin, variant_id, bucket)
    if row is None or row["variant_id"] is None:
        return None
    chosen, cells = row["variant_id"], _cells(row["cells"])
    variants = [catalog.variant_of(item) for item in orjson.loads(row["variants"])]
    featured = row["featured"]
    return ListingRow(
        market=market,
        currency=row["currency"],
        product=catalog.product_of(orjson.loads(row["product"])),
        variant=next(each for each in variants if each.id == chosen),
        offers=row["offers"],
        merchants=row["merchants"],
        min_landed=row["min_landed"],
        max_landed=row["max_landed"],
        variants=[_sum(each, cells.get(each.id, [])) for each in variants],
        grades=cells.get(chosen, []),
        featured=FeaturedRow.of_json(orjson.loads(featured)) if featured else None,
    )


def _cells(text: str | None) -> dict[UUID, list[GradeSum]]:
    """The competitions of a product by variant, best grade first."""
    found: dict[UUID, list[GradeSum]] = {}
    known: dict[str, list[GradeSum]] = {}
    for variant, *sums in orjson.loads(text or "[]"):
        if (cells := known.get(variant)) is None:
            cells = known[variant] = found[id_of(variant)] = []
        cells.append(GradeSum(*sums))
    return found


def _sum(variant: VariantRow, cells: list[GradeSum]) -> VariantSum:
    lowest = min((cell.lowest for cell in cells), default=None)
    return VariantSum(variant, sum(cell.offers for cell in cells), lowest)


async def featured(
    market: str, variant_id: UUID, grade: int | None, bucket: int
) -> FeaturedRow | None:
    """The featured offer of a variant and grade, or of the variant across grades."""
    row = await fetchrow(sql("featured"), market, variant_id, grade, bucket)
    return FeaturedRow.of_json(orjson.loads(row["featured"])) if row else None


async def offers(
    market: str,
    variants: list[UUID],
    grade: int | None,
    sort: OfferSort,
    after: Position | None,
    limit: int,
) -> list[PagedOffer]:
    """Every offer that can be bought, in the order asked for, from a position on."""
    at = (after.key1, after.key2, after.id) if after else (None, None, None)
    rows = await fetch(sql("offers", sort.value), market, variants, grade, *at, limit)
    return [PagedOffer(OfferRow.of(r), Position(r["key1"], r["key2"], r["offer_id"])) for r in rows]


async def offer(offer_id: UUID, market: str | None = None) -> OfferRow | None:
    """One offer, if it can be bought."""
    row = await fetchrow(sql("offer"), offer_id, market)
    return OfferRow.of(row) if row else None
