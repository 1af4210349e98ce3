"""Proofs that a push comes from who shares a secret with us. All compare in constant time."""

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from integrations.carriers.base import BadSignature

Sign = Callable[[str, bytes], str]
"""What a sender with this secret writes beside this body."""


def hmac_base64(secret: str, body: bytes) -> str:
    """base64(HMAC-SHA256(secret, body)): FedEx, AfterShip."""
    return base64.b64encode(_hmac(secret.encode(), body)).decode()


def hmac_hex(secret: str, body: bytes) -> str:
    """`hmac-sha256-hex=` and the hex HMAC-SHA256, the secret normalised to NFKD: EasyPost."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return f"hmac-sha256-hex={_hmac(key, body).hex()}"


def hash_of_both(secret: str, body: bytes) -> str:
    """hex SHA256(body + "/" + key): 17TRACK."""
    return hashlib.sha256(body + b"/" + secret.encode()).hexdigest()


def verify(sign: Sign, given: str | None, body: bytes, secrets: Sequence[str]) -> None:
    """Refuse a push that no valid secret signed. Each is tried, whichever fits.

    Raises: BadSignature.
    """
    stated = (given or "").strip().encode("utf-8", "surrogateescape")
    fits = [hmac.compare_digest(sign(secret, body).encode(), stated) for secret in _set(secrets)]
    if not any(fits):
        raise BadSignature("the signature does not fit")


def body_hash(body: bytes) -> str:
    """What tells a push from others where its sender numbers none: SHA-256 of the body, hex."""
    return hashlib.sha256(body).hexdigest()


def _set(secrets: Iterable[str]) -> list[str]:
    """Those that are set: an empty secret would let anybody sign."""
    return [secret for secret in secrets if secret]


def _hmac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")
