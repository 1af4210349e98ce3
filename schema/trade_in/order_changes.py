"""What customers and merchants do with trade-ins."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, cast
from uuid import UUID

import strawberry

from domain.orders.addresses import Address
from domain.trade_in import Payout, Suspension
from domain.trade_in.accounts import AccountFault, BankAccount, account_of
from domain.trade_in.locks import Lock, LockKind, LockState
from domain.trade_in.orders import CounterReason, Declaration, TradeInRefusalReason
from domain.trade_in.programme import IdentityDocument
from resolvers.context import BadInput, stored_text
from resolvers.trade_in import accepting, inspecting, selling
from resolvers.trade_in.refusals import Refusal
from schema.common import ONCE, Info, idempotency_key, row_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.orders.carts import AddressInput
from schema.rules import CUSTOMER, OWN, Scope, ruled
from schema.trade_in.order_problems import (
    ActionUnknown,
    AgeRequired,
    AmountInvalid,
    AnswerTooLate,
    ChecklistIncomplete,
    DeclarationMissing,
    KycRequired,
    LabelNotAvailable,
    QuoteExpired,
    ReasonNotAllowed,
    TradeInBecause,
    TradeInRefused,
    problem,
)
from schema.trade_in.orders import TradeIn

if TYPE_CHECKING:
    from models.trade_in.orders import TradeInRow

WRITE = Scope(inspecting.WRITE)
MOST = 20
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


@ruled(OWN)
@strawberry.type
class TradeInChanged:
    """The trade-in as it is now."""

    trade_in: TradeIn = strawberry.field(description="The trade-in.")


AcceptTradeInBidResult = Annotated[
    TradeInChanged
    | TradeInRefused
    | TradeInBecause
    | QuoteExpired
    | AgeRequired
    | DeclarationMissing
    | KycRequired,
    strawberry.union("AcceptTradeInBidResult", description="The trade-in, or a refusal."),
]
ConfirmTradeInChecklistResult = Annotated[
    TradeInChanged
    | TradeInRefused
    | TradeInBecause
    | InvalidTransition
    | ChecklistIncomplete
    | LabelNotAvailable,
    strawberry.union("ConfirmTradeInChecklistResult", description="The trade-in, or a refusal."),
]
SellingResult = Annotated[
    TradeInChanged
    | TradeInRefused
    | TradeInBecause
    | InvalidTransition
    | AnswerTooLate
    | ActionUnknown,
    strawberry.union("TradeInSellingResult", description="The trade-in, or a refusal."),
]
InspectingResult = Annotated[
    TradeInChanged
    | TradeInRefused
    | TradeInBecause
    | InvalidTransition
    | ReasonNotAllowed
    | AmountInvalid,
    strawberry.union("TradeInInspectingResult", description="The trade-in, or a refusal."),
]


def _shaped(info: Info, found: "TradeInRow | Refusal") -> TradeInChanged:
    """The answer to a step; a refusal is its problem, which is of the result's union."""
    if isinstance(found, Refusal):
        return cast("TradeInChanged", problem(info, found))
    return TradeInChanged(trade_in=TradeIn.of(found, info))


def _id(given: strawberry.ID, kind: str = "TradeIn", argument: str = "tradeInId") -> UUID:
    found = row_id(given, kind, argument)
    if found is None:
        raise LookupError("a non-null id was null")
    return found


def _files(given: list[strawberry.ID], argument: str) -> list[UUID]:
    if len(given) > MOST or len(set(given)) != len(given):
        raise BadInput(f"`{argument}` are up to {MOST}, each once.", argument=argument)
    return [_id(each, "Attachment", argument) for each in given]


def _account(given: BankAccountInput | None) -> BankAccount | AccountFault | None:
    if given is None:
        return None
    return account_of(stored_text(given.iban, "iban"), stored_text(given.name, "name"))


