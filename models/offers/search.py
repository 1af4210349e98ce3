"""What the public finds: the products whose offers match, and what the words of a search mean."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.catalog.terms import Understood
from domain.offers.sorting import SearchSort
from models import catalog
from models.base import fetch, fetchrow, id_of
from models.catalog import ProductRow
from models.offers.read import Position
from models.offers.read_sql import sql


@dataclass(frozen=True, slots=True)
class Filters:
    """What an offer, its variant and its product must all meet. None asks nothing.

    Units: totals in minor units of the market's currency. `attributes` maps keys to values.
    `told_until` maps categories to the last day on which a model came out of which enough is told.
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
    told_until: dict[str, date] | None = None

    @property
    def only_shelves(self) -> bool:
        """Whether categories and brands are all that is asked: the maintained sums can answer."""
        others = (
            self.grades, self.attributes, self.lowest, self.highest, self.days,
            self.battery_new, self.dispatch_countries, self.told_until,
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
class ByAge:
    """What the order by impact needs of one category: younger models avoid less.

    A benefit is told of models that came out until `told`, the full one until `full`.
    """

    told: date
    full: date


@dataclass(frozen=True, slots=True)
class Ask:
    """A search as the statements take it. `by_age` is of the order by impact alone."""

    market: str
    text: str | None
    filters: Filters
    sort: SearchSort
    bucket: int
    locale: str
    after: Position | None
    limit: int
    facets: bool = True
    today: date | None = None
    by_age: ByAge | None = None


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
        known = f.told_until or {}
        told = (None if f.told_until is None else list(known), list(known.values()))
        pairs = [f"{key}={value}" for key, values in wanted.items() for value in values]
        given = [
            ask.market, ask.text, f.categories, f.brands, f.grades, list(wanted), pairs, f.lowest,
            f.highest, f.days, f.battery_new, f.dispatch_countries, ask.bucket, *at, ask.limit,
            ask.facets, *told, ask.today,
        ]  # fmt: skip
    if ask.sort is SearchSort.IMPACT:
        given.append([ask.by_age.told, ask.by_age.full, ask.today] if ask.by_age else [])
    return _results(await fetchrow(sql(name, ask.sort.value, ask.locale), *given))


def _results(row: asyncpg.Record | None) -> Results:
    if row is None:
        return Results(0, [], [])
    page = orjson.loads(row["page"]) if row["page"] else []
    facets = orjson.loads(row["facets"]) if row["facets"] else []
    return Results(row["total"], [Found(item) for item in page], [tuple(f) for f in facets])
