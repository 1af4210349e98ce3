"""Signed tokens: which are believed, and what an outside issuer's claims mean.

Source: RFC 7519, RFC 8725 (algorithms listed, issuer and audience checked), RFC 9068.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from joserfc import jwk, jwt
from joserfc.errors import ExpiredTokenError, JoseError

from domain.accounts.places import email
from domain.accounts.roles import CallerKind, Role, kind_of, roles

ALGORITHMS: Final = ("ES256", "ES384", "RS256", "RS384", "RS512", "PS256", "Ed25519")
"""Asymmetric ones only: with these a key that verifies cannot sign."""

OWN_ALGORITHM: Final = "ES256"
ACCESS_LIFE: Final = timedelta(minutes=15)
REFRESH_LIFE: Final = timedelta(days=30)
SESSION_LIFE: Final = timedelta(days=90)
LEEWAY: Final = timedelta(seconds=60)
LONGEST: Final = 8192
AUDIENCE: Final = "boucle"


class TokenRefused(Exception):
    """Not a token that we believe; to the outside there is one reason for all."""


class TokenExpired(TokenRefused):
    """A token that was right once."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a token must say, and when it is read."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Outsider:
    """Whom an outside issuer's token names. `markets` None: all."""

    subject: str
    email: str
    kind: CallerKind
    roles: frozenset[Role]
    merchant_id: UUID | None
    organisation_id: UUID | None
    markets: frozenset[str] | None
    expires_at: datetime


def key_id(token: str) -> str:
    """The `kid` that a token says it was signed with; empty where it says none.

    Raises: TokenRefused for what is not a signed token at all.
    """
    if len(token) > LONGEST or token.count(".") != 2:
        raise TokenRefused("not a token")
    try:
        part = token.partition(".")[0].encode()
        header = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
        found = header.get("kid", "")
    except (ValueError, AttributeError, RecursionError) as error:
        raise TokenRefused("not a token") from error
    return found if isinstance(found, str) else ""


def read(token: str, key: jwk.Key, terms: Terms) -> dict[str, Any]:
    """The claims of a token that this key signed and whose issuer, audience and times are right.

    Raises: TokenExpired, TokenRefused.
    """
    wanted = jwt.JWTClaimsRegistry(
        now=int(terms.now.timestamp()),
        leeway=int(LEEWAY.total_seconds()),
        iss={"essential": True, "value": terms.issuer},
        aud={"essential": True, "value": terms.audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(token, key, algorithms=terms.algorithms).claims
        wanted.validate(claims)
        ends_of(claims)
    except ExpiredTokenError as error:
        raise TokenExpired("expired") from error
    except (JoseError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise TokenRefused(type(error).__name__) from error
    return claims


def ends_of(claims: Mapping[str, Any]) -> datetime:
    """When a token ends. Raises: TokenRefused for a number that is no time."""
    try:
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (ValueError, OverflowError, OSError, TypeError, KeyError) as error:
        raise TokenRefused("no end") from error


def outsider(claims: Mapping[str, Any], expires_at: datetime) -> Outsider:
    """Whom the claims of an outside issuer name; without roles of ours, a customer.

    Shapes: `boucle_roles` and `boucle_markets` are lists of words (`*` is every market),
    `boucle_merchant` and `boucle_organisation` ids. Words that are no role open nothing.
    Raises: TokenRefused for roles of two kinds, and for a role without the id that it needs.
    Source: docs/rules/identity.md, "An issuer of your own".
    """
    held = roles(_words(claims, "boucle_roles") or ()) or frozenset({Role.CUSTOMER})
    kind = kind_of(held)
    merchant_id, organisation_id = (
        _id(claims, name) for name in ("boucle_merchant", "boucle_organisation")
    )
    lacking = (kind is CallerKind.MERCHANT and merchant_id is None) or (
        kind is CallerKind.ORGANISATION and organisation_id is None
    )
    if kind is None or lacking:
        raise TokenRefused("the roles do not fit")
    verified = claims.get("email_verified") is not False
    return Outsider(
        subject=str(claims["sub"])[:255],
        email=(email(str(claims.get("email", ""))) or "") if verified else "",
        kind=kind,
        roles=held,
        merchant_id=merchant_id if kind is CallerKind.MERCHANT else None,
        organisation_id=organisation_id if kind is CallerKind.ORGANISATION else None,
        markets=_markets(claims) if kind is CallerKind.STAFF else None,
        expires_at=expires_at,
    )


def _markets(claims: Mapping[str, Any]) -> frozenset[str] | None:
    """The markets of staff: none where none is named, all for `*`."""
    named = frozenset(_words(claims, "boucle_markets") or ())
    return None if "*" in named else named


def _words(claims: Mapping[str, Any], name: str) -> list[str] | None:
    """A list of words; None where the claim is not there. Raises: TokenRefused for another."""
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TokenRefused(f"{name} is not a list of words")
    return value


def _id(claims: Mapping[str, Any], name: str) -> UUID | None:
    value = claims.get(name)
    if value is None:
        return None
    try:
        return UUID(str(value))
    except ValueError as error:
        raise TokenRefused(f"{name} is not an id") from error
