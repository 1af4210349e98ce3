"""From the header of a request to a caller.

A key, a session and an account are read at most every 3 seconds by a process, so that what was
revoked opens nothing anywhere 5 seconds later. Source: docs/rules/identity.md.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.accounts import parse
from domain.accounts.company_tokens import CompanyIssuer, colleague, unread
from domain.accounts.places import among
from domain.accounts.roles import CallerKind, scopes_of
from domain.accounts.scopes import markets_of
from domain.accounts.scopes import read as grants_of
from domain.accounts.tokens import (
    LEEWAY,
    Outsider,
    TokenExpired,
    TokenRefused,
    ends_of,
    outsider,
)
from models import accounts
from models.accounts import Account, ApiKey, issuers
from models.accounts import keys as stored_keys
from models.accounts import sign_in as stored
from resolvers.accounts.house import House, OutsideIssuer, house
from resolvers.accounts.sign_in import person_caller
from resolvers.context import Caller, Forbidden, SignInFirst

USE_NOTED_EVERY = timedelta(minutes=1)
_LONGEST = 8_192
_KEY = "bcl_"
Believes = Callable[[str, datetime], Awaitable[Mapping[str, Any]]]


async def caller_of(authorization: str | None, address: str | None = None) -> Caller:
    """The caller that a bearer key or token names; an anonymous one without the header.

    Units: `address` is the IP address that the request came from.
    Raises: SignInFirst with KEY_REFUSED for a key that is damaged, unknown, expired or revoked,
    which are one and the same to the outside, TOKEN_REFUSED or TOKEN_EXPIRED for a token;
    Forbidden with IP_NOT_ALLOWED for a key that is used from elsewhere.
    """
    if authorization is None:
        return Caller(address=address)
    scheme, _, text = authorization[: _LONGEST + 8].partition(" ")
    text = text.strip()
    if scheme.lower() != "bearer":
        raise _refused()
    now = datetime.now(UTC)
    if text.startswith(_KEY) or text.count(".") != 2:
        return await key_caller(text, address, now)
    try:
        return await token_caller(text, address, now)
    except TokenExpired as error:
        message = "This token has expired: refresh the session or sign in."
        raise SignInFirst(message, reason="TOKEN_EXPIRED") from error
    except TokenRefused as error:
        raise SignInFirst("This token opens nothing: sign in.", reason="TOKEN_REFUSED") from error


async def key_caller(text: str, address: str | None, now: datetime) -> Caller:
    """The caller that an API key names. Raises: SignInFirst, Forbidden."""
    sent = parse(text)
    if sent is None:
        raise _refused()
    found = await house().keys.get(sent.prefix, lambda: accounts.find(sent.prefix))
    if found is None or not sent.matches(bytes(found.secret_sha256)) or not found.usable(now):
        raise _refused()
    if found.networks and not among(address, found.networks):
        message = "This key may not be used from this IP address."
        raise Forbidden(message, reason="IP_NOT_ALLOWED")
    await _note_use(found, now)
    return caller_of_key(found, address)


def caller_of_key(key: ApiKey, address: str | None = None) -> Caller:
    """The caller that a stored key stands for."""
    grants = grants_of(key.scopes)
    if isinstance(grants, str):
        grants = {}
    return Caller(
        kind=CallerKind.MERCHANT if key.merchant_id else CallerKind.ORGANISATION,
        merchant_id=key.merchant_id,
        organisation_id=key.organisation_id,
        key_prefix=key.prefix,
        scopes=frozenset(grants),
        markets=markets_of(grants),
        expires_at=key.expires_at,
        limits={scope: markets for scope, markets in grants.items() if markets is not None},
        address=address,
    )


async def token_caller(text: str, address: str | None, now: datetime) -> Caller:
    """The person whom an access token names. Raises: TokenRefused, TokenExpired."""
    here = house()
    company = await _company(here, text)
    if company is not None:
        of, provider = company
        claims = await _claims(here, text, provider.claims, now)
        return await _colleague(here, of, claims, address)
    claims = await _claims(
        here, text, here.outside.claims if here.outside else here.signing.read, now
    )
    ends = ends_of(claims)
    if here.outside is None:
        return await _insider(here, claims, ends, address, now)
    return await _outsider(here, outsider(claims, ends), address)


async def _claims(here: House, text: str, read_by: Believes, now: datetime) -> Mapping[str, Any]:
    """What a token says that is believed, read once. Raises: TokenRefused, TokenExpired."""

    async def read() -> Mapping[str, Any]:
        return await read_by(text, now)

    claims = await here.claims.get(hashlib.sha256(text.encode()).digest(), read)
    if claims is None:
        raise TokenRefused("no claims")
    if now >= ends_of(claims) + LEEWAY:
        raise TokenExpired("expired")
    return claims


async def _company(here: House, text: str) -> tuple[CompanyIssuer, OutsideIssuer] | None:
    """The company's issuer that a token says it is of, and what believes it; None for ours."""
    if here.providers is None:
        return None
    issuer, audiences = unread(text)
    if issuer in {"", here.signing.issuer, here.outside.url if here.outside else ""}:
        return None
    known = await here.issuers.get(issuer, lambda: issuers.named(issuer)) or []
    for each in known:
        provider = here.provider(each) if each.audience in audiences else None
        if provider is not None:
            return each, provider
    return None


