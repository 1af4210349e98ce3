"""Statements of lots on paper."""

from collections.abc import Sequence
from typing import Final

from integrations.papers import Facts, Paper, Table, printed
from models.raas.handover import Lot
from models.raas.settling import SettledLine, Settlement
from resolvers.raas.documents import amount, row_of

MOST_PRINTED: Final = 2_000
"""Lines that a PDF lists; the CSV file lists all."""


def statement_pdf(lot: Lot, found: Settlement, lines: Sequence[SettledLine]) -> bytes:
    """The PDF of a statement. It blocks: run it in a thread."""
    said = {
        "Lot": f"{lot.number} {lot.title}",
        "Bid / Enchère": amount(found.bid_minor, found.currency),
        "Adjustment / Ajustement": amount(found.adjustment_minor, found.currency),
        "Fee / Commission": amount(found.fee_minor, found.currency),
        "Net": f"{amount(found.net_minor, found.currency)} {found.currency}",
        "Disputes until / Contestable jusqu'au": found.dispute_until.date().isoformat(),
    }
    rows = []
    for line in lines[:MOST_PRINTED]:
        tag, imei, serial, model, bid, adjustment, reason, fee, net, _ = row_of(line)
        rows.append([tag, imei or serial, model, bid, adjustment, reason, fee, net])
    heads = ("Tag", "IMEI / serial", "Model", "Bid", "Adj.", "Why", "Fee", "Net")
    widths = (0.13, 0.19, 0.2, 0.1, 0.1, 0.1, 0.08, 0.1)
    return printed(
        Paper(
            title="Settlement / Décompte",
            subtitle=lot.number,
            banner=found.state,
            good=None,
            at=found.ready_at,
            footer=f"Settlement {lot.number}, version {found.version}",
            parts=[Facts("", list(said.items())), Table("", heads, widths, rows)],
        )
    )
