"""Which of a merchant's offers changed, in an order in which nothing is missed.

A transaction notes the offers that it changes, in pieces of up to 1,000. They are read in the order
of transaction numbers, and only below the oldest one under way: so a transaction that commits late
is told later, never skipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.base import fetch, fetchrow
from models.offers.own import SQL


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands: after item `k` of piece `n` of transaction `xid`, as of `at`."""

    xid: str
    n: int
    k: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """An offer that changed, or that is removed: then `sku` is what it had."""

    offer_id: UUID
    removed: bool
    sku: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Horizon:
    """Up to where everything is told, and whether a place is of another database's numbers."""

    place: Place
    foreign: bool


async def horizon(xid: str = "0") -> Horizon:
    """Where a reader stands who wants nothing of the past."""
    row = await fetchrow(SQL["horizon"], xid)
    facts = dict(row or {})
    return Horizon(Place(facts["xid"], 0, 0, facts["at"]), facts["foreign"])


async def changes(merchant_id: UUID, since: Place, until: Place, limit: int) -> Sequence[Change]:
    """Changes after a place and before the transactions from `until` on, in their order."""
    rows = await fetch(SQL["changes"], merchant_id, since.xid, since.n, since.k, limit, until.xid)
    return [
        Change(
            row["offer_id"],
            row["kind"] == "REMOVED",
            row["sku"],
            Place(row["xid"], row["n"], row["k"], row["at"]),
        )
        for row in rows
    ]