async def _colleague(
    here: House, of: CompanyIssuer, claims: Mapping[str, Any], address: str | None
) -> Caller:
    """The member whom a company's issuer names. Raises: TokenRefused."""
    who = colleague(claims, of)
    roles = frozenset(role.value for role in who.roles)
    key = (of.issuer, who.subject, roles)
    member = await here.colleagues.get(key, lambda: issuers.enter(of, who))
    if member is None or member.organisation_id != of.organisation_id:
        raise TokenRefused("no member of the organisation")
    sites = member.terms.sites
    return Caller(
        kind=CallerKind.ORGANISATION,
        organisation_id=of.organisation_id,
        user_id=member.account_id,
        roles=roles,
        scopes=scopes_of(who.roles),
        expires_at=ends_of(claims),
        address=address,
        member_id=member.id,
        sites=None if sites is None else frozenset(sites),
    )


async def _insider(
    here: House, claims: Mapping[str, Any], ends: datetime, address: str | None, now: datetime
) -> Caller:
    try:
        session_id = UUID(str(claims.get("sid")))
    except ValueError as error:
        raise TokenRefused("no session") from error
    person = await here.people.get(session_id, lambda: stored.person(session_id, now))
    if person is None or str(person.account_id) != claims["sub"]:
        raise TokenRefused("the session has ended")
    return person_caller(person, ends, address)


async def _outsider(here: House, named: Outsider, address: str | None) -> Caller:
    async def read() -> Account | None:
        owners = (named.merchant_id, named.organisation_id)
        issuer = here.outside.url if here.outside else ""
        return await stored.outsider(issuer, named.subject, named.email, named.kind, owners)

    account = await here.outsiders.get(named.subject, read)
    if account is None or account.closed_at is not None:
        raise TokenRefused("the account is closed")
    return Caller(
        kind=named.kind,
        merchant_id=named.merchant_id,
        organisation_id=named.organisation_id,
        user_id=account.id,
        roles=frozenset(role.value for role in named.roles),
        scopes=scopes_of(named.roles),
        markets=named.markets,
        expires_at=named.expires_at,
        address=address,
    )


async def _note_use(key: ApiKey, now: datetime) -> None:
    """Remember the use, once a minute; the row that is held remembers it too."""
    before = now - USE_NOTED_EVERY
    if key.last_used_at is None or key.last_used_at <= before:
        key.last_used_at = now
        await stored_keys.note_use(key.id, now, before)


def _refused() -> SignInFirst:
    return SignInFirst("Send a valid API key as a bearer token.", reason="KEY_REFUSED")
