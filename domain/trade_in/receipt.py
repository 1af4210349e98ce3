"""The receipt for what a person gave to a solidarity partner, in English and French."""

from dataclasses import dataclass
from datetime import date


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
