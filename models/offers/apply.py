"""Write a resolved stage: changed offers only, the absent ones, the outcome of each line."""

from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import asyncpg

from models.offers.refresh import Refreshed, refresh, touch
from models.sql import statements, words

VALUES = words(
    "sku gtin mpn brand model title battery_new battery_health attributes price_minor "
    "currency vat_scheme min_price_minor max_price_minor prices quantity warranty_months "
    "markets dispatch_site dispatch_country handling_hours shipping note eco available_from "
    "available_until source_updated_at sequence variant_id row_hash"
)
KEPT = {"source_updated_at", "sequence"}  # a line without them keeps the stored ones
SOLD = {"quantity", "row_hash"}  # a sale since the line was judged counts


def _sql(lane: str) -> dict[str, str]:
    return statements(
        Path(__file__).with_suffix(".sql"),
        values=", ".join(VALUES),
        staged=", ".join(f"s.{v}" for v in VALUES),
        set_values=", ".join(f"{v} = excluded.{v}" for v in VALUES if v not in KEPT | SOLD),
        lane=lane,
    )


SQL = _sql("false")
SQL_SKIPPING = _sql("true")


@dataclass(frozen=True, slots=True)
class Skipped:
    """Lines that were not staged, because the same bytes stand behind live offers.

    Shapes: `ranges` is their numbers as a PostgreSQL multirange.
    """

    lines: int = 0
    ranges: str = "{}"

    @property
    def sql(self) -> dict[str, str]:
        """The statements that know that lines were skipped, or the plain ones."""
        return SQL_SKIPPING if self.lines else SQL


NONE_SKIPPED = Skipped()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lines had each outcome, and how many offers a full feed no longer names."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    ignored: int = 0
    pending: int = 0
    rejected: int = 0
    absent: int = 0


@dataclass(frozen=True, slots=True)
class Guards:
    """What a full feed would do, for `domain.offers.guards`.

    `known` lines name a stored offer, `jumped` of them change its price by more than half;
    `live` offers belong to the feed, `missing` of them are not in the file.
    """

    live: int
    missing: int
    known: int
    jumped: int


async def counts(raw: asyncpg.Connection, skipped: Skipped = NONE_SKIPPED) -> Counts:
    """The outcomes of the resolved stage, and of the lines that were skipped."""
    row = await raw.fetchrow(SQL["counts"])
    found = Counts(**dict(row or {}))
    return replace(found, unchanged=found.unchanged + skipped.lines)


async def guards(
    raw: asyncpg.Connection, merchant_id: UUID, feed_id: UUID, skipped: Skipped = NONE_SKIPPED
) -> Guards:
    """The facts that decide whether a full feed is held."""
    row = await raw.fetchrow(skipped.sql["guards"], merchant_id, feed_id)
    facts = dict(row or {})
    known = facts["known"] + skipped.lines
    return Guards(facts["live"], facts["missing"], known, facts["jumped"])


async def record_lines(
    raw: asyncpg.Connection, run_id: UUID, skipped: Skipped = NONE_SKIPPED
) -> None:
    """Store the outcome of every line, in place of those of an earlier try of the run.

    Unchanged lines are stored as ranges of numbers.
    """
    await forget(raw, run_id)
    await raw.execute(SQL["lines"], run_id)
    await raw.execute(SQL["unchanged"], run_id, skipped.ranges)


async def forget(raw: asyncpg.Connection, run_id: UUID) -> None:
    """Remove what was told of the lines of a run."""
    await raw.execute(SQL["forget_lines"], run_id)


async def record_refused(
    raw: asyncpg.Connection, run_id: UUID, skipped: Skipped = NONE_SKIPPED
) -> None:
    """Store every line as rejected, in place of what an earlier try of the run said.

    Lines of which nothing is to be said are stored as ranges of numbers.
    """
    await forget(raw, run_id)
    await raw.execute(SQL["refused_lines"], run_id)
    await raw.execute(SQL["refused"], run_id, skipped.ranges)


async def codes(raw: asyncpg.Connection) -> dict[str, int]:
    """How many times each problem was said of the lines in the stage, the most frequent first."""
    return {row["code"]: row["n"] for row in await raw.fetch(SQL["codes"])}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a stage means beside its lines.

    Shapes: `missing` says that `guards` found offers that a full file does not name, `stale` that
    the feed's offers are paused for its silence, `counts_failed` that an offer is paused whose
    price is wrong again and again.
    """

    full: bool
    missing: bool
    stale: bool
    counts_failed: bool


async def apply(
    raw: asyncpg.Connection,
    merchant_id: UUID,
    feed_id: UUID | None,
    run_id: UUID | None,
    means: Meaning,
    skipped: Skipped = NONE_SKIPPED,
) -> tuple[int, Refreshed]:
    """Write the stage; return how many offers went absent and what was ranked again.

    Shapes: `run_id` is None for a call's items.
    """
    await touch(raw)
    await raw.execute(SQL["upsert"], merchant_id, feed_id, run_id, means.full)
    await raw.fetchval(SQL["deleted"], merchant_id, run_id)
    absent = 0
    if means.missing:
        absent = await raw.fetchval(skipped.sql["absent"], merchant_id, run_id, feed_id)
    if means.counts_failed:
        await raw.execute(SQL["error_runs"], merchant_id)
    if means.stale:
        await revive(raw, merchant_id, feed_id)
    if not await raw.fetchval("SELECT EXISTS (SELECT FROM touched)"):
        return absent, Refreshed()
    return absent, await refresh(raw, run_id, merchant_id=merchant_id)


async def revive(raw: asyncpg.Connection, merchant_id: UUID, feed_id: UUID | None) -> None:
    """Add to `touched` the offers that a stale feed had paused, live again."""
    await raw.execute(SQL["revive"], merchant_id, feed_id)
