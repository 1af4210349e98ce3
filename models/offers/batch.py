"""Offers changed by a call of their merchant: staged, judged and applied as a feed's lines are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.money import Currency
from domain.offers.grades import folded_words, grade_table
from domain.offers.item_values import add, out_of_bounds
from domain.offers.items import Item, ItemOutcome, Known, Line, Terms, key_of, line_of
from domain.offers.lines import LineOutcome
from models.base import as_system
from models.impact.claims import readers
from models.offers import apply, stage
from models.offers.proposals import ask_to_propose

LOCK_SECONDS = 4
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7))"  # the same that a run takes
_MERCHANT = """
SELECT m.country, m.markets, m.vat_scheme, m.handling_hours, m.sandbox,
  (SELECT s.country FROM merchant_site s WHERE s.merchant_id = m.id
   ORDER BY s.main DESC, s.code LIMIT 1) AS ships_from,
  (SELECT json_object_agg(k.code, k.currency) FROM market k)::text AS currencies,
  (SELECT array_agg(b.name) FROM brand_new_allowed n JOIN brand b ON b.code = n.brand
   WHERE n.market = ANY (m.markets)) AS new_allowed
FROM merchant m WHERE m.id = $1
"""
_KNOWN = """
SELECT sku_key, quantity, currency, brand, sequence, sequences::text AS sequences,
  prices::text AS prices
FROM offer WHERE merchant_id = $1 AND sku_key = ANY ($2)
"""
_FOUND = """
SELECT n.line, COALESCE(r.outcome, 'UNCHANGED') AS outcome, r.code, r.field, r.value
FROM seen n LEFT JOIN resolved r ON r.line = n.line
"""
_AFTER = """
SELECT sku_key, id, quantity FROM offer WHERE merchant_id = $1 AND sku_key = ANY ($2)
"""
_REMEMBER = """
UPDATE offer o SET sequence = x.sequence, sequences = x.sequences::jsonb
FROM unnest($2::text[], $3::bigint[], $4::text[]) AS x (sku_key, sequence, sequences)
WHERE o.merchant_id = $1 AND o.sku_key = x.sku_key
"""
_COLUMNS = ("line", "sku", "sku_key", "deleted", "cleared", "as_of")
_OF_LINE = {
    LineOutcome.UNCHANGED: ItemOutcome.UNCHANGED,
    LineOutcome.IGNORED_STALE: ItemOutcome.IGNORED_STALE,
    LineOutcome.PENDING_PRODUCT: ItemOutcome.PENDING_PRODUCT,
    LineOutcome.REJECTED: ItemOutcome.REJECTED,
}


AS_SAID = apply.Meaning(full=False, missing=False, stale=False, counts_failed=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one item, and the offer as it stands after the call.

    Shapes: `code`, `field` and `value` are those of a problem; `current` what is known instead: a
    sequence or a stock. `quantity` is what buyers are offered.
    """

    sku: str
    outcome: ItemOutcome
    code: str | None = None
    field: str | None = None
    value: str | None = None
    current: int | None = None
    offer_id: UUID | None = None
    quantity: int | None = None
    sequence: int | None = None
    warnings: Sequence[str] = ()


async def lock(raw: asyncpg.Connection, merchant_id: UUID) -> None:
    """Let one writer of a merchant's offers work at a time, until the transaction ends.

    Raises: asyncpg.LockNotAvailableError while a feed of theirs is applied.
    """
    await raw.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
    await raw.execute(_LOCK, str(merchant_id))


async def write(
    merchant_id: UUID, items: Sequence[Item], now: datetime, *, known_only: bool = False
) -> list[Told]:
    """Apply items in the current transaction; what became of each, in their order.

    Shapes: `known_only` refuses SKUs that are not there. What buyers see changes with the commit.
    Raises: asyncpg.LockNotAvailableError while a feed of the merchant is applied.
    """
    async with as_system() as raw:
        await lock(raw, merchant_id)
        terms, defaults = await _terms(raw, merchant_id, now)
        keys = [key_of(item.sku) for item in items]
        named = sorted({key.value for key in keys if key.value is not None})
        known = await _known(raw, merchant_id, named)
        lines = _lines(items, [key.value for key in keys], known, terms)
        found = await _applied(raw, merchant_id, lines, defaults, known_only=known_only)
        after = {r["sku_key"]: r for r in await raw.fetch(_AFTER, merchant_id, named)}
    told = []
    for number, (item, key) in enumerate(zip(items, keys, strict=True)):
        if key.value is None:
            code = str(key.code)
            told.append(Told(item.sku[:80], ItemOutcome.REJECTED, code, "sku", item.sku[:80]))
            continue
        line, stored = lines[key.value], after.get(key.value)
        mine = _told(number, line, found.get(key.value))
        told.append(
            replace(
                mine,
                offer_id=stored["id"] if stored else None,
                quantity=stored["quantity"] if stored else None,
                sequence=line.sequence,
            )
        )
    return told


