"""After-sales cases: the one way in which one is opened, and how they are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from domain.aftersales import (
    Because,
    CaseActor,
    CaseState,
    CaseType,
    OpenedBy,
    SlaClock,
    SlaKind,
    first_reply_by,
    next_actor,
    refund_by,
)
from domain.calendars import Calendar
from domain.topics import Topic
from models.announce import announce
from models.base import as_system, fetch
from models.events import Event, emit
from models.sql import statements

SQL = statements(Path(__file__).with_name("cases.sql"))


@dataclass(frozen=True, slots=True)
class Opened:
    """A case that was opened just now."""

    id: UUID
    line_id: UUID
    order_id: UUID
    merchant_id: UUID
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its merchant and its customer see it."""

    id: UUID
    line_id: UUID
    order_id: UUID
    shipment_id: UUID | None
    merchant_id: UUID
    customer_id: UUID
    market: str
    type: CaseType
    state: CaseState
    owner: str
    opened_by: OpenedBy
    because: str | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int
    clocks: Sequence[SlaClock] = field(default_factory=tuple)

    @property
    def next_actor(self) -> CaseActor | None:
        """Whose turn it is; None where nothing is left to do."""
        return next_actor(self.state)


async def open_case(
    lines: Sequence[UUID],
    type: CaseType,
    by: OpenedBy,
    *,
    because: str | None = None,
    shipment_id: UUID | None = None,
    note: str | None = None,
) -> list[Opened]:
    """Open a case on each line in the current transaction; those that were opened, by line.

    A line has one open case of a type: where there is one already, or where the system has opened
    one for the same reason before, nothing happens. The merchant is told of each by `case.opened`;
    whoever watches the order hears of it. The caller has checked that it may; nothing here does.

    Shapes: `because` is a code, as of `Because`; `note` free text of the one who opens.
    """
    async with as_system() as raw:
        known = await raw.fetch(SQL["clocks"], list(lines))
        replies = [
            first_reply_by(row["at"], Calendar(row["country"], row["zone"])) for row in known
        ]
        refunds = [refund_by(row["at"], because) for row in known]
        columns = [
            [row[name] for row in known]
            for name in ("id", "order_id", "merchant_id", "customer_id", "market")
        ]
        rows = await raw.fetch(
            SQL["open"], *columns, replies, refunds, type, by, because, shipment_id, note,
            [row["at"] for row in known],
        )  # fmt: skip
        if because == Because.LOST:
            await raw.execute(SQL["refund_due"], columns[0], type, refunds, because)
        for row in rows:
            await _tell(raw, row, type, because)
    return [Opened(*list(row.values())[:5]) for row in rows]


async def _tell(
    raw: asyncpg.Connection, row: asyncpg.Record, type: CaseType, because: str | None
) -> None:
    data = {
        "type": type,
        "orderId": row["order_id"],
        "orderLineId": row["line_id"],
        "because": because,
    }
    told = (row["merchant_id"], "Case", row["id"], row["version"], data)
    await emit(Event(Topic.CASE_OPENED, *told))
    await announce(raw, f"order:{row['order_id']}", {})


async def lines_of(shipment_id: UUID) -> list[UUID]:
    """The lines of a parcel on its way to a customer; none of any other."""
    return [row["line_id"] for row in await fetch(SQL["lines_of"], shipment_id)]


async def owned(
    merchant_id: UUID | None,
    customer_id: UUID | None,
    after: UUID | None,
    limit: int,
    case_id: UUID | None = None,
) -> list[Case]:
    """Cases of a merchant or of a customer, newest first, or the one of an id."""
    rows = await fetch(SQL["page"], merchant_id, customer_id, after, limit, case_id)
    return [_case(row) for row in rows]


_CLOCKS = (
    (SlaKind.FIRST_REPLY, "first_reply_by", "first_replied_at"),
    (SlaKind.DECISION, "decision_by", "decided_at"),
    (SlaKind.REFUND, "refund_by", "refunded_at"),
)


def _case(row: asyncpg.Record) -> Case:
    facts: dict[str, Any] = dict(row)
    clocks = []
    for kind, due, met in _CLOCKS:
        due_at, met_at = facts.pop(due), facts.pop(met)
        if due_at is not None:
            clocks.append(SlaClock(kind, due_at, CaseActor(facts["owner"]), met_at))
    facts |= {"type": CaseType(facts["type"]), "state": CaseState(facts["state"])}
    facts["opened_by"] = OpenedBy(facts["opened_by"])
    return Case(**facts, clocks=tuple(clocks))
