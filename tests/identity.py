"""People, keys and tokens for tests: made as the server makes them."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.accounts.roles import CallerKind, Role, kind_of, scopes_of
from domain.accounts.sign_in import PURPOSE, code_of, step_of, totp
from models.accounts import Account, Organisation, people
from models.vault import Vault
from resolvers.accounts.house import House, house, house_of, install
from resolvers.context import Caller
from tests.schema.asking import Json, data

ISSUER = "http://localhost"
HERE = "192.0.2.1"
SECRET = base64.b32decode("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
ASK = """mutation Ask($email: String!) { requestSignInCode(input: {email: $email}) {
  __typename ... on SignInCodeRequested { challenge expiresAt }
  ... on SignInNotOffered { code issuer } } }"""
SIGN_IN = """mutation In($email: String!, $challenge: ID!, $code: String!, $app: String) {
  signIn(input: {email: $email, challenge: $challenge, code: $code, secondFactor: $app}) {
    __typename ... on SignedIn { accessToken refreshToken expiresAt refreshExpiresAt kind roles }
    ... on Problem { code path } } }"""
REFRESH = """mutation Refresh($token: String!) { refreshSession(input: {refreshToken: $token}) {
  __typename ... on SignedIn { accessToken refreshToken } ... on SessionEnded { code why } } }"""


@contextmanager
def at_home(made: House | None = None) -> Iterator[House]:
    """A house of the test's own."""
    before = house()
    try:
        yield install(made or house_of(Vault([("k1", b"k" * 32)]), ISSUER))
    finally:
        install(before)


def visitor(address: str = HERE) -> Caller:
    """An anonymous caller from an address."""
    return Caller(address=address)


def code_for(challenge: str) -> str:
    """The code that the mail of a challenge holds."""
    return code_of(house().vault.secrets(PURPOSE)[0], UUID(challenge))


async def asked(email: str, address: str = HERE) -> str:
    """The challenge of a code that was asked for."""
    found = await data(ASK, visitor(address), email=email)
    return str(found["requestSignInCode"]["challenge"])


async def tried(email: str, challenge: str, code: str, *, address: str = HERE, **more: Any) -> Json:
    """What a try to sign in answers."""
    given = {"email": email, "challenge": challenge, "code": code, **more}
    found: Json = (await data(SIGN_IN, visitor(address), **given))["signIn"]
    return found


async def signed_in(email: str, **more: Any) -> Json:
    """The tokens of a new session."""
    challenge = await asked(email)
    found = await tried(email, challenge, code_for(challenge), **more)
    assert found["__typename"] == "SignedIn", found
    return found


async def refreshed(token: str) -> Json:
    """What a refresh answers."""
    found: Json = (await data(REFRESH, visitor(), token=token))["refreshSession"]
    return found


def app_code(now: datetime | None = None) -> str:
    """The code that the authenticator app of `staff` shows."""
    return totp(SECRET, step_of(now or datetime.now(UTC)))


async def enter(email: str, *roles: Role, second_factor: bool = True, **more: Any) -> Account:
    """An account, with the second factor of `app_code` where one is wanted."""
    row = await people.enter(email, frozenset(roles), **more)
    if second_factor:
        row.second_factor = house().vault.close(SECRET, people.cell(row))
        await row.save()
    return row


async def person(*roles: Role, **owner: Any) -> Caller:
    """A caller who signed in with these roles, for `merchant_id`, `organisation_id`, `markets`."""
    markets = owner.pop("markets", None)
    listed = None if markets is None else sorted(markets)
    email = f"{'-'.join(roles).lower().replace('_', '')}@example.org"
    row = await people.enter(email, frozenset(roles), markets=listed, **owner)
    kind = kind_of(roles)
    assert kind is not None
    return Caller(
        kind=CallerKind(kind),
        user_id=row.id,
        session_id=row.id,
        roles=frozenset(roles),
        scopes=scopes_of(roles),
        markets=None if markets is None else frozenset(markets),
        address=HERE,
        **owner,
    )


async def organisation(slug: str = "atelier-nord") -> Organisation:
    """A client company."""
    return await people.organisation(slug, slug)
