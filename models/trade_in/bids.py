"""Merchants' bids: written many at once, and read as the competitions that they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.merchants import MerchantKind, MerchantState
from domain.trade_in import TradeInGrade
from domain.trade_in.bids import Key, Standing
from domain.trade_in.ranking import Bid, Record
from models.base import as_system, execute, fetch, fetchrow
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Competition:
    """What merchants bid for: devices of a variant and a grade in a market."""

    variant_id: UUID
    grade: TradeInGrade
    market: str


@dataclass(frozen=True, slots=True)
class Live:
    """A bid that stands, and whose it is. Units: `pieces_left` under its cap, None without one."""

    bid: Bid
    currency: str
    pieces_left: int | None
    name: str
    legal_name: str
    kind: MerchantKind
    country: str
    since: date | None


@dataclass(frozen=True, slots=True)
class OwnBid:
    """A merchant's own bid in a competition, with what it would be ranked by.

    Shapes: `id` None where it has none; then amount and days are those of none.
    """

    id: UUID | None
    amount_minor: int
    pay_within_days: int | None
    stock_cap: int | None
    taken: int
    valid_until: datetime | None
    version: int
    state: MerchantState
    allowed: bool
    in_country: bool
    record: Record


@dataclass(frozen=True, slots=True)
class Named:
    """A variant as it was named, and what decides about it."""

    variant_id: UUID
    category: str
    brand_code: str
    brand: str
    model: str
    released: date | None


@dataclass(frozen=True, slots=True)
class BidRow:
    """A merchant's bid as its merchant reads it."""

    id: UUID
    variant_id: UUID
    grade: TradeInGrade
    market: str
    amount_minor: int
    currency: str
    pay_within_days: int
    stock_cap: int | None
    taken: int
    valid_until: datetime | None
    sequence: int | None
    version: int
    updated_at: datetime


async def live(asked: Sequence[Competition], now: datetime) -> list[list[Live]]:
    """The bids that stand in each of these competitions, in their order. One statement."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["live"], *_columns(asked), now)
    found: list[list[Live]] = [[] for _ in asked]
    for row in rows:
        found[row["n"] - 1].append(_live(row))
    return found


def _live(row: asyncpg.Record) -> Live:
    bid = Bid(
        row["id"],
        row["merchant_id"],
        row["amount_minor"],
        row["pay_within_days"],
        row["in_country"],
        _record(row),
    )
    named = (row["name"], row["legal_name"], MerchantKind(row["kind"]), row["country"])
    return Live(bid, row["currency"], row["pieces_left"], *named, row["since"])


def _record(row: asyncpg.Record) -> Record:
    return Record(
        row["inspections"],
        row["counter_offers"],
        row["cuts_bp"],
        row["paid"],
        row["pay_days"],
        row["orders"],
        row["orders_in_country"],
    )


async def own(merchant_id: UUID, asked: Sequence[Competition]) -> list[OwnBid | None]:
    """A merchant's own part in each of these, None where there is no such market. One statement."""
    async with as_system() as raw:  # a merchant's state is no column of requests
        rows = {row["n"]: row for row in await raw.fetch(SQL["own"], *_columns(asked), merchant_id)}
    return [_own(rows[n]) if n in rows else None for n in range(1, len(asked) + 1)]


def _own(row: asyncpg.Record) -> OwnBid:
    return OwnBid(
        row["id"],
        row["amount_minor"] or 0,
        row["pay_within_days"],
        row["stock_cap"],
        row["taken"] or 0,
        row["valid_until"],
        row["version"] or 0,
        MerchantState(row["state"]),
        row["allowed"],
        row["in_country"],
        _record(row),
    )


def _columns(asked: Sequence[Competition]) -> tuple[list[UUID], list[str], list[str]]:
    return (
        [each.variant_id for each in asked],
        [each.grade.value for each in asked],
        [each.market for each in asked],
    )


async def named(ids: Sequence[UUID], gtins: Sequence[str] = ()) -> dict[str, Named]:
    """The variants of these ids and numbers of 14 digits, by the text that named them."""
    rows = await fetch(SQL["named"], list(ids), list(gtins))
    return {
        row["key"]: Named(
            row["id"],
            row["category"],
            row["brand_code"],
            row["brand"],
            row["model"],
            row["release_date"],
        )
        for row in rows
    }


async def standing(merchant_id: UUID, keys: Sequence[Key]) -> dict[Key, Standing]:
    """A merchant's bids of these keys, held; its other writers wait until the transaction ends."""
    await execute(SQL["lock"], str(merchant_id))
    columns = ([k[0] for k in keys], [k[1].value for k in keys], [k[2] for k in keys])
    return {
        (row["variant_id"], TradeInGrade(row["grade"]), row["market"]): Standing(
            row["amount_minor"],
            row["pay_within_days"],
            row["stock_cap"],
            row["valid_until"],
            row["sequence"],
            row["version"],
        )
        for row in await fetch(SQL["standing"], merchant_id, *columns)
    }


async def write(
    merchant_id: UUID, bids: Mapping[Key, Standing], currencies: Mapping[str, str]
) -> int:
    """Write these bids in one statement; how many of them are new or differ."""
    rows = [
        (
            *(variant, grade.value, market, bid.amount_minor, currencies[market]),
            *(bid.pay_within_days, bid.stock_cap, bid.valid_until, bid.sequence, bid.version),
        )
        for (variant, grade, market), bid in bids.items()
    ]
    if not rows:
        return 0
    columns = [list(column) for column in zip(*rows, strict=True)]
    return len(await fetch(SQL["write"], merchant_id, *columns))


async def listed(
    merchant_id: UUID,
    after: UUID | None,
    limit: int,
    *,
    market: str | None = None,
    grade: TradeInGrade | None = None,
    variant_id: UUID | None = None,
    only_on: bool = False,
) -> list[BidRow]:
    """A merchant's bids by id, those after one of them."""
    asked = (after, market, grade.value if grade else None, variant_id, only_on, limit)
    rows = await fetch(SQL["listed"], merchant_id, *asked)
    return [BidRow(**dict(row) | {"grade": TradeInGrade(row["grade"])}) for row in rows]


async def take(bid_id: UUID) -> bool:
    """Count one device under the cap of a bid, with the rights of a job; False where it is full."""
    async with as_system():
        return await fetchrow(SQL["take"], bid_id) is not None


async def give_back(bid_id: UUID) -> None:
    """Count one device less: its order came to nothing."""
    async with as_system():
        await execute(SQL["give_back"], bid_id)
