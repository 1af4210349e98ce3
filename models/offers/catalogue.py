"""Changes of the catalogue by staff: a product is added, duplicates become one, with a redirect.

Run by jobs: requests do not write what is public. Each function works in the caller's transaction
and leaves prices, competitions, counts and search in line.
Source: docs/decisions/0035-staff-change-the-catalogue-by-jobs.md.
"""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.catalog import fold
from models.announce import announce_everything
from models.offers.refresh import refresh, refresh_products, touch
from models.seed import index_variants
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
SOURCE = "proposed by a merchant, checked by staff"
_CHANGING = 7_204_380  # the advisory lock of whoever changes the catalogue
_LONGEST_SLUG = 110


async def alone(raw: asyncpg.Connection) -> None:
    """Let one change of the catalogue at a time decide, until the transaction ends."""
    await raw.execute("SET LOCAL statement_timeout = '10min'")
    await raw.execute("SET LOCAL lock_timeout = '2min'")  # a feed may hold what it changed
    await raw.execute("SELECT pg_advisory_xact_lock($1)", _CHANGING)


async def variant_of_gtin(raw: asyncpg.Connection, gtin: str) -> UUID | None:
    """The variant that a trade item number stands for."""
    found: UUID | None = await raw.fetchval(
        "SELECT variant_id FROM variant_gtin WHERE gtin = $1", gtin
    )
    return found


async def standing(raw: asyncpg.Connection, kind: str, row_id: UUID) -> UUID | None:
    """The product or variant of this id, or the one that it was merged into; None for no such."""
    found: UUID | None = await raw.fetchval(
        "SELECT COALESCE((SELECT id FROM variant WHERE id = $1 AND $2 = 'Variant'), "
        "(SELECT id FROM product WHERE id = $1 AND $2 = 'Product'), "
        "(SELECT new_id FROM catalog_redirect WHERE old_id = $1 AND kind = $2))",
        row_id,
        kind,
    )
    return found


async def add(
    raw: asyncpg.Connection, decision: Mapping[str, Any], gtin: str | None, mpn: str | None
) -> UUID:
    """Add a variant, with its product and brand where they are not there; return its id.

    Shapes: `decision` has `product`, an id, or `brand`, `category`, `model` and perhaps
    `releaseDate`, `weightGrams`; and `attributes`.
    """
    product_id = decision.get("product")
    if product_id is None or (found := await standing(raw, "Product", UUID(product_id))) is None:
        found = await _product(raw, decision)
    parent = await raw.fetchval("SELECT slug FROM product WHERE id = $1", found)
    said = " ".join(str(value) for value in decision["attributes"].values())
    slug = await _free(raw, f"{parent} {said}")
    attributes = orjson.dumps(dict(decision["attributes"])).decode()
    made: UUID = await raw.fetchval(SQL["variant"], slug, found, attributes, mpn or "", SOURCE)
    await learn(raw, made, gtin, mpn)
    return made


async def learn(
    raw: asyncpg.Connection, variant_id: UUID, gtin: str | None, mpn: str | None
) -> None:
    """A variant is also known by this number; a part number is taken where it has none."""
    if gtin is not None:
        await raw.execute(SQL["gtin"], gtin, variant_id)
    if mpn:
        await raw.execute(SQL["mpn"], variant_id, mpn)
    await index_variants(raw, [variant_id])
    await announce_everything(raw)


async def merge_variants(raw: asyncpg.Connection, old: UUID, new: UUID) -> int:
    """Make one variant of two: offers, numbers and what was bought move; the old leads to the new.

    A product that is left without variants is merged too. Returns how many offers moved; 0 also
    where one of them is not there any more.
    """
    rows = {
        row["id"]: row
        for row in await raw.fetch(
            "SELECT id, slug, product_id, mpn FROM variant WHERE id = ANY ($1) ORDER BY id "
            "FOR UPDATE",
            [old, new],
        )
    }
    if len(rows) != 2:
        return 0
    gone, kept = rows[old], rows[new]
    await touch(raw)
    await raw.execute(SQL["move_offers"], old, new)
    moved: int = await raw.fetchval("SELECT count(*) FROM touched")
    await refresh(raw, announce_all=True)
    await raw.execute(SQL["move_bought"], old, new)
    await raw.execute(SQL["move_trade_ins"], old, new)
    await raw.execute(SQL["move_gtins"], old, new)
    await raw.execute("DELETE FROM best_offer WHERE variant_id = $1", old)
    await raw.execute(SQL["point"], "Variant", old, new, gone["slug"])
    await raw.execute("DELETE FROM variant WHERE id = $1", old)
    if gone["mpn"]:
        await raw.execute(SQL["mpn"], new, gone["mpn"])
    await index_variants(raw, [old, new])
    if gone["product_id"] != kept["product_id"]:
        await _end_if_empty(raw, gone["product_id"], kept["product_id"])
    await announce_everything(raw)
    return moved


