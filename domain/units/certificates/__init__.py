"""Certificates: signed statements about devices that anybody can check, without us.

Source: docs/certificates.md.
"""

from enum import StrEnum
from typing import Final

ALGORITHM: Final = "Ed25519"
VERSION: Final = 1
CODE_LENGTH: Final = 16
PATH: Final = "/certificates/"
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of codes: Crockford's base 32, without letters that are read as digits."""

STATEMENT: Final = (
    "Estimate of avoided emissions. Not an offset, not a carbon credit, "
    "not to be deducted from scopes 1, 2 or 3."
)
"""What every certificate of kind `IMPACT` says, to the letter."""

FLEET_STATEMENT: Final = (
    "What became of these devices. Not an offset, not a carbon credit, "
    "not to be deducted from scopes 1, 2 or 3."
)
"""What every certificate of kind `FLEET` says: it holds no figure, and none may be read into it."""

_READ_AS: Final = str.maketrans("OIL", "011", "- ")


class CertificateKind(StrEnum):
    """What a certificate states."""

    ERASURE = "ERASURE"
    FLEET = "FLEET"
    IMPACT = "IMPACT"


class CertificateState(StrEnum):
    """Where a certificate stands; it is kept beside what is signed."""

    VALID = "VALID"
    SUPERSEDED = "SUPERSEDED"
    REVOKED = "REVOKED"


class RevocationReason(StrEnum):
    """Why a certificate is revoked."""

    DEVICE_RETURNED = "DEVICE_RETURNED"
    DEVICE_CLAIMED_TWICE = "DEVICE_CLAIMED_TWICE"
    ERASURE_NOT_VALIDATED = "ERASURE_NOT_VALIDATED"
    ISSUED_IN_ERROR = "ISSUED_IN_ERROR"
    KEY_COMPROMISED = "KEY_COMPROMISED"


def code_of(drawn: bytes) -> str:
    """The code of a certificate from 10 random bytes: 16 letters and digits, 80 bits."""
    number = int.from_bytes(drawn[:10])
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(CODE_LENGTH)))


def code_in(text: str) -> str | None:
    """The code that a person typed, whatever its case and hyphens; None for what is none."""
    found = text.upper().translate(_READ_AS)
    fits = len(found) == CODE_LENGTH and all(letter in ALPHABET for letter in found)
    return found if fits else None


def shown(code: str) -> str:
    """A code in four groups, as people read it."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))
