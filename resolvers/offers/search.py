"""Find a device: one result per product, filters that hold inside one offer, facets."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from operator import attrgetter

from domain.catalog import Grade
from domain.catalog.terms import Understood, corrected, phrases_of, text_query, words_of
from domain.markets.pauses import ANYTHING
from domain.money import Currency
from domain.offers.sorting import SearchSort
from domain.ranking.rotation import bucket
from models import catalog
from models.announce import offers_topic
from models.kept import KeptBy
from models.offers import search as found_in
from models.offers.search import Ask, Filters, Found
from resolvers import paging
from resolvers.catalog import language
from resolvers.context import BadInput, Context, depends, stored_text
from resolvers.markets.selling import sold_in
from resolvers.offers import by_impact as impact

LONGEST_TERM = 200
MOST_VALUES = 50
MOST_ATTRIBUTES = 20
MOST_FACETS = 25
MOST_FACET_VALUES = 40
_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
MOST_TOTAL = Decimal(10_000_000)
MOST_DAYS = 365
BY_IMPACT = SearchSort.IMPACT


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a search in a client's words.

    Units: totals in the market's currency; impact in kg CO2e.
    """

    category: list[str] | None = None
    brand: list[str] | None = None
    grade: list[Grade] | None = None
    attributes: dict[str, list[str]] | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    days: int | None = None
    battery_new: bool | None = None
    dispatch_country: list[str] | None = None
    impact_at_least: Decimal | None = None


NOTHING = Asked()


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to narrow the search: values with the number of products each would leave."""

    key: str
    values: list[tuple[str, str, int, bool]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of products. `did_you_mean` is the term that was searched in place of a typo."""

    page: paging.Page[Found]
    total: int
    facets: list[Facet]
    did_you_mean: str | None
    market: str
    currency: Currency
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Search:
    """What a client asks of `search`."""

    market: str
    term: str | None = None
    filters: Asked = NOTHING
    sort: SearchSort = SearchSort.RELEVANCE
    first: int = paging.DEFAULT
    after: str | None = None
    locale: str = "en"
    facets: bool = True


async def search(ctx: Context, asked: Search) -> Answer:
    """Search the offers of a market.

    Any change of a product of the market may bring it into the answer, or out of it.
    Three statements, two without a term, whatever the size of the page.
    Categories that are paused are left out.
    Raises: BadInput for a market that is not open, one that is paused or such a category asked
    for, a filter that cannot be, a foreign cursor.
    """
    sold = await sold_in(ctx, asked.market, ANYTHING, asked.filters.category or ())
    market = sold.market
    depends(offers_topic(market.code))
    currency = Currency(market.currency)
    today = ctx.now.date()
    filters = _filters(asked.filters, currency, today)
    if sold.standing.stopped:
        filters = await _without(filters, sold.standing.stopped)
    by_age = impact.order(asked.filters.category, today) if asked.sort is BY_IMPACT else None
    first, locale = paging.size(asked.first), language(asked.locale)
    text, meant = await _text(asked.term)
    of = paging.fingerprint("search", market.code, text, asked.filters, asked.sort.value)
    found = await found_in.search(
        Ask(
            market.code, text, filters, asked.sort, bucket(int(ctx.now.timestamp())), locale,
            paging.opened(asked.after, of, ctx.seal), first + 1, asked.facets,
            today, by_age,
        )
    )  # fmt: skip
    return Answer(
        page=paging.page_of(found.page, attrgetter("position"), first, of, ctx.seal),
        total=found.total,
        facets=_facets(
            [each for each in found.facets if not _gone(each, sold.standing.stopped)],
            asked.filters,
        ),
        did_you_mean=meant,
        market=market.code,
        currency=currency,
        as_of=ctx.now,
    )


async def _without(filters: Filters, stopped: frozenset[str]) -> Filters:
    """The same in all categories but these."""
    if filters.categories is not None:
        return filters  # none of them is paused, or the search is refused
    going_on = [code for code in await catalog.category_codes() if code not in stopped]
    return replace(filters, categories=going_on)


def _gone(facet: tuple[str, str, int, str], stopped: frozenset[str]) -> bool:
    return facet[0] == "category" and facet[1] in stopped


async def _understand(words: tuple[str, ...]) -> Understood:
    return await found_in.understand(phrases_of(words), list(words))


_UNDERSTOOD = KeptBy(_understand)


