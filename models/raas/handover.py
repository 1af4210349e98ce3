"""A lot from its contract to its close: whose it is, where it stands, and its moves.

Source: docs/fleets.md, "States".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson

from domain.raas import ASSET_MOVES, LOT_MOVES, AssetState, FleetState, LotState
from domain.topics import Topic
from models.announce import announce
from models.base import fetch, fetchrow
from models.events import Event, emit_all
from models.sql import statements

SQL = statements(Path(__file__).with_name("handover.sql"))
_L = LotState
HANDED = (
    _L.CONTRACTED, _L.IN_CUSTODY, _L.RECEIVED, _L.RECONCILED, _L.PROCESSED, _L.SETTLED, _L.CLOSED,
)  # fmt: skip
"""The states of a lot from its contract on, in their order."""


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot that was awarded. Units: minor units; `zone` is where its organisation's days end."""

    id: UUID
    number: str
    fleet_id: UUID
    organisation_id: UUID
    merchant_id: UUID
    market: str
    country: str
    currency: str
    title: str
    state: LotState
    assets: int
    award_minor: int
    version: int
    counted_at: datetime | None
    reconcile_by: datetime | None
    zone: str

    @property
    def owners(self) -> tuple[UUID, UUID, UUID]:
        """What each row about the lot has: lot, organisation, merchant."""
        return self.id, self.organisation_id, self.merchant_id


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for lots of a country on a day. Units: basis points, working days."""

    fee_bp: int
    reconcile_days: int
    dispute_days: int
    answer_days: int
    balance_bp: int
    grade_bp: Mapping[str, int]


def lot_topic(lot_id: UUID) -> str:
    """The topic of what changes about a lot."""
    return f"lot:{lot_id}"


async def lots(ids: Sequence[UUID]) -> dict[UUID, Lot]:
    """Lots from their contract on, as the current transaction may see them."""
    rows = await fetch(SQL["lots"], list(ids), [state.value for state in HANDED])
    return {row["id"]: _lot(row) for row in rows}


async def held(raw: asyncpg.Connection, lot_id: UUID) -> Lot | None:
    """A lot that nobody else changes until the end of the transaction, as the system."""
    await raw.fetch(SQL["hold"], lot_id)
    row = await raw.fetchrow(SQL["lots"], [lot_id], [state.value for state in HANDED])
    return _lot(row) if row else None


async def page(
    states: Sequence[LotState],
    markets: Sequence[str] | None,
    before: UUID | None,
    limit: int,
    owner: UUID | None,
) -> list[Lot]:
    """Lots from their contract on, the newest first; `owner` None: all that may be seen."""
    wanted = [state.value for state in states or HANDED if state in HANDED]
    rows = await fetch(SQL["page"], wanted, markets, before, limit, owner)
    found = await lots([row["id"] for row in rows])
    return [found[row["id"]] for row in rows if row["id"] in found]


async def move(raw: asyncpg.Connection, lot: Lot, to: LotState) -> bool:
    """Move a lot, and its fleet where that follows; False where it does not stand before `to`."""
    before = [state.value for state, after in LOT_MOVES.items() if to in after]
    version = await raw.fetchval(SQL["move"], lot.id, to.value, before)
    if version is None:
        return False
    await announce(raw, lot_topic(lot.id), {"version": version})
    await _fleet_follows(raw, lot.id)
    return True


async def changed(raw: asyncpg.Connection, lot: Lot) -> None:
    """Tell those who follow a lot that something of it is new."""
    await announce(raw, lot_topic(lot.id), {"version": lot.version})


async def move_assets(
    raw: asyncpg.Connection, assets: Sequence[UUID], to: AssetState
) -> list[UUID]:
    """Move assets that stand before `to`; which ones moved."""
    before = [state.value for state, after in ASSET_MOVES.items() if to in after]
    rows = await raw.fetch(SQL["move_assets"], list(assets), to.value, before)
    return [row["id"] for row in rows]


_FLEET = (
    (FleetState.IN_SALE, FleetState.HANDED_OVER, HANDED.index(_L.IN_CUSTODY)),
    (FleetState.HANDED_OVER, FleetState.SETTLED, HANDED.index(_L.SETTLED)),
    (FleetState.SETTLED, FleetState.CLOSED, HANDED.index(_L.CLOSED)),
)


async def _fleet_follows(raw: asyncpg.Connection, lot_id: UUID) -> None:
    [row] = await raw.fetch(SQL["fleet_of"], lot_id)
    ranks = [HANDED.index(LotState(s)) if s in HANDED else -1 for s in row["lots"] or ()]
    state = FleetState(row["state"])
    for before, after, rank in _FLEET:
        if state is before and ranks and min(ranks) >= rank:
            await raw.execute(SQL["move_fleet"], row["id"], after.value, before.value)
            state = after


async def tell(topic: Topic, lot: Lot, kind: str, version: int, data: Mapping[str, object]) -> None:
    """Tell both sides of a lot, in the current transaction; `kind` is the type of the object."""
    said = {"number": lot.number, **data}
    await emit_all(
        [
            Event(topic, lot.merchant_id, kind, lot.id, version, said),
            Event(topic, None, kind, lot.id, version, said, organisation_id=lot.organisation_id),
        ]
    )


async def terms(country: str, day: date) -> Terms:
    """What holds for lots of a country on a day. Raises: LookupError where nothing does."""
    row = await fetchrow(SQL["terms"], country, day)
    if row is None:
        raise LookupError(f"no terms of lots for {country} on {day}")
    return Terms(**{**row} | {"grade_bp": orjson.loads(row["grade_bp"])})


async def known_files(ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are files that the caller has handed in."""
    return {row["id"] for row in await fetch(SQL["evidence"], list(ids))} if ids else set()


def _lot(row: asyncpg.Record) -> Lot:
    facts = {"state": LotState(row["state"]), "award_minor": row["award_minor"] or 0}
    return Lot(**{**row} | facts)
