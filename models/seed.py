"""Load the reference data of `models/reference`: facts with their sources, as rows."""

import csv
from collections.abc import Callable
from pathlib import Path

import asyncpg

from models.base import transaction
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
FILES = {
    "countries.csv": ("country",),
    "markets.csv": ("market",),
    "categories.csv": ("category",),
    "attributes.csv": ("attribute",),
    "attribute_values.csv": ("attribute_value",),
    "brands.csv": ("brand",),
    "brand_new_allowed.csv": ("brand_new_allowed",),
    "synonyms.csv": ("search_synonym",),
    "products.csv": ("product",),
    "variants.csv": ("variant", "variant_gtin"),
}


async def load_reference(folder: Path, on_file: Callable[[str], object] = str) -> dict[str, int]:
    """Bring the reference tables into line with the files; return the rows of each file.

    Safe to repeat. Rows that left a file stay: offers may name them. `on_file` is told each name.
    Raises: asyncpg errors for a row that breaks a constraint; nothing is then written.
    """
    counts: dict[str, int] = {}
    async with transaction() as raw:
        for name, targets in FILES.items():
            on_file(name)
            counts[name] = await _given(raw, folder / name)
            for target in targets:
                await raw.execute(SQL[target])
        await index_search(raw)
    return counts


async def index_search(raw: asyncpg.Connection) -> None:
    """Write the search document of every variant, and the words that a typo is compared with."""
    for name in ("documents", "forget_words", "words"):
        await raw.execute(SQL[name])
    await raw.execute("ANALYZE search_document, search_word, product, variant, variant_gtin")


async def _given(raw: asyncpg.Connection, path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    columns = ", ".join(f'"{name}" text' for name in header)
    await raw.execute("DROP TABLE IF EXISTS pg_temp.given")
    await raw.execute(f"CREATE TEMP TABLE given ({columns}) ON COMMIT DROP")
    status: str = await raw.copy_to_table("given", source=path, format="csv", header=True)
    return int(status.rsplit(" ", 1)[-1])
