"""What a member may not do alone: asked for here, decided by somebody else, used once.

A use case asks `needed` in its transaction; what answers `Pending` is refused with
`APPROVAL_REQUIRED`, and may be asked again once another member approved it.
Source: docs/organisations.md, "Approvals".
"""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from domain.accounts.organisations import (
    APPROVAL_LASTS,
    APPROVERS,
    Amount,
    ApprovalState,
    Because,
    within,
)
from domain.accounts.roles import APPROVALS_READ, APPROVALS_WRITE, Role
from models.accounts import approvals as stored
from models.accounts import members, organisations
from models.accounts.approvals import Approval, Wanted
from models.accounts.members import Member
from models.offers.read import Position
from resolvers import paging
from resolvers.context import BadInput, Context, Forbidden, SignInFirst, stored_text
from resolvers.effects import Outcome, audited, organisation_once

MOST_REASON = 500


@dataclass(frozen=True, slots=True)
class Approved:
    """The change may be made; `approval_id` is the one that this used up, if it needed one."""

    approval_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody else must agree first. `limit` is the caller's own, if it has one."""

    approval_id: UUID
    because: Because
    limit: Amount | None = None

    def facts(self) -> Outcome:
        """The same as an outcome of a use case holds it: `Pending.read` reads it."""
        return {
            "approvalId": str(self.approval_id),
            "because": self.because.value,
            "limit": None if self.limit is None else [self.limit.minor, self.limit.currency],
        }

    @classmethod
    def read(cls, facts: Outcome) -> "Pending":
        """Of what `facts` made."""
        limit = facts["limit"]
        return cls(
            UUID(facts["approvalId"]),
            Because(facts["because"]),
            None if limit is None else Amount(*limit),
        )


@dataclass(frozen=True, slots=True)
class ApprovalUnknown:
    """The organisation has no such approval."""


@dataclass(frozen=True, slots=True)
class ApprovalNotOpen:
    """It was decided, or has expired."""

    state: ApprovalState


@dataclass(frozen=True, slots=True)
class FourEyesRequired:
    """Who asked may not decide."""

    approval_id: UUID


@dataclass(frozen=True, slots=True)
class ApprovalLimitExceeded:
    """It is worth more than the caller may agree to."""

    limit: Amount


Refusal = ApprovalUnknown | ApprovalNotOpen | FourEyesRequired | ApprovalLimitExceeded


async def needed(
    ctx: Context,
    action: str,
    object_type: str,
    object_id: UUID,
    amount: Amount | None = None,
    *,
    four_eyes: bool = False,
) -> Approved | Pending:
    """Whether the caller may do something for its organisation now, in the present transaction.

    Above the member's limit somebody else must agree, and with `four_eyes` always, unless the
    organisation said otherwise. A key has the limit of who made it, and 0 once that person left.
    Shapes: `action` is the mutation; an approval counts for the same action, object and amount.
    Raises: SignInFirst for whoever acts for no organisation.
    """
    owner = ctx.caller.organisation_id
    if owner is None:
        raise SignInFirst("Send an organisation's API key or token as a bearer token.")
    who = await _who(ctx, owner)
    limit = _limit(who, amount)
    because = await _because(owner, limit, amount, four_eyes=four_eyes)
    if because is None:
        return Approved()
    wanted = Wanted(action, object_type, object_id, amount)
    found = await stored.under_way(owner, wanted)
    if found is not None:
        state = found.state_at(ctx.now)
        same = found.wanted.amount == amount and state is not ApprovalState.EXPIRED
        if same and state is ApprovalState.APPROVED:
            await stored.move(found.id, ApprovalState.USED, ctx.now)
            return Approved(found.id)
        if same:
            return Pending(found.id, because, limit)
        await stored.move(found.id, ApprovalState.EXPIRED, ctx.now)
    by = (who.account_id if who else None, ctx.caller.key_prefix)
    made = await stored.ask(owner, wanted, because, by, ctx.now + APPROVAL_LASTS)
    await audited(ctx, "requestApproval", "Approval", made, after=_facts(wanted))
    return Pending(made, because, limit)


def _limit(who: Member | None, amount: Amount | None) -> Amount | None:
    """Up to what the member may act alone; nobody's limit is 0."""
    if who is None:
        return None if amount is None else Amount(0, amount.currency)
    return who.terms.limit


async def _who(ctx: Context, owner: UUID) -> Member | None:
    """The member who asks, or who made the key that asks."""
    if ctx.caller.user_id is not None:
        return await members.of_account(owner, ctx.caller.user_id)
    return await members.of_key(owner, ctx.caller.key_prefix or "")


async def _because(
    owner: UUID, limit: Amount | None, amount: Amount | None, *, four_eyes: bool
) -> Because | None:
    if not within(limit, amount):
        return Because.LIMIT
    if not four_eyes:
        return None
    row = await organisations.read(owner)
    return None if row is not None and not row.four_eyes else Because.FOUR_EYES


