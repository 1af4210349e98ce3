"""What every provider of payments offers to us, and what it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from domain.orders.payments import Provider, Told, ToldRefund

MOST_EVENT_ID = 255


class BadSignature(Exception):
    """A webhook whose proof does not fit: nothing of it may be believed."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A payment as a provider is asked for it. Units: minor units of ISO 4217.

    Shapes: `id` is ours, and makes the idempotency key of each step (`key`); `method` is what the
    client's form of the provider gave; `ref` the provider's own name, once it made one;
    `return_url` where the customer comes back to from a page of the bank.
    """

    id: UUID
    amount_minor: int
    currency: str
    method: str
    return_url: str
    ref: str | None = None

    def key(self, step: str) -> str:
        """The idempotency key of a step: the same for every try of it."""
        return f"{self.id}:{step}"


@dataclass(frozen=True, slots=True)
class Return:
    """Money to be sent back of a payment that was captured. Units: minor units."""

    id: UUID
    payment_ref: str
    amount_minor: int
    currency: str
    ref: str | None = None

    @property
    def key(self) -> str:
        """The idempotency key of sending it."""
        return f"{self.id}:refund"


@dataclass(frozen=True, slots=True)
class Happened:
    """What a webhook says happened: enough to ask the provider how things stand.

    Shapes: `event_id` is unique with the provider; `payment_ref` None: it is about no payment.
    """

    event_id: str
    kind: str
    payment_ref: str | None


class PaymentProvider(Protocol):
    """Who moves the money.

    Every call may be made again and has one effect: it carries the key of its step. Each raises
    Unavailable for no answer, 429, 5xx and bodies that cannot be read, and Rejected for a clear no
    that is not about the customer's means; nothing else, whatever the body.
    """

    name: ClassVar[Provider]

    async def authorise(self, charge: Charge) -> Told:
        """Ask for the money to be held; a decline is an answer. Raises: Unavailable, Rejected."""
        ...

    async def capture(self, charge: Charge) -> Told:
        """Take the money that is held. Raises: Unavailable, Rejected."""
        ...

    async def cancel(self, charge: Charge) -> Told:
        """Let go of the money that is held. Raises: Unavailable, Rejected."""
        ...

    async def find(self, charge: Charge) -> Told | None:
        """How the payment stands, by its `ref`, or by our id where that is not known.

        None where the provider knows of none. Raises: Unavailable, Rejected.
        """
        ...

    async def refund(self, given: Return) -> ToldRefund:
        """Send money back; one that the provider knows already is told as it stands.

        Raises: Unavailable, Rejected.
        """
        ...

    def event(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Happened:
        """Read a webhook after its proof was checked, against every valid secret in constant time.

        Shapes: header names are lower case. Raises: BadSignature; Rejected for a body of the
        provider's that cannot be read.
        """
        ...
