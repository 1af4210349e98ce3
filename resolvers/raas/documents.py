"""The statement of a lot as a document, for whoever has its address: CSV, or PDF for people.

Source: docs/fleets.md, "Settlement".
"""

import asyncio
import csv
import io
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from domain.money import Currency, amount_of
from models.base import as_system, transaction
from models.raas import handover, settling
from models.raas.handover import Lot
from models.raas.settling import SettledLine, Settlement
from resolvers.context import Context
from resolvers.units import documents
from resolvers.units.documents import Document

CSV_KIND, PDF_KIND = "settlement", "settlement_pdf"
HEADS: Final = (
    "assetTag", "imei", "serial", "model", "bid", "adjustment", "reason", "fee", "net", "currency",
)  # fmt: skip
_AT_ONCE = 1_000
Printer = Callable[[Lot, Settlement, Sequence[SettledLine]], bytes]
"""Makes the PDF of a statement. It blocks."""


class _Process:
    printer: Printer | None = None


def install(printer: Printer) -> None:
    """Let this print the statements of the process."""
    _Process.printer = printer


def link(ctx: Context, kind: str, lot_id: UUID) -> str:
    """The path of a statement for whoever is handed it, for 15 minutes."""
    return documents.link(ctx, kind, lot_id)


async def _read(lot_id: UUID) -> tuple[Lot, Settlement, list[SettledLine]] | None:
    async with transaction(), as_system():
        lot = (await handover.lots([lot_id])).get(lot_id)
        found = (await settling.read([lot_id])).get(lot_id)
        if lot is None or found is None:
            return None
        lines: list[SettledLine] = []
        while len(lines) % _AT_ONCE == 0:
            after = lines[-1].asset_id if lines else None
            more = await settling.lines(lot_id, after, _AT_ONCE)
            if not more:
                break
            lines += more
    return lot, found, lines


def amount(minor: int, currency: str) -> str:
    """An amount as it is written in a document."""
    return str(amount_of(minor, Currency(currency)))


def row_of(line: SettledLine) -> list[str]:
    """A line as it is written in a document, in the order of `HEADS`."""
    currency = line.currency
    return [
        line.tag or "", line.imei or "", line.serial or "", line.model or "",
        amount(line.bid_minor, currency), amount(line.adjustment_minor, currency),
        line.reason or "", amount(line.fee_minor, currency), amount(line.net_minor, currency),
        currency,
    ]  # fmt: skip


def _written(found: Settlement, lines: Sequence[SettledLine]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS)
    for line in lines:
        writer.writerow([_plain(cell) for cell in row_of(line)])
    sums = (found.bid_minor, found.adjustment_minor, found.fee_minor, found.net_minor)
    bid, adjustment, fee, net = (amount(each, found.currency) for each in sums)
    writer.writerow(["TOTAL", "", "", "", bid, adjustment, "", fee, net, found.currency])
    return out.getvalue().encode()


def _plain(cell: str) -> str:
    """A cell that no spreadsheet runs: a formula is quoted, a negative amount is not one."""
    formula = cell[:1] in {"=", "+", "@", "\t"} or (cell[:1] == "-" and not cell[1:2].isdigit())
    return f"'{cell}" if formula else cell


async def _csv(lot_id: UUID) -> Document | None:
    found = await _read(lot_id)
    if found is None:
        return None
    lot, statement, lines = found
    return Document("text/csv", f"settlement-{lot.number}.csv", _written(statement, lines))


async def _pdf(lot_id: UUID) -> Document | None:
    found = await _read(lot_id)
    if found is None or _Process.printer is None:
        return None
    made = await asyncio.to_thread(_Process.printer, *found)
    return Document("application/pdf", f"settlement-{found[0].number}.pdf", made)


documents.register(CSV_KIND, _csv)
documents.register(PDF_KIND, _pdf)
