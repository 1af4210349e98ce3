"""A receipt on paper: one page for what a person gave."""

from datetime import datetime
from typing import Final

from fpdf import FPDF

from domain.trade_in.receipt import Receipt

_EDGE: Final = 20.0
_WIDE: Final = 170.0


def printed(receipt: Receipt, at: datetime) -> bytes:
    """A PDF of one page, the same for the same receipt. Letters outside Latin-1 become `?`."""
    page = FPDF()
    page.set_creation_date(at)
    page.add_page()
    page.set_margins(_EDGE, _EDGE)
    page.set_xy(_EDGE, _EDGE)
    for n, text in enumerate(receipt.lines()):
        page.set_font("Helvetica", style="B" if n in {0, 4} else "", size=12)
        page.set_x(_EDGE)
        page.multi_cell(_WIDE, 8, text.encode("latin-1", "replace").decode("latin-1"))
    return bytes(page.output())
