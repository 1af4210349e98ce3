"""What organisations do to lots, and what merchants bid, confirm and decline."""

from typing import Annotated, cast

import strawberry

from domain.raas.lots import AssetFilter
from resolvers.accounts.approvals import Pending
from resolvers.context import BadInput
from resolvers.raas import awarding, bidding
from resolvers.raas import lots as resolvers
from resolvers.raas.lots import Change
from resolvers.raas.refusals import APPROVAL_REQUIRED, Refusal
from schema.accounts.approvals import ApprovalRequired
from schema.common import Info, idempotency_key, row_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.raas.lot_inputs import (
    AwardLotInput,
    BidOnLotInput,
    CancelLotInput,
    ChangeLotInput,
    CreateLotInput,
    DeclineAwardInput,
    OneLotInput,
    PublishLotInput,
    minor,
    row,
)
from schema.raas.lot_problems import (
    AssetNotAvailable,
    AssetWithoutIdentity,
    AwardReasonRequired,
    BelowReserve,
    BidderNotQualified,
    BiddingClosed,
    BidsStillSealed,
    ConfirmationDeadlinePassed,
    LotBidUnknown,
    LotChangedSinceBid,
    LotEmpty,
    LotFleetNotValued,
    LotFleetUnknown,
    LotRulesInvalid,
    LotStale,
    LotTooLarge,
    LotUnknown,
    problem,
)
from schema.raas.lot_shapes import LotBid
from schema.raas.lots import Lot
from schema.rules import MERCHANT, ORGANISATION, OWN, AllOf, Scope, ruled

WRITE = AllOf((Scope(resolvers.WRITE), ORGANISATION))
BIDS = AllOf((Scope(resolvers.WRITE), MERCHANT))


@ruled(OWN)
@strawberry.type
class LotChanged:
    """The lot as it is now."""

    lot: Lot = strawberry.field(description="The lot.")


@ruled(OWN)
@strawberry.type
class LotBidChanged:
    """Your bid as it is now."""

    bid: LotBid = strawberry.field(description="The bid.")


CreateLotResult = Annotated[
    LotChanged
    | LotFleetUnknown
    | LotFleetNotValued
    | AssetNotAvailable
    | AssetWithoutIdentity
    | LotEmpty
    | LotTooLarge,
    strawberry.union("CreateLotResult", description="The draft, or a refusal."),
]
PublishLotResult = Annotated[
    LotChanged | LotUnknown | InvalidTransition | LotEmpty | LotRulesInvalid,
    strawberry.union("PublishLotResult", description="The lot, or a refusal."),
]
ChangeLotResult = Annotated[
    LotChanged
    | LotUnknown
    | InvalidTransition
    | BiddingClosed
    | LotStale
    | LotRulesInvalid
    | AssetNotAvailable
    | AssetWithoutIdentity
    | LotEmpty
    | LotTooLarge,
    strawberry.union("ChangeLotResult", description="The lot, or a refusal."),
]
CancelLotResult = Annotated[
    LotChanged | LotUnknown | InvalidTransition,
    strawberry.union("CancelLotResult", description="The lot, or a refusal."),
]
AwardLotResult = Annotated[
    LotChanged
    | LotUnknown
    | InvalidTransition
    | BidsStillSealed
    | LotBidUnknown
    | AwardReasonRequired
    | ApprovalRequired,
    strawberry.union("AwardLotResult", description="The lot, or a refusal."),
]
BidOnLotResult = Annotated[
    LotBidChanged
    | LotUnknown
    | BiddingClosed
    | LotChangedSinceBid
    | BidderNotQualified
    | BelowReserve,
    strawberry.union("BidOnLotResult", description="The bid, or a refusal."),
]
WithdrawLotBidResult = Annotated[
    LotBidChanged | LotUnknown | BiddingClosed | LotBidUnknown,
    strawberry.union("WithdrawLotBidResult", description="The bid, or a refusal."),
]
ConfirmAwardResult = Annotated[
    LotChanged | LotUnknown | InvalidTransition | ConfirmationDeadlinePassed,
    strawberry.union("ConfirmAwardResult", description="The lot, or a refusal."),
]
DeclineAwardResult = Annotated[
    LotBidChanged | LotUnknown | InvalidTransition,
    strawberry.union("DeclineAwardResult", description="The bid, or a refusal."),
]


