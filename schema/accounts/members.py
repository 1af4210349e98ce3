"""The people of an organisation, and who was asked to be one of them."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from domain import money
from domain.accounts.organisations import Amount, Terms
from domain.accounts.roles import Role
from resolvers.accounts import members as resolvers
from resolvers.accounts import organisations
from resolvers.context import BadInput
from schema.accounts import told
from schema.accounts.member_shapes import (
    AcceptInvitationInput,
    AcceptInvitationResult,
    AmountInput,
    Invitation,
    InvitationAccepted,
    InvitationConnection,
    InvitationInvalid,
    InvitationRevoked,
    InvitationUnknown,
    InviteMemberInput,
    InviteMemberResult,
    LastAdministrator,
    Member,
    MemberConnection,
    MemberInvited,
    MemberLimitReached,
    MemberRemoved,
    MemberUnknown,
    MemberUpdated,
    RemoveMemberInput,
    RemoveMemberResult,
    RevokeInvitationInput,
    RevokeInvitationResult,
    UpdateMemberInput,
    UpdateMemberResult,
)
from schema.accounts.organisations import READ, WRITE, stale
from schema.common import (
    After,
    First,
    Info,
    NodeId,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.rules import PERSON

_MOST = 10**15


@strawberry.type
class MembersQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def members(self, info: Info, first: First = 24, after: After = None) -> MemberConnection:
        """Who acts for your organisation, newest first. Needs `members:read`."""
        page = await resolvers.members(info.context, first, after)
        return MemberConnection(edges=edges(page, Member.of), page_info=page_info(page, after))

    @strawberry.field(metadata={"rule": READ})
    async def member(self, info: Info, id: NodeId) -> Member | None:
        """A member of your organisation; `null` for any other. Needs `members:read`."""
        found = row_id(id, "Member", "id")
        row = await resolvers.member(info.context, found) if found else None
        return Member.of(row) if row else None

    @strawberry.field(metadata={"rule": READ})
    async def invitations(
        self, info: Info, first: First = 24, after: After = None
    ) -> InvitationConnection:
        """Who was asked to join and has not answered, newest first. Needs `members:read`."""
        page = await resolvers.invitations(info.context, first, after)
        return InvitationConnection(
            edges=edges(page, Invitation.of), page_info=page_info(page, after)
        )


@strawberry.type
class MembersMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE, "bulk": False})
    async def invite_member(
        self,
        info: Info,
        input: Annotated[InviteMemberInput, strawberry.argument(description="Who.")],
    ) -> InviteMemberResult:
        """Ask somebody to act for your organisation, by mail. Needs `members:write`.

        Only an administrator, signed in, makes another.
        """
        terms = Terms(_words(input.roles), _sites(input.sites), _amount(input.approval_limit))
        key = idempotency_key(input.idempotency_key)
        found = await resolvers.invite(info.context, input.email, input.locale, terms, key)
        if isinstance(found, resolvers.TooManyMembers):
            message = f"There are {found.limit} members already."
            said = told(info, "MEMBER_LIMIT_REACHED", message, ["input"], "Remove one first.")
            return MemberLimitReached(**said, limit=found.limit)
        return MemberInvited(invitation=Invitation.of(found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def revoke_invitation(
        self,
        info: Info,
        input: Annotated[RevokeInvitationInput, strawberry.argument(description="Which.")],
    ) -> RevokeInvitationResult:
        """Take an invitation back. Needs `members:write`."""
        key, given = idempotency_key(input.idempotency_key), _id(input.id, "Invitation")
        found = await resolvers.revoke(info.context, given, key)
        if isinstance(found, resolvers.InvitationUnknown):
            message = "There is no such invitation that waits."
            said = told(info, "INVITATION_UNKNOWN", message, ["input", "id"], "See `invitations`.")
            return InvitationUnknown(**said)
        return InvitationRevoked(id=global_id("Invitation", found))

    @strawberry.mutation(metadata={"rule": PERSON})
    async def accept_invitation(
        self,
        info: Info,
        input: Annotated[AcceptInvitationInput, strawberry.argument(description="What.")],
    ) -> AcceptInvitationResult:
        """Join the organisation that asked you, signed in with the address it wrote to."""
        key = idempotency_key(input.idempotency_key)
        found = await resolvers.accept(info.context, input.token, key)
        if isinstance(found, resolvers.InvitationInvalid):
            message = "This invitation opens nothing for you."
            hint = "Sign in with the address it was mailed to, or ask for another."
            said = told(info, "INVITATION_INVALID", message, ["input", "token"], hint)
            return InvitationInvalid(**said)
        return InvitationAccepted(
            organisation=global_id("Organisation", found.organisation_id),
            name=found.name,
            roles=sorted(Role(each) for each in found.roles),
        )

    @strawberry.mutation(metadata={"rule": WRITE})
    async def update_member(
        self,
        info: Info,
        input: Annotated[UpdateMemberInput, strawberry.argument(description="What.")],
    ) -> UpdateMemberResult:
        """Give a member other roles, sites or another limit, at once. Needs `members:write`.

        Only an administrator, signed in, makes or changes one.
        """
        key, given = idempotency_key(input.idempotency_key), _id(input.id, "Member")
        match await resolvers.update(info.context, given, _order(input), key):
            case resolvers.LastAdministrator():
                return _last(info)
            case organisations.Stale(current_version):
                return stale(info, current_version)
            case resolvers.MemberUnknown() | resolvers.TooManyMembers():
                return _unknown(info)
            case row:
                return MemberUpdated(member=Member.of(row))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def remove_member(
        self,
        info: Info,
        input: Annotated[RemoveMemberInput, strawberry.argument(description="Who.")],
    ) -> RemoveMemberResult:
        """End a membership and its sessions. Needs `members:write`.

        The last administrator cannot leave. Only an administrator, signed in, removes one.
        """
        key, given = idempotency_key(input.idempotency_key), _id(input.id, "Member")
        match await resolvers.remove(info.context, given, key):
            case resolvers.LastAdministrator():
                return _last(info)
            case resolvers.Removed(member_id):
                return MemberRemoved(id=global_id("Member", member_id))
            case _:
                return _unknown(info)


def _amount(given: AmountInput | None) -> Amount | None:
    if given is None:
        return None
    try:
        exact = money.Money.of(given.amount, given.currency)
    except ValueError as error:
        raise BadInput(f"`approvalLimit`: {error}.", argument="approvalLimit") from error
    if not 0 <= exact.minor <= _MOST:
        raise BadInput("`approvalLimit` is 0 or more.", argument="approvalLimit")
    return Amount(exact.minor, given.currency.value)


def _order(given: UpdateMemberInput) -> resolvers.Order:
    cleared = {"sites": given.sites, "limit": given.approval_limit}
    sites = None if given.sites is strawberry.UNSET else given.sites
    limit = None if given.approval_limit is strawberry.UNSET else given.approval_limit
    return resolvers.Order(
        None if given.roles is None else _words(given.roles),
        _sites(sites),
        _amount(limit),
        tuple(name for name, value in cleared.items() if value is None),
        given.expected_version,
    )


def _words(roles: Sequence[Role]) -> tuple[str, ...]:
    return tuple(sorted({each.value for each in roles}))


def _sites(ids: Sequence[strawberry.ID] | None) -> tuple[UUID, ...] | None:
    if ids is None:
        return None
    if not 0 < len(ids) <= 500:
        raise BadInput("`sites` has 1 to 500 ids; `null` is all.", argument="sites")
    return tuple(sorted({_id(each, "Site", "sites") for each in ids}))


def _id(text: strawberry.ID, kind: str, argument: str = "id") -> UUID:
    found = row_id(text, kind, argument)
    if found is None:
        raise BadInput(f"`{argument}` is not the id of a {kind}.", argument=argument)
    return found


def _unknown(info: Info) -> MemberUnknown:
    message = "Your organisation has no such member."
    return MemberUnknown(**told(info, "MEMBER_UNKNOWN", message, ["input", "id"], "See `members`."))


def _last(info: Info) -> LastAdministrator:
    message = "An organisation has an administrator."
    hint = "Make somebody else one first."
    return LastAdministrator(**told(info, "LAST_ADMINISTRATOR", message, ["input", "id"], hint))
