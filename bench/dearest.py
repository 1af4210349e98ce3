"""What the dearest documents that are accepted cost: random ones just under the limit."""

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
from boucle.graphql import Engine, Unusable
from models.base import fetch

PRODUCTS, OFFERS = 10_000, 100_000
DOCUMENTS = 200
NEAR = 0.8  # of the limit
OFFER = """id grade availability price { item { amount currency } shipping { amount currency }
  total { amount currency } } delivery { earliest latest days carrier } merchant { name kind }
  battery { new health }"""
ROOTS = (
    """search(market: "FR", first: %(n)d) { totalCount edges { cursor node { offerCount
      featuredOffer { total { amount } grade } product { slug title brand { name } } } } }""",
    """search(market: "FR", first: %(n)d, sort: PRICE) { facets { key values { value label count } }
      edges { node { merchantCount priceRange { min { amount } } } } }""",
    """search(market: "FR", term: "%(term)s", first: %(n)d) { didYouMean edges { node { variant {
      slug attributes { key label } } } } }""",
    """listing(market: "FR", slug: "%(slug)s") { variants { offerCount variant { slug attributes {
      key name value label } } } }""",
    f"""listing(market: "FR", slug: "%(slug)s") {{ offers(allVariants: true, first: %(n)d) {{
      edges {{ cursor node {{ {OFFER} }} }} }} }}""",
    """product(slug: "%(slug)s") { title variants { slug gtins attributes { key label } } }""",
    "categories { code name attributes { key name values { value label } } }",
    "markets { code name countries locales currency }",
)
TERMS = ("iphone", "galaxy noir", "laptop 16", "a", "pixel 7 pro 128", "samsung")


def drawn(random: Random, slugs: list[str], roots: int) -> list[str]:
    """Root fields under aliases."""
    given = [
        {"n": random.choice((1, 5, 24, 50, 100)), "term": random.choice(TERMS),
         "slug": random.choice(slugs)}
        for _ in range(roots)
    ]  # fmt: skip
    return [f"a{at}: {random.choice(ROOTS) % each}" for at, each in enumerate(given)]


def dear(engine: Engine, slugs: list[str], most: float) -> Iterator[str]:
    """Documents that are accepted, each over 0.8 of the most that an operation may cost."""
    random = Random(1)
    while True:
        fields = drawn(random, slugs, 12)
        for end in range(len(fields), 0, -1):  # as many of them as are accepted
            text = f"{{ {' '.join(fields[:end])} }}"
            try:
                points = engine.prepare(text).chosen(None).price.points(None)
            except Unusable:
                continue
            if points <= most:
                if points >= NEAR * most:
                    yield text
                break


async def measure(world: World) -> list[Figure]:
    """Processor time of this process, and wall time, of each; nothing is kept between them."""
    url = await Shops(world).of(PRODUCTS, OFFERS)
    async with opened(url):
        operations = Operations(import_module("schema.root").schema)
        rows: list[Any] = await fetch("SELECT slug FROM product ORDER BY slug LIMIT 500")
        most = operations.engine.limits.points
        documents = dear(operations.engine, [row["slug"] for row in rows], most)
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