@strawberry.type
class TradeInOrdersMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def accept_trade_in_bid(
        self,
        info: Info,
        input: Annotated[AcceptTradeInBidInput, strawberry.argument(description="Which.")],
    ) -> AcceptTradeInBidResult:
        """Sell a device for a bid of its quote. For customers; a visitor's quote by its token."""
        key = idempotency_key(input.idempotency_key)
        if len(input.documents) > len(IdentityDocument):
            raise BadInput("`documents` are at most 6.", argument="documents")
        papers = [
            (each.kind, _id(each.attachment_id, "Attachment", "documents"))
            for each in input.documents
        ]
        wanted = accepting.Accepted(
            _id(input.quote_id, "TradeInQuote", "quoteId"),
            _id(input.bid_id, "TradeInBid", "bidId"),
            input.payout,
            input.declarations,
            input.token,
            _account(input.payout_account),
            papers,
        )
        return _shaped(info, await accepting.accept(info.context, wanted, key))

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def confirm_trade_in_checklist(
        self,
        info: Info,
        input: Annotated[ConfirmTradeInChecklistInput, strawberry.argument(description="Which.")],
    ) -> ConfirmTradeInChecklistResult:
        """The device is ready: its prepaid label is ordered, at the merchant's cost.

        For customers. `tradeIn { labels { documentUrl } }` is the label, once it is issued.
        """
        key = idempotency_key(input.idempotency_key)
        given = input.address.given()
        address = Address(
            given.name, given.street, given.city, given.postal_code, given.country,
            given.company, given.region, given.phone,
        )  # fmt: skip
        of = (_id(input.trade_in_id), input.ticked[:MOST], address)
        return _shaped(info, await selling.confirm_checklist(info.context, *of, key))

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def answer_counter_offer(
        self,
        info: Info,
        input: Annotated[AnswerCounterOfferInput, strawberry.argument(description="Which.")],
    ) -> SellingResult:
        """Say yes or no to less than the bid. For customers."""
        key, of = idempotency_key(input.idempotency_key), _id(input.trade_in_id)
        return _shaped(info, await selling.answer(info.context, of, key, accept=input.accept))

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def resolve_trade_in_action(
        self,
        info: Info,
        input: Annotated[ResolveTradeInActionInput, strawberry.argument(description="Which.")],
    ) -> SellingResult:
        """Say that an action is done; with the last one the inspection goes on. For customers."""
        key, of = idempotency_key(input.idempotency_key), _id(input.trade_in_id)
        files = _files(input.documents, "documents")
        return _shaped(info, await selling.resolve(info.context, of, input.action, files, key))

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def cancel_trade_in(
        self, info: Info, input: Annotated[TradeInInput, strawberry.argument(description="Which.")]
    ) -> SellingResult:
        """Keep the device, before a carrier has it. For customers."""
        key, of = idempotency_key(input.idempotency_key), _id(input.trade_in_id)
        return _shaped(info, await selling.cancel(info.context, of, key))

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def give_returning_device(
        self, info: Info, input: Annotated[TradeInInput, strawberry.argument(description="Which.")]
    ) -> SellingResult:
        """Give a device that is to come back to a solidarity partner instead. For customers."""
        key, of = idempotency_key(input.idempotency_key), _id(input.trade_in_id)
        return _shaped(info, await selling.give(info.context, of, key))

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def set_trade_in_payout_account(
        self,
        info: Info,
        input: Annotated[SetTradeInPayoutAccountInput, strawberry.argument(description="Which.")],
    ) -> SellingResult:
        """Have the money sent to another account; at once after a refusal. For customers."""
        key, of = idempotency_key(input.idempotency_key), _id(input.trade_in_id)
        account = _account(input.payout_account) or AccountFault.MISSING
        return _shaped(info, await selling.change_account(info.context, of, account, key))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def receive_trade_in(
        self,
        info: Info,
        input: Annotated[ReceiveTradeInInput, strawberry.argument(description="Which.")],
    ) -> InspectingResult:
        """A device came: its status and its locks are looked at again.

        One that is listed, locked, or another than was said is `SUSPENDED`. Needs a merchant's key
        with `trade_in:write`.
        """
        key, of = idempotency_key(input.idempotency_key), _id(input.trade_in_id)
        locks = [Lock(each.kind, each.state) for each in input.locks[:MOST]]
        device = inspecting.Device(input.imei, input.serial, locks)
        return _shaped(info, await inspecting.receive(info.context, of, device, key))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def inspect_trade_in(
        self, info: Info, input: Annotated[TradeInInput, strawberry.argument(description="Which.")]
    ) -> InspectingResult:
        """Begin to look at a device. Needs a merchant's key with `trade_in:write`."""
        key, of = idempotency_key(input.idempotency_key), _id(input.trade_in_id)
        return _shaped(info, await inspecting.begin(info.context, of, key))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def validate_trade_in(
        self, info: Info, input: Annotated[TradeInInput, strawberry.argument(description="Which.")]
    ) -> InspectingResult:
        """Buy the device at the bid. Needs a merchant's key with `trade_in:write`."""
        key, of = idempotency_key(input.idempotency_key), _id(input.trade_in_id)
        return _shaped(info, await inspecting.validate(info.context, of, key))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def propose_counter_offer(
        self,
        info: Info,
        input: Annotated[ProposeCounterOfferInput, strawberry.argument(description="How much.")],
    ) -> InspectingResult:
        """Offer less, once, with reasons and proofs. Needs a key with `trade_in:write`."""
        key, of = idempotency_key(input.idempotency_key), _id(input.trade_in_id)
        proofs = _files(input.proofs, "proofs")
        asked = inspecting.Counter(input.amount, input.reasons, proofs, input.answer_by)
        return _shaped(info, await inspecting.offer_less(info.context, of, asked, key))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def refuse_trade_in(
        self,
        info: Info,
        input: Annotated[RefuseTradeInInput, strawberry.argument(description="Why.")],
    ) -> InspectingResult:
        """Do not buy the device: it goes back, at no cost. Needs a key with `trade_in:write`."""
        key, of = idempotency_key(input.idempotency_key), _id(input.trade_in_id)
        proofs = _files(input.proofs, "proofs")
        return _shaped(info, await inspecting.refuse(info.context, of, input.reason, proofs, key))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def suspend_trade_in(
        self,
        info: Info,
        input: Annotated[SuspendTradeInInput, strawberry.argument(description="Why.")],
    ) -> InspectingResult:
        """Wait for the customer, who is told what to do. Needs a key with `trade_in:write`."""
        key, of = idempotency_key(input.idempotency_key), _id(input.trade_in_id)
        return _shaped(info, await inspecting.suspend(info.context, of, input.reasons, key))