@strawberry.type
class LotsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def create_lot(
        self,
        info: Info,
        input: Annotated[CreateLotInput, strawberry.argument(description="Of what.")],
    ) -> CreateLotResult:
        """Make a lot of devices of a fleet, as a draft. A device is in one lot at a time.

        Needs an organisation's key with `lots:write`.
        """
        if input.assets is not None and input.filter is not None:
            raise BadInput("Give `assets` or a `filter`.", argument="filter")
        named = input.assets
        found = await resolvers.create(
            info.context,
            row(input.fleet_id, "Fleet", "fleetId"),
            input.title,
            None if named is None else [row(each, "Asset", "assets") for each in named],
            input.filter.read() if input.filter else AssetFilter(),
            idempotency_key(input.idempotency_key),
        )
        if isinstance(found, Refusal):
            return cast("CreateLotResult", problem(info, found, "fleetId"))
        return LotChanged(lot=Lot.of(found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def publish_lot(
        self,
        info: Info,
        input: Annotated[PublishLotInput, strawberry.argument(description="Which, and how.")],
    ) -> PublishLotResult:
        """Put a draft to bid: those who may bid are told, its list of devices is fixed.

        Needs an organisation's key with `lots:write`.
        """
        key, lot_id = idempotency_key(input.idempotency_key), row(input.lot_id, "Lot", "lotId")
        rules, currency = input.rules.read(), input.rules.currency
        found = await resolvers.publish(info.context, lot_id, rules, currency, key)
        if isinstance(found, Refusal):
            return cast("PublishLotResult", problem(info, found, "rules"))
        return LotChanged(lot=Lot.of(found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def change_lot(
        self,
        info: Info,
        input: Annotated[ChangeLotInput, strawberry.argument(description="Which, and what.")],
    ) -> ChangeLotResult:
        """Change a draft, or a lot that takes bids: its `version` grows, and bids on it are void.

        Needs an organisation's key with `lots:write`.
        """
        key, lot_id = idempotency_key(input.idempotency_key), row(input.lot_id, "Lot", "lotId")
        wanted = Change(
            title=input.title,
            add=[row(each, "Asset", "addAssets") for each in input.add_assets],
            remove=[row(each, "Asset", "removeAssets") for each in input.remove_assets],
            rules=input.rules.read() if input.rules else None,
            currency=input.rules.currency if input.rules else None,
            expected_version=input.expected_version,
        )
        found = await resolvers.change(info.context, lot_id, wanted, key)
        if isinstance(found, Refusal):
            return cast("ChangeLotResult", problem(info, found))
        return LotChanged(lot=Lot.of(found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def cancel_lot(
        self,
        info: Info,
        input: Annotated[CancelLotInput, strawberry.argument(description="Which, and why.")],
    ) -> CancelLotResult:
        """Take a lot back before its contract: bids are void and unread, devices are free.

        Needs an organisation's key with `lots:write`.
        """
        key, lot_id = idempotency_key(input.idempotency_key), row(input.lot_id, "Lot", "lotId")
        found = await resolvers.cancel(info.context, lot_id, input.reason, key)
        if isinstance(found, Refusal):
            return cast("CancelLotResult", problem(info, found))
        return LotChanged(lot=Lot.of(found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def award_lot(
        self,
        info: Info,
        input: Annotated[AwardLotInput, strawberry.argument(description="Which, to whom.")],
    ) -> AwardLotResult:
        """Choose a bid once they were opened; the best one where none is named.

        Above your `approvalLimit` another member agrees first; then call again with another key.
        Needs an organisation's key with `lots:write`.
        """
        key, lot_id = idempotency_key(input.idempotency_key), row(input.lot_id, "Lot", "lotId")
        bid = row_id(input.bid_id, "LotBid", "bidId")
        found = await awarding.award(info.context, lot_id, bid, input.reason, key)
        if isinstance(found, Refusal) and found.code == APPROVAL_REQUIRED:
            return ApprovalRequired.of(info, Pending.read(dict(found.facts)))
        if isinstance(found, Refusal):
            return cast("AwardLotResult", problem(info, found))
        return LotChanged(lot=Lot.of(found))

    @strawberry.mutation(metadata={"rule": BIDS})
    async def bid_on_lot(
        self,
        info: Info,
        input: Annotated[BidOnLotInput, strawberry.argument(description="On what, how much.")],
    ) -> BidOnLotResult:
        """Bid on a lot: in before `bidsUntil`, or refused. A bid before is withdrawn.

        Of a sealed lot nobody reads it back before bidding ends, you included: keep what you sent.
        Needs a merchant's key with `lots:write`.
        """
        key, lot_id = idempotency_key(input.idempotency_key), row(input.lot_id, "Lot", "lotId")
        amount = minor(input.amount, input.currency, "amount")
        given = bidding.Offered(
            lot_id,
            input.version,
            amount or 0,
            input.currency.value,
            input.reuse_commitment_bp,
            input.valid_until,
            input.note,
        )
        found = await bidding.bid(info.context, given, key)
        if isinstance(found, Refusal):
            return cast("BidOnLotResult", problem(info, found))
        return LotBidChanged(bid=LotBid.of(found, named=True))

    @strawberry.mutation(metadata={"rule": BIDS})
    async def withdraw_lot_bid(
        self, info: Info, input: Annotated[OneLotInput, strawberry.argument(description="Which.")]
    ) -> WithdrawLotBidResult:
        """Take your bid back before bidding ends. Needs a merchant's key with `lots:write`."""
        key, lot_id = idempotency_key(input.idempotency_key), row(input.lot_id, "Lot", "lotId")
        found = await bidding.withdraw(info.context, lot_id, key)
        if isinstance(found, Refusal):
            return cast("WithdrawLotBidResult", problem(info, found))
        return LotBidChanged(bid=LotBid.of(found, named=True))

    @strawberry.mutation(metadata={"rule": BIDS})
    async def confirm_award(
        self, info: Info, input: Annotated[OneLotInput, strawberry.argument(description="Which.")]
    ) -> ConfirmAwardResult:
        """Take the lot that you were awarded before `confirmBy`: that is the contract.

        Needs a merchant's key with `lots:write`.
        """
        key, lot_id = idempotency_key(input.idempotency_key), row(input.lot_id, "Lot", "lotId")
        found = await awarding.confirm(info.context, lot_id, key)
        if isinstance(found, Refusal):
            return cast("ConfirmAwardResult", problem(info, found))
        return LotChanged(lot=Lot.of(found))

    @strawberry.mutation(metadata={"rule": BIDS})
    async def decline_award(
        self,
        info: Info,
        input: Annotated[DeclineAwardInput, strawberry.argument(description="Which, and why.")],
    ) -> DeclineAwardResult:
        """Do not take the lot that you were awarded: your bid is `DEFAULTED`, the next one's turn.

        Needs a merchant's key with `lots:write`.
        """
        key, lot_id = idempotency_key(input.idempotency_key), row(input.lot_id, "Lot", "lotId")
        found = await awarding.decline(info.context, lot_id, input.reason, key)
        if isinstance(found, Refusal):
            return cast("DeclineAwardResult", problem(info, found))
        return LotBidChanged(bid=LotBid.of(found, named=True))
