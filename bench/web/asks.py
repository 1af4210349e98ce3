"""The requests that are sent: documents of `bench/documents` with variables drawn at random."""

import json
import random
from pathlib import Path
from typing import Any

import asyncpg

from bench.web.shop import MARKET
from boucle.orm import connect

DOCUMENTS = Path(__file__).parent.parent / "documents"
REQUESTS = 2_000
SEED = 20_260

_PRODUCTS = "SELECT p.slug FROM product p ORDER BY p.slug"
_BRANDS = """
SELECT b.code FROM brand b JOIN product p ON p.brand_id = b.id
JOIN product_market m ON m.product_id = p.id AND m.market = $1 AND m.offers > 0
GROUP BY 1 ORDER BY 1
"""
_CATEGORIES = "SELECT DISTINCT category FROM product_market WHERE market = $1 ORDER BY 1"
_TERMS = """
SELECT DISTINCT b.name || ' ' || p.model AS term FROM product p JOIN brand b ON b.id = p.brand_id
ORDER BY 1
"""


def document(name: str) -> str:
    """The text of a document."""
    return (DOCUMENTS / f"{name}.graphql").read_text(encoding="utf-8")


async def bodies(database_url: str) -> dict[str, list[str]]:
    """The bodies of requests by the name of their document."""
    chance = random.Random(SEED)
    raw = await connect(database_url)
    try:
        slugs = await _column(raw, _PRODUCTS)
        shelves: list[dict[str, list[str]]] = [
            *({"category": [code]} for code in await _column(raw, _CATEGORIES, MARKET)),
            *({"brand": [code]} for code in await _column(raw, _BRANDS, MARKET)),
        ]
        terms = await _column(raw, _TERMS)
    finally:
        await raw.close()
    given: dict[str, Any] = {
        "detail": lambda: {"market": MARKET, "slug": chance.choice(slugs)},
        "product": lambda: {"slug": chance.choice(slugs)},
        "list": lambda: {"market": MARKET, "filters": chance.choice(shelves)},
        "facets": lambda: {"market": MARKET, "filters": chance.choice(shelves)},
        "search": lambda: {"market": MARKET, "term": _words(chance, chance.choice(terms))},
    }
    return {
        name: [
            json.dumps({"query": document(name), "variables": variables()}) for _ in range(REQUESTS)
        ]
        for name, variables in given.items()
    }


def _words(chance: random.Random, name: str) -> str:
    """A brand and a model as people type them: three words or more, in lower case."""
    words = name.lower().split()
    return " ".join(words[: chance.randint(3, 5)])


async def _column(raw: asyncpg.Connection, sql: str, *args: object) -> list[str]:
    return [row[0] for row in await raw.fetch(sql, *args)]
