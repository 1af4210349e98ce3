"""What UPS's three codes say: the status code first, then the activity's code, then the type.

Source: docs/carriers.md, "UPS".
"""

from typing import Final

from domain.shipments.scans import ShipmentStatus
from integrations.carriers.codes import UNMAPPED, Meaning, rules

COLUMNS: Final = ("status_code", "code", "type", "service")
CODES: Final = rules("ups", COLUMNS)
SUREPOST: Final = "surepost"
KNOWN: Final = frozenset().union(*(line.tests.get("status_code", ()) for line in CODES.lines))


def three_digits(code: str) -> str:
    """A status code as three digits: pushes send it as a number, too."""
    return code.zfill(3) if code.isascii() and code.isdigit() else code


def meaning_of(status_code: str, code: str, kind: str, service: str = "") -> Meaning:
    """What the codes say. With a status code that no line knows, nothing says `DELIVERED`."""
    facts = {"status_code": status_code, "code": code, "type": kind, "service": service}
    meaning = CODES.of(facts)
    unknown = status_code not in KNOWN and status_code != ""
    if unknown and meaning.status is ShipmentStatus.DELIVERED:
        return UNMAPPED
    return meaning


def service_of(description: str) -> str:
    """The product as far as a code depends on it."""
    return SUREPOST if SUREPOST in description.lower().replace(" ", "") else ""
