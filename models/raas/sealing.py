"""Bids that nobody reads before their lot closes: sealed to a key whose other half is locked away.

Each version of a sealed lot has a key pair of its own. A bid is encrypted to the public half by
HPKE as it comes in; the private half is encrypted by the vault, and PostgreSQL shows it to no role
that serves or works before the lot's deadline.
Source: docs/fleets.md, "How bids are sealed"; RFC 9180 (HPKE, base mode).
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from models.base import new_id
from models.vault import Cell, Vault

SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
PURPOSE: Final = "lot bids"
_SALT: Final = 16
_PADDED: Final = 1024  # so that its length tells nothing of a bid: a note has 200 characters


class Unreadable(Exception):
    """What stands in a bid was not sealed for it, or was changed."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a bid says. Units: minor units, basis points."""

    amount_minor: int
    reuse_bp: int
    valid_until: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed bid stands: it opens nowhere else."""

    lot_id: UUID
    version: int
    merchant_id: UUID
    bid_id: UUID

    def text(self) -> bytes:
        """The context of the encryption."""
        named = (self.lot_id, self.version, self.merchant_id, self.bid_id)
        return "boucle lot bid {}:{}:{}:{}".format(*named).encode()


@dataclass(frozen=True, slots=True)
class Locked:
    """The key pair of a version of a lot; `private_key` as the vault encrypted it."""

    id: UUID
    public_key: bytes
    private_key: bytes


def _cell(seal_id: UUID) -> Cell:
    return Cell("lot_seal", "private_key", seal_id)


def new_pair(vault: Vault) -> Locked:
    """A key pair whose private half leaves this function encrypted alone."""
    pair, seal_id = X25519PrivateKey.generate(), new_id()
    closed = vault.close(pair.private_bytes_raw(), _cell(seal_id))
    return Locked(seal_id, pair.public_key().public_bytes_raw(), closed)


def words(said: Said, salt: bytes) -> bytes:
    """What is sealed, and what a commitment is the SHA-256 of."""
    facts = {
        "amountMinor": said.amount_minor,
        "note": said.note,
        "reuseBp": said.reuse_bp,
        "salt": salt.hex(),
        "validUntil": said.valid_until.isoformat(),
    }
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)


def new_salt() -> bytes:
    """What keeps a commitment from being guessed."""
    return secrets.token_bytes(_SALT)


def commitment(text: bytes) -> bytes:
    """What is told of a sealed bid at once: whoever knows its words later can compare."""
    return hashlib.sha256(text).digest()


def seal(text: bytes, public_key: bytes, place: Place) -> bytes:
    """The words, for the holder of the private key alone; always of one length."""
    padded = text.ljust(_PADDED, b" ") if len(text) < _PADDED else text
    return SUITE.encrypt(padded, X25519PublicKey.from_public_bytes(public_key), place.text())


def unlock(seal_id: UUID, private_key: bytes, vault: Vault) -> X25519PrivateKey:
    """The private key of a version. Raises: SecretLost."""
    return X25519PrivateKey.from_private_bytes(vault.open(private_key, _cell(seal_id)))


def unseal(
    sealed: bytes, committed: bytes, key: X25519PrivateKey, place: Place
) -> tuple[Said, bytes]:
    """What a bid says, and its salt.

    Raises: Unreadable where it was sealed for another place, or is not what was committed to.
    """
    try:
        text = SUITE.decrypt(sealed, key, place.text()).rstrip(b" ")
    except (InvalidTag, ValueError) as error:
        raise Unreadable(str(place.bid_id)) from error
    if not hmac.compare_digest(commitment(text), committed):
        raise Unreadable(str(place.bid_id))
    facts = orjson.loads(text)
    until = datetime.fromisoformat(facts["validUntil"])
    said = Said(facts["amountMinor"], facts["reuseBp"], until, facts["note"])
    return said, bytes.fromhex(facts["salt"])


def blinded(text: bytes, key: str, vault: Vault) -> tuple[str, str]:
    """A caller's idempotency key and the words of its bid, as they may be kept.

    The log of keys holds a digest of every input, and an amount can be guessed. What is kept
    instead is known only to who has the vault's key and the caller's, which is kept as a digest.
    """
    [secret, *_] = vault.secrets(PURPOSE)
    named = hmac.new(secret, b"key:" + key.encode(), hashlib.sha256).hexdigest()
    told = hmac.new(secret + key.encode(), b"bid:" + text, hashlib.sha256).hexdigest()
    return f"bid-{named}", told