async def merge_products(raw: asyncpg.Connection, old: UUID, new: UUID) -> int:
    """Make one product of two: variants with the same attributes become one, the others move.

    Returns how many variants moved or were merged; 0 where one product is not there any more.
    """
    locked = await raw.fetch(
        "SELECT id FROM product WHERE id = ANY ($1) ORDER BY id FOR UPDATE", [old, new]
    )
    if len(locked) != 2:
        return 0
    twins = await raw.fetch(
        "SELECT DISTINCT ON (a.id) a.id AS old, b.id AS new FROM variant a "
        "JOIN variant b ON b.product_id = $2 AND b.attributes = a.attributes "
        "WHERE a.product_id = $1 ORDER BY a.id, b.id",
        old,
        new,
    )
    for twin in twins:
        await merge_variants(raw, twin["old"], twin["new"])
    left = await raw.fetch("SELECT id FROM variant WHERE product_id = $1", old)
    if left:
        await raw.execute(SQL["move_variants"], old, new)
        await touch(raw)
        await raw.execute(SQL["moved"], [old, new])
        await refresh_products(raw)
        await index_variants(raw, [row["id"] for row in left])
    await _end_if_empty(raw, old, new)
    await announce_everything(raw)
    return len(twins) + len(left)


async def _end_if_empty(raw: asyncpg.Connection, old: UUID, new: UUID) -> None:
    """A product without variants ends, and leads to another."""
    slug = await raw.fetchval(
        "DELETE FROM product p WHERE id = $1 "
        "AND NOT EXISTS (SELECT FROM variant v WHERE v.product_id = p.id) RETURNING slug",
        old,
    )
    if slug is None:
        return
    await raw.execute("DELETE FROM product_market WHERE product_id = $1", old)
    await raw.execute(SQL["point"], "Product", old, new, slug)


async def _product(raw: asyncpg.Connection, decision: Mapping[str, Any]) -> UUID:
    brand = str(decision["brand"])
    brand_id = await raw.fetchval(
        "SELECT id FROM brand WHERE boucle_fold(name) = boucle_fold($1) OR code = lower($1) "
        "OR boucle_fold($1) = ANY (string_to_array(boucle_fold(aliases), '|')) ORDER BY id LIMIT 1",
        brand,
    )
    if brand_id is None:
        brand_id = await raw.fetchval(SQL["brand"], slug_of(brand)[:64], brand, SOURCE)
    known: UUID | None = await raw.fetchval(SQL["same_model"], brand_id, decision["model"])
    if known is not None:
        return known
    code = await raw.fetchval("SELECT code FROM brand WHERE id = $1", brand_id)
    slug = await _free(raw, f"{code} {decision['model']}")
    found: UUID = await raw.fetchval(
        SQL["product"],
        slug,
        brand_id,
        decision["category"],
        decision["model"],
        date.fromisoformat(released) if (released := decision.get("releaseDate")) else None,
        decision.get("weightGrams"),
        SOURCE,
    )
    return found


async def _free(raw: asyncpg.Connection, text: str) -> str:
    """A slug of the text that nothing has or had, with a number where the plain one is taken."""
    base = slug_of(text)
    taken = {
        row["slug"]
        for row in await raw.fetch(
            "SELECT slug FROM variant WHERE starts_with(slug, $1) "
            "UNION SELECT slug FROM product WHERE starts_with(slug, $1) "
            "UNION SELECT slug FROM catalog_redirect WHERE starts_with(slug, $1)",
            base,
        )
    }
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug


def slug_of(text: str) -> str:
    """A text as a part of addresses: lower case, words of a-z and 0-9 with a dash between."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:_LONGEST_SLUG].rstrip("-")
    return plain or "product"
