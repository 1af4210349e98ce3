"""The search page: results, facets, and the living demo beside them."""

from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from boucle.pages.address import Address
from boucle.pages.asking import explorer_link
from boucle.pages.feeds import last_runs
from boucle.pages.operations import SEARCH
from boucle.pages.site import Site
from domain.impact.listings import CATEGORIES

PER_PAGE = 24
SORTS = ("RELEVANCE", "PRICE", "NEWEST")
GRADES = ("FAIR", "GOOD", "VERY_GOOD", "EXCELLENT", "PREMIUM")
_LISTS = {
    "category": "category",
    "brand": "brand",
    "grade": "grade",
    "dispatch_country": "dispatchCountry",
}
_ATTRIBUTE = "a."
_UNITS = {"storage_gb": " GB", "ram_gb": " GB", "screen_inches": "″"}


async def search_page(site: Site, request: Request) -> Response:
    """Products of a market that match what was typed and chosen."""
    visit = await site.visit(request)
    sort, sorts = visit.address.get("sort"), sorts_of(visit.address)
    variables = {
        "market": visit.market,
        "term": (visit.address.get("q") or "")[:200] or None,
        "filters": filters_of(visit.address) or None,
        "sort": sort if sort in sorts else SORTS[0],
        "first": PER_PAGE,
        "after": visit.address.get("after"),
        "locale": visit.language,
    }
    found = (await site.ask(SEARCH, variables))["search"]
    return visit.page(
        "search.html",
        found=found,
        term=variables["term"] or "",
        sort=variables["sort"],
        sorts=sorts,
        facet_name=facet_name,
        units=_UNITS,
        chosen=_chosen(visit.address),
        filtered=variables["filters"] is not None,
        explorer=explorer_link(SEARCH, variables),
        runs=await last_runs(site, 4),
    )


def sorts_of(address: Address) -> tuple[str, ...]:
    """The orders that can be chosen: that by impact within one category of which it is told."""
    categories = address.all("category")
    told = len(categories) == 1 and categories[0] in CATEGORIES
    return (*SORTS, "IMPACT") if told else SORTS


def facet_name(key: str) -> str:
    """The name in the address of a facet's values."""
    return key if key in _LISTS else f"{_ATTRIBUTE}{key}"


def filters_of(address: Address) -> dict[str, Any]:
    """The choices in an address as `SearchFilters`; what cannot be read is left out."""
    filters: dict[str, Any] = {
        field: values for name, field in _LISTS.items() if (values := address.all(name))
    }
    if "grade" in filters:
        filters["grade"] = [grade for grade in filters["grade"] if grade in GRADES]
    if attributes := _attributes(address):
        filters["attributes"] = attributes
    price = {name: amount for name in ("min", "max") if (amount := _amount(address.get(name)))}
    if price:
        filters["price"] = price
    days = address.get("days") or ""
    if days.isdecimal() and len(days) < 3:
        filters["deliveryDays"] = int(days)
    if address.get("battery") == "new":
        filters["batteryNew"] = True
    return filters


def _attributes(address: Address) -> list[dict[str, Any]]:
    names = dict.fromkeys(name for name, _ in address.pairs if name.startswith(_ATTRIBUTE))
    return [{"key": name.removeprefix(_ATTRIBUTE), "values": address.all(name)} for name in names]


def _amount(text: str | None) -> str | None:
    try:
        amount = Decimal((text or "").replace(",", "."))
    except InvalidOperation:
        return None
    return str(amount) if amount.is_finite() and 0 <= amount < 10**9 else None


def _chosen(address: Address) -> list[tuple[str, str]]:
    """The facet values in an address, to carry through the search form."""
    names = {*_LISTS, "min", "max", "days", "battery", "sort", "lang"}
    return [
        (name, value)
        for name, value in address.pairs
        if name in names or name.startswith(_ATTRIBUTE)
    ]
