"""How well tracking goes: what waits, what nobody can read, which accounts do not work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from domain.shipments.carriers import TrackingApi
from models.base import as_system
from models.shipments.accounts import quota_of
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
DAYS: Final = 30
MOST: Final = 100
MOST_LABELS: Final = 200


@dataclass(frozen=True, slots=True)
class UnmappedCode:
    """A carrier's code that no table knows: how often it came in 30 days, and when last."""

    api: str
    code: str
    label: str
    times: int
    last_on: date


@dataclass(frozen=True, slots=True)
class PushAge:
    """When an account was last pushed to, and what of it was not read yet."""

    account_id: UUID
    api: TrackingApi
    last_at: datetime | None
    unread: int
    oldest_unread_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """An account: whether it works, and what its budget has left.

    Units: `used` and `per_day` count calls, or numbers where the carrier counts these; `day` is the
    carrier's own.
    """

    id: UUID
    api: TrackingApi
    merchant_id: UUID | None
    name: str
    failures: int
    open_until: datetime | None
    paused_until: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None
    per_second: float
    per_day: int | None
    day: date
    used: int


@dataclass(frozen=True, slots=True)
class Health:
    """Tracking at a moment. `waiting` are overdue; `unassigned` have no account yet."""

    parcels: int
    stalled: int
    unassigned: int
    waiting: int
    oldest_unpolled: datetime | None
    unmapped: Sequence[UnmappedCode]
    pushes: Sequence[PushAge]
    accounts: Sequence[AccountHealth]


async def health(market: str | None) -> Health:
    """How tracking goes; parcels those of a market, or all. The caller has checked that it may."""
    async with as_system() as raw:
        [waiting] = await raw.fetch(SQL["waiting"], market)
        [followed] = await raw.fetch(SQL["followed"], market)
        codes = await raw.fetch(SQL["codes"], DAYS, MOST)
        pushes = await raw.fetch(SQL["pushes"], MOST)
        accounts = await raw.fetch(SQL["accounts"], MOST)
    return Health(
        parcels=followed["parcels"],
        stalled=followed["stalled"],
        unassigned=followed["unassigned"],
        waiting=waiting["parcels"],
        oldest_unpolled=waiting["oldest"],
        unmapped=[UnmappedCode(**row) for row in codes],
        pushes=[
            PushAge(r["id"], TrackingApi(r["api"]), r["last_at"], r["unread"], r["oldest"])
            for r in pushes
        ],
        accounts=[_account(row) for row in accounts],
    )


def _account(row: asyncpg.Record) -> AccountHealth:
    facts: dict[str, Any] = dict(row)
    zone = facts.pop("day_zone")
    quota = quota_of(TrackingApi(row["api"]), row["per_second"], row["per_day"], zone)
    facts |= {"per_second": quota.per_second, "per_day": quota.per_day}
    return AccountHealth(**{**facts, "api": TrackingApi(row["api"])})


@dataclass(frozen=True, slots=True)
class Counts:
    """What metrics tell: codes and accounts by their labels, and the wait of the oldest parcel."""

    unmapped: Sequence[tuple[str, str, int]]
    accounts: Sequence[tuple[str, str, int]]
    lag_seconds: float


async def counts() -> Counts:
    """The figures of the metrics; at most 200 codes, the most frequent of the last 30 days."""
    async with as_system() as raw:
        unmapped = await raw.fetch(SQL["unmapped_counts"], MOST_LABELS)
        accounts = await raw.fetch(SQL["account_counts"])
        lag = await raw.fetchval(SQL["lag"])
    return Counts(
        [tuple(row) for row in unmapped], [tuple(row) for row in accounts], float(lag or 0)
    )
