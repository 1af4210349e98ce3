"""Credits that customers spend here: what is left of one, what is due of it, and its entries.

Source: docs/payments.md, "Credits".
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.orders.ledger import Entry, LedgerAccount

_A = LedgerAccount


class CreditState(StrEnum):
    """Whether a credit is expected of a trade-in, stands, or came to nothing."""

    EXPECTED = "EXPECTED"
    ISSUED = "ISSUED"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a credit comes to. Units: minor units.

    `amount_minor` is expected, or final; `paid_minor` what the customer paid back of it;
    `spent_minor` what purchases took and refunds did not bring back.
    """

    amount_minor: int
    paid_minor: int
    spent_minor: int

    @property
    def left_minor(self) -> int:
        """What can be spent."""
        return max(self.amount_minor + self.paid_minor - self.spent_minor, 0)

    @property
    def due_minor(self) -> int:
        """What the customer owes: more was spent than it came to."""
        return max(self.spent_minor - self.amount_minor - self.paid_minor, 0)


def spent(amount_minor: int, customer_id: UUID) -> list[Entry]:
    """A purchase that was captured took so much of a credit instead of money."""
    return _pair(amount_minor, customer_id, Entry(_A.CLEARING, -amount_minor))


def returned(amount_minor: int, customer_id: UUID) -> list[Entry]:
    """What goes back of a line goes back as credit."""
    credit = Entry(_A.CREDITS_ISSUED, -amount_minor, customer_id=customer_id)
    return [Entry(_A.REFUNDS_DUE, amount_minor), credit] if amount_minor else []


def difference_paid(amount_minor: int, customer_id: UUID) -> list[Entry]:
    """The customer paid what was due of a credit."""
    credit = Entry(_A.CREDITS_ISSUED, -amount_minor, customer_id=customer_id)
    return [Entry(_A.CLEARING, amount_minor), credit] if amount_minor else []


def _pair(amount_minor: int, customer_id: UUID, other: Entry) -> list[Entry]:
    debit = Entry(_A.CREDITS_ISSUED, amount_minor, customer_id=customer_id)
    return [debit, other] if amount_minor else []
