"""Lots as they stand, what they hold, and the one way in which a lot moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.calendars import Calendar
from domain.raas import LOT_MOVES, LotState
from domain.raas.lots import LotActor, LotEventKind, LotRules
from models.announce import announce
from models.base import as_system, execute, fetch, fetchrow, fetchval
from models.sql import statements

_ON_OFFER = """
  l.state = 'PUBLISHED' AND l.market = ANY (m.markets)
  AND m.state IN ('PROBATION','ACTIVE','RESTRICTED')
  AND NOT EXISTS (SELECT FROM sandbox s WHERE s.sandbox_id = m.id)
  AND (l.reserved < l.assets OR m.kind = 'SOLIDARITY' OR clock_timestamp() >= l.ess_until)
"""
SQL = statements(Path(__file__).with_suffix(".sql"), on_offer=_ON_OFFER)


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot. Units: minor units; `rules` is None before it was published."""

    id: UUID
    number: str
    fleet_id: UUID
    organisation_id: UUID
    market: str
    country: str
    currency: str
    title: str
    state: LotState
    rules: LotRules | None
    bids_until: datetime | None
    published_at: datetime | None
    sealed: bool
    assets: int
    awarded_bid_id: UUID | None
    awarded_merchant_id: UUID | None
    award_minor: int | None
    version: int
    revision: int
    seal_key: bytes | None
    reserved: int
    ess_until: datetime | None
    extended: int
    opened_at: datetime | None
    award_by: datetime | None
    confirm_by: datetime | None
    contract: dict[str, Any] | None
    contract_sha256: str | None
    contracted_at: datetime | None
    created_at: datetime

    def __hash__(self) -> int:
        """By what tells one lot, and one state of it, from another."""
        return hash((self.id, self.revision))


@dataclass(frozen=True, slots=True)
class By:
    """Who moves a lot, when, and why: `reason` is a code, `note` its own words."""

    actor: LotActor
    at: datetime
    actor_id: UUID | None = None
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MoveRow:
    """An entry of a lot's timeline."""

    n: int
    kind: LotEventKind
    from_state: LotState | None
    to_state: LotState
    version: int
    actor: LotActor
    reason: str | None
    note: str | None
    at: datetime


_MOVE = ("reason", "note", "at")


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Devices of a lot that are alike, counted; `n` is its place."""

    n: int
    category: str | None
    manufacturer: str | None
    model: str | None
    grade: str | None
    disposition: str | None
    assets: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """A device of a lot with its identity."""

    n: int
    asset_id: UUID
    tag: str | None
    imei: str | None
    serial: str | None
    category: str | None
    manufacturer: str | None
    model: str | None
    grade: str | None
    condition: str | None
    disposition: str | None


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """What a version of a lot holds. `mix` counts devices by top category."""

    version: int
    sha256: str
    assets: int
    reserved: int
    mix: Mapping[str, int]
    storage: bool
    at: datetime


def lot_topic(lot_id: UUID) -> str:
    """The topic of a lot on the bus."""
    return f"lot:{lot_id}"


def lot_of(row: asyncpg.Record) -> LotRow:
    """A row of `columns`."""
    rules, contract = orjson.loads(row["rules"]), row["contract"]
    known = {
        "state": LotState(row["state"]),
        "rules": LotRules.read(rules) if rules else None,
        "contract": orjson.loads(contract) if contract else None,
        "seal_key": bytes(row["seal_key"]) if row["seal_key"] else None,
    }
    return LotRow(**{**row, **known})


async def one(lot_id: UUID) -> LotRow | None:
    """A lot, as the current transaction may see it."""
    row = await fetchrow(SQL["one"], lot_id)
    return lot_of(row) if row else None


async def hold(lot_id: UUID) -> LotRow | None:
    """The same, and nobody else changes it until the transaction ends."""
    row = await fetchrow(SQL["hold"], lot_id)
    return lot_of(row) if row else None


async def hold_free(lot_id: UUID) -> LotRow | None:
    """The same; None where another transaction has it."""
    row = await fetchrow(SQL["hold_free"], lot_id)
    return lot_of(row) if row else None


async def for_merchant(lot_id: UUID, merchant_id: UUID) -> LotRow | None:
    """A lot that a merchant may look at."""
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["for_merchant"], lot_id, merchant_id)
    return lot_of(row) if row else None


async def own(
    organisation_id: UUID,
    states: Sequence[LotState] | None,
    fleet_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[LotRow]:
    """Lots of an organisation, the youngest first."""
    named = None if states is None else [state.value for state in states]
    rows = await fetch(SQL["own"], organisation_id, named, fleet_id, after, limit)
    return [lot_of(row) for row in rows]


async def on_offer(
    merchant_id: UUID, market: str, after: tuple[datetime, UUID] | None, limit: int
) -> list[LotRow]:
    """Lots of a market that take bids, those that end first first, as a merchant sees them."""
    until, last = after or (None, None)
    async with as_system() as raw:
        rows = await raw.fetch(SQL["open"], merchant_id, market, until, last, limit)
    return [lot_of(row) for row in rows]


async def clock() -> datetime:
    """The present moment by the database's clock, not that of the transaction's start."""
    found: datetime = await fetchval("SELECT clock_timestamp()")
    return found


async def working_days_after(lot: LotRow, at: datetime, days: int) -> datetime:
    """The end of a working day of the lot's country, so many after a moment."""
    zone = await fetchval(SQL["zone"], lot.market)
    calendar = Calendar(lot.country, zone or "UTC")
    return calendar.end_of(calendar.after(calendar.day_of(at), days))