async def approvals(
    ctx: Context, state: ApprovalState | None, first: int, after: str | None
) -> paging.Page[Approval]:
    """What members of the caller's organisation asked for, newest first.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    owner = ctx.organisation_id(APPROVALS_READ)
    size, of = paging.size(first), paging.fingerprint("approvals", owner, state)
    position = paging.opened(after, of, ctx.seal)
    before = position.id if position else None
    async with ctx.acting_organisation(APPROVALS_READ):
        rows = await stored.listed(owner, state, ctx.now, before, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


async def approval(ctx: Context, approval_id: UUID) -> Approval | None:
    """One of them; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting_organisation(APPROVALS_READ) as owner:
        return await stored.one(owner, approval_id)


async def approve(ctx: Context, approval_id: UUID, key: str) -> Approval | Refusal:
    """Agree to what another member asked for.

    Refuses: one that is not there, decided or expired, the caller's own, one above its limit.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    return await _decide(ctx, "approve", approval_id, ApprovalState.APPROVED, None, key)


async def reject(ctx: Context, approval_id: UUID, reason: str, key: str) -> Approval | Refusal:
    """Refuse what another member asked for, or take back what one asked for oneself.

    Refuses: one that is not there, decided or expired. Raises: SignInFirst, Forbidden; BadInput
    for a reason of no or of more than 500 characters.
    """
    said = stored_text(reason, "reason").strip()
    if not 0 < len(said) <= MOST_REASON:
        raise BadInput(f"`reason` has 1 to {MOST_REASON} characters.", argument="reason")
    return await _decide(ctx, "reject", approval_id, ApprovalState.REJECTED, said, key)


async def _decide(
    ctx: Context, name: str, approval_id: UUID, to: ApprovalState, reason: str | None, key: str
) -> Approval | Refusal:
    async def act(owner: UUID) -> Outcome:
        found = await stored.one(owner, approval_id, lock=True)
        refusal = await _refusal_of(ctx, owner, found, to)
        if refusal is not None or found is None:
            return _refused(refusal or ApprovalUnknown())
        by = ctx.caller.user_id
        await stored.move(found.id, to, ctx.now, by=by, reason=reason)
        said = {"state": to.value} | ({} if reason is None else {"reason": reason})
        await audited(
            ctx, name, "Approval", found.id, before={"state": found.state.value}, after=said
        )
        return {"id": str(found.id)}

    given = {"id": approval_id, "reason": reason, "by": ctx.caller.user_id}
    outcome = await organisation_once(ctx, APPROVALS_WRITE, name, key, given, act)
    if kind := outcome.get("refused"):
        refusal: Refusal = _REFUSALS[kind](outcome["facts"])
        return refusal
    return await approval(ctx, approval_id) or ApprovalUnknown()


async def _refusal_of(
    ctx: Context, owner: UUID, found: Approval | None, to: ApprovalState
) -> Refusal | None:
    if found is None:
        return ApprovalUnknown()
    if ctx.caller.user_id is None or ctx.caller.roles.isdisjoint(APPROVERS):
        message = "Approvers and administrators decide, signed in."
        raise Forbidden(message, reason="ROLE_NOT_GRANTED", role=Role.ORG_APPROVER.value)
    state = found.state_at(ctx.now)
    if state is not ApprovalState.OPEN:
        return ApprovalNotOpen(state)
    if to is ApprovalState.REJECTED:
        return None
    if found.requested_by == ctx.caller.user_id:
        return FourEyesRequired(found.id)
    who = await members.of_account(owner, ctx.caller.user_id)
    limit = who.terms.limit if who else None
    if limit is not None and not within(limit, found.wanted.amount):
        return ApprovalLimitExceeded(limit)
    return None


def _facts(wanted: Wanted) -> dict[str, Any]:
    amount = wanted.amount
    return {
        "action": wanted.action,
        "object": f"{wanted.object_type} {wanted.object_id}",
        "amount": amount and f"{amount.minor} {amount.currency}",
    }


_REFUSALS: dict[str, Any] = {
    "ApprovalUnknown": lambda _: ApprovalUnknown(),
    "ApprovalNotOpen": lambda facts: ApprovalNotOpen(ApprovalState(facts["state"])),
    "FourEyesRequired": lambda facts: FourEyesRequired(UUID(facts["approval_id"])),
    "ApprovalLimitExceeded": lambda facts: ApprovalLimitExceeded(Amount(**facts["limit"])),
}


def _refused(refusal: Refusal) -> Outcome:
    facts = {k: str(v) if isinstance(v, UUID) else v for k, v in asdict(refusal).items()}
    return {"refused": type(refusal).__name__, "facts": facts}
