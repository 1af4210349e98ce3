"""People sign in, stay signed in, sign out; anyone may ask who the server thinks they are."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay

from domain.accounts.roles import CallerKind, Role
from resolvers.accounts import sign_in as resolvers
from resolvers.context import BadInput, Caller
from schema.accounts import told
from schema.common import Info, Problem, global_id
from schema.rules import PERSON, PUBLIC, ruled

strawberry.enum(CallerKind, description="On whose behalf a request is made.")
strawberry.enum(Role, description="What a person may do. Staff act by role, in their markets.")
strawberry.enum(resolvers.WhyEnded, description="Why a refresh token opens nothing.")


@ruled(PUBLIC)
@strawberry.type
class Viewer:
    """Who the server thinks you are."""

    kind: CallerKind = strawberry.field(description="On whose behalf you ask.")
    roles: list[Role] = strawberry.field(description="A person's roles. At most 20.")
    scopes: list[str] = strawberry.field(
        description="What you may do, such as `offers:read`, or `offers:write@FR,DE`. At most 100."
    )
    markets: list[str] | None = strawberry.field(
        description="Codes of the markets in which you act; `null` is all of them. At most 100."
    )
    merchant: relay.GlobalID | None = strawberry.field(description="Id of your merchant.")
    organisation: relay.GlobalID | None = strawberry.field(description="Id of your organisation.")
    key_prefix: str | None = strawberry.field(description="Public part of the API key you sent.")
    expires_at: datetime | None = strawberry.field(description="When what you sent ends.")

    @strawberry.field
    async def email(self, info: Info) -> str | None:
        """A person's e-mail address; `null` for an API key and for visitors."""
        return await resolvers.email_of(info.context)

    @classmethod
    def of(cls, caller: Caller) -> "Viewer":
        merchant, organisation = caller.merchant_id, caller.organisation_id
        return cls(
            kind=caller.kind,
            roles=sorted(Role(role) for role in caller.roles if role in Role.__members__),
            scopes=[_scope(caller, scope) for scope in sorted(caller.scopes)],
            markets=None if caller.markets is None else sorted(caller.markets),
            merchant=global_id("Merchant", merchant) if merchant else None,
            organisation=global_id("Organisation", organisation) if organisation else None,
            key_prefix=caller.key_prefix,
            expires_at=caller.expires_at,
        )


def _scope(caller: Caller, scope: str) -> str:
    markets = caller.limits.get(scope)
    return scope if markets is None else f"{scope}@{','.join(sorted(markets))}"


@strawberry.input
class RequestSignInCodeInput:
    """Who wants to sign in."""

    email: str = strawberry.field(description="Your e-mail address.")
    locale: str = strawberry.field(default="en", description="Language of the mail: `en` or `fr`.")


@strawberry.input
class SignInInput:
    """What came by mail, and which request it answers."""

    email: str = strawberry.field(description="The address that the code was mailed to.")
    challenge: strawberry.ID = strawberry.field(description="`challenge` of `requestSignInCode`.")
    code: str = strawberry.field(description="The 8 digits of the mail.")
    second_factor: str | None = strawberry.field(
        default=None, description="The 6 digits of your authenticator app, where one is needed."
    )


@strawberry.input
class RefreshSessionInput:
    """What renews a session."""

    refresh_token: str = strawberry.field(description="The last one that you were given.")


@ruled(PUBLIC)
@strawberry.type
class SignInCodeRequested:
    """A code is on its way if the address takes mail. Known and unknown ones are answered alike."""

    challenge: strawberry.ID = strawberry.field(description="Send it with the code.")
    expires_at: datetime = strawberry.field(description="Until when the code works.")


@ruled(PUBLIC)
@strawberry.type
class SignedIn:
    """The tokens of a session. Keep the refresh token where no other program reads it."""

    access_token: str = strawberry.field(
        description="Send it as a bearer token in the header `Authorization`."
    )
    expires_at: datetime = strawberry.field(description="When the access token ends.")
    refresh_token: str = strawberry.field(
        description="Renews the session once. A second use ends the session."
    )
    refresh_expires_at: datetime = strawberry.field(description="When the refresh token ends.")
    caller: strawberry.Private[Caller]

    @strawberry.field
    def roles(self) -> list[Role]:
        """Your roles. At most 20."""
        return Viewer.of(self.caller).roles

    @strawberry.field
    def kind(self) -> CallerKind:
        """On whose behalf you ask from now on."""
        return self.caller.kind

    @classmethod
    def of(cls, found: resolvers.SignedIn) -> "SignedIn":
        return cls(
            access_token=found.access_token,
            expires_at=found.expires_at,
            refresh_token=found.refresh_token,
            refresh_expires_at=found.refresh_expires_at,
            caller=found.caller,
        )


@ruled(PUBLIC)
@strawberry.type
class SignedOut:
    """What you sent opens nothing 5 seconds later, on any server."""

    sessions: int = strawberry.field(description="How many sessions ended.")


@ruled(PUBLIC)
@strawberry.type
class SignInNotOffered(Problem):
    """People do not sign in here."""

    issuer: str | None = strawberry.field(
        description="The OpenID provider where they do; `null` where this server sends no mail."
    )


@ruled(PUBLIC)
@strawberry.type
class SignInRefused(Problem):
    """The code is wrong, old, used or was tried five times. Ask for another."""


@ruled(PUBLIC)
@strawberry.type
class SecondFactorRequired(Problem):
    """The mailed code is right and still usable: send it again with `secondFactor`."""


@ruled(PUBLIC)
@strawberry.type
class SecondFactorNotSet(Problem):
    """Your roles need an authenticator app, and none is set up."""


