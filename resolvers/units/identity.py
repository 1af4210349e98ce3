"""The numbers of a device as a caller sends them."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.units import (
    Identifier,
    IdentifierKind,
    ImeiFault,
    imei,
    imei_identifier,
    meid,
    meid_identifier,
    serial,
    serial_identifier,
)
from models.units import Terms
from resolvers.effects import Refusal


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a device is known by, as it was sent."""

    imei: str | None = None
    imei2: str | None = None
    serial: str | None = None
    meid: str | None = None


def boards(given: Numbers) -> list[Identifier] | Refusal:
    """The numbers of the main board, the first one first. Refuses: a text that is none."""
    found: list[Identifier] = []
    texts = ((IdentifierKind.IMEI, given.imei), (IdentifierKind.IMEI2, given.imei2))
    for kind, text in texts:
        if text is None:
            continue
        read_as = imei(text)
        if isinstance(read_as, ImeiFault):
            return Refusal("IMEI_INVALID", {"reason": read_as.value, "field": kind.value.lower()})
        found.append(imei_identifier(read_as, kind))
    if len({each.key for each in found}) < len(found):
        return Refusal("IMEI_INVALID", {"reason": "SAME_TWICE", "field": "imei2"})
    if given.meid is None:
        return found
    number = meid(given.meid)
    if number is None:
        return Refusal("SERIAL_INVALID", {"reason": "NOT_ONE", "field": "meid"})
    return [*found, meid_identifier(number)]


def whole(
    given: Numbers, of_board: Sequence[Identifier], terms: Terms
) -> list[Identifier] | Refusal:
    """All numbers of a device. Refuses: what is no serial number; too little for its category."""
    found = list(of_board)
    if given.serial is not None:
        number = serial(given.serial)
        if number is None:
            return Refusal("SERIAL_INVALID")
        found.append(serial_identifier(number, terms.brand))
    if not of_board and (terms.identity == "IMEI" or not found):
        missing = "imei" if terms.identity == "IMEI" else "serial"
        code = "IMEI_INVALID" if missing == "imei" else "SERIAL_INVALID"
        return Refusal(code, {"reason": "MISSING", "field": missing})
    return found


def field_of(named: Sequence[Identifier], key: str) -> str:
    """The name in the API of the number with this key."""
    return next((each.kind.value.lower() for each in named if each.key == key), "imei")
