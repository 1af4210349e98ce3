"""Members and invitations as clients see them, and what they send to change them."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.accounts.organisations import Amount, Terms
from domain.accounts.roles import Role
from domain.money import Currency
from schema.accounts.organisations import READ, Stale
from schema.common import ONCE, Edge, Money, Node, PageInfo, Problem, global_id
from schema.rules import OWN, ruled

if TYPE_CHECKING:
    from models.accounts.members import Invitation as InvitationRow
    from models.accounts.members import Member as Row

_ROLES = "`ORG_ADMIN` `ORG_REQUESTER` `ORG_APPROVER` `ORG_FINANCE`, or `ORG_AUDITOR` alone."
_SITES = "Ids of the sites whose assets it sees; without any, all. At most 500."
_LIMIT = "Above it somebody else must approve; without one, nothing is above it."


def money_of(amount: Amount | None) -> Money | None:
    """An amount as clients see it."""
    return None if amount is None else Money.of(amount.minor, amount.currency)


def _roles(terms: Terms) -> list[Role]:
    return sorted(Role(each) for each in terms.roles)


def _site_ids(terms: Terms) -> list[strawberry.relay.GlobalID] | None:
    return None if terms.sites is None else [global_id("Site", each) for each in terms.sites]


@ruled(READ)
@strawberry.type
class Member(Node):
    """Somebody who acts for your organisation."""

    email: str = strawberry.field(description="E-mail address.")
    roles: list[Role] = strawberry.field(description="What it may do. At most 5.")
    sites: list[strawberry.relay.GlobalID] | None = strawberry.field(
        description="Ids of the sites whose assets it sees; `null` is all. At most 500."
    )
    approval_limit: Money | None = strawberry.field(description=_LIMIT)
    version: int = strawberry.field(description="Grows with each change.")
    since: datetime = strawberry.field(description="When it joined.")

    @classmethod
    def of(cls, row: "Row") -> Self:
        return cls(
            id=global_id("Member", row.id),
            email=row.email,
            roles=_roles(row.terms),
            sites=_site_ids(row.terms),
            approval_limit=money_of(row.terms.limit),
            version=row.version,
            since=row.created_at,
        )


@ruled(READ)
@strawberry.type
class MemberConnection:
    """Members, page by page, newest first."""

    edges: list[Edge[Member]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(READ)
@strawberry.type
class Invitation:
    """Somebody who was asked to join, and has not answered."""

    id: strawberry.relay.GlobalID = strawberry.field(description="Opaque id.")
    email: str = strawberry.field(description="Where it was mailed.")
    roles: list[Role] = strawberry.field(description="What it will be able to do. At most 5.")
    sites: list[strawberry.relay.GlobalID] | None = strawberry.field(
        description="Ids of the sites whose assets it will see; `null` is all. At most 500."
    )
    approval_limit: Money | None = strawberry.field(description=_LIMIT)
    expires_at: datetime = strawberry.field(description="Until when it may be accepted.")
    created_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, row: "InvitationRow") -> Self:
        return cls(
            id=global_id("Invitation", row.id),
            email=row.email,
            roles=_roles(row.terms),
            sites=_site_ids(row.terms),
            approval_limit=money_of(row.terms.limit),
            expires_at=row.expires_at,
            created_at=row.created_at,
        )


@ruled(READ)
@strawberry.type
class InvitationConnection:
    """Invitations, page by page, newest first."""

    edges: list[Edge[Invitation]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.input
class AmountInput:
    """An exact amount."""

    amount: Decimal = strawberry.field(description='Decimal string: `"5000.00"`.')
    currency: Currency = strawberry.field(description="ISO 4217 code.")


@strawberry.input
class InviteMemberInput:
    """Who is asked, and what it will be able to do."""

    email: str = strawberry.field(description="Where the invitation is mailed.")
    roles: list[Role] = strawberry.field(description=_ROLES)
    idempotency_key: str = strawberry.field(description=ONCE)
    sites: list[strawberry.ID] | None = strawberry.field(default=None, description=_SITES)
    approval_limit: AmountInput | None = strawberry.field(default=None, description=_LIMIT)
    locale: str = strawberry.field(default="en", description="Language of the mail: `en` or `fr`.")


@strawberry.input
class RevokeInvitationInput:
    """Which invitation is taken back."""

    id: strawberry.ID = strawberry.field(description="Id of the `Invitation`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class AcceptInvitationInput:
    """What was mailed."""

    token: str = strawberry.field(description="The text of the mail, `bci_…`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class UpdateMemberInput:
    """What is to change: what is left out stays, `null` clears `sites` and `approvalLimit`."""

    id: strawberry.ID = strawberry.field(description="Id of the `Member`.")
    idempotency_key: str = strawberry.field(description=ONCE)
    roles: list[Role] | None = strawberry.field(default=None, description=_ROLES)
    sites: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description=_SITES
    )
    approval_limit: AmountInput | None = strawberry.field(
        default=strawberry.UNSET, description=_LIMIT
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The `version` that you read; another one changes nothing."
    )


@strawberry.input
class RemoveMemberInput:
    """Who is a member no longer."""

    id: strawberry.ID = strawberry.field(description="Id of the `Member`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class MemberInvited:
    """The invitation is on its way."""

    invitation: Invitation = strawberry.field(description="The invitation.")


@ruled(OWN)
@strawberry.type
class InvitationRevoked:
    """The text that was mailed opens nothing any more."""

    id: strawberry.relay.GlobalID = strawberry.field(description="Id of the invitation.")


@ruled(OWN)
@strawberry.type
class InvitationAccepted:
    """You are a member: `actFor` begins a session that acts for the organisation."""

    organisation: strawberry.relay.GlobalID = strawberry.field(
        description="Id of the `Organisation`."
    )
    name: str = strawberry.field(description="What it is called.")
    roles: list[Role] = strawberry.field(description="What you may do there. At most 5.")


@ruled(OWN)
@strawberry.type
class MemberUpdated:
    """The member as it is now."""

    member: Member = strawberry.field(description="The member.")


@ruled(OWN)
@strawberry.type
class MemberRemoved:
    """Its sessions for the organisation have ended; its keys go on: revoke those that must not."""

    id: strawberry.relay.GlobalID = strawberry.field(description="Id of the member.")


@ruled(OWN)
@strawberry.type
class MemberUnknown(Problem):
    """Your organisation has no such member."""


@ruled(OWN)
@strawberry.type
class MemberLimitReached(Problem):
    """Your organisation has as many members, and people asked to be, as one may."""

    limit: int = strawberry.field(description="How many.")


@ruled(OWN)
@strawberry.type
class LastAdministrator(Problem):
    """Your organisation would be left without an administrator."""


@ruled(OWN)
@strawberry.type
class InvitationUnknown(Problem):
    """Your organisation has no such invitation that waits."""


@ruled(OWN)
@strawberry.type
class InvitationInvalid(Problem):
    """The text is damaged, old, used, taken back, or was mailed to another address than yours."""


InviteMemberResult = Annotated[
    MemberInvited | MemberLimitReached,
    strawberry.union("InviteMemberResult", description="The invitation, or a refusal."),
]
RevokeInvitationResult = Annotated[
    InvitationRevoked | InvitationUnknown,
    strawberry.union("RevokeInvitationResult", description="What was taken back, or a refusal."),
]
AcceptInvitationResult = Annotated[
    InvitationAccepted | InvitationInvalid,
    strawberry.union("AcceptInvitationResult", description="Where you are a member, or a refusal."),
]
UpdateMemberResult = Annotated[
    MemberUpdated | MemberUnknown | LastAdministrator | Stale,
    strawberry.union("UpdateMemberResult", description="The member, or a refusal."),
]
RemoveMemberResult = Annotated[
    MemberRemoved | MemberUnknown | LastAdministrator,
    strawberry.union("RemoveMemberResult", description="Who has left, or a refusal."),
]
