"""The people of an organisation: invited, joined, given roles, sites and a limit, removed.

Source: docs/organisations.md, "Members".
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from domain.accounts import places, wording
from domain.accounts.invitations import read_token
from domain.accounts.organisations import (
    INVITATION,
    INVITED_FOR,
    MOST_MEMBERS,
    Amount,
    Terms,
    fit_together,
)
from domain.accounts.roles import MEMBERS_READ, MEMBERS_WRITE, Role
from models.accounts import members as stored
from models.accounts import organisations, sign_in
from models.accounts.members import Invitation, Member
from models.base import Tenant
from models.jobs import Job
from models.offers.read import Position
from models.outbox import enqueue
from resolvers import paging
from resolvers.accounts.house import house
from resolvers.accounts.organisations import Stale, administrator
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, audited_change, organisation_once, person_once


@dataclass(frozen=True, slots=True)
class MemberUnknown:
    """The organisation has no such member."""


@dataclass(frozen=True, slots=True)
class LastAdministrator:
    """The organisation would be left without an administrator."""


@dataclass(frozen=True, slots=True)
class TooManyMembers:
    """The organisation has as many members, and people asked to be, as one may."""

    limit: int


@dataclass(frozen=True, slots=True)
class InvitationUnknown:
    """The organisation has no such invitation that waits."""


@dataclass(frozen=True, slots=True)
class InvitationInvalid:
    """The link is damaged, old, used, taken back, or was mailed to another address."""


@dataclass(frozen=True, slots=True)
class Removed:
    """The member is one no longer; its sessions for the organisation ended."""

    member_id: UUID


Refusal = MemberUnknown | LastAdministrator | TooManyMembers | Stale
_REFUSALS: dict[str, Callable[..., Any]] = {
    kind.__name__: kind
    for kind in (
        MemberUnknown,
        LastAdministrator,
        TooManyMembers,
        Stale,
        InvitationUnknown,
        InvitationInvalid,
    )
}


async def members(ctx: Context, first: int, after: str | None) -> paging.Page[Member]:
    """Who acts for the caller's organisation, newest first.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    owner = ctx.organisation_id(MEMBERS_READ)
    size, of = paging.size(first), paging.fingerprint("members", owner)
    position = paging.opened(after, of, ctx.seal)
    async with ctx.acting_organisation(MEMBERS_READ):
        rows = await stored.listed(owner, position.id if position else None, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


async def member(ctx: Context, member_id: UUID) -> Member | None:
    """A member of the caller's organisation; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting_organisation(MEMBERS_READ) as owner:
        return await stored.one(owner, member_id)


async def invitations(ctx: Context, first: int, after: str | None) -> paging.Page[Invitation]:
    """Who was asked to join and has not answered. Raises: SignInFirst, Forbidden, BadInput."""
    owner = ctx.organisation_id(MEMBERS_READ)
    size, of = paging.size(first), paging.fingerprint("invitations", owner)
    position = paging.opened(after, of, ctx.seal)
    async with ctx.acting_organisation(MEMBERS_READ):
        rows = await stored.invitations(owner, position.id if position else None, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


async def invite(
    ctx: Context, email: str, language: str, terms: Terms, key: str
) -> Invitation | TooManyMembers:
    """Ask somebody to join, by mail; an invitation to the same address is taken back.

    Refuses: the 1,001st. Raises: SignInFirst, Forbidden; BadInput for an address, roles or sites
    that are none, and where somebody other than an administrator makes one.
    """
    address = places.email(email) if len(email) <= 254 else None
    if address is None:
        raise BadInput("`email` is not an e-mail address.", argument="email")
    if language not in wording.LANGUAGES:
        raise BadInput("`locale` is `en` or `fr`.", argument="locale")
    _roles_fit(ctx, terms.roles)

    async def act(owner: UUID) -> Outcome:
        await stored.lock_all(owner)
        await _sites_fit(owner, terms)
        if await stored.count(owner) >= MOST_MEMBERS:
            return _refused(TooManyMembers(MOST_MEMBERS))
        until = ctx.now + INVITED_FOR
        made = await stored.invite(owner, address, language, terms, ctx.caller.user_id, until)
        await enqueue(Job.MAIL_INVITATION, invitation_id=str(made))
        await audited(ctx, "inviteMember", "Invitation", made, after=_facts(terms))
        return {"id": str(made)}

    given = {"email": address, "locale": language, **_facts(terms)}
    outcome = await organisation_once(ctx, MEMBERS_WRITE, "inviteMember", key, given, act)
    if (refusal := _refusal(outcome)) is not None:
        full: TooManyMembers = refusal
        return full
    async with ctx.acting_organisation(MEMBERS_WRITE):
        return await _known(stored.invitation(UUID(outcome["id"])))


async def revoke(ctx: Context, invitation_id: UUID, key: str) -> UUID | InvitationUnknown:
    """Take an invitation back. Refuses: one that is not the caller's, or waits no longer.

    Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(owner: UUID) -> Outcome:
        found = await stored.invitation(invitation_id, lock=True)
        if found is None or found.organisation_id != owner or not found.open_at(ctx.now):
            return _refused(InvitationUnknown())
        await stored.end_invitation(invitation_id, accepted=False, at=ctx.now)
        await audited(ctx, "revokeInvitation", "Invitation", invitation_id)
        return {"id": str(invitation_id)}

    given = {"id": invitation_id}
    outcome = await organisation_once(ctx, MEMBERS_WRITE, "revokeInvitation", key, given, act)
    found: InvitationUnknown | None = _refusal(outcome)
    return found or UUID(outcome["id"])


async def accept(ctx: Context, token: str, key: str) -> stored.Membership | InvitationInvalid:
    """Join the organisation that a mailed link is of, as the person whom it was mailed to.

    Refuses: a link that is damaged, old, used, taken back, or was mailed to another address.
    Raises: SignInFirst, BadInput.
    """
    secrets = house().vault.secrets(INVITATION)
    invitation_id = read_token(token, secrets)

    async def act(user_id: UUID) -> Outcome:
        found = await stored.invitation(invitation_id, lock=True) if invitation_id else None
        account = await sign_in.account(user_id)
        if found is None or account is None or account.email != found.email:
            return _refused(InvitationInvalid())
        if not found.open_at(ctx.now):
            return _refused(InvitationInvalid())
        joined = await stored.join(found.organisation_id, user_id, found.terms)
        await stored.end_invitation(found.id, accepted=True, at=ctx.now)
        of = Tenant(organisation_id=found.organisation_id)
        said = _facts(found.terms)
        await audited(ctx, "acceptInvitation", "Member", joined, after=said, of=of)
        return {"id": str(joined)}

    digest = hashlib.sha256(token.encode()).hexdigest()
    outcome = await person_once(ctx, "acceptInvitation", key, {"token": digest}, act)
    invalid: InvitationInvalid | None = _refusal(outcome)
    return invalid or await _membership(ctx, UUID(outcome["id"]))


async def _membership(ctx: Context, member_id: UUID) -> stored.Membership | InvitationInvalid:
    mine = await stored.memberships(ctx.caller.user_id) if ctx.caller.user_id else []
    return next((each for each in mine if each.id == member_id), InvitationInvalid())


async def update(ctx: Context, member_id: UUID, order: "Order", key: str) -> Member | Refusal:
    """Give a member other roles, sites, or another limit.

    Refuses: one who is none, to leave the organisation without an administrator, a version that
    is not the present one.
    Raises: SignInFirst, Forbidden; BadInput for roles or sites that are none, and where somebody
    other than an administrator makes one or changes one.
    """
    if order.roles is not None:
        _roles_fit(ctx, order.roles)

    async def act(owner: UUID) -> Outcome:
        await stored.lock_all(owner)
        before = await stored.one(owner, member_id, lock=True)
        if before is None:
            return _refused(MemberUnknown())
        if order.expected_version not in {None, before.version}:
            return _refused(Stale(before.version))
        _may_change(ctx, before.terms.roles)
        terms = order.applied(before.terms)
        await _sites_fit(owner, terms)
        if Role.ORG_ADMIN not in terms.roles and not await stored.administrators(owner, member_id):
            return _refused(LastAdministrator())
        if terms != before.terms:
            await stored.change(before, terms)
            was, now = _facts(before.terms), _facts(terms)
            await audited_change(ctx, "updateMember", "Member", member_id, was, now)
        return {"id": str(member_id)}

    given = {"id": member_id, **asdict(order)}
    outcome = await organisation_once(ctx, MEMBERS_WRITE, "updateMember", key, given, act)
    if (found := _refusal(outcome)) is not None:
        refusal: Refusal = found
        return refusal
    async with ctx.acting_organisation(MEMBERS_WRITE) as owner:
        return await stored.one(owner, member_id) or MemberUnknown()


async def remove(ctx: Context, member_id: UUID, key: str) -> Removed | Refusal:
    """End a membership, and the sessions that act by it, at once.

    Refuses: one who is none, the last administrator. Raises: SignInFirst, Forbidden; BadInput
    where somebody other than an administrator removes one.
    """
    ended: list[UUID] = []

    async def act(owner: UUID) -> Outcome:
        await stored.lock_all(owner)
        before = await stored.one(owner, member_id, lock=True)
        if before is None:
            return _refused(MemberUnknown())
        _may_change(ctx, before.terms.roles)
        if not await stored.administrators(owner, member_id):
            return _refused(LastAdministrator())
        ended.extend(await stored.remove(before, ctx.now))
        await audited(ctx, "removeMember", "Member", member_id, before=_facts(before.terms))
        return {"id": str(member_id)}

    given = {"id": member_id}
    outcome = await organisation_once(ctx, MEMBERS_WRITE, "removeMember", key, given, act)
    for each in ended:
        house().people.drop(each)
    found: Refusal | None = _refusal(outcome)
    return found or Removed(member_id)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to change of a member. A field of which `clear` names the word is emptied."""

    roles: tuple[str, ...] | None = None
    sites: tuple[UUID, ...] | None = None
    limit: Amount | None = None
    clear: tuple[str, ...] = ()
    expected_version: int | None = None

    def applied(self, before: Terms) -> Terms:
        """The terms after the order."""
        sites = None if "sites" in self.clear else self.sites or before.sites
        limit = None if "limit" in self.clear else self.limit or before.limit
        return Terms(self.roles or before.roles, sites, limit)


def _roles_fit(ctx: Context, roles: Sequence[str]) -> None:
    held = frozenset(Role(each) for each in roles)
    if not fit_together(held):
        message = "Name one or more roles of an organisation's members; an auditor has no other."
        raise BadInput(message, reason="ROLES_DO_NOT_FIT", argument="roles")
    _may_change(ctx, roles)


def _may_change(ctx: Context, roles: Iterable[str]) -> None:
    if Role.ORG_ADMIN in roles:
        administrator(ctx, "roles")


async def _sites_fit(owner: UUID, terms: Terms) -> None:
    sites = terms.sites
    if sites is not None and Role.ORG_ADMIN in terms.roles:
        raise BadInput("An administrator sees all sites.", argument="sites")
    if sites is not None and not (sites and set(sites) <= await organisations.open_sites(owner)):
        raise BadInput("`sites` names open sites of yours.", argument="sites")


def _facts(terms: Terms) -> dict[str, Any]:
    return {
        "roles": sorted(terms.roles),
        "sites": None if terms.sites is None else sorted(map(str, terms.sites)),
        "approvalLimit": terms.limit and f"{terms.limit.minor} {terms.limit.currency}",
    }


def _refused(refusal: Any) -> Outcome:
    return {"refused": type(refusal).__name__, "facts": asdict(refusal)}


def _refusal(outcome: Outcome) -> Any:
    name = outcome.get("refused")
    return None if name is None else _REFUSALS[name](**outcome["facts"])


async def _known(found: Awaitable[Invitation | None]) -> Invitation:
    row = await found
    if row is None:
        raise LookupError("an invitation without a row")
    return row
