"""The product page: what can be bought, the featured offer and why, then every offer."""

from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from boucle.pages.asking import Answer, explorer_link
from boucle.pages.impact import drawn
from boucle.pages.operations import LISTING, PRODUCT_SLUG
from boucle.pages.search import GRADES
from boucle.pages.site import Site

PER_PAGE = 12
SORTS = ("RANK", "PRICE", "DELIVERY", "GRADE", "NEAREST")
PRICE_PARTS = ("item", "shipping", "serviceFee", "levies", "duties")


async def product_page(site: Site, request: Request) -> Response:
    """One product in one market, in the variant and the grade that were chosen."""
    visit = await site.visit(request)
    grade, sort = visit.address.get("grade"), visit.address.get("sort")
    variables = {
        "market": visit.market,
        "slug": request.path_params["slug"],
        "grade": grade if grade in GRADES else None,
        "sort": sort if sort in SORTS else SORTS[0],
        "first": PER_PAGE,
        "after": visit.address.get("after"),
        "locale": visit.language,
    }
    listing = (await site.ask(LISTING, variables))["listing"]
    if listing is None:
        raise HTTPException(404)
    if moved := await _moved(site, variables["slug"], listing):
        return RedirectResponse(f"{moved}?{request.url.query}".rstrip("?"), 301)
    featured = listing["featuredOffer"]
    impact = featured["offer"]["impact"] if featured else None
    return visit.page(
        "product.html",
        listing=listing,
        choices=choices(listing["variants"], listing["variant"]),
        grade=variables["grade"],
        sort=variables["sort"],
        sorts=SORTS,
        price_parts=PRICE_PARTS,
        impact=impact,
        plot=drawn(impact),
        explorer=explorer_link(LISTING, variables),
    )


async def _moved(site: Site, slug: str, listing: Answer) -> str | None:
    """The path of what a product or variant was merged into; None for one that stands."""
    standing = {listing["product"]["slug"], *(v["variant"]["slug"] for v in listing["variants"])}
    if slug in standing:
        return None
    product = (await site.ask(PRODUCT_SLUG, {"slug": slug}))["product"]
    return f"/p/{(product or listing['variant'])['slug']}"


def choices(variants: Sequence[Answer], current: Answer | None) -> list[dict[str, Any]]:
    """What tells the variants apart: each attribute with its values, each with a variant.

    Shapes: a value leads to the variant that has it and else shares most with the current one;
    among equals, to one that is on offer.
    """
    mine = _facts(current) if current else {}
    groups: dict[str, dict[str, Any]] = {}
    for listed in variants:
        for fact in listed["variant"]["attributes"]:
            group = groups.setdefault(
                fact["key"], {"key": fact["key"], "label": fact["name"], "values": {}}
            )
            _keep_closest(group["values"], fact, listed, mine)
    differing = [group for group in groups.values() if len(group["values"]) > 1]
    return [
        group | {"values": sorted(group["values"].values(), key=_in_order)} for group in differing
    ]


def _keep_closest(
    values: dict[str, dict[str, Any]], fact: Answer, listed: Answer, mine: dict[str, str]
) -> None:
    facts = _facts(listed["variant"])
    shared = sum(1 for key, value in facts.items() if mine.get(key) == value)
    worth = (shared, listed["offerCount"] > 0)
    value = str(fact["value"])
    if value in values and values[value]["worth"] >= worth:
        return
    values[value] = {
        "value": value,
        "label": fact["label"] or value,
        "slug": listed["variant"]["slug"],
        "available": listed["offerCount"] > 0,
        "selected": mine.get(fact["key"]) == value,
        "worth": worth,
    }


def _facts(variant: Answer) -> dict[str, str]:
    return {fact["key"]: str(fact["value"]) for fact in variant["attributes"]}


def _in_order(choice: dict[str, Any]) -> tuple[float, str]:
    """Numbers by size, before words in their alphabet."""
    try:
        return float(choice["value"]), ""
    except ValueError:
        return float("inf"), str(choice["label"])
