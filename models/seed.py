"""Load the reference data of `models/reference`: facts with their sources, as rows."""

import asyncio
import csv
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import asyncpg

from models.announce import announce_everything
from models.base import transaction
from models.markets.rules import load_rules
from models.sql import statements

STATEMENTS = Path(__file__).with_suffix(".sql")
SQL = statements(STATEMENTS)
FILES = {
    "countries.csv": ("country",),
    "markets.csv": ("market",),
    "categories.csv": ("category",),
    "category_units.csv": ("category_unit",),
    "trade_in_steps.csv": ("trade_in_step",),
    "solidarity_partners.csv": ("solidarity_partner",),
    "attributes.csv": ("attribute",),
    "attribute_values.csv": ("attribute_value",),
    "brands.csv": ("brand",),
    "brand_new_allowed.csv": ("brand_new_allowed",),
    "synonyms.csv": ("search_synonym",),
    "products.csv": ("product",),
    "variants.csv": ("variant", "variant_gtin", "forget_lines"),
    "trade_in/questions.csv": ("trade_in_question",),
    "trade_in/answers.csv": ("trade_in_answer",),
    "trade_in/programmes.csv": ("trade_in_programme",),
    "trade_in/decay.csv": ("trade_in_decay",),
    "trade_in/grade_codes.csv": ("trade_in_grade_code",),
    "trade_in/keeping.csv": ("trade_in_keeping",),
}


REFERENCE = "reference"
RULES = "rules"
_LOADING = 7_204_313  # the advisory lock of the one loader


async def bring_reference(folder: Path) -> bool:
    """Load the reference data unless this database has it already; return whether it was loaded.

    What was loaded is known by the digest of the files and of the statements that read them.
    Raises: as `load_reference`.
    """
    digest = await asyncio.to_thread(_digest, folder)
    async with transaction() as raw:
        await raw.execute("SELECT pg_advisory_xact_lock($1)", _LOADING)
        known = "SELECT sha256 FROM loaded_file WHERE name = $1"
        if await raw.fetchval(known, REFERENCE) == digest:
            return False
        await load_reference(folder)
        await raw.execute(
            "INSERT INTO loaded_file (name, sha256) VALUES ($1, $2) "
            "ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256, at = now()",
            REFERENCE, digest,
        )  # fmt: skip
    return True


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    rules = sorted((folder / RULES).glob("*.csv"))
    for path in (STATEMENTS, *(folder / name for name in FILES), *rules):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


async def load_reference(folder: Path, on_file: Callable[[str], object] = str) -> dict[str, int]:
    """Bring the reference tables into line with the files; return the rows of each file.

    Safe to repeat. Rows that left a file stay: offers may name them. `on_file` is told each name.
    Raises: asyncpg errors for a row that breaks a constraint; BadRules; nothing is then written.
    """
    counts: dict[str, int] = {}
    async with transaction() as raw:
        for name, targets in FILES.items():
            on_file(name)
            counts[name] = await _given(raw, folder / name)
            for target in targets:
                await raw.execute(SQL[target])
        on_file(RULES)
        rows = await raw.fetch("SELECT code FROM category")
        counts[RULES] = await load_rules(folder / RULES, {row["code"] for row in rows})
        await index_search(raw)
        await announce_everything(raw)
    return counts


async def index_search(raw: asyncpg.Connection) -> None:
    """Write the search document of every variant, and the words that a typo is compared with."""
    await raw.execute(SQL["documents"], None)
    for name in ("forget_words", "words"):
        await raw.execute(SQL[name])
    await raw.execute("ANALYZE search_document, search_word, product, variant, variant_gtin")


async def index_variants(raw: asyncpg.Connection, variants: Sequence[UUID]) -> None:
    """Write the search documents of these variants anew; those of deleted ones go."""
    named = list(variants)
    await raw.execute(SQL["forget_documents"], named)
    await raw.execute(SQL["documents"], named)
    await raw.execute(SQL["count_words"], named)
    await raw.execute(SQL["lose_words"])


async def _given(raw: asyncpg.Connection, path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    columns = ", ".join(f'"{name}" text' for name in header)
    await raw.execute("DROP TABLE IF EXISTS pg_temp.given")
    await raw.execute(f"CREATE TEMP TABLE given ({columns}) ON COMMIT DROP")
    status: str = await raw.copy_to_table("given", source=path, format="csv", header=True)
    return int(status.rsplit(" ", 1)[-1])
