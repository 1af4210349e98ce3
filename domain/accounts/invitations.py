"""The text of an invitation's link: its id and a proof that nothing but the server's secret makes.

The database holds neither.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final
from uuid import UUID

PREFIX: Final = "bci_"
_PROOF_BYTES: Final = 24
_ID_BYTES: Final = 16
_LONGEST: Final = 128


def token_of(secret: bytes, invitation_id: UUID) -> str:
    """The text that is mailed."""
    made = invitation_id.bytes + _proof(secret, invitation_id)
    return PREFIX + base64.urlsafe_b64encode(made).decode().rstrip("=")


def read_token(text: str, secrets: Iterable[bytes]) -> UUID | None:
    """The invitation that a text names, under one of the server's secrets; None for any other."""
    bare = text.strip()[:_LONGEST].removeprefix(PREFIX)
    try:
        raw = base64.urlsafe_b64decode(bare.encode() + b"=" * (-len(bare) % 4))
    except (ValueError, UnicodeEncodeError):
        return None
    if len(raw) != _ID_BYTES + _PROOF_BYTES:
        return None
    found = UUID(bytes=raw[:_ID_BYTES])
    right = [hmac.compare_digest(raw[_ID_BYTES:], _proof(each, found)) for each in secrets]
    return found if any(right) else None


def _proof(secret: bytes, invitation_id: UUID) -> bytes:
    return hmac.digest(secret, b"invitation" + invitation_id.bytes, hashlib.sha256)[:_PROOF_BYTES]
