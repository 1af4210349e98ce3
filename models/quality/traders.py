"""What merchants say of who they are, and until when they must have said it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.merchants.traders import (
    GRACE,
    SHOWN,
    Checked,
    Deadline,
    Fact,
    FactState,
    Said,
    Step,
    TraderField,
    lacking,
    step,
)
from domain.topics import Topic
from models.base import as_system, fetch
from models.events import Event, emit
from models.offers import upkeep
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
AT_ONCE = 200
Facts = Mapping[TraderField, Fact]


async def facts(
    merchants: Sequence[UUID], fields: Sequence[TraderField] | None = None
) -> dict[UUID, Facts]:
    """The facts of merchants that the transaction may see; of each merchant at least nothing."""
    named = None if fields is None else [field.value for field in fields]
    found: dict[UUID, dict[TraderField, Fact]] = {merchant: {} for merchant in merchants}
    for row in await fetch(SQL["facts"], list(merchants), named):
        known = {name: row[name] for name in Fact.__slots__ if name not in {"field", "state"}}
        field = TraderField(row["field"])
        fact = Fact(**known | {"field": field, "state": FactState(row["state"])})
        found[row["merchant_id"]][field] = fact
    return {**found}


async def shown(merchants: Sequence[UUID]) -> dict[UUID, Facts]:
    """What buyers may see of who merchants are."""
    async with as_system():
        return await facts(merchants, SHOWN)


async def deadlines(merchants: Sequence[UUID]) -> dict[UUID, Deadline]:
    """Until when those of these merchants must say more that lack something."""
    rows = await fetch(SQL["deadlines"], list(merchants))
    return {
        row["merchant_id"]: Deadline(row["asked_at"], row["due_at"], row["stopped_at"])
        for row in rows
    }


async def give(
    raw: asyncpg.Connection, merchant_id: UUID, said: Sequence[Said], at: datetime
) -> list[TraderField]:
    """Note what a merchant says of itself; the fields that are not what they were. As the system.

    What is new, or was disputed, waits to be checked again.
    """
    await raw.fetchval(SQL["hold"], merchant_id)
    rows = await raw.fetch(
        SQL["give"], merchant_id, at, [s.field.value for s in said], [s.value for s in said],
        [s.evidence for s in said],
    )  # fmt: skip
    return [TraderField(row["field"]) for row in rows]


async def check(
    raw: asyncpg.Connection, merchant_id: UUID, found: Checked, by: UUID, at: datetime
) -> bool:
    """Note what a check found; False where the fact is not what was checked. As the system."""
    done = await raw.fetchval(
        SQL["check"], merchant_id, found.field.value, found.given_at, found.state.value,
        found.against, at, by, found.note, found.valid_until,
    )  # fmt: skip
    return bool(done)


async def exists(raw: asyncpg.Connection, merchant_id: UUID) -> bool:
    """Whether there is such a merchant; it is held. As the system."""
    return bool(await raw.fetchval(SQL["hold"], merchant_id))


async def settle(raw: asyncpg.Connection, merchants: Sequence[UUID], at: datetime) -> int:
    """Ask those who lack something, stop those whose time went by, let the others sell; how many.

    In the current transaction, as the system; the merchants are held. Safe to repeat.
    """
    known, asked = await facts(merchants), await deadlines(merchants)
    moved = []
    for merchant in merchants:
        lacks = lacking(known[merchant], at.date())
        match step(lacks, asked.get(merchant), at):
            case Step.ASK:
                version = await raw.fetchval(SQL["ask"], merchant, at, at + GRACE)
                told = {"dueAt": at + GRACE, "lacks": [lack.field.value for lack in lacks]}
                await emit(
                    Event(Topic.TRADER_FACTS_DUE, merchant, "TraderRecord", merchant, version, told)
                )
            case Step.STOP:
                version = await raw.fetchval(SQL["stop"], merchant, at)
                told = {"stoppedAt": at, "lacks": [lack.field.value for lack in lacks]}
                await emit(
                    Event(Topic.TRADER_FACTS_DUE, merchant, "TraderRecord", merchant, version, told)
                )
                moved.append(merchant)
            case Step.CLEAR:
                if await raw.fetchval(SQL["clear"], merchant):
                    moved.append(merchant)
            case None:
                continue
    if moved:
        await upkeep.refresh_merchants(raw, moved)
    return len(moved)


async def settle_all(raw: asyncpg.Connection, after: UUID | None, at: datetime) -> UUID | None:
    """Settle the merchants after this one; the last of them, None where there are no more."""
    rows = await raw.fetch(SQL["sellers"], after, AT_ONCE)
    merchants = [row["id"] for row in rows]
    await settle(raw, merchants, at)
    return merchants[-1] if len(merchants) == AT_ONCE else None


async def forget(raw: asyncpg.Connection, at: datetime) -> None:
    """Delete what is known of merchants whose contract ended six months ago."""
    await raw.execute(SQL["forget"], at)
