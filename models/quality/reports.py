"""Reports of a period, as rows: what was asked for, the lines, the sums, the message."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.merchants.dpi import Operator
from domain.merchants.periods import Period
from domain.merchants.reports import ReportKind, ReportState
from domain.merchants.sellers import Document, Message
from models.base import fetch, fetchval
from models.jobs import Job
from models.outbox import enqueue
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Report:
    """A report of a period. `asked` is what it was asked with, `totals` the sums of its lines."""

    id: UUID
    kind: ReportKind
    scope: str
    period: str
    starts_on: date
    ends_on: date
    merchant_id: UUID | None
    message: Message | None
    message_ref: str | None
    corrects: UUID | None
    asked: Mapping[str, Any]
    state: ReportState
    lines: int
    held: int
    totals: Mapping[str, Mapping[str, int]]
    has_document: bool
    faults: list[str]
    requested_by: UUID
    requested_at: datetime
    ready_at: datetime | None

    @property
    def span(self) -> Period:
        """The period that it is of."""
        return Period(self.period, self.starts_on, self.ends_on)

    @property
    def operator(self) -> Operator:
        """Who reports sellers. Raises: KeyError for another report."""
        return Operator(**self.asked["operator"])


@dataclass(frozen=True, slots=True)
class New:
    """A report to make. `scope` is the country that it is about, or `ALL`."""

    kind: ReportKind
    scope: str
    period: Period
    merchant_id: UUID | None
    by: UUID
    at: datetime
    message: Message | None = None
    operator: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a report. `faults` are why it is held; its sums are those of what is known.

    Shapes: `facts` is JSON; amounts are integers in minor units under names that end in `Minor`.
    """

    merchant_id: UUID
    facts: Mapping[str, Any]
    faults: Sequence[str] = ()
    document: Document | None = None
    n: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """A report's content. `document` is the message, where it is one."""

    lines: Sequence[Line]
    document: str | None = None
    faults: Sequence[str] = field(default_factory=list)


async def zone_of(country: str) -> str:
    """The time zone of a market of a country; UTC where there is none."""
    return str(await fetchval(SQL["zone"], country))


async def country_of(merchant_id: UUID) -> str | None:
    """The country of a merchant; None: there is no such merchant."""
    found: str | None = await fetchval(SQL["merchant"], merchant_id)
    return found


async def numbered(scope: str, period: str) -> int:
    """The number of the next message of a year, from 1; whoever asks is alone until it commits."""
    [row] = await fetch(SQL["numbered"], scope, period)
    return int(row["n"]) + 1


async def first(scope: str, period: str) -> tuple[UUID, str, ReportState] | None:
    """The initial message of a year: its id, reference and state."""
    rows = await fetch(SQL["first"], scope, period)
    if not rows:
        return None
    return rows[0]["id"], rows[0]["message_ref"], ReportState(rows[0]["state"])


async def add(new: New, reference: str | None, corrects: UUID | None) -> UUID:
    """Ask for a report; a job makes it. As the system."""
    made: UUID = await fetchval(
        SQL["add"], new.kind.value, new.scope, new.period.name, new.period.first, new.period.last,
        new.merchant_id, new.message.value if new.message else None, reference, corrects,
        orjson.dumps({"operator": new.operator} if new.operator else {}).decode(), new.by, new.at,
    )  # fmt: skip
    await enqueue(Job.MAKE_REPORT, dedup_key=f"{Job.MAKE_REPORT}:{made}", report_id=str(made))
    return made


async def some(ids: Sequence[UUID]) -> dict[UUID, Report]:
    """Those of these reports that the transaction may see, by id."""
    return {row["id"]: of_row(row) for row in await fetch(SQL["some"], list(ids))}


async def page(
    kind: ReportKind | None, before: UUID | None, limit: int, scopes: Collection[str] | None
) -> list[Report]:
    """Reports that the transaction may see, the newest first."""
    named, within = kind.value if kind else None, None if scopes is None else sorted(scopes)
    return [of_row(row) for row in await fetch(SQL["page"], named, before, limit, within)]


async def lines(report_id: UUID, after: int, limit: int) -> list[Line]:
    """Lines of a report that the transaction may see, by number."""
    return [line_of(row) for row in await fetch(SQL["lines"], report_id, after, limit)]


async def document(report_id: UUID) -> str | None:
    """The message of a report."""
    found: str | None = await fetchval(SQL["document"], report_id)
    return found


async def own_year(merchant_id: UUID, year: int) -> Line | None:
    """What an authority was told last of a merchant's year, or why nothing was. As the system."""
    rows = await fetch(SQL["own_year"], merchant_id, str(year))
    return line_of(rows[0]) if rows else None


async def held(raw: asyncpg.Connection, report_id: UUID) -> Report | None:
    """A report that is still to be made, held; None where it was."""
    row = await raw.fetchrow(SQL["held"], report_id)
    return of_row(row) if row else None


async def write(raw: asyncpg.Connection, of: Report, made: Made, at: datetime) -> None:
    """Store the lines of a report with their sums, once."""
    await raw.execute(
        SQL["write"], of.id, [line.merchant_id for line in made.lines],
        [line.document.value if line.document else None for line in made.lines],
        [orjson.dumps(list(line.faults)).decode() for line in made.lines],
        [orjson.dumps(dict(line.facts), default=str).decode() for line in made.lines],
    )  # fmt: skip
    waits = sum(1 for line in made.lines if line.faults)
    sums = orjson.dumps(totals(made.lines)).decode()
    await raw.execute(
        SQL["ready"], of.id, len(made.lines), waits, sums, made.document, list(made.faults), at
    )


def totals(lines: Sequence[Line]) -> dict[str, dict[str, int]]:
    """The sums of all amounts of lines, by currency and name. Units: minor units; held ones too.

    Not of sellers that a message deletes, nor of levies in another currency than their sale.
    """
    found: dict[str, dict[str, int]] = {}
    for line in lines:
        if "levyCurrency" in line.facts or line.document is Document.DELETED:
            continue
        sums = found.setdefault(line.facts["currency"], {})
        for part in line.facts.get("quarters") or [line.facts]:
            for name, value in part.items():
                if isinstance(value, int) and (name.endswith("Minor") or name == "sales"):
                    sums[name] = sums.get(name, 0) + value
    return found


def of_row(row: Mapping[str, Any] | asyncpg.Record) -> Report:
    """A report of a row of `columns`."""
    known = {name: row[name] for name in Report.__slots__}
    return Report(
        **known
        | {
            "kind": ReportKind(row["kind"]),
            "state": ReportState(row["state"]),
            "message": Message(row["message"]) if row["message"] else None,
            "asked": orjson.loads(row["asked"]),
            "totals": orjson.loads(row["totals"]),
        }
    )


def line_of(row: Mapping[str, Any] | asyncpg.Record) -> Line:
    """A line of a row of `lines`."""
    document = Document(row["document"]) if row["document"] else None
    return Line(row["merchant_id"], orjson.loads(row["facts"]), row["faults"], document, row["n"])
