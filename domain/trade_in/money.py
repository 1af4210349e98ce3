"""What a trade-in moves in the ledger: who owes what, from the validation to the money.

A debit is positive, a credit negative; what we owe stands as a credit.
Source: docs/payments.md, "The ledger".
"""

from dataclasses import dataclass
from uuid import UUID

from domain.orders.ledger import Entry, LedgerAccount
from domain.trade_in.orders import Blame

_A = LedgerAccount


@dataclass(frozen=True, slots=True)
class Parties:
    """Between whom the money moves."""

    merchant_id: UUID
    customer_id: UUID


def bought(amount_minor: int, who: Parties) -> list[Entry]:
    """A device is bought: its merchant owes the amount, the person is owed it."""
    return _pair(
        Entry(_A.MERCHANT_OWED, amount_minor, who.merchant_id),
        Entry(_A.CUSTOMERS_OWED, -amount_minor, customer_id=who.customer_id),
    )


def compensated(amount_minor: int, who: Parties, blame: Blame) -> list[Entry]:
    """A device is lost: whose loss it is owes the amount, the person is owed it."""
    if blame is Blame.MERCHANT:
        return bought(amount_minor, who)
    return _pair(
        Entry(_A.CARRIERS_OWED, amount_minor),
        Entry(_A.CUSTOMERS_OWED, -amount_minor, customer_id=who.customer_id),
    )


def paid(amount_minor: int, who: Parties) -> list[Entry]:
    """A bank was given the money."""
    return _pair(
        Entry(_A.CUSTOMERS_OWED, amount_minor, customer_id=who.customer_id),
        Entry(_A.CLEARING, -amount_minor),
    )


def paid_back(amount_minor: int, who: Parties) -> list[Entry]:
    """The bank returned it: the person is owed it again."""
    return _pair(
        Entry(_A.CLEARING, amount_minor),
        Entry(_A.CUSTOMERS_OWED, -amount_minor, customer_id=who.customer_id),
    )


def credited(amount_minor: int, who: Parties) -> list[Entry]:
    """The person has it as a credit instead."""
    return _pair(
        Entry(_A.CUSTOMERS_OWED, amount_minor, customer_id=who.customer_id),
        Entry(_A.CREDITS_ISSUED, -amount_minor, customer_id=who.customer_id),
    )


def donated(amount_minor: int, who: Parties) -> list[Entry]:
    """The person gave it to a partner."""
    return _pair(
        Entry(_A.CUSTOMERS_OWED, amount_minor, customer_id=who.customer_id),
        Entry(_A.DONATIONS_OWED, -amount_minor),
    )


def _pair(debit: Entry, credit: Entry) -> list[Entry]:
    return [debit, credit] if debit.amount_minor else []
