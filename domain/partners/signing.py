"""How a webhook is signed, and how its receiver tells that it is ours.

Source: standardwebhooks.com, "Webhook scheme" and "Signature scheme"; docs/webhooks.md, "Verify".
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
LEAST_BYTES, MOST_BYTES = 24, 64
TOLERANCE_SECONDS: Final = 300
ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"


class Unverified(StrEnum):
    """Why a request is not taken for ours; the text tells a person what to look at."""

    NO_ID = "The header webhook-id is missing."
    NO_TIMESTAMP = "The header webhook-timestamp is missing."
    BAD_TIMESTAMP = "The header webhook-timestamp is not a number of seconds since 1970."
    TOO_OLD = "It was signed over 5 minutes ago: an old request again, or a clock that is fast."
    TOO_NEW = "It was signed over 5 minutes from now: a clock here or there is wrong."
    NO_SIGNATURE = "The header webhook-signature is missing."
    NO_V1 = "The header webhook-signature holds no signature that begins with `v1,`."
    OTHER = (
        "No signature fits: the secret is that of another endpoint or too old, or the body is not "
        "the bytes that came (parsed and written again, trimmed, re-encoded)."
    )


def written(secret: bytes) -> str:
    """The text of a secret, as it is shown once."""
    return PREFIX + base64.b64encode(secret).decode()


def read(text: str) -> bytes | None:
    """The secret that a text says, with its prefix or without; None for what is none."""
    try:
        secret = base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return secret if LEAST_BYTES <= len(secret) <= MOST_BYTES else None


def sign(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`."""
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(
    secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The three headers of a request; a signature by each secret, the newest first."""
    signatures = [sign(secret, message_id, timestamp, body) for secret in secrets]
    return {ID: message_id, TIMESTAMP: str(timestamp), SIGNATURE: " ".join(signatures)}


def verify(
    secrets: Sequence[bytes], sent: Mapping[str, str], body: bytes, now: float
) -> Unverified | None:
    """Why a request is not ours; None if it is. Compares in constant time.

    Shapes: names of headers in lower case. Units: `now` is seconds since 1970.
    """
    if not (message_id := sent.get(ID)):
        return Unverified.NO_ID
    timestamp = sent.get(TIMESTAMP, "")
    if (wrong := _wrong_time(timestamp, now)) is not None:
        return wrong
    if not (texts := sent.get(SIGNATURE, "").split()):
        return Unverified.NO_SIGNATURE
    given = [text.encode() for text in texts if text.startswith("v1,")]
    if not given:
        return Unverified.NO_V1
    expected = [sign(secret, message_id, int(timestamp), body).encode() for secret in secrets]
    fits = [hmac.compare_digest(one, other) for one in given for other in expected]
    return None if any(fits) else Unverified.OTHER


def _wrong_time(timestamp: str, now: float) -> Unverified | None:
    if not timestamp:
        return Unverified.NO_TIMESTAMP
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return Unverified.BAD_TIMESTAMP
    if int(timestamp) < now - TOLERANCE_SECONDS:
        return Unverified.TOO_OLD
    return Unverified.TOO_NEW if int(timestamp) > now + TOLERANCE_SECONDS else None
