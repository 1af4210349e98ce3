"""The money of a lot: its statement, what a dispute changes of it, and the ledger of both.

Source: docs/fleets.md, "Settlement". Units: minor units of the lot's currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import orjson

from domain.money import divide_half_even
from domain.orders.ledger import Entry, LedgerAccount, LedgerKind
from domain.raas import AssetState, LotState
from domain.raas.conditions import settled_as
from domain.raas.counting import Found
from domain.raas.settling import (
    WHOLE_BP,
    AdjustmentReason,
    Line,
    Totals,
    decided,
    statement,
    totals,
    working_days_after,
)
from domain.topics import Topic
from models.base import fetch
from models.orders.ledger import Why, post
from models.raas import handover
from models.raas.handover import Lot, Terms
from models.sql import statements

SQL = statements(Path(__file__).with_name("settling.sql"))


@dataclass(frozen=True, slots=True)
class Settlement:
    """The statement of a lot."""

    lot_id: UUID
    state: str
    currency: str
    fee_bp: int
    bid_minor: int
    adjustment_minor: int
    fee_minor: int
    net_minor: int
    ready_at: datetime
    dispute_until: datetime
    accepted_at: datetime | None
    final_at: datetime | None
    paid_at: datetime | None
    payout_ref: str | None
    certificate_id: UUID | None
    version: int


@dataclass(frozen=True, slots=True)
class SettledLine:
    """One device of a statement, and what it is known by."""

    asset_id: UUID
    bid_minor: int
    adjustment_minor: int
    fee_minor: int
    net_minor: int
    reason: str | None
    evidence: Sequence[UUID]
    tag: str | None
    imei: str | None
    serial: str | None
    model: str | None
    state: AssetState
    currency: str

    def line(self) -> Line:
        """Its amounts."""
        reason = AdjustmentReason(self.reason) if self.reason else None
        return Line(self.bid_minor, self.adjustment_minor, self.fee_minor, reason)


def entries(lot: Lot, of: Totals) -> list[Entry]:
    """What a statement does to the ledger: the merchant owes what the devices bring."""
    found = [
        Entry(LedgerAccount.MERCHANT_OWED, of.gross_minor, merchant_id=lot.merchant_id),
        Entry(LedgerAccount.ORGANISATIONS_OWED, -of.net_minor, organisation_id=lot.organisation_id),
        Entry(LedgerAccount.SERVICE_FEES, -of.fee_minor),
    ]
    return [entry for entry in found if entry.amount_minor]


async def issue(raw: asyncpg.Connection, lot: Lot, now: datetime, terms: Terms) -> bool:
    """Make the statement of a processed lot, and owe its money; False where it stands elsewhere.

    The bid is shared by what the devices were valued at, to the last minor unit. Both sides are
    told, and its organisation has some working days to dispute a line.
    """
    if lot.state is not LotState.PROCESSED:
        return False
    rows = await raw.fetch(SQL["to_settle"], lot.id)
    worth = [_worth(row, terms) for row in rows]
    lines = statement(lot.award_minor, [row["weight"] for row in rows], worth, terms.fee_bp)
    extras = [row["id"] for row in await raw.fetch(SQL["extras"], lot.id)]
    sums = totals(lines)
    until = working_days_after(now, terms.dispute_days, lot.country, lot.zone)
    amounts = (sums.bid_minor, sums.adjustment_minor, sums.fee_minor, sums.net_minor)
    await raw.execute(SQL["add"], *lot.owners, lot.currency, terms.fee_bp, *amounts, now, until)
    await _write(raw, lot, rows, lines)
    await post(raw, _why(lot, LedgerKind.SETTLEMENT, lot.id, now), entries(lot, sums))
    settled = [row["id"] for row in rows] + extras
    await handover.move_assets(raw, settled, AssetState.SETTLED)
    await handover.move(raw, lot, LotState.SETTLED)
    data = {"net": str(sums.net_minor), "currency": lot.currency, "until": until.isoformat()}
    await handover.tell(Topic.SETTLEMENT_READY, lot, "Settlement", 1, data)
    return True


async def _write(
    raw: asyncpg.Connection, lot: Lot, rows: Sequence[asyncpg.Record], lines: Sequence[Line]
) -> None:
    evidence = [orjson.dumps([str(e) for e in row["grade_evidence"] or ()]) for row in rows]
    await raw.execute(
        SQL["add_lines"], *lot.owners, [row["id"] for row in rows],
        [line.bid_minor for line in lines], [line.adjustment_minor for line in lines],
        [line.fee_minor for line in lines],
        [line.reason.value if line.reason else None for line in lines],
        [each.decode() for each in evidence],
    )  # fmt: skip


def _worth(row: asyncpg.Record, terms: Terms) -> tuple[int, AdjustmentReason | None] | None:
    """By what factor the share of a device counts, in basis points, and why."""
    if row["found"] == Found.MISSING and not row["charged"]:
        return 0, AdjustmentReason.MISSING
    if row["state"] == AssetState.RETURNED:
        return 0, AdjustmentReason.RETURNED
    before = terms.grade_bp.get(settled_as(row["declared"]))
    after = terms.grade_bp.get(row["grade"] or "")
    if not before or after is None or before == after:
        return None
    return divide_half_even(after * WHOLE_BP, before), AdjustmentReason.GRADE


def _why(lot: Lot, kind: LedgerKind, reference: UUID, at: datetime) -> Why:
    return Why(kind, reference, None, lot.currency, at, lot.id)


async def held(raw: asyncpg.Connection, lot_id: UUID) -> Settlement | None:
    """A statement that nobody else changes until the end of the transaction."""
    row = await raw.fetchrow(SQL["hold"], lot_id)
    return Settlement(**row) if row else None


async def read(lots: Sequence[UUID]) -> dict[UUID, Settlement]:
    """Statements by their lots, as the current transaction may see them."""
    return {row["lot_id"]: Settlement(**row) for row in await fetch(SQL["read"], list(lots))}


async def lines(
    lot_id: UUID, after: UUID | None, limit: int, assets: Sequence[UUID] | None = None
) -> list[SettledLine]:
    """Lines of a statement in the order of their assets."""
    wanted = None if assets is None else list(assets)
    rows = await fetch(SQL["lines"], lot_id, after, limit, wanted)
    return [_line(row) for row in rows]


def _line(row: asyncpg.Record) -> SettledLine:
    return SettledLine(**{**row} | {"state": AssetState(row["state"])})


async def adjust(
    raw: asyncpg.Connection, lot: Lot, asset_id: UUID, gross_minor: int, dispute: UUID, at: datetime
) -> None:
    """A line brings another amount after a dispute: the totals and the ledger follow.

    Raises: ValueError for less than nothing.
    """
    before = await held(raw, lot.id)
    [row] = await raw.fetch(SQL["lines"], lot.id, None, 1, [asset_id])
    if before is None:
        raise LookupError(f"lot {lot.id} has no statement")
    line = _line(row).line()
    after = decided(line, gross_minor, before.fee_bp)
    reason = after.reason.value if after.reason else None
    await raw.execute(SQL["set_line"], asset_id, after.adjustment_minor, after.fee_minor, reason)
    await raw.execute(SQL["set_totals"], lot.id)
    changed = Totals(
        0, after.adjustment_minor - line.adjustment_minor, after.fee_minor - line.fee_minor
    )
    why = _why(lot, LedgerKind.SETTLEMENT_ADJUSTED, dispute, at)
    await post(raw, why, entries(lot, changed))


async def accept(raw: asyncpg.Connection, lot: Lot, now: datetime) -> None:
    """The organisation agrees: the statement stands once nothing of it is disputed."""
    await raw.execute(SQL["accept"], lot.id, now)
    await finish(raw, lot.id, now)


async def finish(raw: asyncpg.Connection, lot_id: UUID, now: datetime) -> bool:
    """Let a statement stand that may not be disputed any more; one of nothing is paid thereby."""
    done = await raw.fetchval(SQL["finish"], lot_id, now)
    if done is None:
        return False
    found = await held(raw, lot_id)
    if found is not None and found.net_minor == 0:
        await raw.fetchval(SQL["paid"], lot_id, now, None)
    return True


def payout_reference(lot_id: UUID) -> UUID:
    """The name of the payout of a lot: asked for again, it is the same."""
    return uuid5(lot_id, "settlement payout")


async def paid(raw: asyncpg.Connection, lot: Lot, now: datetime, reference: str | None) -> bool:
    """The organisation has its money; False where it had it, or the statement may change yet."""
    found = await held(raw, lot.id)
    if found is None or await raw.fetchval(SQL["paid"], lot.id, now, reference) is None:
        return False
    owed, clearing = LedgerAccount.ORGANISATIONS_OWED, LedgerAccount.CLEARING
    money = [
        Entry(owed, found.net_minor, organisation_id=lot.organisation_id),
        Entry(clearing, -found.net_minor),
    ]
    why = _why(lot, LedgerKind.SETTLEMENT_PAID, payout_reference(lot.id), now)
    await post(raw, why, money if found.net_minor else [])
    await handover.changed(raw, lot)
    return True


async def close(raw: asyncpg.Connection, lot_id: UUID) -> bool:
    """End a lot whose money is paid."""
    lot = await handover.held(raw, lot_id)
    return lot is not None and await handover.move(raw, lot, LotState.CLOSED)


async def due(raw: asyncpg.Connection, name: str, *args: Any) -> list[UUID]:
    """Lots that something is due of: `processed`, `to_finish`, `to_pay` or `to_close`."""
    return [row[0] for row in await raw.fetch(SQL[name], *args)]
