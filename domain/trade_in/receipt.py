"""The receipt for what a person gave to a solidarity partner, in English and French, on one page."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from fpdf import FPDF

_EDGE: Final = 20.0
_WIDE: Final = 170.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says. Shapes: `amount` is a decimal string; `device` for a device given."""

    number: str
    partner: str
    registration: str
    donor: str
    trade_in: str
    amount: str
    currency: str
    device: bool
    day: date

    def lines(self) -> list[str]:
        """The text, English first."""
        en = "a device" if self.device else f"{self.amount} {self.currency}"
        fr = "un appareil" if self.device else f"{self.amount} {self.currency}"
        day = self.day.isoformat()
        of = f"{self.partner} ({self.registration})"
        return [
            f"Receipt {self.number}",
            f"{of} was given {en} by {self.donor or 'its owner'} on {day}.",
            f"Trade-in {self.trade_in}. Nothing was given in return.",
            "",
            f"Reçu {self.number}",
            f"{of} a reçu {fr} de {self.donor or 'son propriétaire'} le {day}.",
            f"Reprise {self.trade_in}. Sans contrepartie.",
        ]


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
