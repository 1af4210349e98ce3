"""Fleets: made, read, moved from state to state."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain import InvalidTransition, move
from domain.raas import FLEET_MOVES, FleetKind, FleetState
from models.announce import announce
from models.base import connection, fetch, fetchrow
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Fleet:
    """Devices that an organisation parts with. `assets` counts those that were not removed."""

    id: UUID
    organisation_id: UUID
    number: str
    name: str
    kind: FleetKind
    state: FleetState
    country: str
    market: str
    currency: str
    assets: int
    valued_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class New:
    """A fleet to be made. Shapes: `market` has the `currency`; `number` is nobody else's."""

    organisation_id: UUID
    number: str
    name: str
    kind: FleetKind
    country: str
    market: str
    currency: str


def topic(fleet_id: UUID) -> str:
    """The topic by which a change of a fleet is announced."""
    return f"fleet:{fleet_id}"


async def add(new: New) -> UUID:
    """Make a fleet, in the current transaction."""
    row = await fetchrow(
        SQL["add"],
        new.organisation_id,
        new.number,
        new.name,
        new.kind.value,
        new.country,
        new.market,
        new.currency,
    )
    if row is None:
        raise RuntimeError("a fleet was not stored")
    found: UUID = row["id"]
    return found


async def get(fleet_id: UUID, organisation_id: UUID | None = None) -> Fleet | None:
    """A fleet, of this organisation where one is named."""
    row = await fetchrow(
        SQL["get"],
        fleet_id,
        organisation_id,
    )
    return _fleet(row) if row else None


async def held(fleet_id: UUID, organisation_id: UUID) -> Fleet | None:
    """The same, held until the transaction ends."""
    row = await fetchrow(
        SQL["held"],
        fleet_id,
        organisation_id,
    )
    return _fleet(row) if row else None


async def listed(
    organisation_id: UUID, state: FleetState | None, before: UUID | None, limit: int
) -> list[Fleet]:
    """Fleets of an organisation, newest first."""
    rows = await fetch(
        SQL["listed"],
        organisation_id,
        state.value if state else None,
        before,
        limit,
    )
    return [_fleet(row) for row in rows]


async def moved(fleet: Fleet, to: FleetState) -> InvalidTransition | None:
    """Move a fleet that the transaction holds, and tell who follows it; staying is no move.

    Refuses: a move that `FLEET_MOVES` does not list.
    """
    if to is not fleet.state:
        found = move(FLEET_MOVES, fleet.state, to)
        if isinstance(found, InvalidTransition):
            return found
    async with connection() as raw:
        await changed(raw, fleet.id, to)
    return None


async def changed(raw: asyncpg.Connection, fleet_id: UUID, to: FleetState | None = None) -> None:
    """Count a fleet's devices anew, and tell who follows it; `to` is its state from now on."""
    version = await raw.fetchval(
        SQL["changed"],
        fleet_id,
        to.value if to else None,
    )
    await announce(raw, topic(fleet_id), {"version": version})


def _fleet(row: asyncpg.Record) -> Fleet:
    known = dict(row)
    known["kind"], known["state"] = FleetKind(row["kind"]), FleetState(row["state"])
    return Fleet(**known)
