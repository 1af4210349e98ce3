"""What members may not do alone: asked for by one, decided by another."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from domain.accounts.organisations import ApprovalState, Because
from domain.accounts.roles import APPROVALS_READ, APPROVALS_WRITE
from resolvers.accounts import approvals as resolvers
from resolvers.context import BadInput
from schema.accounts import told
from schema.accounts.member_shapes import money_of
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    FourEyesRequired,
    Info,
    Money,
    Node,
    NodeId,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.rules import ORGANISATION, OWN, AllOf, Scope, ruled

if TYPE_CHECKING:
    from models.accounts.approvals import Approval as Row

READ = AllOf((ORGANISATION, Scope(APPROVALS_READ)))
WRITE = AllOf((ORGANISATION, Scope(APPROVALS_WRITE)))

strawberry.enum(Because, name="ApprovalCause", description="Why somebody else must agree.")
strawberry.enum(
    ApprovalState,
    description="Where it stands; `USED`: the change that needed it was made.",
)


@ruled(READ)
@strawberry.type
class Approval(Node):
    """Something that a member wants to do, and somebody else must agree to."""

    action: str = strawberry.field(description="The mutation that needs it.")
    object_type: str = strawberry.field(description="Type of the object that it is about.")
    object: strawberry.relay.GlobalID = strawberry.field(description="Id of that object.")
    amount: Money | None = strawberry.field(description="What it is worth.")
    because: Because = strawberry.field(description="Why somebody else must agree.")
    state: ApprovalState = strawberry.field(description="Where it stands.")
    requested_by: strawberry.ID | None = strawberry.field(
        description="Id of the person who asked, or who made the key that did."
    )
    key_prefix: str | None = strawberry.field(description="The key that asked.")
    decided_by: strawberry.ID | None = strawberry.field(description="Id of who decided.")
    decided_at: datetime | None = strawberry.field(description="When.")
    reason: str | None = strawberry.field(description="Why it was rejected.")
    expires_at: datetime = strawberry.field(description="Until when it counts.")
    created_at: datetime = strawberry.field(description="When it was asked for.")

    @classmethod
    def of(cls, row: "Row", now: datetime) -> Self:
        wanted = row.wanted
        return cls(
            id=global_id("Approval", row.id),
            action=wanted.action,
            object_type=wanted.object_type,
            object=global_id(wanted.object_type, wanted.object_id),
            amount=money_of(wanted.amount),
            because=row.because,
            state=row.state_at(now),
            requested_by=strawberry.ID(str(row.requested_by)) if row.requested_by else None,
            key_prefix=row.requested_key,
            decided_by=strawberry.ID(str(row.decided_by)) if row.decided_by else None,
            decided_at=row.decided_at,
            reason=row.reason,
            expires_at=row.expires_at,
            created_at=row.created_at,
        )


@ruled(READ)
@strawberry.type
class ApprovalConnection:
    """Approvals, page by page, newest first."""

    edges: list[Edge[Approval]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.input
class ApproveInput:
    """What you agree to."""

    id: strawberry.ID = strawberry.field(description="Id of the `Approval`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class RejectInput:
    """What you do not agree to."""

    id: strawberry.ID = strawberry.field(description="Id of the `Approval`.")
    reason: str = strawberry.field(description="Why, for who asked; 500 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class ApprovalGiven:
    """Who asked may now do it, once: the same call again, with another idempotency key."""

    approval: Approval = strawberry.field(description="The approval.")


@ruled(OWN)
@strawberry.type
class ApprovalRejected:
    """Nobody does it."""

    approval: Approval = strawberry.field(description="The approval.")


@ruled(OWN)
@strawberry.type
class ApprovalRequired(Problem):
    """Somebody else must agree first; it was asked for. Then call again with another key."""

    approval_id: strawberry.relay.GlobalID = strawberry.field(description="Id of the `Approval`.")
    because: Because = strawberry.field(description="Why.")
    limit: Money | None = strawberry.field(description="What you may do alone, if you are limited.")

    @classmethod
    def of(cls, info: Info, pending: resolvers.Pending) -> Self:
        """The refusal of a change that `needed` says must wait."""
        message = "Somebody else of your organisation must agree first."
        hint = "An approver calls `approve`; then call again with another `idempotencyKey`."
        return cls(
            **told(info, "APPROVAL_REQUIRED", message, ["input"], hint),
            approval_id=global_id("Approval", pending.approval_id),
            because=pending.because,
            limit=money_of(pending.limit),
        )


@ruled(OWN)
@strawberry.type
class ApprovalUnknown(Problem):
    """Your organisation has no such approval."""


@ruled(OWN)
@strawberry.type
class ApprovalNotOpen(Problem):
    """It was decided, or has expired."""

    state: ApprovalState = strawberry.field(description="Where it stands.")


@ruled(OWN)
@strawberry.type
class ApprovalLimitExceeded(Problem):
    """It is worth more than you may agree to."""

    limit: Money = strawberry.field(description="Up to what you may.")


ApproveResult = Annotated[
    ApprovalGiven | ApprovalUnknown | ApprovalNotOpen | FourEyesRequired | ApprovalLimitExceeded,
    strawberry.union("ApproveResult", description="The approval, or a refusal."),
]
RejectResult = Annotated[
    ApprovalRejected | ApprovalUnknown | ApprovalNotOpen,
    strawberry.union("RejectResult", description="The approval, or a refusal."),
]


@strawberry.type
class ApprovalsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def approvals(
        self,
        info: Info,
        state: Annotated[
            ApprovalState | None, strawberry.argument(description="Only those in this state.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> ApprovalConnection:
        """What members asked for, newest first. Needs `approvals:read`, which every member has."""
        page = await resolvers.approvals(info.context, state, first, after)
        now = info.context.now
        return ApprovalConnection(
            edges=edges(page, lambda row: Approval.of(row, now)), page_info=page_info(page, after)
        )

    @strawberry.field(metadata={"rule": READ})
    async def approval(self, info: Info, id: NodeId) -> Approval | None:
        """One of them; `null` for any other. Needs `approvals:read`."""
        found = row_id(id, "Approval", "id")
        row = await resolvers.approval(info.context, found) if found else None
        return Approval.of(row, info.context.now) if row else None


@strawberry.type
class ApprovalsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE, "bulk": False})
    async def approve(
        self, info: Info, input: Annotated[ApproveInput, strawberry.argument(description="What.")]
    ) -> ApproveResult:
        """Agree to what another member asked for. Needs an approver, or an administrator."""
        key = idempotency_key(input.idempotency_key)
        match await resolvers.approve(info.context, _id(input.id), key):
            case resolvers.ApprovalUnknown():
                return _unknown(info)
            case resolvers.ApprovalNotOpen(state):
                return _not_open(info, state)
            case resolvers.FourEyesRequired(approval_id):
                message = "You asked for this yourself."
                hint = "Another approver decides."
                said = told(info, "FOUR_EYES_REQUIRED", message, ["input", "id"], hint)
                return FourEyesRequired(**said, approval_id=global_id("Approval", approval_id))
            case resolvers.ApprovalLimitExceeded(limit):
                message = "It is worth more than you may agree to."
                hint = "Another approver decides."
                said = told(info, "APPROVAL_LIMIT_EXCEEDED", message, ["input", "id"], hint)
                return ApprovalLimitExceeded(**said, limit=Money.of(limit.minor, limit.currency))
            case row:
                return ApprovalGiven(approval=Approval.of(row, info.context.now))

    @strawberry.mutation(metadata={"rule": WRITE, "bulk": False})
    async def reject(
        self, info: Info, input: Annotated[RejectInput, strawberry.argument(description="What.")]
    ) -> RejectResult:
        """Say no to what a member asked for, or take back what you asked for yourself."""
        key = idempotency_key(input.idempotency_key)
        match await resolvers.reject(info.context, _id(input.id), input.reason, key):
            case resolvers.ApprovalNotOpen(state):
                return _not_open(info, state)
            case (
                resolvers.ApprovalUnknown()
                | resolvers.FourEyesRequired()
                | resolvers.ApprovalLimitExceeded()
            ):
                return _unknown(info)
            case row:
                return ApprovalRejected(approval=Approval.of(row, info.context.now))


def _id(text: strawberry.ID) -> UUID:
    found = row_id(text, "Approval", "id")
    if found is None:
        raise BadInput("`id` names no approval.", argument="id")
    return found


def _unknown(info: Info) -> ApprovalUnknown:
    message = "Your organisation has no such approval."
    said = told(info, "APPROVAL_UNKNOWN", message, ["input", "id"], "See `approvals`.")
    return ApprovalUnknown(**said)


def _not_open(info: Info, state: ApprovalState) -> ApprovalNotOpen:
    message = "It waits for no decision."
    said = told(info, "APPROVAL_NOT_OPEN", message, ["input", "id"], "See its `state`.")
    return ApprovalNotOpen(**said, state=state)