async def _terms(
    raw: asyncpg.Connection, merchant_id: UUID, now: datetime
) -> tuple[Terms, stage.Defaults]:
    row = await raw.fetchrow(_MERCHANT, merchant_id)
    facts = dict(row or {})
    currencies = {m: Currency(c) for m, c in orjson.loads(facts["currencies"] or "{}").items()}
    markets = tuple(sorted(facts["markets"])[:1])
    home = currencies.get(markets[0], Currency.EUR) if markets else Currency.EUR
    terms = Terms(
        now=now,
        currency=home,
        currencies=currencies,
        grades=grade_table({}),
        new_allowed=folded_words(facts["new_allowed"] or ()),
        allow_restricted_gtins=facts["sandbox"],
        claims=readers(facts["markets"], now.date()),
    )
    defaults = stage.Defaults(
        currency=home.value,
        vat_scheme=facts["vat_scheme"],
        quantity=0,
        warranty_months=12,
        markets=markets,
        handling_hours=facts["handling_hours"],
        country=facts["ships_from"] or facts["country"],
        allowed_markets=facts["markets"],
    )
    return terms, defaults


async def _known(
    raw: asyncpg.Connection, merchant_id: UUID, keys: Sequence[str]
) -> dict[str, Known]:
    rows = await raw.fetch(_KNOWN, merchant_id, keys)
    return {
        row["sku_key"]: Known(
            quantity=row["quantity"],
            currency=Currency(row["currency"]),
            brand=row["brand"],
            sequence=row["sequence"],
            sequences=orjson.loads(row["sequences"] or "{}"),
            prices=orjson.loads(row["prices"] or "{}"),
        )
        for row in rows
    }


def _lines(
    items: Sequence[Item],
    keys: Sequence[str | None],
    known: Mapping[str, Known],
    terms: Terms,
) -> dict[str, Line]:
    """The items of each SKU as one line; its place is that of its first item."""
    lines: dict[str, Line] = {}
    for number, (item, key) in enumerate(zip(items, keys, strict=True)):
        if key is None:
            continue
        line = lines.setdefault(key, line_of(item.sku, known.get(key)))
        add(line, number, item, terms)
    for line in lines.values():
        if line.taken and not line.deleted and (trouble := out_of_bounds(line)):
            line.troubles |= dict.fromkeys(line.taken, trouble)
            line.taken.clear()
    return lines


async def _applied(
    raw: asyncpg.Connection,
    merchant_id: UUID,
    lines: Mapping[str, Line],
    defaults: stage.Defaults,
    *,
    known_only: bool,
) -> dict[str, asyncpg.Record]:
    """Stage, judge and apply the lines that have items left; the outcome of each by its key."""
    going = {key: line for key, line in lines.items() if line.taken}
    if not going:
        return {}
    await stage.open_stage(raw)
    await _stage(raw, going)
    keys = list(going)
    counted = [line.as_of for line in going.values() if line.as_of is not None]
    as_of = min(counted) if counted else await raw.fetchval("SELECT clock_timestamp()")
    await stage.forget_sold(raw, merchant_id, as_of)
    mode = "KNOWN_ITEMS" if known_only else "ITEMS"
    await stage.resolve(raw, merchant_id, mode, defaults, as_of)
    found = {keys[row["line"] - 1]: row for row in await raw.fetch(_FOUND)}
    await apply.apply(raw, merchant_id, None, None, AS_SAID)
    await _remember(raw, merchant_id, going, found)
    if any(row["outcome"] == LineOutcome.PENDING_PRODUCT for row in found.values()):
        await ask_to_propose(merchant_id)
    return found


async def _stage(raw: asyncpg.Connection, lines: Mapping[str, Line]) -> None:
    rows = [_row(number, key, line) for number, (key, line) in enumerate(lines.items(), 1)]
    columns = [*_COLUMNS, *sorted({name for row in rows for name in row} - {*_COLUMNS})]
    records = [tuple(row.get(name) for name in columns) for row in rows]
    await raw.copy_records_to_table("stage", records=records, columns=columns)


def _row(number: int, key: str, line: Line) -> dict[str, Any]:
    row: dict[str, Any] = {"line": number, "sku": line.sku.strip(), "sku_key": key}
    for cell in line.cells.values():
        row |= cell
    cleared = line.cleared
    if line.prices is not None:
        listed = [{"market": market, **price} for market, price in sorted(line.prices.items())]
        if listed:
            row["prices"] = orjson.dumps(listed).decode()
        else:
            cleared.append("prices")
    return row | {"deleted": line.deleted, "cleared": cleared or None, "as_of": line.as_of}


async def _remember(
    raw: asyncpg.Connection,
    merchant_id: UUID,
    lines: Mapping[str, Line],
    found: Mapping[str, asyncpg.Record],
) -> None:
    """Keep the sequences of what was applied, or stood there already."""
    kept = [
        (key, line.sequence, orjson.dumps(line.sequences).decode())
        for key, line in lines.items()
        if line.sequence is not None and found[key]["outcome"] != LineOutcome.REJECTED
    ]
    if kept:
        await raw.execute(_REMEMBER, merchant_id, *map(list, zip(*kept, strict=True)))


def _told(number: int, line: Line, row: asyncpg.Record | None) -> Told:
    trouble = line.troubles.get(number)
    if trouble is None and row is not None:
        outcome = _OF_LINE.get(LineOutcome(row["outcome"]), ItemOutcome.APPLIED)
        said = (row["code"], row["field"], row["value"])
        return Told(line.sku, outcome, *said, warnings=line.warnings.get(number, []))
    if trouble is None:
        raise LookupError(line.sku)
    outcome = ItemOutcome.IGNORED_STALE if trouble.ignored else ItemOutcome.REJECTED
    code = trouble.code.value
    return Told(line.sku, outcome, code, trouble.field, trouble.value, trouble.current)
