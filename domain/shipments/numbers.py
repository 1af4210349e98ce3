"""Tracking numbers: what their shape says of the carrier. A hint, never proof.

Several carriers use the same shapes. What the merchant chose stands; a number that does not look
like the carrier's is worth a warning and no more.

Source: docs/carriers.md, "Tracking numbers".
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from domain.shipments.carriers import CarrierCode

_C = CarrierCode

SHAPES: tuple[tuple[re.Pattern[str], tuple[CarrierCode, ...]], ...] = tuple(
    (re.compile(pattern), carriers)
    for pattern, carriers in (
        (r"1Z[0-9A-Z]{16}", (_C.UPS,)),
        (r"\d{12}|\d{15}|\d{20}", (_C.FEDEX,)),
        (r"\d{10}", (_C.DHL_EXPRESS, _C.DHL, _C.CJ_LOGISTICS)),
        (r"\d{12}", (_C.YAMATO, _C.CJ_LOGISTICS)),
        (r"JJD\d+|JVGL\d+|00340434\d{12}", (_C.DHL_PARCEL_DE, _C.DHL)),
        (r"3S[A-Z0-9]{11,13}", (_C.POSTNL,)),
        (r"[68][A-Z]\d{11}", (_C.LA_POSTE,)),
        (r"\d{14}", (_C.DPD,)),
        (r"\d{11,12}", (_C.GLS,)),
        (r"\d{8}", (_C.MONDIAL_RELAY,)),
        (r"9\d{19,21}", (_C.USPS,)),
        (r"6\d{23}", (_C.INPOST,)),
    )
)

POSTS = frozenset(
    {
        _C.LA_POSTE,
        _C.CHRONOPOST,
        _C.DHL,
        _C.DHL_PARCEL_DE,
        _C.POSTNL,
        _C.ROYAL_MAIL,
        _C.USPS,
        _C.BPOST,
        _C.CORREOS,
        _C.POSTE_ITALIANE,
        _C.JAPAN_POST,
    }
)
"""Those that carry postal items, whose numbers are of the form S10."""

SHAPED = POSTS | {carrier for _, carriers in SHAPES for carrier in carriers}
"""The carriers whose numbers have a shape that is known here."""

UPS = re.compile(r"1Z[0-9A-Z]{16}")
S10 = re.compile(r"([A-Z]{2})(\d{8})(\d)([A-Z]{2})")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_CHECKS: Mapping[int, int] = {10: 0, 11: 5}


class NumberHint(StrEnum):
    """What a tracking number's shape says of the carrier that was chosen."""

    FITS = "FITS"
    UNUSUAL = "UNUSUAL"
    CHECK_DIGIT = "CHECK_DIGIT"
    NOT_KNOWN = "NOT_KNOWN"


def compact(text: str) -> str:
    """A tracking number as carriers are asked for it: upper case, without spaces, dots, dashes."""
    return re.sub(r"[\s.\-]", "", text).upper()


def s10_check_digit(serial: str) -> int:
    """The check digit of the eight digits of a postal item's number. Source: UPU standard S10."""
    total = sum(int(digit) * weight for digit, weight in zip(serial, _WEIGHTS, strict=True))
    check = 11 - total % 11
    return _CHECKS.get(check, check)


def s10(number: str) -> bool | None:
    """Whether a number of the form S10 has the right check digit; None for any other form."""
    if not number.isascii() or not (parts := S10.fullmatch(number)):
        return None
    return s10_check_digit(parts[2]) == int(parts[3])


def ups_check_digit(number: str) -> int:
    """The last digit of a UPS number of the form `1Z`: letters count 2 to 9, then 0, and again."""
    values = [int(sign) if sign.isdigit() else (ord(sign) - 63) % 10 for sign in number[2:-1]]
    return -(sum(values[::2]) + 2 * sum(values[1::2])) % 10


def check_fails(number: str) -> bool:
    """Whether a number has a form with a check digit, and not the right one."""
    if number.isascii() and UPS.fullmatch(number):
        return number[-1] != str(ups_check_digit(number))
    return s10(number) is False


def posted_in(number: str) -> str | None:
    """The country of posting that a valid number of the form S10 names; ISO 3166-1 alpha-2."""
    return number[-2:] if s10(number) else None


def carriers_of(number: str) -> frozenset[CarrierCode]:
    """The carriers that use numbers of this shape; empty where none is known to."""
    if not number.isascii():
        return frozenset()
    found = {carrier for shape, these in SHAPES if shape.fullmatch(number) for carrier in these}
    return frozenset(found | (POSTS if S10.fullmatch(number) else set()))


def hint(carrier: CarrierCode, number: str) -> NumberHint:
    """What the shape of a number says of the carrier that was chosen for it.

    Shapes: `number` is `compact`. Anything but `FITS` and `NOT_KNOWN` is a warning to whoever typed
    it; nothing is refused and no carrier is changed because of it.
    """
    if carrier not in SHAPED:
        return NumberHint.NOT_KNOWN
    if carrier not in carriers_of(number):
        return NumberHint.UNUSUAL
    return NumberHint.CHECK_DIGIT if check_fails(number) else NumberHint.FITS
