"""The table of exchange rates: dated, sourced, never edited; a correction withdraws the old row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from domain.markets.ecb import BASE
from domain.markets.rates import Between, Rate, RateMissing, RateStale, rate_at
from models.base import fetch, fetchrow
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
ENTERED: Final = "ENTERED"
ECB: Final = "ECB"
ECB_SOURCE: Final = "European Central Bank, euro foreign exchange reference rates (eurofxref)"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row: one unit of `base` in units of `quote`, who says so, and whether it was taken back."""

    id: UUID
    base: str
    quote: str
    on_day: date
    rate: Decimal
    source: str
    origin: str
    recorded_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the rates of a file. `differing` are those of which another was known."""

    read: int
    added: int
    unchanged: int
    differing: tuple[Rate, ...]
    corrected: int


async def between(base: str, quote: str, on: date) -> Between | RateMissing | RateStale:
    """The rate of a day by the rows in force. Refuses: as `domain.markets.rates.rate_at`."""
    rows = await fetch(SQL["near"], base, quote, on)
    return rate_at((Rate(**row) for row in rows), base, quote, on)


async def page(
    base: str | None,
    quote: str | None,
    on: date | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[Recorded]:
    """Rates by day, newest first, those taken back among them."""
    day, row_id = after or (None, None)
    return [
        Recorded(**row) for row in await fetch(SQL["page"], base, quote, on, day, row_id, limit)
    ]


async def of_id(rate_id: UUID) -> Recorded | None:
    """A row by its id."""
    row = await fetchrow(SQL["of_id"], rate_id)
    return Recorded(**row) if row else None


async def record(
    raw: asyncpg.Connection, rate: Rate, source: str, by: UUID, *, correct: bool
) -> UUID | Recorded:
    """Write a rate with a job's rights; the other rate of the day where it is not to be corrected.

    The same rate again is the row that is there.
    """
    await raw.execute(SQL["lock"])
    known = await raw.fetchrow(SQL["of_day"], rate.base, rate.quote, rate.on_day)
    if known is not None and known["rate"] == rate.rate:
        found: UUID = known["id"]
        return found
    if known is not None and not correct:
        [row] = await raw.fetch(SQL["of_id"], known["id"])
        return Recorded(**row)
    of = [rate.quote], [rate.on_day]
    if known is not None:
        await raw.execute(SQL["withdraw"], rate.base, *of)
    made: UUID = await raw.fetchval(SQL["add"], rate.base, *of, [rate.rate], source, ENTERED, by)
    return made


async def take_in(
    raw: asyncpg.Connection, rates: Sequence[Rate], by: UUID | None, *, correct: bool
) -> Imported:
    """Record the rates of a file of the ECB, with a job's rights. Safe to repeat.

    A rate that differs from the one that is known of its day stays out unless it is to correct it.
    """
    await raw.execute(SQL["lock"])
    columns = [r.quote for r in rates], [r.on_day for r in rates], [r.rate for r in rates]
    states = [row["state"] for row in await raw.fetch(SQL["known"], *columns)]
    of = {
        state: [r for r, each in zip(rates, states, strict=True) if each == state]
        for state in ("NEW", "SAME", "OTHER")
    }
    wanted = of["NEW"] + (of["OTHER"] if correct else [])
    if correct and of["OTHER"]:
        old = [r.quote for r in of["OTHER"]], [r.on_day for r in of["OTHER"]]
        await raw.execute(SQL["withdraw"], BASE, *old)
    columns = [r.quote for r in wanted], [r.on_day for r in wanted], [r.rate for r in wanted]
    await raw.execute(SQL["add"], BASE, *columns, ECB_SOURCE, ECB, by)
    left = () if correct else tuple(of["OTHER"])
    corrected = len(of["OTHER"]) if correct else 0
    return Imported(len(rates), len(of["NEW"]), len(of["SAME"]), left, corrected)
