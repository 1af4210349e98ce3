"""What a process needs to know who asks: secrets, issuer, and what it read lately."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.accounts.company_tokens import CompanyIssuer
from models.accounts import Account, ApiKey
from models.accounts.members import Member
from models.accounts.sign_in import Person
from models.vault import Vault
from resolvers.accounts.fresh import Fresh
from resolvers.accounts.signing import Signing

CLAIMS_SECONDS = 60.0


class OutsideIssuer(Protocol):
    """An OpenID provider whose tokens we believe."""

    @property
    def url(self) -> str: ...
    async def claims(self, token: str, now: datetime) -> Mapping[str, Any]:
        """The claims of a token. Raises: TokenRefused, TokenExpired; the errors of its calls."""
        ...


Providers = Callable[[str, str], OutsideIssuer]
"""What believes the tokens of an issuer, by its URL, for an audience."""


@dataclass(slots=True)
class House:
    """Who answers for identities in this process.

    `outside`: people sign in there and not here. `mails`: codes can be mailed.
    `feed_hosts` are `host:port` of the operator's network that feeds may name.
    `providers` makes what believes the tokens of companies' own issuers; without it none is.
    `claims` holds what a token said, by its hash: a signature need not be checked twice.
    """

    vault: Vault
    signing: Signing
    outside: OutsideIssuer | None = None
    mails: bool = True
    feed_hosts: frozenset[str] = frozenset()
    keys: Fresh[str, ApiKey] = field(default_factory=Fresh)
    people: Fresh[UUID, Person] = field(default_factory=Fresh)
    outsiders: Fresh[str, Account] = field(default_factory=Fresh)
    providers: Providers | None = None
    issuers: Fresh[str, list[CompanyIssuer]] = field(default_factory=Fresh)
    colleagues: Fresh[tuple[str, str, frozenset[str]], Member] = field(default_factory=Fresh)
    made: dict[tuple[str, str], OutsideIssuer] = field(default_factory=dict)
    claims: Fresh[bytes, Mapping[str, Any]] = field(default_factory=lambda: Fresh(CLAIMS_SECONDS))

    def provider(self, of: CompanyIssuer) -> OutsideIssuer | None:
        """What believes the tokens of a company's issuer; it keeps the keys that it fetched."""
        key = (of.issuer, of.audience)
        if key not in self.made and self.providers is not None:
            self.made[key] = self.providers(*key)
        return self.made.get(key)


def house_of(
    vault: Vault,
    issuer: str,
    outside: OutsideIssuer | None = None,
    *,
    mails: bool = True,
    feed_hosts: Collection[str] = (),
    providers: Providers | None = None,
) -> House:
    """A house with these secrets, for the server at the address `issuer`."""
    named = frozenset(entry.lower() for entry in feed_hosts)
    return House(vault, Signing(vault, issuer), outside, mails, named, providers=providers)


class _Process:
    """Holds the one of this process, as the database's pool is held."""

    house = house_of(Vault(), "http://127.0.0.1:8000")


def house() -> House:
    """The one of this process; before `install`, one whose secrets end with it."""
    return _Process.house


def install(made: House) -> House:
    """Make this the one of the process."""
    _Process.house = made
    return made