@ruled(PUBLIC)
@strawberry.type
class SessionEnded(Problem):
    """The refresh token opens nothing: sign in again."""

    why: resolvers.WhyEnded = strawberry.field(description="Why.")


RequestSignInCodeResult = Annotated[
    SignInCodeRequested | SignInNotOffered,
    strawberry.union("RequestSignInCodeResult", description="What to wait for, or a refusal."),
]
SignInResult = Annotated[
    SignedIn | SignInRefused | SecondFactorRequired | SecondFactorNotSet | SignInNotOffered,
    strawberry.union("SignInResult", description="A session, or a refusal."),
]
RefreshSessionResult = Annotated[
    SignedIn | SessionEnded | SignInNotOffered,
    strawberry.union("RefreshSessionResult", description="New tokens, or a refusal."),
]


@strawberry.type
class PeopleQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    def viewer(self, info: Info) -> Viewer:
        """Who the server thinks you are, and what you may do."""
        return Viewer.of(info.context.caller)


@strawberry.type
class PeopleMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": PUBLIC})
    async def request_sign_in_code(
        self,
        info: Info,
        input: Annotated[RequestSignInCodeInput, strawberry.argument(description="Who.")],
    ) -> RequestSignInCodeResult:
        """Have a code mailed to sign in with. An account is made when it is used, if need be."""
        found = await resolvers.request_code(info.context, input.email, input.locale)
        match found:
            case resolvers.NotOffered(issuer):
                return _not_offered(info, issuer)
            case resolvers.CodeAsked(challenge, expires_at):
                return SignInCodeRequested(
                    challenge=strawberry.ID(str(challenge)), expires_at=expires_at
                )

    @strawberry.mutation(metadata={"rule": PUBLIC})
    async def sign_in(
        self,
        info: Info,
        input: Annotated[SignInInput, strawberry.argument(description="The code.")],
    ) -> SignInResult:
        """Begin a session. Takes no idempotency key: a code works once."""
        found = await resolvers.sign_in_with(
            info.context, input.email, input.code, _challenge(input.challenge), input.second_factor
        )
        match found:
            case resolvers.SignInRefused():
                return SignInRefused(**told(info, *_REFUSED))
            case resolvers.SecondFactorRequired():
                return SecondFactorRequired(**told(info, *_SECOND))
            case resolvers.SecondFactorNotSet():
                return SecondFactorNotSet(**told(info, *_NOT_SET))
            case resolvers.NotOffered(issuer):
                return _not_offered(info, issuer)
            case signed_in:
                return SignedIn.of(signed_in)

    @strawberry.mutation(metadata={"rule": PUBLIC})
    async def refresh_session(
        self,
        info: Info,
        input: Annotated[RefreshSessionInput, strawberry.argument(description="The token.")],
    ) -> RefreshSessionResult:
        """Renew a session. Takes no idempotency key: a refresh token works once."""
        found = await resolvers.refresh(info.context, input.refresh_token)
        match found:
            case resolvers.SessionEnded(why):
                return SessionEnded(**told(info, *_ENDED), why=why)
            case resolvers.NotOffered(issuer):
                return _not_offered(info, issuer)
            case signed_in:
                return SignedIn.of(signed_in)

    @strawberry.mutation(metadata={"rule": PERSON})
    async def sign_out(self, info: Info) -> SignedOut:
        """End the session of the access token that you send. Needs a person's token."""
        return SignedOut(sessions=await resolvers.sign_out(info.context, everywhere=False))

    @strawberry.mutation(metadata={"rule": PERSON})
    async def sign_out_everywhere(self, info: Info) -> SignedOut:
        """End all your sessions, on all devices. Needs a person's token."""
        return SignedOut(sessions=await resolvers.sign_out(info.context, everywhere=True))


_Told = tuple[str, str, list[str], str]
_REFUSED: _Told = (
    "SIGN_IN_REFUSED",
    "The code does not open a session.",
    ["input", "code"],
    "Ask for another with `requestSignInCode`.",
)
_SECOND: _Told = (
    "SECOND_FACTOR_REQUIRED",
    "The one-time code of your authenticator app is missing.",
    ["input", "secondFactor"],
    "Send the same code again with `secondFactor`.",
)
_NOT_SET: _Told = (
    "SECOND_FACTOR_NOT_SET",
    "Your roles need an authenticator app, and none is set up.",
    ["input", "email"],
    "Set one up with `offerSecondFactor`; the operator can, too.",
)
_ENDED: _Told = (
    "SESSION_ENDED",
    "The session has ended.",
    ["input", "refreshToken"],
    "Sign in again.",
)
_ELSEWHERE: _Told = (
    "SIGN_IN_NOT_OFFERED",
    "People do not sign in here.",
    [],
    "Sign in at `issuer`, and send its access token.",
)


def lacking(info: Info, refusal: Any) -> Any:
    """The refusal of a sign-in as clients see it."""
    match refusal:
        case resolvers.SecondFactorRequired():
            return SecondFactorRequired(**told(info, *_SECOND))
        case resolvers.SecondFactorNotSet():
            return SecondFactorNotSet(**told(info, *_NOT_SET))
        case resolvers.NotOffered(issuer):
            return _not_offered(info, issuer)
        case _:
            return SignInRefused(**told(info, *_REFUSED))


def _not_offered(info: Info, issuer: str | None) -> SignInNotOffered:
    return SignInNotOffered(**told(info, *_ELSEWHERE), issuer=issuer)


def _challenge(text: strawberry.ID) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        raise BadInput("`challenge` is not one of ours.", argument="challenge") from None
