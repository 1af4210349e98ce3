"""Payments: their states, what a provider tells of one, and what follows whatever the order.

A provider tells the same thing twice, late, or in another order. So what is told is ranked, and
a payment stands where the highest of all that was told puts it.
Source: docs/payments.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Provider(StrEnum):
    """Who moves the money."""

    SIMULATOR = "simulator"
    STRIPE = "stripe"


class PaymentState(StrEnum):
    """Where a payment stands: made, waiting for the customer's bank page, held, taken, or over."""

    CREATED = "CREATED"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    AUTHORISED = "AUTHORISED"
    DECLINED = "DECLINED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    CAPTURED = "CAPTURED"


_RANK: Final[Mapping[PaymentState, int]] = {state: n for n, state in enumerate(PaymentState)}
OPEN: Final = frozenset(
    {PaymentState.CREATED, PaymentState.ACTION_REQUIRED, PaymentState.AUTHORISED}
)
"""States in which the provider may still have news."""


def later(now: PaymentState, told: PaymentState) -> PaymentState:
    """Where a payment stands that stood at `now` and of which `told` was told.

    The higher of the two, so that any order of the same news ends alike. Money that was taken
    outranks all else: it is kept or sent back, never forgotten.
    """
    return max(now, told, key=_RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider says of a payment.

    Shapes: `ref` is the provider's name of it, None where it made none. `code` is why it was
    declined or failed, in our words (`DECLINE_CODES`), and `retryable` whether another try may
    succeed. `action_url` is where the customer confirms. Units: `fee_minor` is what the provider
    kept of it, where it tells.
    """

    state: PaymentState
    ref: str | None = None
    code: str | None = None
    retryable: bool = False
    action_url: str | None = None
    fee_minor: int | None = None


class RefundState(StrEnum):
    """Where a refund stands."""

    REQUESTED = "REQUESTED"
    SENT = "SENT"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


_REFUND_RANK: Final[Mapping[RefundState, int]] = {state: n for n, state in enumerate(RefundState)}


def later_refund(now: RefundState, told: RefundState) -> RefundState:
    """Where a refund stands after news of it; a bank that returns the money outranks success."""
    return max(now, told, key=_REFUND_RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class ToldRefund:
    """What a provider says of a refund. Shapes: `code` is why it failed."""

    state: RefundState
    ref: str | None = None
    code: str | None = None


class RefundReason(StrEnum):
    """Why money goes back."""

    CANCELLED = "CANCELLED"
    REFUSED = "REFUSED"
    WITHDRAWAL = "WITHDRAWAL"
    RETURNED = "RETURNED"
    LOST = "LOST"
    FAULT = "FAULT"
    GOODWILL = "GOODWILL"
    PURCHASE_EXPIRED = "PURCHASE_EXPIRED"


DECLINE_CODES: Final[Mapping[str, bool]] = {
    "CARD_DECLINED": False,
    "INSUFFICIENT_FUNDS": True,
    "EXPIRED_CARD": False,
    "INCORRECT_DETAILS": True,
    "AUTHENTICATION_FAILED": True,
    "LIMIT_EXCEEDED": True,
    "TRY_AGAIN": True,
    "METHOD_UNKNOWN": False,
    "PROVIDER_REFUSED": False,
    "NO_PROVIDER": False,
}
"""Why a payment was not taken, and whether the same customer may succeed at another try.

A card that was reported lost or stolen is told as `CARD_DECLINED`: its holder is not at the till.
"""


@dataclass(frozen=True, slots=True)
class Captured:
    """The money was taken: the purchase is paid."""


@dataclass(frozen=True, slots=True)
class ActionRequired:
    """The customer must confirm at `url`, in the time in which the stock is held."""

    url: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The money was not taken; `code` of `DECLINE_CODES`."""

    code: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Pending:
    """Nobody knows yet: the payment ends by itself, and whoever watches the order is told."""


Outcome = Captured | ActionRequired | Declined | Pending


def outcome_of(state: PaymentState, code: str | None, retryable: bool, url: str | None) -> Outcome:
    """What a customer is told of a payment that stands so."""
    match state:
        case PaymentState.CAPTURED:
            return Captured()
        case PaymentState.ACTION_REQUIRED if url:
            return ActionRequired(url)
        case PaymentState.DECLINED | PaymentState.FAILED | PaymentState.CANCELLED:
            return Declined(code or "TRY_AGAIN", retryable)
        case _:
            return Pending()
