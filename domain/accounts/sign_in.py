"""Codes that are mailed, one-time codes of an app, and how failures slow a sign-in down.

Source: docs/rules/identity.md, "Signing in"; RFC 6238 (TOTP), RFC 4226 (HOTP).
"""

import base64
import hashlib
import hmac
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote
from uuid import UUID

PURPOSE: Final = "sign-in code"  # of the server's secret that makes the codes
DIGITS: Final = 8
CODE_LIFE: Final = timedelta(minutes=10)
TRIES: Final = 5
COUNTED_FOR: Final = timedelta(minutes=15)
FREE_PER_ACCOUNT: Final = 5
FREE_PER_PLACE: Final = 20
LONGEST_WAIT: Final = timedelta(seconds=60)
CODES_PER_ADDRESS: Final = 5
CODES_PER_PLACE: Final = 20

STEP_SECONDS: Final = 30
TOTP_DIGITS: Final = 6
TOTP_BYTES: Final = 20


@dataclass(frozen=True, slots=True)
class Tally:
    """What happened in the last 15 minutes: how often, and when last."""

    count: int
    last_at: datetime | None


def code_of(secret: bytes, challenge: UUID) -> str:
    """The 8 digits of a challenge: nothing but the server's secret tells them."""
    made = hmac.digest(secret, b"sign-in code" + challenge.bytes, hashlib.sha256)
    return f"{int.from_bytes(made[:16], 'big') % 10**DIGITS:0{DIGITS}}"


def is_code(text: str, secrets: Iterable[bytes], challenge: UUID) -> bool:
    """Whether a text is the code of the challenge under one of the server's secrets."""
    sent = "".join(text.split()).encode()
    return any(hmac.compare_digest(sent, code_of(s, challenge).encode()) for s in secrets)


def wait_before(account: Tally, place: Tally, now: datetime) -> timedelta:
    """How long the next try must wait; zero for a place that never failed, whatever others did.

    After 5 failures of an account, for places that failed, and after 20 of a place, each failure
    doubles the wait: 1, 2, 4 seconds and so on, a minute at most. Nobody is locked out.
    """
    waits = [_wait(place, FREE_PER_PLACE, now)]
    if place.count:
        waits.append(_wait(account, FREE_PER_ACCOUNT, now))
    return max(waits)


def may_mail(address: Tally, now: datetime) -> bool:
    """Whether another code may be mailed: five in 15 minutes, then one a minute."""
    if address.count < CODES_PER_ADDRESS or address.last_at is None:
        return True
    return now - address.last_at >= LONGEST_WAIT


def wait_to_ask(place: Tally, now: datetime) -> timedelta:
    """How long a place must wait before it asks for another code, after 20 in 15 minutes."""
    return _wait(place, CODES_PER_PLACE, now)


def _wait(tally: Tally, free: int, now: datetime) -> timedelta:
    if tally.count < free or tally.last_at is None:
        return timedelta()
    doubled = timedelta(seconds=2 ** min(tally.count - free, 10))
    return max(tally.last_at + min(doubled, LONGEST_WAIT) - now, timedelta())


def totp(secret: bytes, step: int, digits: int = TOTP_DIGITS) -> str:
    """The one-time code of a 30-second step. Source: RFC 6238 with HMAC-SHA-1."""
    made = hmac.digest(secret, struct.pack(">Q", step), hashlib.sha1)
    at = made[-1] & 0xF
    number = int.from_bytes(made[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def step_of(now: datetime) -> int:
    """The number of the 30-second step that a time is in."""
    return int(now.timestamp()) // STEP_SECONDS


def totp_step(text: str, secret: bytes, now: datetime, last_step: int | None) -> int | None:
    """The step whose code was sent, one early or late at most; None for none, or one used before.

    A code works once: `last_step` is the step of the last one that did.
    """
    sent, present = "".join(text.split()).encode(), step_of(now)
    steps = range(present - 1, present + 2)
    right = [s for s in steps if hmac.compare_digest(sent, totp(secret, s).encode())]
    return next((s for s in right if last_step is None or s > last_step), None)


def totp_uri(secret: bytes, email: str) -> str:
    """What an authenticator app reads, most often from a QR code."""
    key = base64.b32encode(secret).decode().rstrip("=")
    return f"otpauth://totp/Boucle:{quote(email)}?secret={key}&issuer=Boucle"
