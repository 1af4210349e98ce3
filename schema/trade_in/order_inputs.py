"""What customers and merchants send about trade-ins."""

from datetime import datetime
from decimal import Decimal

import strawberry

from domain.trade_in import Payout, Suspension
from domain.trade_in.locks import LockKind, LockState
from domain.trade_in.orders import CounterReason, Declaration, TradeInRefusalReason
from domain.trade_in.programme import IdentityDocument
from schema.common import ONCE
from schema.orders.carts import AddressInput

_ID = "Id of the `TradeIn`."


@strawberry.input
class BankAccountInput:
    """An account of yours. It is kept encrypted, and shown without its middle."""

    iban: str = strawberry.field(description="With or without spaces.")
    name: str = strawberry.field(description="Whose it is: up to 70 characters.")


@strawberry.input
class IdentityDocumentInput:
    """A paper that shows who you are."""

    kind: IdentityDocument = strawberry.field(description="Which.")
    attachment_id: strawberry.ID = strawberry.field(description="An attachment of yours.")


@strawberry.input
class AcceptTradeInBidInput:
    """A bid of a quote, and what becomes of the money."""

    quote_id: strawberry.ID = strawberry.field(description="The quote.")
    bid_id: strawberry.ID = strawberry.field(description="A bid of it.")
    payout: Payout = strawberry.field(description="What becomes of the money.")
    declarations: list[Declaration] = strawberry.field(
        description="What you declare. No date of birth is asked for or kept."
    )
    idempotency_key: str = strawberry.field(description=ONCE)
    token: str | None = strawberry.field(default=None, description="Of an anonymous quote.")
    payout_account: BankAccountInput | None = strawberry.field(
        default=None, description="For `BANK`."
    )
    documents: list[IdentityDocumentInput] = strawberry.field(
        default_factory=list, description="Where the market asks for papers. At most 6."
    )


@strawberry.input
class ConfirmTradeInChecklistInput:
    """The device is ready."""

    trade_in_id: strawberry.ID = strawberry.field(description=_ID)
    ticked: list[str] = strawberry.field(description="Codes of `checklist`. At most 20.")
    address: AddressInput = strawberry.field(description="Where it comes from, and goes back to.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class AnswerCounterOfferInput:
    """Yes or no to a counter-offer."""

    trade_in_id: strawberry.ID = strawberry.field(description=_ID)
    accept: bool = strawberry.field(description="A no brings the device back, free of charge.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class ResolveTradeInActionInput:
    """An action that is done."""

    trade_in_id: strawberry.ID = strawberry.field(description=_ID)
    action: Suspension = strawberry.field(description="`reason` of the action.")
    idempotency_key: str = strawberry.field(description=ONCE)
    documents: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Attachments of yours that show it. At most 20."
    )


@strawberry.input
class TradeInInput:
    """Which trade-in."""

    trade_in_id: strawberry.ID = strawberry.field(description=_ID)
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class SetTradeInPayoutAccountInput:
    """Another account."""

    trade_in_id: strawberry.ID = strawberry.field(description=_ID)
    payout_account: BankAccountInput = strawberry.field(description="An account of yours.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class DeviceLockInput:
    """A lock that you looked for."""

    kind: LockKind = strawberry.field(description="Which.")
    state: LockState = strawberry.field(description="Whether it is on.")


@strawberry.input
class ReceiveTradeInInput:
    """What was in the parcel."""

    trade_in_id: strawberry.ID = strawberry.field(description=_ID)
    idempotency_key: str = strawberry.field(description=ONCE)
    imei: str | None = strawberry.field(default=None, description="As the device shows it.")
    serial: str | None = strawberry.field(default=None, description="As the device shows it.")
    locks: list[DeviceLockInput] = strawberry.field(
        default_factory=list, description="What you looked for. At most 20."
    )


@strawberry.input
class ProposeCounterOfferInput:
    """Less than the bid."""

    trade_in_id: strawberry.ID = strawberry.field(description=_ID)
    amount: Decimal = strawberry.field(description="In the currency of the bid, and below it.")
    reasons: list[CounterReason] = strawberry.field(description="Why, each once. At most 10.")
    proofs: list[strawberry.ID] = strawberry.field(
        description="Attachments of yours that show it. At most 10."
    )
    idempotency_key: str = strawberry.field(description=ONCE)
    answer_by: datetime | None = strawberry.field(
        default=None, description="3 days from now at least; by default the programme's term."
    )


@strawberry.input
class RefuseTradeInInput:
    """A device that you do not buy."""

    trade_in_id: strawberry.ID = strawberry.field(description=_ID)
    reason: TradeInRefusalReason = strawberry.field(description="Why.")
    proofs: list[strawberry.ID] = strawberry.field(
        description="Attachments of yours that show it. At most 10."
    )
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class SuspendTradeInInput:
    """What you wait for."""

    trade_in_id: strawberry.ID = strawberry.field(description=_ID)
    reasons: list[Suspension] = strawberry.field(description="Each once. At most 7.")
    idempotency_key: str = strawberry.field(description=ONCE)
