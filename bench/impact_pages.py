"""What a list of 24 pays for its impact fields, and what the order by impact costs.

The same pages are asked with and without, in turn, in one process; nothing of an answer is kept.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.figures import AT_MOST, Figure, information, ratio, side_by_side
from bench.web.shop import Shops
from bench.world import World, opened
from boucle.edge.operations import Operations
from models.base import fetch

PRODUCTS, OFFERS = 10_000, 100_000
TURNS = 150
DOCUMENTS = Path(__file__).with_name("documents")
SORTED = """query Sorted($sort: SearchSort!) {
  search(market: "FR", filters: {category: ["smartphone"]}, sort: $sort, first: 24) {
    edges { node { offerCount product { slug } } } } }"""
Run = Callable[[], Awaitable[dict[str, Any]]]


async def measure(world: World) -> list[Figure]:
    """The ratio of a list with its impact to the same without; of the order to that by age."""
    url = await Shops(world).of(PRODUCTS, OFFERS)
    async with opened(url):
        operations = Operations(import_module("schema.root").schema)
        pages = await _pages()
        plain, told = (_runs(operations, name, pages) for name in ("list", "list_impact"))
        shown = _figures(await told[0]())
        by_age: list[Run] = [partial(operations.ask, SORTED, {"sort": "NEWEST"})]
        by_impact: list[Run] = [partial(operations.ask, SORTED, {"sort": "IMPACT"})]
        runs: list[Run] = [*plain, *told, *by_age, *by_impact]
        for run in runs:
            if (body := await run()).get("errors"):
                raise RuntimeError(f"a list was refused: {body['errors'][0]}")
        bare, full = await side_by_side(TURNS, plain, told)
        aged, sorted_ = await side_by_side(TURNS // 3, by_age, by_impact)
    return [
        Figure("impact_list_ratio", ratio(full, bare), AT_MOST, 1.1),
        information("impact_list_ms", 1000 * full),
        information("impact_list_shown", shown),
        Figure("impact_sort_ratio", ratio(sorted_, aged), AT_MOST, 1.5),
    ]


async def _pages() -> list[dict[str, Any]]:
    rows: list[Any] = await fetch(
        "SELECT b.code FROM product p JOIN brand b ON b.id = p.brand_id"
        " JOIN product_market m ON m.product_id = p.id AND m.market = 'FR' AND m.offers > 0"
        " GROUP BY 1 HAVING count(*) >= 24 ORDER BY count(*) DESC, 1 LIMIT 8"
    )
    found = [{"market": "FR", "filters": {"brand": [row["code"]]}} for row in rows]
    return [{"market": "FR", "filters": {}}, *found]


def _runs(operations: Operations, name: str, pages: list[dict[str, Any]]) -> list[Run]:
    text = (DOCUMENTS / f"{name}.graphql").read_text()
    return [partial(operations.ask, text, page) for page in pages]


def _figures(body: dict[str, Any]) -> int:
    """How many results of a page have figures; a page without any would measure nothing."""
    nodes = [edge["node"] for edge in body["data"]["search"]["edges"]]
    found = sum(1 for node in nodes if node["impact"]["service"])
    if len(nodes) != 24 or not found:
        raise RuntimeError(f"{len(nodes)} results, {found} with figures")
    return found
