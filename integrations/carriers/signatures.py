"""Proofs of pushes, compared in constant time against every valid secret."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from integrations.carriers.base import BadSignature


def check_one_of(given: str, expected: Sequence[str]) -> None:
    """Compare a proof with all that would do. Raises: BadSignature for none of them."""
    fits = [hmac.compare_digest(_bytes(given), _bytes(each)) for each in expected]
    if not given or not any(fits):
        raise BadSignature


def check_static(headers: Mapping[str, str], names: Sequence[str], secrets: Sequence[str]) -> None:
    """Compare the first of these headers that is there with the secrets. Raises: BadSignature."""
    given = next((headers[name] for name in names if headers.get(name)), "")
    check_one_of(given, [secret for secret in secrets if secret])


def body_key(body: bytes) -> str:
    """What tells a push without an id from others: the SHA-256 of its body, in hex."""
    return hashlib.sha256(body).hexdigest()


def _bytes(said: str) -> bytes:
    return said.encode("utf-8", "surrogatepass")
