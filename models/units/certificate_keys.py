"""The keys that sign certificates: made at need, replaced by rotation, ended by revocation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.units.certificates.envelope import PublicKey, key_id_of, public_of
from models.base import as_system, new_id
from models.sql import statements
from models.vault import Cell, SecretLost, Vault

log = structlog.get_logger()
SQL = statements(Path(__file__).with_name("certificates.sql"))
_MAKING = "certificate keys"


@dataclass(frozen=True, slots=True)
class CertificateKey:
    """A key pair; `valid_to` ends its signing, `revoked_at` ends what it signed."""

    id: UUID
    key_id: str
    public: bytes
    private: bytes = field(repr=False)
    valid_from: datetime
    valid_to: datetime | None
    revoked_at: datetime | None

    @property
    def signs(self) -> bool:
        """Whether new certificates may be signed with it."""
        return self.valid_to is None and self.revoked_at is None

    def published(self) -> PublicKey:
        """The public half, with days of UTC."""
        days = [
            None if at is None else at.astimezone(UTC).date()
            for at in (self.valid_from, self.valid_to, self.revoked_at)
        ]
        begins, ends, revoked = days
        if begins is None:
            raise ValueError("a key begins")
        return PublicKey(self.key_id, self.public, begins, ends, revoked)


async def keys() -> list[CertificateKey]:
    """Every key there ever was, the newest first."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["keys"])
    return [CertificateKey(**row) for row in rows]


async def published() -> list[PublicKey]:
    """The public halves of all keys; retired and revoked ones stay, for what they signed."""
    return [each.published() for each in await keys()]


async def signing(vault: Vault, at: datetime) -> tuple[str, bytes]:
    """The id and the private half of the key in use, in the current transaction.

    One is made where there is none, and where none opens any more.
    """
    async with as_system() as raw:
        if (found := _opened(await keys(), vault)) is not None:
            return found
        await raw.execute(SQL["hold"], _MAKING)
        return _opened(await keys(), vault) or await _made(vault, at)


async def rotate(vault: Vault, at: datetime) -> str:
    """Sign with a new key from now on; what the others signed stays good. Its id."""
    async with as_system() as raw:
        await raw.execute(SQL["hold"], _MAKING)
        await raw.execute(SQL["end_keys"], at)
        key_id, _ = await _made(vault, at)
    return key_id


async def revoke_key(key_id: str, at: datetime) -> bool:
    """Let nothing count that a key signed; False for a key that is not there, or was revoked."""
    async with as_system() as raw:
        status: str = await raw.execute(SQL["revoke_key"], key_id, at)
    return status == "UPDATE 1"


def _opened(rows: Sequence[CertificateKey], vault: Vault) -> tuple[str, bytes] | None:
    for row in rows:
        if not row.signs:
            continue
        try:
            return row.key_id, vault.open(row.private, cell(row.id))
        except SecretLost as error:
            log.warning("certificate_key.lost", key_id=row.key_id, error=str(error))
    return None


async def _made(vault: Vault, at: datetime) -> tuple[str, bytes]:
    row_id, private = new_id(), Ed25519PrivateKey.generate().private_bytes_raw()
    public = public_of(private)
    closed = vault.close(private, cell(row_id))
    async with as_system() as raw:
        await raw.execute(SQL["add_key"], row_id, key_id_of(public), public, closed, at)
    log.info("certificate_key.made", key_id=key_id_of(public))
    return key_id_of(public), private


def cell(row_id: UUID) -> Cell:
    """Where the private half of a key stands."""
    return Cell("certificate_key", "private", row_id)
