"""What the dearest documents that are accepted cost the server: random ones just under the limit."""

import statistics
import time
from collections.abc import Iterator
from importlib import import_module
from random import Random
from typing import Any

from bench.figures import AT_MOST, Figure, information
from bench.web.shop import Shops
from bench.world import World, opened
from boucle.edge.operations import Operations
from boucle.graphql import Unusable
from models.base import fetch

PRODUCTS, OFFERS = 10_000, 100_000
DOCUMENTS = 500
NEAR = 0.8  # of the limit
OFFER = """id grade availability price { item { amount currency } shipping { amount currency }
  total { amount currency } } delivery { earliest latest days carrier } merchant { name kind }
  battery { new health }"""
ROOTS = (
    'search(market: "FR", first: {n}) {{ totalCount edges {{ cursor node {{ offerCount'
    " featuredOffer {{ total {{ amount }} grade }} product {{ slug title brand {{ name }} }} }} }} }}",
    'search(market: "FR", first: {n}, sort: PRICE) {{ facets {{ key values {{ value label count }} }}'
    " edges {{ node {{ merchantCount priceRange {{ min {{ amount }} }} }} }} }}",
    'search(market: "FR", term: "{term}", first: {n}) {{ didYouMean edges {{ node {{ variant {{'
    " slug attributes {{ key label }} }} }} }} }}",
    'listing(market: "FR", slug: "{slug}") {{ variants {{ offerCount variant {{ slug attributes {{'
    " key name value label }} }} }} }}",
    'listing(market: "FR", slug: "{slug}") {{ offers(allVariants: true, first: {n}) {{ edges {{'
    " cursor node {{ " + OFFER.replace("{", "{{").replace("}", "}}") + " }} }} }} }}",
    'product(slug: "{slug}") {{ title variants {{ slug gtins attributes {{ key label }} }} }}',
    "categories {{ code name attributes {{ key name values {{ value label }} }} }}",
    "markets {{ code name countries locales currency }}",
)
TERMS = ("iphone", "galaxy noir", "laptop 16", "a", "pixel 7 pro 128", "samsung")


def drawn(random: Random, slugs: list[str]) -> str:
    """A document of up to 30 aliased root fields."""
    fields = []
    for number in range(random.randint(1, 12)):
        root = random.choice(ROOTS).format(
            n=random.choice((1, 5, 24, 50, 100)),
            term=random.choice(TERMS),
            slug=random.choice(slugs),
        )
        fields.append(f"a{number}: {root}")
    return "{ " + " ".join(fields) + " }"


def dear(operations: Operations, slugs: list[str], most: float) -> Iterator[str]:
    """Documents that are accepted, each over 0.8 of the most that an operation may cost."""
    random = Random(1)
    while True:
        text = drawn(random, slugs)
        try:
            points = operations.engine.prepare(text).chosen(None).price.points(None)
        except Unusable:
            continue
        if NEAR * most <= points <= most:
            yield text


async def measure(world: World) -> list[Figure]:
    """Processor time of this process, and wall time, of each; nothing is kept between them."""
    url = await Shops(world).of(PRODUCTS, OFFERS)
    async with opened(url):
        operations = Operations(import_module("schema.root").schema)
        rows: list[Any] = await fetch("SELECT slug FROM product ORDER BY slug LIMIT 500")
        most = operations.engine.limits.points
        documents = dear(operations, [row["slug"] for row in rows], most)
        spent, took = [], []
        for _ in range(DOCUMENTS):
            text = next(documents)
            cpu, began = time.process_time(), time.perf_counter()
            body = await operations.ask(text, {})
            spent.append(1000 * (time.process_time() - cpu))
            took.append(1000 * (time.perf_counter() - began))
            if body.get("errors"):
                raise RuntimeError(f"a dear document was refused: {body['errors'][0]}")
    return [
        Figure("dearest_cpu_ms", round(max(spent), 1), AT_MOST, 300),
        information("dearest_cpu_ms_median", statistics.median(spent)),
        information("dearest_ms_median", statistics.median(took)),
        information("dearest_ms_most", max(took)),
    ]
