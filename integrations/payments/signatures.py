"""The proof that webhooks of payments carry: a time and an HMAC-SHA256 over time and body.

Source: docs.stripe.com/webhooks, "Verify webhook signatures manually"; RFC 2104.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from integrations.payments.base import BadSignature

TOLERANCE_SECONDS: Final = 300
LONGEST_HEADER: Final = 2_000
_TIME: Final = re.compile(r"[0-9]{1,12}")


def sign(secret: str, body: bytes, at: datetime) -> str:
    """The header's text: `t=SECONDS,v1=HEX`."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(secret, str(seconds), body)}"


def verify(header: str | None, body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Check a proof against every secret, in constant time; within 5 minutes of its time.

    Several `v1` are those of several secrets, while one is changed; other schemes are not looked
    at. Raises: BadSignature, also where there is no secret.
    """
    if not header or len(header) > LONGEST_HEADER:
        raise BadSignature("no proof")
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    given = [value.encode(errors="replace") for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not _TIME.fullmatch(times[0]) or not given:
        raise BadSignature("the proof cannot be read")
    wanted = [_mac(secret, times[0], body).encode() for secret in secrets]
    fits = [hmac.compare_digest(mac, each) for mac in wanted for each in given]
    if not any(fits):
        raise BadSignature("the proof does not fit")
    if abs(now.timestamp() - int(times[0])) > TOLERANCE_SECONDS:
        raise BadSignature("the proof is not of this time")


def _mac(secret: str, seconds: str, body: bytes) -> str:
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
