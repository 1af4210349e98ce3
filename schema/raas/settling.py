"""The statement of a lot is made, agreed to, disputed and paid."""

from decimal import Decimal
from typing import Annotated, cast

import strawberry

from domain.accounts.roles import Role
from domain.raas.disputing import About
from resolvers.orders.refusals import Refusal
from resolvers.raas import handovers, settling
from resolvers.raas.settling import Said
from schema.accounts.approvals import ApprovalRequired
from schema.common import ONCE, Info, idempotency_key
from schema.offers.feed_run_changes import InvalidTransition
from schema.raas.custody import attachments, id_of, lot_of
from schema.raas.handover_money import LotDispute
from schema.raas.handover_problems import (
    AssetNotInLot,
    AttachmentUnknown,
    DecisionAmountInvalid,
    DisputeEnded,
    DisputeExists,
    DisputeUnknown,
    DisputeWindowClosed,
    EvidenceRequired,
    HandoverUnknown,
    PayoutNotDue,
    problem,
)
from schema.raas.receiving import HandoverChanged, HandoverStepResult, LotStepInput, stepped
from schema.rules import OWN, Scope, Staff, ruled

WRITE = Scope(handovers.WRITE)
_REASON = "In your words, 1,000 characters: the other side reads it."
_FILES = "Ids of `Attachment`s. At most 20."


@strawberry.input
class DisputeAssetInput:
    """What you do not agree to."""

    lot_id: strawberry.ID = strawberry.field(description="Id of the `Lot`.")
    asset_id: strawberry.ID = strawberry.field(description="Id of the `Asset`.")
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: str = strawberry.field(description=ONCE)
    evidence: list[strawberry.ID] = strawberry.field(default_factory=list, description=_FILES)


@strawberry.input
class AnswerDisputeInput:
    """What you say to a dispute."""

    dispute_id: strawberry.ID = strawberry.field(description="Id of the `LotDispute`.")
    agree: bool = strawberry.field(description="Whether the organisation is right.")
    idempotency_key: str = strawberry.field(description=ONCE)
    reason: str = strawberry.field(default="", description=f"{_REASON} Needed unless you agree.")
    evidence: list[strawberry.ID] = strawberry.field(default_factory=list, description=_FILES)


@strawberry.input
class DecideDisputeInput:
    """How a dispute ends."""

    dispute_id: strawberry.ID = strawberry.field(description="Id of the `LotDispute`.")
    uphold: bool = strawberry.field(description="Whether the organisation is right.")
    statement: str = strawberry.field(description="Why, 1,000 characters: both sides read it.")
    idempotency_key: str = strawberry.field(description=ONCE)
    amount: Decimal | None = strawberry.field(
        default=None,
        description="What the device brings; left out: its whole share of the bid.",
    )


