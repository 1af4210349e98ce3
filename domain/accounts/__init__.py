"""API keys: how they are written, told from a typing error, compared, and where they stand."""

import hashlib
import hmac
import re
import string
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

PREFIX_BYTES: Final = 12
SECRET_BYTES: Final = 32
LONGEST_LIFE: Final = timedelta(days=365)
USUAL_LIFE: Final = timedelta(days=90)
LONGEST_OVERLAP: Final = timedelta(days=7)

_BASE32: Final = string.ascii_lowercase + "234567"
_BASE62: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SECRET_LENGTH: Final = 43
_CHECKSUM_LENGTH: Final = 6
_SHAPE: Final = re.compile(
    rf"bcl_(?P<kind>live|test)_(?P<prefix>[a-z2-7]{{{PREFIX_BYTES}}})"
    rf"_[0-9A-Za-z]{{{_SECRET_LENGTH}}}(?P<checksum>[0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})"
)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. `text` is shown once; only `prefix` and `sha256`, of the whole text, are kept."""

    prefix: str
    sha256: bytes
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """A key as a caller sent it: well formed, not yet known to be anyone's."""

    prefix: str
    live: bool
    sha256: bytes = field(repr=False)

    def matches(self, stored_sha256: bytes) -> bool:
        """Whether this is the key that was stored; takes the same time either way."""
        return hmac.compare_digest(self.sha256, stored_sha256)


def make(prefix_bytes: bytes, secret_bytes: bytes, live: bool) -> IssuedKey:
    """The key of these random bytes: the same bytes give the same key.

    Shapes: `bcl_live_` or `bcl_test_`, a public prefix of 12 letters and digits, `_`, the secret,
    a checksum of all before it.
    Raises: ValueError for other than 12 and 32 bytes.
    """
    if len(prefix_bytes) != PREFIX_BYTES or len(secret_bytes) != SECRET_BYTES:
        raise ValueError(f"a key needs {PREFIX_BYTES} and {SECRET_BYTES} random bytes")
    prefix = "".join(_BASE32[byte % len(_BASE32)] for byte in prefix_bytes)
    secret = _base62(int.from_bytes(secret_bytes, "big"), _SECRET_LENGTH)
    body = f"bcl_{'live' if live else 'test'}_{prefix}_{secret}"
    text = body + _checksum(body)
    return IssuedKey(prefix, _sha256(text), text)


def parse(text: str) -> ParsedKey | None:
    """Read a key; None for what was never one, such as a key with a character lost or changed."""
    found = _SHAPE.fullmatch(text)
    if found is None or _checksum(text[:-_CHECKSUM_LENGTH]) != found["checksum"]:
        return None
    return ParsedKey(found["prefix"], found["kind"] == "live", _sha256(text))


def usable(expires_at: datetime, revoked_at: datetime | None, now: datetime) -> bool:
    """Whether a stored key still opens anything."""
    return now < expires_at and (revoked_at is None or now < revoked_at)


class KeyState(StrEnum):
    """Where a key stands. `ROTATING`: it has a successor and works until its own end."""

    ACTIVE = "ACTIVE"
    ROTATING = "ROTATING"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


def state(
    expires_at: datetime, revoked_at: datetime | None, now: datetime, *, has_successor: bool
) -> KeyState:
    """Where a stored key stands."""
    if revoked_at is not None and revoked_at <= now:
        return KeyState.REVOKED
    if expires_at <= now:
        return KeyState.EXPIRED
    return KeyState.ROTATING if has_successor else KeyState.ACTIVE


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, len(_BASE62))
        digits.append(_BASE62[rest])
    return "".join(reversed(digits))
