"""What a rehearsal of a market needs of the tables, inside a transaction that is rolled back."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from models.base import as_system, new_id
from models.markets.readiness import SOLD_ALL_THE_SAME
from models.offers.refresh import refresh, touch
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class CameTo:
    """How a purchase stands. Units: `unbalanced_minor` is 0 where the books balance."""

    state: str
    lines: int
    postings: int
    unbalanced_minor: int
    promised_by: date | None


async def set_stage(market: str) -> tuple[UUID, UUID] | None:
    """Open a market for this transaction alone: an offer of it, and somebody to buy it.

    None where nothing could be bought in it.
    """
    async with as_system() as raw:
        offer_id: UUID | None = await raw.fetchval(SQL["candidate"], market, [*SOLD_ALL_THE_SAME])
        if offer_id is None:
            return None
        await raw.execute(SQL["open"], market)
        await raw.execute(SQL["unpause"], market)
        await touch(raw)
        await raw.execute("INSERT INTO touched VALUES ($1)", offer_id)
        await refresh(raw, written=False)
        customer: UUID = await raw.fetchval(SQL["customer"], f"{new_id()}@rehearsal.invalid")
    return offer_id, customer


async def came_to(purchase_id: UUID) -> CameTo:
    """How the purchase of a rehearsal stands."""
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["came_to"], purchase_id)
    if row is None:
        raise LookupError(purchase_id)
    return CameTo(**dict(row))
