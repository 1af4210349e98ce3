"""A feed's lines beside the stored offers: what would change, before anything does.

`open_stage`, then `copy` for each chunk of lines, then `resolve`. All in temporary tables of the
caller's transaction, so a dry run is the same path without `models.offers.apply`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import UUID

import asyncpg

from models.sql import statements, words

SQL = statements(Path(__file__).with_suffix(".sql"))
SENT = words(
    "line sku sku_key deleted product_id gtin mpn brand model title grade battery_new "
    "battery_health attributes price_minor currency vat_scheme min_price_minor "
    "max_price_minor prices quantity warranty_months markets dispatch_site handling_hours "
    "shipping note eco available_from available_until source_updated_at sequence"
)
TWICE = "EXISTS (SELECT FROM duplicate d WHERE d.sku_key = s.sku_key{})"


def _refuse(
    code: str, field: str, where: str, value: str = "NULL", outcome: str = "REJECTED"
) -> str:
    return (
        f"UPDATE stage s SET outcome = '{outcome}', code = '{code}', field = '{field}', "  # noqa: S608
        f"value = left(({value})::text, 80) WHERE s.outcome IS NULL AND ({where})"
    )


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a new offer gets where its line is silent."""

    currency: str
    vat_scheme: str
    quantity: int
    warranty_months: int
    markets: Sequence[str]
    handling_hours: int
    country: str


async def open_stage(raw: asyncpg.Connection) -> None:
    """Make the empty temporary tables of this transaction."""
    for statement in SQL["open"].split(";"):
        await raw.execute(statement)


async def copy(raw: asyncpg.Connection, csv: bytes) -> None:
    """Add lines: CSV without a header, columns `SENT`, an empty unquoted cell is null."""
    await raw.copy_to_table("stage", source=BytesIO(csv), columns=SENT, format="csv")


async def copy_problems(
    raw: asyncpg.Connection,
    problems: Iterable[tuple[int, str | None, str | None, str | None, str, str | None, bool]],
) -> None:
    """Add what the reader said of lines: (line, sku, sku_key, field, code, value, fatal)."""
    await raw.copy_records_to_table("problem", records=problems)


async def resolve(
    raw: asyncpg.Connection, merchant_id: UUID, mode: str, defaults: Defaults
) -> None:
    """Give each staged line its offer, its variant and its outcome. Writes no offer."""
    full = mode == "FULL"
    d = defaults
    await raw.execute("CREATE INDEX ON stage (line); ANALYZE stage; ANALYZE problem")
    await raw.execute(SQL["duplicates"])
    if full:
        await raw.execute(_refuse("DUPLICATE_SKU", "sku", TWICE.format(""), "sku"))
    else:
        earlier = TWICE.format(" AND d.last <> s.line")
        await raw.execute(_refuse("DUPLICATE_SKU", "sku", earlier, "sku", "IGNORED_STALE"))
    await raw.execute(
        SQL["merge"], merchant_id, full, d.currency, d.vat_scheme, d.quantity, d.warranty_months,
        list(d.markets), d.handling_hours,
    )  # fmt: skip
    await raw.execute(SQL["dispatch"], merchant_id, d.country)
    for name in ("match_id", "match_gtin", "match_mpn"):
        await raw.execute(SQL[name])
    await raw.execute(SQL["hash"])
    for statement in _refusals(mode):
        await raw.execute(statement)
    await raw.execute(
        _refuse(
            "MARKET_NOT_ALLOWED", "markets",
            "NOT s.markets && (SELECT markets FROM merchant WHERE id = $1)", "markets",
        ),
        merchant_id,
    )  # fmt: skip
    await raw.execute(SQL["outliers"], merchant_id)
    await raw.execute(SQL["outcomes"])


def _refusals(mode: str) -> list[str]:
    known = "s.offer_id IS NOT NULL"
    stale = (
        "EXISTS (SELECT FROM offer o WHERE o.id = s.offer_id AND "
        "(o.source_updated_at > s.source_updated_at OR o.sequence > s.sequence))"
    )
    unknown_sku = (
        f"NOT ({known})" if mode in {"STOCK", "PRICES"} else f"s.deleted AND NOT ({known})"
    )
    present = "NOT COALESCE(s.deleted, false)"
    no_price = (
        "NOT EXISTS (SELECT FROM market k WHERE k.code = ANY (s.markets) AND "
        "k.currency = COALESCE(s.prices->k.code->>'currency', s.currency))"
    )
    unidentified = (
        "s.variant_id IS NULL AND (s.gtin IS NULL AND s.mpn IS NULL "
        "OR s.brand IS NULL OR COALESCE(s.model, s.title) IS NULL)"
    )
    return [
        _refuse("UNKNOWN_SKU", "sku", unknown_sku, "sku"),
        _refuse("STALE_LINE", "source_updated_at", stale, "source_updated_at", "IGNORED_STALE"),
        _refuse("PRICE_MISSING", "price", f"{present} AND s.price_minor IS NULL"),
        _refuse("GRADE_MISSING", "grade", f"{present} AND s.grade_no IS NULL"),
        _refuse("PRODUCT_UNKNOWN", "gtin", f"{present} AND {unidentified}", "COALESCE(gtin, mpn)"),
        _refuse("CURRENCY_NOT_ALLOWED", "currency", f"{present} AND {no_price}", "currency"),
    ]  # fmt: skip
