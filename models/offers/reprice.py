"""Prices that the repricer moves: who asked for it, what is due, what was done.

The merchant's own price stays as it was sent, in `offer`; beside it `repriced` holds what became
of it in a market, for as long as the own price is the same. `models/offers/refresh.sql` reads both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.ranking.reprice import APART, DAY, MOST_A_DAY, RepriceMode
from models.base import execute, fetch
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
EVERYTHING = ""
"""In a rule: all SKUs, or all markets."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a merchant wants prices moved: of a SKU or of all, in a market or in all.

    Units: minor units of the market's currency, None where only the offer's own bounds hold.
    """

    mode: RepriceMode
    market: str
    min_minor: int | None
    max_minor: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """An offer to decide on. `seen` names what is decided on, so that nothing is decided twice."""

    offer_id: UUID
    market: str
    mode: RepriceMode
    lowest: int
    highest: int | None
    seen: str
    changed_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision. Units: minor units; `item` equals `present` where the price stays."""

    due: Due
    sku: str
    base: int
    present: int
    item: int
    currency: str
    snapshot_id: str
    model: str


@dataclass(frozen=True, slots=True)
class Repricing:
    """A change of a price by the repricer, as it was logged."""

    n: int
    id: UUID
    offer_id: UUID
    sku: str
    market: str
    mode: RepriceMode
    from_minor: int
    to_minor: int
    currency: str
    snapshot_id: str
    model_id: str
    at: datetime


async def unknown(merchant_id: UUID, skus: Sequence[str]) -> list[str]:
    """Those of these SKUs that no offer of the merchant has."""
    keys = [sku.casefold() for sku in skus]
    known = {row["sku_key"] for row in await fetch(SQL["known"], merchant_id, keys)}
    return [sku for sku, key in zip(skus, keys, strict=True) if key not in known]


async def set_rules(merchant_id: UUID, skus: Sequence[str] | None, rule: Rule) -> None:
    """Set the rule of these SKUs, or with None that of all which have none of their own."""
    keys = [EVERYTHING] if skus is None else sorted({sku.casefold() for sku in skus})
    bounds = (rule.min_minor, rule.max_minor)
    await execute(SQL["set_rules"], merchant_id, keys, rule.market, rule.mode.value, *bounds)


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule as it stands; `sku` None is all, `rule.market` empty is all markets."""

    n: int
    sku: str | None
    currency: str | None
    rule: Rule
    updated_at: datetime


async def rules(merchant_id: UUID, after: int | None, limit: int) -> list[StoredRule]:
    """The rules of a merchant, in the order in which they were first set."""
    return [
        StoredRule(
            row["n"],
            (row["sku"] or row["sku_key"]) or None,
            row["currency"],
            Rule(RepriceMode(row["mode"]), row["market"], row["min_minor"], row["max_minor"]),
            row["updated_at"],
        )
        for row in await fetch(SQL["rules"], merchant_id, after, limit)
    ]


async def page(
    merchant_id: UUID, market: str | None, before: int | None, limit: int
) -> list[Repricing]:
    """The changes of a merchant's prices by the repricer, the newest first."""
    rows = await fetch(SQL["page"], merchant_id, before, market, limit)
    return [Repricing(**{**row, "mode": RepriceMode(row["mode"])}) for row in rows]


async def merchants(raw: asyncpg.Connection) -> list[UUID]:
    """Who has prices moved, or had."""
    return [row["merchant_id"] for row in await raw.fetch(SQL["merchants"])]


async def due(raw: asyncpg.Connection, merchant_id: UUID, limit: int) -> list[Due]:
    """Offers of the merchant to decide on now."""
    rows = await raw.fetch(SQL["due"], merchant_id, APART, MOST_A_DAY, DAY, limit)
    of = [row["offer_id"] for row in rows]
    changed = {
        (row["offer_id"], row["market"]): tuple(row["at"])
        for row in await raw.fetch(SQL["changed_at"], of, DAY)
    }
    return [
        Due(
            row["offer_id"],
            row["market"],
            RepriceMode(row["mode"]),
            row["lowest"],
            row["highest"],
            row["seen"],
            changed.get((row["offer_id"], row["market"]), ()),
        )
        for row in rows
    ]


async def end_lapsed(raw: asyncpg.Connection, merchant_id: UUID) -> None:
    """Let prices that no rule moves any more be the merchant's own; fills `touched`."""
    await raw.execute(SQL["lapsed"], merchant_id)


async def keep(raw: asyncpg.Connection, merchant_id: UUID, decided: Sequence[Decided]) -> None:
    """Keep what was decided, log what moved, and add the moved offers to `touched`."""
    await raw.execute(
        SQL["keep"],
        merchant_id,
        [d.due.offer_id for d in decided],
        [d.due.market for d in decided],
        [d.base for d in decided],
        [d.item for d in decided],
        [d.due.seen for d in decided],
    )
    moved = [d for d in decided if d.item != d.present]
    await raw.execute(
        SQL["log"],
        merchant_id,
        [d.due.offer_id for d in moved],
        [d.sku for d in moved],
        [d.due.market for d in moved],
        [d.due.mode.value for d in moved],
        [d.present for d in moved],
        [d.item for d in moved],
        [d.currency for d in moved],
        [d.snapshot_id for d in moved],
        [d.model for d in moved],
    )
    await raw.execute(SQL["touch"], [d.due.offer_id for d in moved])
