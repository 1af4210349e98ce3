"""Whom the token of a company's own issuer names, and which of its words are roles of ours.

Source: docs/organisations.md, "Your own sign-in".
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from domain.accounts.organisations import fit_together
from domain.accounts.places import email
from domain.accounts.roles import Role, roles
from domain.accounts.tokens import LONGEST, TokenRefused

_MOST_WORDS: Final = 500


@dataclass(frozen=True, slots=True)
class CompanyIssuer:
    """An issuer that an organisation's people sign in at, and how its claims are read.

    Shapes: `role_claim` is a name, or names with dots between for a claim inside another; `claims`
    maps its words to roles; `domains` are those of the addresses that are taken.
    """

    organisation_id: UUID
    issuer: str
    audience: str
    domains: tuple[str, ...]
    role_claim: str
    claims: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of an organisation, by the word of its issuer."""

    subject: str
    email: str
    roles: frozenset[Role]


def unread(token: str) -> tuple[str, tuple[str, ...]]:
    """The issuer and the audiences that a token says, which nobody has checked yet.

    What cannot be read says nothing.
    """
    if len(token) > LONGEST or token.count(".") != 2:
        return "", ()
    try:
        part = token.split(".")[1].encode()
        claims = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
        issuer, audience = claims.get("iss"), claims.get("aud")
    except (ValueError, AttributeError, RecursionError):
        return "", ()
    said = audience if isinstance(audience, list) else [audience]
    return (
        issuer if isinstance(issuer, str) else "",
        tuple(each for each in said[:20] if isinstance(each, str)),
    )


def colleague(claims: Mapping[str, Any], of: CompanyIssuer) -> Colleague:
    """Whom the checked claims of a company's issuer name.

    Raises: TokenRefused for an address of another domain or one that is not verified, and where
    no word is a role, or the roles do not fit together.
    """
    address = email(str(claims.get("email", ""))) or ""
    if claims.get("email_verified") is False or address.rpartition("@")[2] not in of.domains:
        raise TokenRefused("the address is not one of the organisation")
    held = roles(of.claims[word] for word in _words(claims, of.role_claim) if word in of.claims)
    if not fit_together(held):
        raise TokenRefused("the roles do not fit")
    return Colleague(str(claims["sub"])[:255], address, held)


def _words(claims: Mapping[str, Any], path: str) -> Sequence[str]:
    value: Any = claims.get(path)
    if value is None:
        value = claims
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
    words = value if isinstance(value, list) else [value]
    return [word for word in words[:_MOST_WORDS] if isinstance(word, str)]
