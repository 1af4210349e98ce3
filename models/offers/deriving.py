"""Prices of a market that are made of those of another: what they would be, and the terms."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.markets.deriving import Direction, Ending, LineOutcome, Rounding
from models.base import fetchrow
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Terms:
    """How prices of `source` become those of `market`.

    Units: `rate` is of the main units, `factor` of the minor ones; `floor_minor` is of the market.
    """

    market: str
    source: str
    rate: Decimal
    rate_on: date
    rate_ids: tuple[UUID, ...]
    factor: Decimal
    ending: Ending
    rounding: Rounding
    floor_minor: int


@dataclass(frozen=True, slots=True)
class InForce:
    """The terms that a market derives its prices by, since when."""

    terms: Terms
    digest: str
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """How many offers come to which end; `digest` changes with the terms and with every line."""

    counts: Mapping[LineOutcome, int]
    digest: str


@dataclass(frozen=True, slots=True)
class Line:
    """An offer: its price there, what it was derived to here, and what it would be."""

    id: UUID
    sku: str
    merchant: str
    from_minor: int | None
    was_minor: int | None
    to_minor: int | None
    outcome: LineOutcome


def _given(terms: Terms) -> tuple[Any, ...]:
    how = terms.rounding
    of = (terms.market, terms.source, terms.factor)
    return (*of, how.direction.value, how.step_minor, how.less_minor, terms.floor_minor)


async def preview(raw: asyncpg.Connection, terms: Terms) -> Preview:
    """What the terms would make of every offer aimed at the market, with a job's rights."""
    [row] = await raw.fetch(SQL["counts"], *_given(terms))
    of = (terms.rate_on, *terms.rate_ids, *_given(terms))
    text = "|".join(map(str, (*of, row["digest"])))
    counts = {LineOutcome(k): n for k, n in orjson.loads(row["counts"]).items()}
    return Preview(counts, hashlib.sha256(text.encode()).hexdigest())


async def lines(
    raw: asyncpg.Connection,
    terms: Terms,
    outcome: LineOutcome | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Line]:
    """The offers one by one, by id, with a job's rights."""
    wanted = outcome.value if outcome else None
    rows = await raw.fetch(SQL["page"], *_given(terms), wanted, after, limit)
    return [Line(**dict(row) | {"outcome": LineOutcome(row["outcome"])}) for row in rows]


async def apply(raw: asyncpg.Connection, terms: Terms, digest: str, by: UUID) -> None:
    """Have a market derive its prices by these terms from now on, with a job's rights."""
    how = terms.rounding
    await raw.execute(
        SQL["apply"],
        terms.market,
        terms.source,
        terms.rate,
        terms.rate_on,
        list(terms.rate_ids),
        terms.factor,
        terms.ending.value,
        how.direction.value,
        how.step_minor,
        how.less_minor,
        terms.floor_minor,
        digest,
        by,
    )


async def stop(raw: asyncpg.Connection, market: str) -> bool:
    """Have a market derive no prices any more, with a job's rights; False where it did not."""
    return bool(await raw.fetchval(SQL["stop"], market))


async def in_force(market: str) -> InForce | None:
    """The terms of a market; None where it derives no prices."""
    row = await fetchrow(SQL["terms"], market)
    if row is None:
        return None
    how = Rounding(Direction(row["rounding"]), row["step_minor"], row["less_minor"])
    terms = Terms(
        market=row["market"],
        source=row["from_market"],
        rate=row["rate"],
        rate_on=row["rate_on"],
        rate_ids=tuple(row["rate_ids"]),
        factor=row["factor"],
        ending=Ending(row["ending"]),
        rounding=how,
        floor_minor=row["floor_minor"],
    )
    return InForce(terms, row["digest"], row["applied_at"])
