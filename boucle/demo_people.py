"""The demo's people: a customer, a merchant's owner, staff of one market, an organisation.

They sign in with codes that a development machine shows at `/mails`, beside the one-time codes of
those who need a second factor. Each is made once; what an operator changes stays.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from boucle.house import vault_of
from boucle.servers.storage import write_private
from boucle.settings import Settings
from domain.accounts.roles import Role, kind_of, needs_second_factor
from domain.accounts.sign_in import TOTP_BYTES, step_of, totp
from models.accounts import Account, people
from models.accounts.people import organisation
from models.vault import SecretLost, Vault

ORGANISATION: Final = ("atelier-nord", "Atelier Nord")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented, at an address that no mail reaches (RFC 2606)."""

    email: str
    role: Role
    markets: tuple[str, ...] | None = None


CUSTOMER: Final = Person("camille@example.org", Role.CUSTOMER)
OWNER: Final = Person("owner@example.org", Role.MERCHANT_OWNER)
STAFF: Final = Person("team-fr@example.org", Role.COUNTRY_TEAM, ("FR",))
FLEET: Final = Person("fleet@example.org", Role.ORG_ADMIN)
RENEWAL: Final = Person("renewal@example.org", Role.ORG_REQUESTER)
PEOPLE: Final = (CUSTOMER, OWNER, STAFF, FLEET, RENEWAL)


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to sign in as one of the demo's people: the app's code now, where one is needed."""

    email: str
    role: Role
    second_factor: str | None


async def bring(settings: Settings, merchant_id: UUID) -> UUID:
    """Make whoever is not there yet; return the id of the organisation."""
    client = await organisation(*ORGANISATION)
    known, vault = _secrets(settings.demo_second_factors), vault_of(settings)
    made = dict(known)
    for person in PEOPLE:
        account = await _account(person, merchant_id, client.id)
        if needs_second_factor({person.role}):
            secret = made.setdefault(person.email, secrets.token_bytes(TOTP_BYTES))
            await _give(account, secret, vault)
    if made != known:
        texts = {email: base64.b32encode(secret).decode() for email, secret in made.items()}
        write_private(settings.demo_second_factors, json.dumps(texts, indent=1) + "\n")
    return client.id


def ways_in(settings: Settings, now: datetime | None = None) -> Iterator[SignIn]:
    """How to sign in as each of the demo's people; nobody where the demo was not loaded."""
    known = _secrets(settings.demo_second_factors)
    for person in PEOPLE if known else ():
        secret = known.get(person.email)
        code = totp(secret, step_of(now or datetime.now(UTC))) if secret else None
        yield SignIn(person.email, person.role, code)


async def _account(person: Person, merchant_id: UUID, organisation_id: UUID) -> Account:
    found = await Account.get_or_none(issuer="", subject=person.email)
    if found is not None:
        return found
    kind = kind_of({person.role})
    return await people.enter(
        person.email,
        frozenset({person.role}),
        merchant_id=merchant_id if kind == "MERCHANT" else None,
        organisation_id=organisation_id if kind == "ORGANISATION" else None,
        markets=list(person.markets) if person.markets else None,
    )


async def _give(account: Account, secret: bytes, vault: Vault) -> None:
    """Let the account know the secret of the demo's file, unless it does."""
    cell = people.cell(account)
    try:
        if account.second_factor and vault.open(bytes(account.second_factor), cell) == secret:
            return
    except SecretLost:
        pass
    account.second_factor, account.second_factor_step = vault.close(secret, cell), None
    await account.save(update_fields=["second_factor", "second_factor_step", "updated_at"])


def _secrets(path: Path) -> dict[str, bytes]:
    try:
        texts = json.loads(path.read_text(encoding="utf-8"))
        return {str(email): base64.b32decode(text) for email, text in texts.items()}
    except (OSError, ValueError, AttributeError, TypeError, binascii.Error):
        return {}
