"""Units: one physical device each, what it is known by, and what happened to it.

Source: docs/orders.md, "Units".
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson
from stdnum import luhn

_SEPARATORS: Final = re.compile(r"[\s./_-]+")
_SERIAL: Final = re.compile(r"[A-Z0-9]{4,40}")
_MEID: Final = re.compile(r"[0-9A-F]{14}")
LONGEST: Final = 64


class IdentifierKind(StrEnum):
    """What a device is known by, the strongest first; `IMEI2` is that of a second SIM.

    `MEDIUM` is the serial number of a disk or of memory in it.
    """

    IMEI = "IMEI"
    IMEI2 = "IMEI2"
    MEID = "MEID"
    SERIAL = "SERIAL"
    ASSET_TAG = "ASSET_TAG"
    MEDIUM = "MEDIUM"


class ImeiFault(StrEnum):
    """Why a text is no IMEI."""

    NOT_DIGITS = "NOT_DIGITS"
    LENGTH = "LENGTH"
    CHECK_DIGIT = "CHECK_DIGIT"


class UnitEventKind(StrEnum):
    """What happened to a unit."""

    TRADED_IN = "TRADED_IN"
    DECLARED = "DECLARED"
    RECEIVED = "RECEIVED"
    DIAGNOSED = "DIAGNOSED"
    ERASED = "ERASED"
    PART_REPLACED = "PART_REPLACED"
    REFURBISHED = "REFURBISHED"
    GRADED = "GRADED"
    OFFERED = "OFFERED"
    SOLD = "SOLD"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CASE_OPENED = "CASE_OPENED"
    REPAIRED = "REPAIRED"
    RETURNED = "RETURNED"
    DONATED = "DONATED"
    PARTED = "PARTED"
    RECYCLED = "RECYCLED"
    DESTROYED = "DESTROYED"


class SupplyChannel(StrEnum):
    """Where a device came from."""

    TRADE_IN = "TRADE_IN"
    FLEET = "FLEET"
    ECO_ORGANISATION = "ECO_ORGANISATION"
    OPERATOR = "OPERATOR"
    BRAND = "BRAND"
    RETURN = "RETURN"
    MERCHANT_OWN = "MERCHANT_OWN"


class Place(StrEnum):
    """Where a device is spoken for; its identity is in one place at a time."""

    SALE = "SALE"
    TRADE_IN = "TRADE_IN"
    FLEET = "FLEET"
    STOCK = "STOCK"


class DeviceStatus(StrEnum):
    """What the lists of stolen and blocked devices say; `UNKNOWN` is not `CLEAR`."""

    CLEAR = "CLEAR"
    FLAGGED = "FLAGGED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Imei:
    """The number of a mobile device. `tac`, its first 8 digits, is the model's."""

    digits: str

    @property
    def tac(self) -> str:
        """The type allocation code."""
        return self.digits[:8]


def imei(text: str) -> Imei | ImeiFault:
    """The IMEI in a text. Refuses: other than 15 digits after separators; a wrong check digit.

    Source: 3GPP TS 23.003, 6.2 and annex B (Luhn).
    """
    digits = _SEPARATORS.sub("", text.strip())
    if not (digits.isascii() and digits.isdigit()):
        return ImeiFault.NOT_DIGITS
    if len(digits) != 15:
        return ImeiFault.LENGTH
    return Imei(digits) if luhn.is_valid(digits) else ImeiFault.CHECK_DIGIT


def serial(text: str) -> str | None:
    """A serial number in capitals without separators; None for what cannot be one."""
    found = _SEPARATORS.sub("", text.strip()).upper()
    return found if _SERIAL.fullmatch(found) else None


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a device is known by.

    Shapes: `value` as people read it; `key` is the same for two texts that mean the same device. A
    serial number is its maker's: two makers may use the same.
    """

    kind: IdentifierKind
    value: str
    key: str


def imei_identifier(found: Imei, kind: IdentifierKind = IdentifierKind.IMEI) -> Identifier:
    """An IMEI as an identifier; the first and the second of a device are numbers of one space."""
    return Identifier(kind, found.digits, f"IMEI:{found.digits}")


def serial_identifier(found: str, brand: str) -> Identifier:
    """A serial number as an identifier; `brand` is the code of the maker's brand."""
    return Identifier(IdentifierKind.SERIAL, found, f"SERIAL:{brand}:{found}")


def meid(text: str) -> str | None:
    """An MEID of 14 hexadecimal digits, in capitals without separators; None for what is none.

    Source: 3GPP2 S.R0048-A.
    """
    found = _SEPARATORS.sub("", text.strip()).upper()
    return found if _MEID.fullmatch(found) else None


def meid_identifier(found: str) -> Identifier:
    """An MEID as an identifier."""
    return Identifier(IdentifierKind.MEID, found, f"MEID:{found}")


def tag_identifier(tag: str, organisation_id: UUID) -> Identifier:
    """The tag that an organisation stuck on its device; case does not matter."""
    found = tag.strip()
    return Identifier(IdentifierKind.ASSET_TAG, found, f"TAG:{organisation_id}:{found.lower()}")


def medium_identifier(found: str) -> Identifier:
    """The serial number of a medium inside a device."""
    return Identifier(IdentifierKind.MEDIUM, found, f"MEDIUM:{found}")


def masked(value: str) -> str:
    """An identifier as its owner is shown it: the last four characters are left."""
    return "•" * (len(value) - 4) + value[-4:]


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys, no spaces, times in UTC: the same facts are the same bytes."""
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def event_hash(
    before: bytes, unit_id: UUID, n: int, kind: UnitEventKind, at: datetime, data: Mapping[str, Any]
) -> bytes:
    """The SHA-256 of an event and of the hash before it: nothing earlier can be changed unseen.

    Shapes: `n` counts from 1; `before` is empty for the first.
    """
    facts = {
        "unit": str(unit_id),
        "n": n,
        "kind": kind.value,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "data": data,
    }
    return hashlib.sha256(before + canonical(facts)).digest()
