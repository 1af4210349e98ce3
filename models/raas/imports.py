"""Imports of fleets: what was asked for, how far it is, and what became of every line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.offers.policy import FeedPolicy
from domain.raas.lines import FleetImportState, FleetLineCode, FleetOutcome
from models.announce import announce
from models.base import execute, fetch, fetchrow
from models.jobs import Job
from models.outbox import enqueue
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))

_JSON = ("mapping", "settings", "columns", "counts", "codes", "seconds")


@dataclass(slots=True)
class FleetImport:
    """One reading of a file for a fleet.

    Shapes: `counts` has the lines by outcome, `codes` by what was said; `columns` tells of each
    column its `name`, the `field` suggested, the `confidence`, the `reason` and what it `reads` as.
    `sites` bounds what its caller may declare for. `bad_rows` is the stored file of the lines to
    correct.
    """

    id: UUID
    fleet_id: UUID
    organisation_id: UUID
    file: UUID
    name: str
    sha256: str
    bytes: int
    state: FleetImportState
    policy: FeedPolicy
    dry_run: bool
    mapping: dict[str, str]
    settings: dict[str, Any]
    sites: list[UUID] | None
    format: str | None
    encoding: str | None
    separator: str | None
    columns: list[dict[str, Any]]
    lines: int
    counts: dict[str, int]
    codes: dict[str, int]
    file_code: str | None
    detail: str | None
    bad_rows: UUID | None
    seconds: dict[str, float]
    version: int
    started_at: datetime | None
    finished_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class New:
    """An import to be asked for. `settings` may hold `encoding`, `separator` and `sheet`."""

    fleet_id: UUID
    organisation_id: UUID
    file: UUID
    name: str
    sha256: str
    bytes: int
    policy: FeedPolicy
    dry_run: bool
    mapping: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    sites: Sequence[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product that a line may mean. Units: `confidence` in basis points."""

    product_id: UUID
    title: str
    confidence: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its one outcome."""

    line: int
    outcome: FleetOutcome
    code: FleetLineCode | None
    tag: str | None
    field: str | None
    value: str | None
    suggested: str | None
    asset_id: UUID | None
    suggestions: list[Suggestion]


def topic(import_id: UUID) -> str:
    """The topic by which a change of an import is announced."""
    return f"fleet-import:{import_id}"


async def ask(new: New) -> UUID:
    """Write a queued import and ask for it, in the current transaction."""
    row = await fetchrow(
        SQL["ask"],
        new.fleet_id,
        new.organisation_id,
        new.file,
        new.name,
        new.sha256,
        new.bytes,
        new.policy.value,
        new.dry_run,
        orjson.dumps(dict(new.mapping)).decode(),
        orjson.dumps(dict(new.settings)).decode(),
        None if new.sites is None else list(new.sites),
    )
    if row is None:
        raise RuntimeError("an import was not stored")
    await enqueue(Job.IMPORT_FLEET, import_id=str(row["id"]))
    found: UUID = row["id"]
    return found


async def get(import_id: UUID, organisation_id: UUID | None = None) -> FleetImport | None:
    """An import, of this organisation where one is named."""
    row = await fetchrow(
        SQL["get"],
        import_id,
        organisation_id,
    )
    return _import(row) if row else None


async def of_fleet(
    fleet_id: UUID, before: UUID | None, limit: int, sites: Sequence[UUID] | None = None
) -> list[FleetImport]:
    """The imports of a fleet, newest first; those for no other sites if some are named."""
    rows = await fetch(
        SQL["of_fleet"],
        fleet_id,
        before,
        limit,
        None if sites is None else list(sites),
    )
    return [_import(row) for row in rows]


async def same(new: New) -> UUID | None:
    """The latest import of a fleet, if it had the same file in the same terms and did not fail.

    None where a device of the fleet was changed since: then the file may say something new.
    """
    row = await fetchrow(SQL["latest"], new.fleet_id)
    if row is None:
        return None
    last = _import(row)
    alike = (last.sha256, last.policy, last.dry_run, last.mapping, last.settings) == (
        *(new.sha256, new.policy, new.dry_run, dict(new.mapping), dict(new.settings)),
    )
    return last.id if alike and last.state is not FleetImportState.FAILED else None


async def under_way(fleet_id: UUID) -> bool:
    """Whether an import of a fleet waits or runs."""
    row = await fetchrow(
        SQL["under_way"],
        fleet_id,
    )
    return row is not None


async def save(raw: asyncpg.Connection, run: FleetImport) -> None:
    """Store how far an import is, and tell who follows it."""
    run.version = await raw.fetchval(
        SQL["save"],
        run.id,
        run.state.value,
        run.format,
        run.encoding,
        run.separator,
        orjson.dumps(run.columns).decode(),
        run.lines,
        orjson.dumps(run.counts).decode(),
        orjson.dumps(run.codes).decode(),
        run.file_code,
        run.detail,
        run.bad_rows,
        orjson.dumps(run.seconds).decode(),
        run.started_at,
        run.finished_at,
    )
    await announce(raw, topic(run.id), {"version": run.version})


async def lines(
    import_id: UUID, outcome: FleetOutcome | None, after: int, limit: int
) -> list[Line]:
    """The lines after a line number, in the order of the file. One statement."""
    rows = await fetch(
        SQL["lines"],
        import_id,
        after,
        outcome.value if outcome else None,
        limit,
    )
    return [_line(row) for row in rows]


async def lines_to_fix(import_id: UUID, after: int, limit: int) -> list[Line]:
    """The same, of the lines that their organisation is to correct."""
    rows = await fetch(
        SQL["lines_to_fix"],
        import_id,
        after,
        [each.value for each in FleetOutcome if each.to_fix],
        limit,
    )
    return [_line(row) for row in rows]


async def purge(days: int, most: int = 20) -> int:
    """Forget what was said of lines of so many imports that ended so long ago; how many lines."""
    return await execute(SQL["purge"], days, most)


def _import(row: asyncpg.Record) -> FleetImport:
    known = dict(row)
    for name in _JSON:
        known[name] = orjson.loads(known[name])
    known["state"] = FleetImportState(known["state"])
    known["policy"] = FeedPolicy(known["policy"])
    return FleetImport(**known)


def _line(row: asyncpg.Record) -> Line:
    found = orjson.loads(row["suggestions"] or "[]")
    return Line(
        row["line"],
        FleetOutcome(row["outcome"]),
        FleetLineCode(row["code"]) if row["code"] else None,
        row["tag"],
        row["field"],
        row["value"],
        row["suggested"],
        row["asset_id"],
        [Suggestion(UUID(each["product"]), each["title"], each["confidence"]) for each in found],
    )
