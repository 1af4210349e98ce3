"""A bank for development and tests: it does what stands in the account.

An account that ends in 0001 is refused at once, one that ends in 0002 takes the money and sends it
back; every other one is paid.
"""

from collections.abc import Sequence
from typing import Final

from integrations.payouts import Order, Taken, Told, Transfer
from integrations.payouts.pain001 import Debtor, document

REFUSES, RETURNS = "0001", "0002"
_DEBTOR: Final = Debtor("Boucle", "FR7630006000011234567890189")


class SimulatedBank:
    """Pays at once, in every currency; euros by a file as a real bank is given it."""

    name = "SIMULATOR"
    currencies: Sequence[str]

    def __init__(self, currencies: Sequence[str]) -> None:
        self.currencies = tuple(currencies)

    async def send(self, order: Order) -> Taken:
        """What becomes of each transfer."""
        file = document(order, _DEBTOR) if order.currency == "EUR" else None
        told = [
            Told(each.id, "ACCOUNT_CLOSED" if each.iban.endswith(REFUSES) else None)
            for each in order.transfers
        ]
        return Taken(file, told)

    async def returned(self, sent: Sequence[Transfer]) -> Sequence[Told]:
        """Those that go back."""
        return [Told(each.id, "RETURNED") for each in sent if each.iban.endswith(RETURNS)]