async def _text(term: str | None) -> tuple[str | None, str | None]:
    if term is None or not term.strip():
        return None, None
    if len(stored_text(term, "term")) > LONGEST_TERM:
        raise BadInput(f"`term` is longer than {LONGEST_TERM} characters.", argument="term")
    words = words_of(term)
    if not words:
        return None, None
    known = await _UNDERSTOOD.get(words)
    return text_query(words, known), corrected(words, known)


def _filters(asked: Asked, currency: Currency, today: date) -> Filters:
    lowest = _minor(asked.lowest, currency, "filters.price.min")
    highest = _minor(asked.highest, currency, "filters.price.max")
    if lowest is not None and highest is not None and lowest > highest:
        raise _wrong("filters.price.min", "the lowest total is above the highest")
    if asked.days is not None and not 0 <= asked.days <= MOST_DAYS:
        raise _wrong("filters.deliveryDays", f"0 to {MOST_DAYS} days")
    _check_lists(asked)
    return Filters(
        categories=asked.category or None,
        brands=asked.brand or None,
        grades=[grade.rank for grade in asked.grade] if asked.grade else None,
        attributes=asked.attributes or None,
        lowest=lowest,
        highest=highest,
        days=asked.days,
        battery_new=asked.battery_new,
        dispatch_countries=[c.upper() for c in asked.dispatch_country]
        if asked.dispatch_country
        else None,
        told_until=impact.filtered(asked.impact_at_least, today),
    )


def by_key(pairs: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    """The values asked of each attribute. Raises: BadInput for a key that stands there twice."""
    found: dict[str, list[str]] = {}
    for key, values in pairs:
        if key in found:
            raise _wrong("filters.attributes", "a key stands there twice")
        found[key] = values
    return found


def _check_lists(asked: Asked) -> None:
    attributes = asked.attributes or {}
    if len(attributes) > MOST_ATTRIBUTES:
        raise _wrong("filters.attributes", f"at most {MOST_ATTRIBUTES} attributes")
    if not all(_KEY.fullmatch(key) for key in attributes):
        raise _wrong("filters.attributes.key", "not the key of an attribute")
    lists = {
        "filters.category": asked.category,
        "filters.brand": asked.brand,
        "filters.grade": asked.grade,
        "filters.dispatchCountry": asked.dispatch_country,
        **{f"filters.attributes.{key}": values for key, values in attributes.items()},
    }
    for path, values in lists.items():
        if values is not None and len(values) > MOST_VALUES:
            raise _wrong(path, f"at most {MOST_VALUES} values in one filter")
        for value in values or ():
            stored_text(value, path)


def _minor(amount: Decimal | None, currency: Currency, path: str) -> int | None:
    if amount is None:
        return None
    try:
        if not amount.is_finite() or not 0 <= amount <= MOST_TOTAL:
            raise _wrong(path, f"an amount from 0 to {MOST_TOTAL}")
        return int(amount.scaleb(currency.digits).to_integral_value())
    except InvalidOperation:
        raise _wrong(path, "not an amount") from None


def _wrong(path: str, why: str) -> BadInput:
    return BadInput(f"`{path}` cannot be used: {why}.", reason="INVALID_FILTER", path=path)


def _facets(rows: list[tuple[str, str, int, str]], asked: Asked) -> list[Facet]:
    chosen = {
        "category": set(asked.category or ()),
        "brand": set(asked.brand or ()),
        "grade": {grade.value for grade in asked.grade or ()},
        **{key: set(values) for key, values in (asked.attributes or {}).items()},
    }
    found: dict[str, list[tuple[str, str, int, bool]]] = {}
    for key, value, count, label in rows:
        found.setdefault(key, []).append((value, label, count, value in chosen.get(key, ())))
    keys = sorted(found, key=_facet_order)[:MOST_FACETS]
    return [Facet(key, most_of(found[key])) for key in keys]


def most_of(values: list[tuple[str, str, int, bool]]) -> list[tuple[str, str, int, bool]]:
    """The first values of a facet, and of the others those that were chosen, in their order."""
    if len(values) <= MOST_FACET_VALUES:
        return values
    room = MOST_FACET_VALUES - sum(chosen for *_, chosen in values)
    kept = []
    for each in values:
        if each[3] or room > 0:
            kept.append(each)
            room -= not each[3]
    return kept[:MOST_FACET_VALUES]


def _facet_order(key: str) -> tuple[int, str]:
    first = ("category", "brand", "grade", "storage_gb", "color")
    return (first.index(key) if key in first else len(first), key)
