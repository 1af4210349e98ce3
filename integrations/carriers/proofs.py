"""Proofs that a push comes from who shares a secret with us. All compare in constant time."""

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Sequence

from integrations.carriers.signatures import check_one_of

Sign = Callable[[str, bytes], str]
"""What a sender with this secret writes beside this body."""


def hmac_base64(secret: str, body: bytes) -> str:
    """The base64 of HMAC-SHA256(secret, body): FedEx, AfterShip."""
    return base64.b64encode(_hmac(secret.encode(), body)).decode()


def hmac_hex(secret: str, body: bytes) -> str:
    """`hmac-sha256-hex=` and the hex HMAC-SHA256, the secret normalised to NFKD: EasyPost."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return f"hmac-sha256-hex={_hmac(key, body).hex()}"


def hash_of_both(secret: str, body: bytes) -> str:
    """Hex SHA256(body + "/" + key): 17TRACK."""
    return hashlib.sha256(body + b"/" + secret.encode()).hexdigest()


def verify(sign: Sign, given: str | None, body: bytes, secrets: Sequence[str]) -> None:
    """Refuse a push that no valid secret signed; an empty secret is none.

    Raises: BadSignature.
    """
    check_one_of((given or "").strip(), [sign(secret, body) for secret in secrets if secret])


def _hmac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")
