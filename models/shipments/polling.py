"""Which parcels are due to be asked about, of whose account, and taken by whom.

Source: docs/tracking.md, "Polling".
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from domain.shipments.carriers import AGGREGATORS, API_OF, TrackingApi
from domain.shipments.polling import NO_ACCOUNT_WAIT
from models.base import execute, fetch
from models.shipments.accounts import OPEN_AFTER
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
CLAIMED_FOR: Final = timedelta(minutes=3)
ASSIGNED_AT_ONCE: Final = 5_000
ANY_CARRIER: Final = ""


@dataclass(frozen=True, slots=True)
class Work:
    """An account with due parcels. `due` is counted up to a limit."""

    account_id: UUID
    api: TrackingApi
    broken: bool
    failing: bool
    due: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A parcel that nobody else asks about for 3 minutes.

    `refused`: the last time the carrier refused its number, or the call that it was part of.
    """

    id: UUID
    number: str
    carrier: str
    created_at: datetime
    origin: str | None
    destination: str | None
    postal_code: str | None
    origin_postal_code: str | None
    service: str | None
    carrier_ref: str | None
    failures: int
    urgent: bool
    refused: bool
    language: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A parcel that a carrier said nothing of, and when it is due again.

    `outage`: the carrier gave no answer at all; else it refused this number.
    """

    id: UUID
    due_at: datetime
    error: str
    outage: bool


async def assign(known: Collection[TrackingApi]) -> int:
    """Give due parcels without an account the one that follows them; return how many were seen.

    Shapes: `known` are the APIs that this process can ask. Those of an account that was disabled
    stay with it. A parcel for which there is no account is looked at again in an hour.
    """
    ways = [(carrier.value, api, 0) for carrier, api in API_OF.items() if api in known]
    ways += [(ANY_CARRIER, api, n) for n, api in enumerate(AGGREGATORS, 1) if api in known]
    columns = ([w[0] for w in ways], [w[1].value for w in ways], [w[2] for w in ways])
    rows = await fetch(SQL["assign"], *columns, ASSIGNED_AT_ONCE, NO_ACCOUNT_WAIT)
    return len(rows)


async def work(most: int) -> list[Work]:
    """The accounts that have due parcels and may be asked; each counts up to `most` parcels."""
    rows = await fetch(SQL["accounts_due"], OPEN_AFTER, most)
    return [Work(r["id"], TrackingApi(r["api"]), r["broken"], r["failing"], r["due"]) for r in rows]


async def claim(account_id: UUID, limit: int, *, urgent: bool) -> list[Claimed]:
    """Take up to `limit` due parcels of an account, the longest due first."""
    rows = await fetch(SQL["claim"], account_id, urgent, limit, CLAIMED_FOR)
    return [_claimed(row) for row in rows]


def _claimed(row: asyncpg.Record) -> Claimed:
    facts = {**row, "number": row["tracking_number"], "language": row["language"] or "en"}
    del facts["tracking_number"]
    return Claimed(**facts)


async def release(parcels: Sequence[Claimed], due_at: datetime) -> None:
    """Give back parcels that nobody was asked about; they are due at a moment."""
    if parcels:
        ids = [parcel.id for parcel in parcels]
        await execute(SQL["release"], ids, [due_at] * len(ids))


async def fail(failures: Sequence[Failure]) -> None:
    """Note parcels that a carrier said nothing of."""
    if failures:
        await execute(
            SQL["failed"],
            [each.id for each in failures],
            [each.due_at for each in failures],
            [each.error[:200] for each in failures],
            [each.outage for each in failures],
        )
