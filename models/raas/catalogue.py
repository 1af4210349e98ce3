"""What the catalogue and our own devices tell of the words of a fleet file, in whole lists."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from domain.offers.values import fold
from domain.raas.matching import Named
from domain.raas.terms import Terms, terms_of
from domain.raas.variants import Configuration
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
TERMS: Final = Path(__file__).parents[1] / "reference" / "fleet_terms.csv"


@cache
def terms() -> Terms:
    """The figures by which fleets are matched, valued and sorted, as they are shipped."""
    with TERMS.open(encoding="utf-8", newline="") as file:
        return terms_of(csv.DictReader(file))


async def products(raw: asyncpg.Connection) -> list[Named]:
    """Every product with its maker's names. One statement."""
    return [
        Named(
            row["id"],
            row["brand_code"],
            row["brand"],
            tuple(each for each in row["aliases"].split("|") if each),
            row["model"],
            row["category"],
        )
        for row in await raw.fetch(SQL["products"])
    ]


async def configurations(
    raw: asyncpg.Connection, product_ids: Sequence[UUID]
) -> dict[UUID, list[Configuration]]:
    """The variants of these products by their storage and memory. One statement."""
    found: dict[UUID, list[Configuration]] = defaultdict(list)
    for row in await raw.fetch(SQL["variants"], list(product_ids)):
        found[row["product_id"]].append(Configuration(row["id"], row["storage"], row["ram"]))
    return found


async def part_numbers(
    raw: asyncpg.Connection, words: Sequence[str]
) -> dict[str, tuple[UUID, UUID]]:
    """The product and variant of each of these words that is a maker's part number."""
    rows = await raw.fetch(SQL["part_numbers"], [word.lower() for word in words])
    return {row["mpn"]: (row["product_id"], row["variant_id"]) for row in rows}


async def tacs(raw: asyncpg.Connection, digits: Sequence[str]) -> dict[str, UUID]:
    """The product that each of these first eight digits of IMEIs is known for."""
    return {r["tac"]: r["product_id"] for r in await raw.fetch(SQL["tacs"], list(digits))}


async def brand_names(raw: asyncpg.Connection) -> dict[str, str]:
    """The code of each maker by its folded names."""
    found: dict[str, str] = {}
    for row in await raw.fetch(SQL["brands"]):
        for name in (row["code"], row["name"], *row["aliases"].split("|")):
            if name:
                found.setdefault(fold(name), row["code"])
    return found


async def sites(raw: asyncpg.Connection, organisation_id: UUID) -> dict[str, UUID]:
    """The open sites of an organisation by their folded names."""
    rows = await raw.fetch(SQL["sites"], organisation_id)
    return {fold(row["name"]): row["id"] for row in rows}
