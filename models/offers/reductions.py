"""Announced reductions: what was published before them, and those that are shown now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from domain.offers.prior_price import PriceChange, Reduction, Window
from models.announce import announce, product_topic
from models.base import fetch, fetchrow
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Priced:
    """An offer in a market, whose price somebody wants to announce as reduced."""

    id: UUID
    currency: str
    item_minor: int | None
    visibility: int
    product_id: UUID
    time_zone: str
    countries: list[str]


@dataclass(frozen=True, slots=True)
class Announced:
    """A reduction as it was announced. Units: minor units of `currency`, whole percent."""

    id: UUID
    offer_id: UUID
    market: str
    merchant_id: UUID
    price_minor: int
    prior_minor: int
    percent: int | None
    currency: str
    window_from: datetime
    starts_at: datetime
    ends_at: datetime | None
    rule_id: str
    verified: bool
    ended_at: datetime | None
    ended_because: str | None


@dataclass(frozen=True, slots=True)
class Basis:
    """What a reduction rests on, and how long it is announced."""

    rule_id: str
    verified: bool
    ends_at: datetime | None


async def offer(
    raw: asyncpg.Connection, merchant_id: UUID, sku_key: str, market: str
) -> Priced | None:
    """A merchant's offer in a market, held until the transaction ends; as the system."""
    row = await raw.fetchrow(SQL["offer"], merchant_id, sku_key, market)
    return Priced(**row) if row else None


async def history(
    raw: asyncpg.Connection, offer_id: UUID, market: str, window: Window
) -> list[PriceChange]:
    """What was published of an offer in a window, the oldest first; as the system."""
    rows = await raw.fetch(SQL["history"], offer_id, market, window.start, window.end)
    return [PriceChange(row["at"], row["price_minor"]) for row in rows]


async def add(
    raw: asyncpg.Connection,
    merchant_id: UUID,
    of: Priced,
    market: str,
    found: Reduction,
    basis: Basis,
) -> UUID:
    """Announce a reduction in the place of one that stands; as the system."""
    await raw.execute(SQL["replace"], of.id, market, found.window.end)
    made: UUID = await raw.fetchval(
        SQL["add"], of.id, market, merchant_id, found.price_minor, found.prior_minor,
        found.percent, of.currency, found.window.start, found.window.end, basis.ends_at,
        basis.rule_id, basis.verified,
    )  # fmt: skip
    await announce(raw, product_topic(of.product_id), {"markets": [market]})
    return made


async def end(raw: asyncpg.Connection, merchant_id: UUID, reduction_id: UUID, at: datetime) -> bool:
    """Take a reduction back; False where none of the merchant's stands. As the system."""
    row = await raw.fetchrow(SQL["end"], reduction_id, merchant_id, at)
    if row is None:
        return False
    await announce(raw, product_topic(row["product_id"]), {"markets": [row["market"]]})
    return True


async def one(merchant_id: UUID, reduction_id: UUID) -> Announced | None:
    """A reduction of a merchant; None for any other."""
    row = await fetchrow(SQL["one"], reduction_id, merchant_id)
    return Announced(**row) if row else None


async def page(
    merchant_id: UUID, market: str | None, before: UUID | None, limit: int
) -> list[Announced]:
    """A merchant's reductions, the newest first, those that are over among them."""
    rows = await fetch(SQL["page"], merchant_id, market, before, limit)
    return [Announced(**row) for row in rows]


async def shown(places: Sequence[tuple[UUID, str]], at: datetime) -> dict[Any, Announced]:
    """The reductions announced now, by offer and market. One statement."""
    offers, markets = [each[0] for each in places], [each[1] for each in places]
    rows = await fetch(SQL["shown"], offers, markets, at)
    return {(row["offer_id"], row["market"]): Announced(**row) for row in rows}
