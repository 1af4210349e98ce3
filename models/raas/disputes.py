"""What one side of a lot does not agree to, and how it ends: by the merchant, a rule or staff.

Source: docs/fleets.md, "Disputes".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.raas import AssetState
from domain.raas.counting import Found, at_fault
from domain.raas.disputing import About, DecidedBy, DisputeState
from domain.raas.settling import working_days_after
from models.base import fetch, fetchrow
from models.raas import counting, custody, handover, settling
from models.raas.handover import Lot, Terms
from models.sql import statements

SQL = statements(Path(__file__).with_name("disputes.sql"))


@dataclass(frozen=True, slots=True)
class Dispute:
    """What an organisation said of a device, what its merchant answered, and the end of it."""

    id: UUID
    lot_id: UUID
    asset_id: UUID
    about: About
    state: DisputeState
    reason: str
    evidence: Sequence[UUID]
    opened_at: datetime
    answer_by: datetime
    answer: str | None
    answer_evidence: Sequence[UUID]
    answered_at: datetime | None
    decided_by: DecidedBy | None
    statement: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of a dispute. Units: `gross_minor`, of a line, what the device brings."""

    upheld: bool
    by: DecidedBy
    statement: str | None = None
    gross_minor: int | None = None


async def add(
    raw: asyncpg.Connection,
    lot: Lot,
    asset_id: UUID,
    about: About,
    said: tuple[str, Sequence[UUID]],
    now: datetime,
    terms: Terms,
) -> UUID | None:
    """Dispute a device; None where it is disputed already.

    Shapes: `said` is the reason and the files that show it.
    """
    until = working_days_after(now, terms.answer_days, lot.country, lot.zone)
    reason, evidence = said
    found: UUID | None = await raw.fetchval(
        SQL["add"], *lot.owners, asset_id, about.value, reason, list(evidence), now, until
    )
    if found is not None and about is About.SETTLEMENT:
        await handover.move_assets(raw, [asset_id], AssetState.DISPUTED)
    await handover.changed(raw, lot)
    return found


async def read(dispute_id: UUID) -> Dispute | None:
    """A dispute, as the current transaction may see it."""
    row = await fetchrow(SQL["read"], dispute_id)
    return _dispute(row) if row else None


async def of_lot(lot_id: UUID, after: UUID | None, limit: int) -> list[Dispute]:
    """The disputes of a lot, the oldest first."""
    return [_dispute(row) for row in await fetch(SQL["of_lot"], lot_id, after, limit)]


async def contest(
    raw: asyncpg.Connection,
    lot: Lot,
    dispute: Dispute,
    said: tuple[str, Sequence[UUID]],
    now: datetime,
) -> None:
    """The merchant does not agree. A device that is missing is decided about by rule, at once.

    The merchant answers for it where it was scanned when it was packed or collected, or where the
    chain was broken on its way. All else waits for staff.
    """
    text, evidence = said
    await raw.fetchval(SQL["answer"], dispute.id, text, list(evidence), now)
    found = await raw.fetchval(counting.SQL["outcome"], dispute.asset_id, lot.id)
    if dispute.about is About.RECONCILIATION and found == Found.MISSING:
        packed = await raw.fetch(custody.SQL["packed"], [dispute.asset_id])
        kinds = [row["kind"] for row in await raw.fetch(counting.SQL["broken"], lot.id)]
        upheld = at_fault(kinds, bool(packed))
        why = "SCANNED_OR_CHAIN_BROKEN" if upheld else "CHAIN_WHOLE"
        await decide(raw, lot, dispute, Verdict(upheld, DecidedBy.RULE, why), now)
    await handover.changed(raw, lot)


async def decide(
    raw: asyncpg.Connection, lot: Lot, dispute: Dispute, verdict: Verdict, now: datetime
) -> bool:
    """End a dispute, and what it was about follows; False where it had ended.

    Upheld, a missing device is paid for, a mismatch is dropped, and a line brings its whole share
    of the bid unless the verdict says how much.
    """
    state = DisputeState.UPHELD if verdict.upheld else DisputeState.REJECTED
    facts = (state.value, verdict.by.value, verdict.statement, now, verdict.statement)
    if await raw.fetchval(SQL["decide"], dispute.id, *facts) is None:
        return False
    if dispute.about is About.RECONCILIATION:
        if verdict.upheld:
            await _count_again(raw, lot, dispute.asset_id)
        await counting.reconcile(raw, lot.id, now)
    else:
        await _settle_again(raw, lot, dispute, verdict, now)
    await handover.changed(raw, lot)
    return True


async def _count_again(raw: asyncpg.Connection, lot: Lot, asset_id: UUID) -> None:
    if await raw.fetchval(counting.SQL["outcome"], asset_id, lot.id) == Found.MISSING:
        await raw.execute(counting.SQL["charge"], asset_id, True)
    else:
        await raw.execute(counting.SQL["agree"], asset_id)


async def _settle_again(
    raw: asyncpg.Connection, lot: Lot, dispute: Dispute, verdict: Verdict, now: datetime
) -> None:
    if verdict.upheld:
        [line] = await raw.fetch(settling.SQL["lines"], lot.id, None, 1, [dispute.asset_id])
        gross = line["bid_minor"] if verdict.gross_minor is None else verdict.gross_minor
        await settling.adjust(raw, lot, dispute.asset_id, gross, dispute.id, now)
    await handover.move_assets(raw, [dispute.asset_id], AssetState.SETTLED)
    await settling.finish(raw, lot.id, now)


async def due(raw: asyncpg.Connection, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Disputes that a merchant left unanswered: their ids and those of their lots."""
    return [(row["id"], row["lot_id"]) for row in await raw.fetch(SQL["due"], now, limit)]


def of_row(row: asyncpg.Record) -> Dispute:
    """A dispute of a row of `read`."""
    return _dispute(row)


def _dispute(row: asyncpg.Record) -> Dispute:
    by = DecidedBy(row["decided_by"]) if row["decided_by"] else None
    facts = {"about": About(row["about"]), "state": DisputeState(row["state"]), "decided_by": by}
    return Dispute(**{**row} | facts)
