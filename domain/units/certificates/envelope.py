"""What is handed out: a payload, its hash, and a signature with the key that made it.

Source: RFC 8032 (Ed25519), docs/certificates.md, "Envelope".
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.canonical import NotCanonical, canonical, parsed, sha256
from domain.units.certificates import ALGORITHM

MEMBERS: Final = frozenset({"payload", "sha256", "key_id", "alg", "signature"})
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_TEXTS: Final = MEMBERS - {"payload"}


class Malformed(ValueError):
    """A document is no envelope, or no list of keys. The message says why."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed certificate as it travels. `written` are the canonical bytes of the payload."""

    payload: Mapping[str, Any]
    written: bytes
    sha256: str
    key_id: str
    signature: str
    alg: str = ALGORITHM

    def text(self) -> bytes:
        """The file: canonical JSON, the same bytes whoever writes it."""
        head = canonical({"alg": self.alg, "key_id": self.key_id}).removesuffix(b"}")
        tail = canonical({"sha256": self.sha256, "signature": self.signature}).removeprefix(b"{")
        return b'%b,"payload":%b,%b' % (head, self.written, tail)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that certificates are checked with.

    Shapes: `public` has 32 bytes. It signs from `valid_from` to `valid_to`, both included; what a
    key signed that was revoked no longer counts, whenever it says that it was issued.
    """

    key_id: str
    public: bytes
    valid_from: date
    valid_to: date | None = None
    revoked_on: date | None = None

    def signed(self, written: bytes, signature: str) -> bool:
        """Whether this key made the signature of these bytes."""
        try:
            raw = unwritten(signature)
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw, written)
        except (Malformed, InvalidSignature, ValueError):
            return False
        return True

    def facts(self) -> dict[str, str]:
        """The key as it is published; what it lacks is left out."""
        dates = {
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "revoked_on": self.revoked_on,
        }
        return {
            "key_id": self.key_id,
            "alg": ALGORITHM,
            "public": base64url(self.public),
            **{name: day.isoformat() for name, day in dates.items() if day is not None},
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """The key of published facts. Raises: Malformed."""
        try:
            public = unwritten(facts["public"])
            days = [_day(facts.get(name)) for name in ("valid_from", "valid_to", "revoked_on")]
            begins, ends, revoked = days
            if facts["alg"] != ALGORITHM or len(public) != 32 or begins is None:
                raise Malformed("a key is not of Ed25519, or says not since when it is valid")
            return cls(str(facts["key_id"]), public, begins, ends, revoked)
        except (KeyError, TypeError, ValueError) as error:
            raise Malformed(f"a key cannot be read: {error}") from error


def key_id_of(public: bytes) -> str:
    """The id of a key: 16 characters of the hash of its 32 bytes."""
    return f"ed25519-{hashlib.sha256(public).hexdigest()[:16]}"


def signed(payload: Mapping[str, Any], private: bytes, key_id: str) -> Envelope:
    """The envelope of a payload, signed with a private key of 32 bytes. Raises: NotCanonical."""
    written = canonical(payload)
    raw = Ed25519PrivateKey.from_private_bytes(private).sign(written)
    return Envelope(payload, written, sha256(written), key_id, base64url(raw))


def public_of(private: bytes) -> bytes:
    """The public half, 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def read(text: bytes) -> tuple[Envelope, bool]:
    """The envelope in a file, and whether the file is in canonical form, to the byte.

    One line feed at the end is not counted: editors add it.
    Raises: Malformed for what is no envelope, or whose payload has no canonical form.
    """
    try:
        found = parsed(text)
        if found.keys() != MEMBERS or not all(isinstance(found[name], str) for name in _TEXTS):
            raise Malformed(f"an envelope has the members {', '.join(sorted(MEMBERS))}, no others")
        if not isinstance(found["payload"], dict) or not _HEX.fullmatch(found["sha256"]):
            raise Malformed("the payload is no object, or the hash not 64 hexadecimal digits")
        told = {name: found[name] for name in _TEXTS}
        envelope = Envelope(found["payload"], canonical(found["payload"]), **told)
        return envelope, envelope.text() == text.removesuffix(b"\n")
    except NotCanonical as error:
        raise Malformed(str(error)) from error


def keys_in(text: bytes) -> list[PublicKey]:
    """The keys of a published list. Raises: Malformed."""
    try:
        listed = parsed(text).get("keys")
    except NotCanonical as error:
        raise Malformed(str(error)) from error
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Malformed("a list of keys is an object with a list `keys`")
    return [PublicKey.of(each) for each in listed]


def base64url(raw: bytes) -> str:
    """Bytes as text, without padding. Source: RFC 4648, 5."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unwritten(text: str) -> bytes:
    """The bytes of such a text. Raises: Malformed for another spelling of the same bytes, too."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise Malformed("this is not base64url without padding")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(raw) != text:
        raise Malformed("this is not the one spelling of its bytes")
    return raw


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text[:10])