@dataclass(frozen=True, slots=True)
class Moved:
    """A lot that moved."""

    before: LotState
    version: int
    revision: int


async def move(lot: LotRow, to: LotState, by: By, award_by: datetime | None = None) -> Moved | None:
    """Move a lot along `LOT_MOVES` in the current transaction; None where it stands elsewhere.

    Whoever watches the lot hears of it. `award_by` goes with `BIDDING_CLOSED` alone.
    """
    allowed = [state.value for state, after in LOT_MOVES.items() if to in after]
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["move"], lot.id, to.value, allowed, award_by)
        if row is None:
            return None
        moved = Moved(LotState(row["before"]), row["version"], row["revision"])
        await _noted(raw, lot.id, LotEventKind.MOVED, moved.before, to, moved.version, by)
        await announce(raw, lot_topic(lot.id), {})
    return moved


async def note(lot: LotRow, kind: LotEventKind, by: By) -> int:
    """Tell readers of a lot of something that is no move; return its revision."""
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["revise"], lot.id)
        if row is None:
            raise LookupError(f"the lot {lot.id} is gone")
        state = LotState(row["state"])
        await _noted(raw, lot.id, kind, None, state, row["version"], by)
        await announce(raw, lot_topic(lot.id), {})
        found: int = row["revision"]
    return found


async def _noted(
    raw: asyncpg.Connection,
    lot_id: UUID,
    kind: LotEventKind,
    before: LotState | None,
    to: LotState,
    version: int,
    by: By,
) -> None:
    who = (by.actor.value, by.actor_id, by.reason, by.note, by.at)
    states = (before.value if before else None, to.value)
    await raw.execute(SQL["note"], lot_id, kind.value, *states, version, *who)


async def timelines(since: Mapping[UUID, datetime | None], limit: int) -> dict[UUID, list[MoveRow]]:
    """What happened to lots that the caller has read, the oldest first, each since a moment."""
    found: dict[UUID, list[MoveRow]] = {lot_id: [] for lot_id in since}
    async with as_system() as raw:
        for row in await raw.fetch(SQL["timeline"], list(since), list(since.values()), limit):
            found[row["lot_id"]].append(_move(row))
    return found


def _move(row: asyncpg.Record) -> MoveRow:
    before = row["from_state"]
    known = {
        "kind": LotEventKind(row["kind"]),
        "from_state": LotState(before) if before else None,
        "to_state": LotState(row["to_state"]),
        "actor": LotActor(row["actor"]),
    }
    return MoveRow(**{**{name: row[name] for name in ("n", "version", *_MOVE)}, **known})


async def groups(lot: LotRow, after: int, limit: int, *, reserved: bool) -> list[GroupRow]:
    """What a version of a lot holds, without identities; without what is reserved unless asked."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["groups"], lot.id, lot.version, reserved, after, limit)
    return [GroupRow(**row) for row in rows]


async def lines(lot: LotRow, after: int, limit: int) -> list[LineRow]:
    """The devices of a lot, as the current transaction may see them."""
    if lot.published_at is None:
        rows = await fetch(SQL["drafted"], lot.id, after, limit)
    else:
        rows = await fetch(SQL["lines"], lot.id, lot.version, after, limit)
    return [LineRow(**row) for row in rows]


async def manifests(ids: Sequence[UUID]) -> dict[UUID, ManifestRow]:
    """What the present versions of lots hold, all in all. One statement."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["manifest"], ids)
    return {
        row["lot_id"]: ManifestRow(
            row["version"], row["sha256"], row["assets"], row["reserved"],
            orjson.loads(row["mix"]), row["storage"], row["at"],
        )
        for row in rows
    }  # fmt: skip


async def manifest(lot: LotRow) -> ManifestRow | None:
    """That of one lot."""
    return (await manifests([lot.id])).get(lot.id)


async def suppliers(organisations: Sequence[UUID]) -> dict[UUID, str]:
    """The names of organisations; the caller has found out who may know them. One statement."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["supplier"], organisations)
    return {row["id"]: row["name"] for row in rows}


async def release(lot_id: UUID, assets: Sequence[UUID] | None = None) -> int:
    """Give the devices of a lot back, or some of them: they may be in another; how many."""
    return await execute(SQL["take_out"], lot_id, assets)


async def solidarity(merchants: Sequence[UUID]) -> set[UUID]:
    """Those of these merchants that are solidarity actors."""
    rows = await fetch(SQL["solidarity"], merchants)
    return {row["id"] for row in rows}
