"""A feed's lines beside the stored offers: what would change, before anything does.

`open_stage`, then `copy` for each chunk of lines, then `resolve`. It makes the table `seen`, with
every line, and `resolved`, with those that are not just as their offer is stored.
All in temporary tables of the caller's transaction, so a dry run is the same path without
`models.offers.apply`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from uuid import UUID

import asyncpg

from models.sql import statements, words

SENT = words(
    "line sku sku_key deleted product_id gtin mpn brand model title grade battery_new "
    "battery_health attributes price_minor currency vat_scheme min_price_minor max_price_minor "
    "prices quantity warranty_months markets dispatch_site handling_hours shipping note eco "
    "available_from available_until source_updated_at sequence mark"
)
Problem = tuple[int, str | None, str | None, str | None, str, str | None, bool]
GRADE = "array_position(ARRAY['FAIR', 'GOOD', 'VERY_GOOD', 'EXCELLENT', 'PREMIUM'], s.grade) - 1"
PRICES = (
    "CASE WHEN s.prices IS NOT NULL THEN (SELECT jsonb_object_agg(e->>'market', e - 'market') "
    "FROM jsonb_array_elements(s.prices) e) END"
)
# What a full feed leaves out is nothing, or the default ($2 .. $7). What any other feed leaves
# out is what is stored. A delta without a product id, GTIN or MPN keeps its offer's variant.
KEPT = words(
    "gtin mpn brand model title min_price_minor max_price_minor dispatch_site shipping note eco "
    "available_from available_until"
)
DEFAULTED = {
    "currency": "$2",
    "vat_scheme": "$3",
    "quantity": "$4",
    "warranty_months": "$5",
    "markets": "$6::text[]",
    "handling_hours": "$7",
    "battery_new": "false",
    "attributes": "'{}'",
}


def _merged(full: bool, clearing: bool) -> str:
    """The columns of an offer as a line means them, from `s` (sent) and `o` (stored)."""
    stored = "NULL" if full else "o.{0}"
    if clearing:
        stored = "CASE WHEN '{0}' = ANY (s.cleared) THEN NULL ELSE o.{0} END"
    parts = [f"COALESCE(s.{c}, {stored.format(c)}) AS {c}" for c in KEPT]
    parts += [f"COALESCE(s.{c}, {stored.format(c)}, {d}) AS {c}" for c, d in DEFAULTED.items()]
    parts.append(f"COALESCE(s.price_minor, {stored.format('price_minor')}) AS price_minor")
    parts.append(f"COALESCE({GRADE}, {stored.format('grade')})::smallint AS grade_no")
    parts.append(f"COALESCE({PRICES}, {stored.format('prices')}) AS prices")
    if full:
        parts += ["s.product_id", "s.battery_health"]
    else:
        parts.append(
            "COALESCE(s.product_id, CASE WHEN s.gtin IS NULL AND s.mpn IS NULL "
            "THEN o.variant_id::text END) AS product_id"
        )
        parts.append(
            "COALESCE(s.battery_health, CASE WHEN s.battery_new IS NULL THEN "
            f"{stored.format('battery_health')} END) AS battery_health"
        )
    return ", ".join(parts).replace("COALESCE(s.price_minor, NULL)", "s.price_minor")


@cache
def sql(mode: str) -> dict[str, str]:
    """The statements for a feed mode (FULL, DELTA, STOCK, PRICES), or for calls of the API.

    Those are ITEMS and, for offers that must be known, KNOWN_ITEMS: as DELTA, but that the fields
    in `cleared` are emptied.
    """
    full = mode == "FULL"
    return statements(
        Path(__file__).with_suffix(".sql"),
        merged=_merged(full, clearing=mode in {"ITEMS", "KNOWN_ITEMS"}),
        full="true" if full else "false",
        known_only="true" if mode in {"STOCK", "PRICES", "KNOWN_ITEMS"} else "false",
    )


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a new offer gets where its line is silent, and where its merchant may sell."""

    currency: str
    vat_scheme: str
    quantity: int
    warranty_months: int
    markets: Sequence[str]
    handling_hours: int
    country: str
    allowed_markets: Sequence[str]


