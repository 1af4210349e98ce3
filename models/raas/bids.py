"""Bids on lots: as they stand, and as they are made and ended.

All that changes a bid has locked its lot: of a bid and the end of bidding one is first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.raas import LotBidState
from domain.raas.lots import LotActor, LotEventKind, extended
from models.base import as_system, fetch
from models.raas import sealing
from models.raas.lots import SQL as LOTS
from models.raas.lots import By, LotRow, note
from models.raas.sealing import Place, Said
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class BidRow:
    """A bid, with its merchant. What it says is None until it is opened. Units: minor units; bp."""

    id: UUID
    lot_id: UUID
    merchant_id: UUID
    version: int
    state: LotBidState
    sealed: bytes | None
    commitment: bytes
    salt: bytes | None
    amount_minor: int | None
    reuse_bp: int | None
    valid_until: datetime | None
    note: str | None
    submitted_at: datetime
    opened_at: datetime | None
    ended_at: datetime | None
    because: str | None
    quality_bp: int | None
    in_country: bool | None
    ess: bool | None
    rank: int | None
    score: int | None
    parts: dict[str, int] | None
    merchant_name: str
    merchant_legal_name: str
    merchant_kind: str
    merchant_country: str
    merchant_since: date | None
    currency: str
    n: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How an open lot goes. Units: minor units; `place` 1 is the highest bid."""

    bids: int
    highest: int | None
    place: int | None


def bid_of(row: asyncpg.Record) -> BidRow:
    """A row of `columns`."""
    known: dict[str, Any] = {
        "state": LotBidState(row["state"]),
        "parts": orjson.loads(row["parts"]) if row["parts"] else None,
    }
    return BidRow(**{**row, **known})


async def add(lot: LotRow, merchant_id: UUID, bid_id: UUID, said: Said, at: datetime) -> datetime:
    """Write the one live bid of a merchant in place of the one before; when bidding ends now.

    On a sealed lot nothing is written that says what the bid is.
    """
    salt = sealing.new_salt()
    text = sealing.words(said, salt)
    facts: tuple[Any, ...] = (said.amount_minor, said.reuse_bp, said.valid_until, said.note)
    sealed = None
    if lot.seal_key is not None:
        place = Place(lot.id, lot.version, merchant_id, bid_id)
        sealed, facts = sealing.seal(text, lot.seal_key, place), (None,) * 4
    await end(lot.id, LotBidState.WITHDRAWN, "REPLACED", merchant_id)
    committed = sealing.commitment(text)
    async with as_system() as raw:
        await raw.execute(
            SQL["add"], bid_id, lot.id, merchant_id, lot.version, sealed, committed, *facts, at
        )
    return await _later(lot, at)


async def _later(lot: LotRow, at: datetime) -> datetime:
    """When bidding on a lot ends, after a bid that came at its very end moved that."""
    if lot.rules is None or lot.bids_until is None:
        raise ValueError(f"the lot {lot.id} takes no bids")
    until = extended(lot.rules.anti_snipe, lot.bids_until, at, lot.extended)
    if until is None:
        return lot.bids_until
    async with as_system() as raw:
        await raw.execute(LOTS["extend"], lot.id, until, until.isoformat())
    await note(lot, LotEventKind.EXTENDED, By(LotActor.PLATFORM, at, reason="LATE_BID"))
    return until


async def end(
    lot_id: UUID, to: LotBidState, because: str, merchant_id: UUID | None = None
) -> list[UUID]:
    """End the live bids of a lot, or of one merchant on it, unopened; whose they were."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["end"], lot_id, to.value, because, merchant_id)
    return [row["merchant_id"] for row in rows]


async def void(lot_id: UUID, because: str) -> list[UUID]:
    """Make all bids of a lot void that count, the chosen one with them; whose they were."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["void"], lot_id, because)
    return [row["merchant_id"] for row in rows]


async def live(lot_id: UUID) -> list[BidRow]:
    """The bids on a lot that count, for a job or an award."""
    async with as_system() as raw:
        return [bid_of(row) for row in await raw.fetch(SQL["live"], lot_id)]


async def one(bid_id: UUID) -> BidRow | None:
    """A bid, whoever asks: the caller has found out who may know it."""
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["one"], bid_id)
    return bid_of(row) if row else None


async def of_merchant(lots: Sequence[UUID], merchant_id: UUID) -> dict[UUID, BidRow]:
    """A merchant's bid on each of these lots. One statement."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["of_merchant"], lots, merchant_id)
    return {row["lot_id"]: bid_of(row) for row in rows}


async def mine(
    merchant_id: UUID, states: Sequence[LotBidState] | None, after: UUID | None, limit: int
) -> list[BidRow]:
    """The bids of a merchant, the youngest first."""
    named = None if states is None else [state.value for state in states]
    async with as_system() as raw:
        rows = await raw.fetch(SQL["mine"], merchant_id, named, after, limit)
    return [bid_of(row) for row in rows]


async def ranking(lot_id: UUID, after: int, limit: int) -> list[BidRow]:
    """The bids of a lot that its organisation may read, the best first.

    The policies of the table decide: of a sealed lot there is none before it was opened.
    """
    seen = await fetch("SELECT id FROM lot_bid WHERE lot_id = $1 LIMIT 1", lot_id)
    if not seen:
        return []
    async with as_system() as raw:
        return [bid_of(row) for row in await raw.fetch(SQL["ranking"], lot_id, after, limit)]


async def standings(lots: Sequence[UUID], merchant_id: UUID | None) -> dict[UUID, Standing]:
    """How lots go, for whoever may read it: open ones, and those whose bids were opened."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["standing"], lots, merchant_id)
    return {row["lot_id"]: Standing(row["bids"], row["highest"], row["place"]) for row in rows}


async def counted(lot_id: UUID) -> int:
    """How many bids a lot had, for a job that opened them."""
    found = (await standings([lot_id], None)).get(lot_id)
    return found.bids if found else 0
