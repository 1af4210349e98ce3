"""What customers and merchants do with trade-ins."""

from typing import TYPE_CHECKING, Annotated, cast
from uuid import UUID

import strawberry

from domain.orders.addresses import Address
from domain.trade_in.accounts import AccountFault, BankAccount, account_of
from domain.trade_in.locks import Lock
from domain.trade_in.programme import IdentityDocument
from resolvers.context import BadInput, stored_text
from resolvers.trade_in import accepting, inspecting, selling
from resolvers.trade_in.refusals import Refusal
from schema.common import Info, idempotency_key, row_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.rules import CUSTOMER, OWN, Scope, ruled
from schema.trade_in.order_inputs import (
    AcceptTradeInBidInput,
    AnswerCounterOfferInput,
    BankAccountInput,
    ConfirmTradeInChecklistInput,
    ProposeCounterOfferInput,
    ReceiveTradeInInput,
    RefuseTradeInInput,
    ResolveTradeInActionInput,
    SetTradeInPayoutAccountInput,
    SuspendTradeInInput,
    TradeInInput,
)
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
