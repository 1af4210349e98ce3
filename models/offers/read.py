"""What the public reads of offers: search, a listing, its featured offer, all its offers."""

from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

from domain.catalog.terms import Understood
from domain.offers.sorting import OfferSort, SearchSort
from models.base import fetch, fetchrow
from models.sql import statements, words

HERE = Path(__file__).parent


_SEARCH_KEYS = {
    SearchSort.RELEVANCE: ("(-relevance)::bigint", "(-offers)::bigint"),
    SearchSort.PRICE: ("COALESCE(cheapest, 1000000000000)::bigint", "(-offers)::bigint"),
    SearchSort.NEWEST: (
        "COALESCE(-(release_date - DATE '2000-01-01'), 1000000)::bigint",
        "(-offers)::bigint",
    ),
}
_ACROSS = (
    "div(om.landed_minor::numeric * 100000000000000, "
    "om.merit * (r.parameters->'grade_worth_bp'->>om.grade)::numeric)::bigint"
)
_OFFER_KEYS = {
    OfferSort.RANK: (
        f"(2 - om.visibility)::bigint * 4000000000000000000 + {_ACROSS}",
        "om.landed_minor",
    ),
    OfferSort.PRICE: ("om.landed_minor", "om.effective_e6"),
    OfferSort.DELIVERY: ("om.days::bigint", "om.effective_e6"),
    OfferSort.GRADE: ("(-om.grade)::bigint", "om.effective_e6"),
    OfferSort.NEAREST: ("om.scope::bigint", "om.effective_e6"),
}  # fmt: skip
_LABELS = {
    "en": "COALESCE(x.label_en, b.name, k.name_en, c.value)",
    "fr": "COALESCE(x.label_fr, b.name, k.name_fr, c.value)",
}
_OFFER_COLUMNS = words(
    "offer_id market variant_id grade visibility reasons currency item_minor shipping_minor "
    "service_fee_minor levies_minor duties_minor landed_minor days early_days carrier scope "
    "dispatch_country warranty_months battery_new battery_health quantity terms merit merchant_id"
)
_OFFER = ", ".join(f"om.{c}" for c in _OFFER_COLUMNS) + (
    ", m.name AS merchant_name, m.legal_name AS merchant_legal_name, m.kind AS merchant_kind, "
    "m.country AS merchant_country, m.since AS merchant_since"
)
_OFFER_FILTER = (
    "($8::bigint IS NULL OR om.landed_minor >= $8) "
    "AND ($9::bigint IS NULL OR om.landed_minor <= $9) AND "
    "($10::int IS NULL OR om.days <= $10) AND ($11::boolean IS NULL OR om.battery_new = $11) "
    "AND ($12::text[] IS NULL OR om.dispatch_country = ANY ($12))"
)
_NO_OFFER_FILTER = (
    "$8::bigint IS NULL AND $9::bigint IS NULL AND $10::int IS NULL AND $11::boolean IS NULL "
    "AND $12::text[] IS NULL"
)


@cache
def _sql(name: str, sort: str = "RELEVANCE", locale: str = "en") -> str:
    keys = (
        _SEARCH_KEYS[SearchSort(sort)]
        if name in {"hits", "browse"}
        else _OFFER_KEYS.get(OfferSort(sort) if sort in tuple(OfferSort) else OfferSort.RANK)
    ) or ("0", "0")
    return statements(
        HERE / "read.sql",
        key1=keys[0],
        key2=keys[1],
        label=_LABELS[locale],
        offer=_OFFER,
        offer_filter=_OFFER_FILTER,
        offer_free=_NO_OFFER_FILTER,
    )[name]


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

    @classmethod
    def of(cls, record: asyncpg.Record) -> Self:
        """The row as read; columns beyond its own are left aside."""
        return cls(**{f.name: record[f.name] for f in fields(cls)})


