"""Payouts: whoever brings money to people's banks, in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money for one account. Units: minor units of the batch's currency, more than 0.

    Shapes: the same `id` asked again is the same transfer; `reference` is what the person reads.
    """

    id: UUID
    amount_minor: int
    iban: str
    name: str
    reference: str


@dataclass(frozen=True, slots=True)
class Order:
    """Transfers of one currency that a bank is asked for together, once for its `id`."""

    id: UUID
    currency: str
    transfers: Sequence[Transfer]
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a transfer: `problem` None for one that was taken."""

    id: UUID
    problem: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a bank said of an order, and the document that it was given, if any."""

    document: bytes | None
    told: Sequence[Told]


class PayoutProvider(Protocol):
    """Brings money to banks."""

    @property
    def name(self) -> str:
        """What batches are noted under."""
        ...

    @property
    def currencies(self) -> Sequence[str]:
        """What it can send."""
        ...

    async def send(self, order: Order) -> Taken:
        """Have an order sent; asked again it is the same. Raises: Unavailable."""
        ...

    async def returned(self, sent: Sequence[Transfer]) -> Sequence[Told]:
        """Those of transfers that were taken, and that a bank has sent back since."""
        ...
