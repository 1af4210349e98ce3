"""What the public reads of offers: search, a listing, its featured offer, all its offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

from domain.catalog.terms import Understood
from domain.offers.sorting import OfferSort, SearchSort
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
    def only_shelves(self) -> bool:
        """Whether categories and brands are all that is asked: the maintained sums can answer."""
        others = (
            self.grades, self.attributes, self.lowest, self.highest, self.days,
            self.battery_new, self.dispatch_countries,
        )  # fmt: skip
        return all(asked is None for asked in others)


class Found:
    """A product that matches, with what its matching offers sum up to.

    It reads what a statement gave as JSON when it is asked: a page has many, and a client asks for
    a part of each.
    """

    __slots__ = ("_item",)

    def __init__(self, item: dict[str, Any]) -> None:
        self._item = item

    @property
    def product_id(self) -> UUID:
        """The product."""
        return id_of(self._item["product"]["id"])

    @property
    def position(self) -> Position:
        """Where the product stands in the list."""
        return Position(self._item["key1"], self._item["key2"], self.product_id)

    @property
    def product(self) -> ProductRow:
        """The product's own row."""
        return catalog.product_of({**self._item["product"]})

    @property
    def offers(self) -> int:
        """How many offers match."""
        return int(self._item["offers"])

    @property
    def merchants(self) -> int:
        """Whose offers match."""
        return int(self._item["merchants"])

    @property
    def lowest(self) -> int | None:
        """The lowest landed total in minor units."""
        return self._item["lowest"]  # type: ignore[no-any-return]

    @property
    def highest(self) -> int | None:
        """The highest landed total in minor units."""
        return self._item["highest"]  # type: ignore[no-any-return]

    @property
    def currency(self) -> str:
        """Of all totals."""
        return str(self._item["currency"])

    @property
    def variant_id(self) -> UUID | None:
        """The variant of the featured offer."""
        variant = self._item["variant_id"]
        return id_of(variant) if variant else None

    @property
    def offer_id(self) -> UUID | None:
        """The featured offer."""
        offer = self._item["offer_id"]
        return id_of(offer) if offer else None

    @property
    def grade(self) -> int | None:
        """The rank of its grade."""
        return self._item["grade"]  # type: ignore[no-any-return]

    @property
    def landed(self) -> int | None:
        """Its landed total in minor units."""
        return self._item["landed"]  # type: ignore[no-any-return]

    @property
    def days(self) -> int | None:
        """Days until it is promised."""
        return self._item["days"]  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Found) and self._item == other._item

    def __hash__(self) -> int:
        return hash(self.product_id)

    def __repr__(self) -> str:
        return f"Found({self._item!r})"


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
    facets: bool = True


async def understand(phrases: list[str], terms: list[str]) -> Understood:
    """What the index knows of the words of a search. One statement.

    Shapes: a word with synonyms is a typo only of one that it stands for.
    """
    rows = await fetch(sql("understand"), phrases, terms)
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
    """The page and, where asked for, its facets. One statement.

    Categories and brands are answered from the maintained sums and counts.
    """
    f, after = ask.filters, ask.after
    at = (after.key1, after.key2, after.id) if after else (None, None, None)
    if ask.text is None and f.only_shelves:
        name = "browse" if f.brands is None else "shelf"
        given = [ask.market, f.categories, ask.bucket, *at, ask.limit, ask.facets]
        given += [] if f.brands is None else [f.brands]
    else:
        name, wanted = "hits_of_all" if ask.text is None else "hits", f.attributes or {}
        pairs = [f"{key}={value}" for key, values in wanted.items() for value in values]
        given = [
            ask.market, ask.text, f.categories, f.brands, f.grades, list(wanted), pairs, f.lowest,
            f.highest, f.days, f.battery_new, f.dispatch_countries, ask.bucket, *at, ask.limit,
            ask.facets,
        ]  # fmt: skip
    return _results(await fetchrow(sql(name, ask.sort.value, ask.locale), *given))


def _results(row: asyncpg.Record | None) -> Results:
    if row is None:
        return Results(0, [], [])
    page = orjson.loads(row["page"]) if row["page"] else []
    facets = orjson.loads(row["facets"]) if row["facets"] else []
    return Results(row["total"], [Found(item) for item in page], [tuple(f) for f in facets])


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