@dataclass(frozen=True, slots=True)
class FeaturedRow:
    """The offer shown first, and what the reasons for it are made of."""

    offer: OfferRow
    model: str
    snapshot_id: str
    sharers: int
    next_landed: int | None
    quality_inputs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after the row with these keys."""

    key1: int
    key2: int
    id: UUID


@dataclass(frozen=True, slots=True)
class PagedOffer:
    """An offer and its position in the order of the page."""

    row: OfferRow
    position: Position


@dataclass(frozen=True, slots=True)
class Filters:
    """What an offer, its variant and its product must all meet. None asks nothing.

    Units: totals in minor units of the market's currency. `attributes` maps keys to values.
    """

    categories: list[str] | None = None
    brands: list[str] | None = None
    grades: list[int] | None = None
    attributes: dict[str, list[str]] | None = None
    lowest: int | None = None
    highest: int | None = None
    days: int | None = None
    battery_new: bool | None = None
    dispatch_countries: list[str] | None = None

    @property
    def only_categories(self) -> bool:
        """Whether the maintained counts can answer."""
        others = (
            self.brands, self.grades, self.attributes, self.lowest, self.highest, self.days,
            self.battery_new, self.dispatch_countries,
        )  # fmt: skip
        return all(asked is None for asked in others)


@dataclass(frozen=True, slots=True)
class Found:
    """A product that matches, with what its matching offers sum up to."""

    product_id: UUID
    position: Position
    offers: int
    merchants: int
    lowest: int | None
    highest: int | None
    currency: str
    offer_id: UUID | None
    variant_id: UUID | None
    grade: int | None
    landed: int | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Results:
    """A page of products, the number of all, and facets as (key, value, count, label)."""

    total: int
    page: list[Found]
    facets: list[tuple[str, str, int, str]]


@dataclass(frozen=True, slots=True)
class Ask:
    """A search as the statements take it."""

    market: str
    text: str | None
    filters: Filters
    sort: SearchSort
    bucket: int
    locale: str
    after: Position | None
    limit: int


async def understand(phrases: list[str], terms: list[str]) -> Understood:
    """What the index knows of the words of a search. One statement.

    Shapes: a word with synonyms is a typo only of one that it stands for.
    """
    rows = await fetch(_sql("understand"), phrases, terms)
    synonyms: dict[str, list[str]] = {}
    for row in rows:
        if row["kind"] == "synonym":
            synonyms.setdefault(row["word"], []).append(row["means"])
    return Understood(
        synonyms={word: tuple(sorted(means)) for word, means in synonyms.items()},
        corrections={
            r["word"]: r["means"]
            for r in rows
            if r["kind"] == "typo" and r["means"] in synonyms.get(r["word"], [r["means"]])
        },
        exact=frozenset(r["word"] for r in rows if r["kind"] == "exact"),
    )


async def search(ask: Ask) -> Results:
    """The page and its facets. One statement; the maintained counts where they can answer."""
    f, after = ask.filters, ask.after
    at = (after.key1, after.key2, after.id) if after else (None, None, None)
    if ask.text is None and f.only_categories:
        statement = _sql("browse", ask.sort.value, ask.locale)
        row = await fetchrow(statement, ask.market, f.categories, ask.bucket, *at, ask.limit)
    else:
        wanted = f.attributes or {}
        pairs = [f"{key}={value}" for key, values in wanted.items() for value in values]
        row = await fetchrow(
            _sql("hits", ask.sort.value, ask.locale), ask.market, ask.text, f.categories, f.brands,
            f.grades, list(wanted), pairs, f.lowest, f.highest, f.days, f.battery_new,
            f.dispatch_countries, ask.bucket, *at, ask.limit,
        )  # fmt: skip
    return _results(row)


def _results(row: asyncpg.Record | None) -> Results:
    if row is None:
        return Results(0, [], [])
    page = orjson.loads(row["page"]) if row["page"] else []
    facets = orjson.loads(row["facets"]) if row["facets"] else []
    return Results(row["total"], [_found(item) for item in page], [tuple(f) for f in facets])


def _found(item: dict[str, Any]) -> Found:
    product = UUID(item["product_id"])
    offer, variant = item["offer_id"], item["variant_id"]
    return Found(
        product_id=product,
        position=Position(item["key1"], item["key2"], product),
        offer_id=UUID(offer) if offer else None,
        variant_id=UUID(variant) if variant else None,
        **{k: item[k] for k in words("offers merchants lowest highest currency grade landed days")},
    )


@dataclass(frozen=True, slots=True)
class VariantSum:
    """What a variant's offers sum up to in a market."""

    variant_id: UUID
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
    """A product in a market, one of its variants chosen."""

    market: str
    currency: str
    stage: str
    product_id: UUID
    variant_id: UUID
    offers: int
    merchants: int
    min_landed: int | None
    max_landed: int | None
    variants: list[VariantSum]
    grades: list[GradeSum]


async def listing(
    market: str, *, slug: str | None, gtin: str | None, variant_id: UUID | None
) -> ListingRow | None:
    """The page of a product or variant; None for one that is not in the catalogue."""
    row = await fetchrow(_sql("listing"), market, slug, gtin, variant_id)
    if row is None or row["variant_id"] is None:
        return None
    variants = [
        VariantSum(UUID(v["variant_id"]), v["offers"], v["lowest"])
        for v in orjson.loads(row["variants"] or "[]")
    ]
    grades = [GradeSum(**g) for g in orjson.loads(row["grades"] or "[]")]
    plain = words("currency stage product_id variant_id offers merchants min_landed max_landed")
    return ListingRow(
        market=market, variants=variants, grades=grades, **{name: row[name] for name in plain}
    )


async def featured(
    market: str, variant_id: UUID, grade: int | None, bucket: int
) -> FeaturedRow | None:
    """The featured offer of a variant and grade, or of the variant across grades."""
    row = await fetchrow(_sql("featured"), market, variant_id, grade, bucket)
    if row is None:
        return None
    return FeaturedRow(
        OfferRow.of(row),
        row["ranking_model"],
        row["snapshot_id"],
        row["sharers"],
        row["next_landed"],
        orjson.loads(row["quality_inputs"] or "{}"),
    )


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
    rows = await fetch(_sql("offers", sort.value), market, variants, grade, *at, limit)
    return [PagedOffer(OfferRow.of(r), Position(r["key1"], r["key2"], r["offer_id"])) for r in rows]


async def offer(offer_id: UUID, market: str | None = None) -> OfferRow | None:
    """One offer, if it can be bought."""
    row = await fetchrow(_sql("offer"), offer_id, market)
    return OfferRow.of(row) if row else None