async def open_stage(raw: asyncpg.Connection) -> None:
    """Make the empty temporary tables of this transaction."""
    for name in ("drop", "stage", "problem", "unsaid"):
        await raw.execute(sql("FULL")[name])


async def copy(raw: asyncpg.Connection, csv: bytes, columns: Sequence[str] = SENT) -> None:
    """Add lines: CSV without a header, some columns of `SENT`, an empty unquoted cell is null."""
    await raw.copy_to_table("stage", source=BytesIO(csv), columns=columns, format="csv")


async def remembered(raw: asyncpg.Connection, merchant_id: UUID) -> bytes:
    """The marks of the lines that need not be read again, as CSV of one column."""
    into = BytesIO()
    await raw.copy_from_query(sql("FULL")["remembered"], merchant_id, output=into, format="csv")
    return into.getvalue()


async def copy_unsaid(raw: asyncpg.Connection, csv: bytes) -> None:
    """Add the remembered marks that no line of the file has: CSV of one column."""
    await raw.copy_to_table("unsaid", source=BytesIO(csv), format="csv")


async def forget_sold(raw: asyncpg.Connection, merchant_id: UUID, as_of: datetime) -> None:
    """Forget what is remembered of lines whose offers we sold from after `as_of`.

    So each line about such an offer is judged anew, and `resolve` subtracts what was sold.
    """
    if await _sold_since(raw, merchant_id, as_of):
        await raw.execute(sql("FULL")["forget_sold"], merchant_id, as_of)


async def _sold_since(raw: asyncpg.Connection, merchant_id: UUID, as_of: datetime) -> bool:
    found: bool = await raw.fetchval(sql("FULL")["sold_since"], merchant_id, as_of)
    return found


async def repeats_skipped(raw: asyncpg.Connection, merchant_id: UUID) -> bool:
    """Whether the sku of a skipped line stands in the file a second time."""
    found: bool = await raw.fetchval(sql("FULL")["twice"], merchant_id)
    return found


async def copy_problems(
    raw: asyncpg.Connection,
    problems: Iterable[Problem],
) -> None:
    """Add what the reader said of lines: (line, sku, sku_key, field, code, value, fatal)."""
    await raw.copy_records_to_table("problem", records=problems)


async def resolve(
    raw: asyncpg.Connection,
    merchant_id: UUID,
    mode: str,
    defaults: Defaults,
    as_of: datetime,
) -> None:
    """Give each staged line its offer, its variant and its outcome. Writes no offer.

    Shapes: `as_of` is the earliest time at which a line was true; a line's own goes before it.
    """
    d, statement = defaults, sql(mode)
    silent = (
        d.currency,
        d.vat_scheme,
        d.quantity,
        d.warranty_months,
        list(d.markets),
        d.handling_hours,
    )
    await raw.execute("ANALYZE stage (line, sku_key, gtin)")
    await raw.execute(statement["duplicate"])
    await raw.execute("ANALYZE duplicate")
    await raw.execute(statement["seen"], merchant_id, *silent, d.country)
    if await raw.fetchval(statement["any_by_name"]):
        await raw.execute(statement["by_name"])
    if await raw.fetchval(statement["any_merged"]):
        await raw.execute(statement["merged_away"])
    await raw.execute(statement["differing"])
    await raw.execute("ANALYZE differing (line, offer_id)")
    await raw.execute(statement["resolved"], merchant_id, *silent, list(d.allowed_markets))
    await raw.execute("ANALYZE resolved (line, outcome, offer_id, variant_id, grade_no)")
    await raw.execute(statement["outliers"], merchant_id)
    if await _sold_since(raw, merchant_id, as_of):
        await raw.execute(statement["less_sold"], merchant_id, as_of)