@strawberry.input
class RecordSettlementPayoutInput:
    """Which money was paid by hand."""

    lot_id: strawberry.ID = strawberry.field(description="Id of the `Lot`.")
    reference: str = strawberry.field(description="Of the transfer.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class LotDisputeChanged:
    """The dispute as it is now."""

    dispute: LotDispute = strawberry.field(description="The dispute.")


AcceptSettlementResult = Annotated[
    HandoverChanged | HandoverUnknown | InvalidTransition | ApprovalRequired,
    strawberry.union("AcceptSettlementResult", description="The lot, or a refusal."),
]
DisputeReconciliationResult = Annotated[
    LotDisputeChanged
    | HandoverUnknown
    | InvalidTransition
    | AssetNotInLot
    | AttachmentUnknown
    | DisputeWindowClosed
    | DisputeExists,
    strawberry.union("DisputeReconciliationResult", description="The dispute, or a refusal."),
]
DisputeSettlementLineResult = Annotated[
    LotDisputeChanged
    | HandoverUnknown
    | InvalidTransition
    | AssetNotInLot
    | AttachmentUnknown
    | EvidenceRequired
    | DisputeWindowClosed
    | DisputeExists,
    strawberry.union("DisputeSettlementLineResult", description="The dispute, or a refusal."),
]
AnswerDisputeResult = Annotated[
    LotDisputeChanged | HandoverUnknown | DisputeUnknown | DisputeEnded | AttachmentUnknown,
    strawberry.union("AnswerDisputeResult", description="The dispute, or a refusal."),
]
DecideDisputeResult = Annotated[
    LotDisputeChanged | DisputeUnknown | DisputeEnded | DecisionAmountInvalid,
    strawberry.union("DecideDisputeResult", description="The dispute, or a refusal."),
]
RecordSettlementPayoutResult = Annotated[
    HandoverChanged | HandoverUnknown | PayoutNotDue,
    strawberry.union("RecordSettlementPayoutResult", description="The lot, or a refusal."),
]


@strawberry.type
class SettlingMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def issue_settlement(
        self, info: Info, input: Annotated[LotStepInput, strawberry.argument(description="Which.")]
    ) -> HandoverStepResult:
        """Make the statement of a processed lot; a day later it is made without you.

        For the merchant of the lot, with `lots:write`.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        return stepped(info, await settling.issue(info.context, lot, key))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def accept_settlement(
        self, info: Info, input: Annotated[LotStepInput, strawberry.argument(description="Which.")]
    ) -> AcceptSettlementResult:
        """Agree to the statement: it is paid once nothing of it is disputed.

        Two people of the organisation agree, unless it said otherwise. Silence agrees to it when
        its time to be disputed is over. For the organisation of the lot, with `lots:write`.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        found = await settling.accept(info.context, lot, key)
        if isinstance(found, Refusal) and found.code == settling.APPROVAL_REQUIRED:
            return ApprovalRequired.of(info, settling.Pending.read(dict(found.facts)))
        return cast("AcceptSettlementResult", stepped(info, found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def dispute_reconciliation(
        self,
        info: Info,
        input: Annotated[DisputeAssetInput, strawberry.argument(description="Which.")],
    ) -> DisputeReconciliationResult:
        """Say that a device was handed over, or was as declared, other than it was counted.

        For the organisation of the lot, with `lots:write`.
        """
        found = await _disputed(info, input, About.RECONCILIATION)
        return cast("DisputeReconciliationResult", found)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def dispute_settlement_line(
        self,
        info: Info,
        input: Annotated[DisputeAssetInput, strawberry.argument(description="Which.")],
    ) -> DisputeSettlementLineResult:
        """Say that a device brings more than its line says, with evidence, in 10 working days.

        For the organisation of the lot, with `lots:write`.
        """
        return cast("DisputeSettlementLineResult", await _disputed(info, input, About.SETTLEMENT))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def answer_dispute(
        self,
        info: Info,
        input: Annotated[AnswerDisputeInput, strawberry.argument(description="What.")],
    ) -> AnswerDisputeResult:
        """Agree, and it follows at once; or say why not: then a rule or staff decides.

        For the merchant of the lot, with `lots:write`.
        """
        key = idempotency_key(input.idempotency_key)
        dispute = id_of(input.dispute_id, "LotDispute", "disputeId")
        said = Said(input.reason, attachments(input.evidence, "evidence"))
        found = await settling.answer(info.context, dispute, said, key, agree=input.agree)
        return cast("AnswerDisputeResult", _shown(info, found))

    @strawberry.mutation(metadata={"rule": Staff(frozenset({Role.STAFF_SUPPORT.value}))})
    async def decide_dispute(
        self,
        info: Info,
        input: Annotated[DecideDisputeInput, strawberry.argument(description="How.")],
    ) -> DecideDisputeResult:
        """End a dispute that the two sides did not. For staff with `STAFF_SUPPORT`."""
        key = idempotency_key(input.idempotency_key)
        dispute = id_of(input.dispute_id, "LotDispute", "disputeId")
        found = await settling.decide(
            info.context, dispute, input.statement, input.amount, key, uphold=input.uphold
        )
        return cast("DecideDisputeResult", _shown(info, found))

    @strawberry.mutation(metadata={"rule": Staff(frozenset({Role.STAFF_FINANCE.value}))})
    async def record_settlement_payout(
        self,
        info: Info,
        input: Annotated[RecordSettlementPayoutInput, strawberry.argument(description="Which.")],
    ) -> RecordSettlementPayoutResult:
        """Note that an organisation was paid by hand. For staff with `STAFF_FINANCE`."""
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        found = await settling.record_payout(info.context, lot, input.reference, key)
        return cast("RecordSettlementPayoutResult", stepped(info, found))


async def _disputed(info: Info, input: DisputeAssetInput, about: About) -> object:
    key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
    asset = id_of(input.asset_id, "Asset", "assetId")
    said = Said(input.reason, attachments(input.evidence, "evidence"))
    found = await settling.dispute(info.context, lot, asset, about, said, key)
    return _shown(info, found, ["input", "assetId"])


def _shown(info: Info, found: object, path: list[str] | None = None) -> object:
    if isinstance(found, Refusal):
        return problem(info, found, path or ["input", "disputeId"])
    return LotDisputeChanged(dispute=LotDispute.of(found))  # type: ignore[arg-type]
