"""A person acts for an organisation, and has an authenticator app."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from domain.accounts.roles import Role
from resolvers.accounts import acting as resolvers
from resolvers.accounts import sign_in
from resolvers.context import BadInput
from schema.accounts import told
from schema.accounts.people import (
    SecondFactorNotSet,
    SecondFactorRequired,
    SignedIn,
    SignInNotOffered,
    SignInRefused,
    lacking,
)
from schema.common import Info, Problem, global_id, row_id
from schema.rules import OWN, PERSON, ruled

if TYPE_CHECKING:
    from models.accounts.members import Membership as Row

_APP = "The 6 digits of your authenticator app"


@ruled(OWN)
@strawberry.type
class Membership:
    """An organisation that you act for."""

    organisation: strawberry.relay.GlobalID = strawberry.field(
        description="Id of the `Organisation`."
    )
    name: str = strawberry.field(description="What it is called.")
    roles: list[Role] = strawberry.field(description="What you may do there. At most 5.")

    @classmethod
    def of(cls, row: "Row") -> Self:
        roles = sorted(Role(each) for each in row.roles if each in Role.__members__)
        organisation = global_id("Organisation", row.organisation_id)
        return cls(organisation=organisation, name=row.name, roles=roles)


@strawberry.input
class ActForInput:
    """For whom you act."""

    organisation: strawberry.ID = strawberry.field(description="Id of the `Organisation`.")
    second_factor: str | None = strawberry.field(
        default=None, description=f"{_APP}: administrators need it."
    )


@strawberry.input
class OfferSecondFactorInput:
    """Who you are."""

    second_factor: str | None = strawberry.field(
        default=None, description=f"{_APP} that you have now, if you have one."
    )


@strawberry.input
class ConfirmSecondFactorInput:
    """What your new app shows."""

    ticket: str = strawberry.field(description="`ticket` of `offerSecondFactor`.")
    code: str = strawberry.field(description="The 6 digits that the new app shows.")
    second_factor: str | None = strawberry.field(
        default=None, description=f"{_APP} that you had before, if you had one."
    )


@ruled(OWN)
@strawberry.type
class SecondFactorOffered:
    """Show `uri` to your app as a QR code; nothing is stored before you confirm its code."""

    uri: str = strawberry.field(description="`otpauth:` address that authenticator apps read.")
    ticket: str = strawberry.field(description="Send it with the code of the app.")
    expires_at: datetime = strawberry.field(description="Until when it may be confirmed.")


@ruled(OWN)
@strawberry.type
class SecondFactorConfirmed:
    """Your account has this second factor from now on."""

    replaced: bool = strawberry.field(description="Whether there was another one before.")


@ruled(OWN)
@strawberry.type
class NotAMember(Problem):
    """You are no member of such an organisation."""


AppRefusal = SecondFactorRequired | SignInRefused | SignInNotOffered
ActForRefusal = AppRefusal | SecondFactorNotSet
ActForResult = Annotated[
    SignedIn
    | NotAMember
    | SecondFactorRequired
    | SecondFactorNotSet
    | SignInRefused
    | SignInNotOffered,
    strawberry.union("ActForResult", description="A session for the organisation, or a refusal."),
]
OfferSecondFactorResult = Annotated[
    SecondFactorOffered | SecondFactorRequired | SignInRefused | SignInNotOffered,
    strawberry.union("OfferSecondFactorResult", description="What your app reads, or a refusal."),
]
ConfirmSecondFactorResult = Annotated[
    SecondFactorConfirmed | SecondFactorRequired | SignInRefused | SignInNotOffered,
    strawberry.union("ConfirmSecondFactorResult", description="What holds now, or a refusal."),
]


@strawberry.type
class ActingQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PERSON})
    async def memberships(self, info: Info) -> list[Membership]:
        """The organisations that you act for, by name. At most 100. Needs a person's token."""
        return [Membership.of(row) for row in await resolvers.memberships(info.context)]


@strawberry.type
class ActingMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": PERSON})
    async def act_for(
        self, info: Info, input: Annotated[ActForInput, strawberry.argument(description="Whom.")]
    ) -> ActForResult:
        """Begin a session that acts for an organisation of yours; the present one goes on.

        Takes no idempotency key: sessions are no effect that one would not have twice.
        """
        found = await resolvers.act_for(info.context, _organisation(input), input.second_factor)
        match found:
            case sign_in.SignedIn():
                return SignedIn.of(found)
            case resolvers.NotAMember():
                message = "You are no member of such an organisation."
                path = ["input", "organisation"]
                return NotAMember(**told(info, "NOT_A_MEMBER", message, path, "See `memberships`."))
            case refusal:
                refused: ActForRefusal = lacking(info, refusal)
                return refused

    @strawberry.mutation(metadata={"rule": PERSON})
    async def offer_second_factor(
        self,
        info: Info,
        input: Annotated[OfferSecondFactorInput, strawberry.argument(description="Who.")],
    ) -> OfferSecondFactorResult:
        """Have a secret made for your authenticator app. Nothing is stored yet."""
        found = await resolvers.offer_second_factor(info.context, input.second_factor)
        if isinstance(found, resolvers.SecondFactorOffered):
            return SecondFactorOffered(
                uri=found.uri, ticket=found.ticket, expires_at=found.expires_at
            )
        refused: AppRefusal = lacking(info, found)
        return refused

    @strawberry.mutation(metadata={"rule": PERSON})
    async def confirm_second_factor(
        self,
        info: Info,
        input: Annotated[ConfirmSecondFactorInput, strawberry.argument(description="What.")],
    ) -> ConfirmSecondFactorResult:
        """Take the app whose code you send as your second factor. A code works once."""
        found = await resolvers.set_second_factor(
            info.context, input.ticket, input.code, input.second_factor
        )
        if isinstance(found, resolvers.SecondFactorSet):
            return SecondFactorConfirmed(replaced=input.second_factor is not None)
        refused: AppRefusal = lacking(info, found)
        return refused


def _organisation(given: ActForInput) -> UUID:
    found = row_id(given.organisation, "Organisation", "organisation")
    if found is None:
        raise BadInput("`organisation` names none.", argument="organisation")
    return found
