"""One line of a fleet file, as the device that it declares or as what is wrong with it.

Source: docs/fleets.md, "Columns" and "Outcomes".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from stdnum import luhn

from domain.offers.values import clean_text, fold, narrow, parse_date, sku_key
from domain.raas.conditions import condition_of
from domain.raas.lines import FleetLineCode
from domain.raas.words import words
from domain.trade_in import TradeInGrade
from domain.units import Imei, ImeiFault, imei, serial

T = TypeVar("T")

TAG_LENGTH: Final = 64
TEXT_LENGTH: Final = 255
EARLIEST: Final = date(1990, 1, 1)
_IMEI_DIGITS: Final = 15
_SEPARATORS: Final = re.compile(r"[\s./_-]+")
_EXPONENT: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}")
_FILLERS: Final = frozenset(
    words(
        "N/A NA NONE NULL UNKNOWN TBD XXXX XXXXX INCONNU UNBEKANNT DESCONOCIDO SANS OHNE NOSERIAL "
        "TOBEFILLEDBYOEM DEFAULTSTRING SYSTEMSERIALNUMBER NOTSPECIFIED"
    )
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line; `suggested` is what it may have meant."""

    code: FleetLineCode
    field: str | None = None
    value: str | None = None
    suggested: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """A device as its organisation declares it.

    Shapes: `key` is its identity, as `domain.units` writes it, and `tag_key` the form under which
    two tags of an organisation are the same; `manufacturer`, `model` and `storage` are the words
    of the file.
    """

    tag: str | None
    tag_key: str | None
    imei: str | None
    serial: str | None
    key: str
    manufacturer: str | None
    model: str
    storage: str | None
    purchased_on: date | None
    site_id: UUID | None
    condition: str | None
    grade: TradeInGrade | None


@dataclass(slots=True)
class Rules:
    """What lines are held to: the day of the import, where days are written how, known sites.

    Shapes: `sites` leads folded codes and names to sites; `allowed` are those that whoever imports
    may declare for, all where it is None. `brands` leads folded names of makers to their codes.
    Values that stand on many lines are read once.
    """

    today: date
    market: str
    sites: Mapping[str, UUID] = field(default_factory=dict)
    allowed: frozenset[UUID] | None = None
    brands: Mapping[str, str] = field(default_factory=dict)
    _known: dict[str, dict[str, object]] = field(default_factory=dict)

    def read(self, line: Mapping[str, str | None]) -> Declared | Fault:
        """The device of a line. Refuses: the first thing that is wrong with it."""
        try:
            return self._declared(line)
        except _Wrong as wrong:
            return wrong.fault

    def _declared(self, line: Mapping[str, str | None]) -> Declared:
        count = self._once("quantity", line, _count)
        if count not in {None, "1"}:
            raise _Wrong(FleetLineCode.QUANTITY_LINE, "quantity", count)
        tag = _text(line, "asset_tag", TAG_LENGTH, FleetLineCode.TAG_TOO_LONG)
        number, serial_no = _identity(line)
        maker = self._once("manufacturer", line, _plain)
        model = self._once("model", line, _plain)
        if number is None and serial_no is None:
            raise _Wrong(FleetLineCode.IDENTITY_MISSING)
        if model is None:
            raise _Wrong(FleetLineCode.MODEL_MISSING, "model")
        said = self._once("condition", line, _plain)
        return Declared(
            tag,
            sku_key(tag) if tag else None,
            number,
            serial_no,
            f"IMEI:{number}" if number else f"SERIAL:{self._brand(maker)}:{serial_no}",
            maker,
            model,
            self._once("storage", line, _plain),
            self._once("purchase_date", line, self._day),
            self._home(self._once("site", line, self._site)),
            said,
            self._once("condition_grade", {"condition_grade": said}, _grade),
        )

    def _once(
        self, name: str, line: Mapping[str, str | None], read: Callable[[str], T]
    ) -> T | None:
        """A value read, each text of a column once; None for an empty cell."""
        text = line.get(name)
        if not text:
            return None
        known = self._known.get(name)
        if known is None:
            known = self._known.setdefault(name, {})
        try:
            found = known[text]
        except KeyError:
            try:
                found = read(text)
            except _Wrong as wrong:
                found = wrong
            known[text] = found
        if isinstance(found, _Wrong):
            raise found
        return found  # type: ignore[return-value]

    def _brand(self, maker: str | None) -> str:
        """The code of a maker's brand, or its folded name: the same serial of two makers differ."""
        if maker is None:
            return ""
        name = fold(maker)
        return self.brands.get(name, name)

    def _day(self, text: str) -> date | None:
        found = parse_date(text, self.market)
        if found.code is not None:
            raise _Wrong(FleetLineCode.DATE_INVALID, "purchaseDate", text)
        if found.value is None:
            return None
        day = date.fromisoformat(found.value[:10])
        if day > self.today:
            raise _Wrong(FleetLineCode.DATE_IN_FUTURE, "purchaseDate", day.isoformat())
        if day < EARLIEST:
            raise _Wrong(FleetLineCode.DATE_TOO_OLD, "purchaseDate", day.isoformat())
        return day

    def _home(self, site: UUID | None) -> UUID | None:
        """The site of a line; where none is said, the only one of who declares for one alone."""
        if site is None and self.allowed is not None:
            if len(self.allowed) != 1:
                raise _Wrong(FleetLineCode.SITE_NOT_YOURS, "site", "")
            return next(iter(self.allowed))
        return site

    def _site(self, text: str) -> UUID | None:
        plain = fold(text)
        if not plain:
            return None
        site = self.sites.get(plain)
        if site is None:
            raise _Wrong(FleetLineCode.SITE_UNKNOWN, "site", clean_text(text))
        if self.allowed is not None and site not in self.allowed:
            raise _Wrong(FleetLineCode.SITE_NOT_YOURS, "site", clean_text(text))
        return site


class _Wrong(Exception):
    """Ends the reading of a line with its fault."""

    def __init__(
        self,
        code: FleetLineCode,
        name: str | None = None,
        value: str | None = None,
        suggested: str | None = None,
    ) -> None:
        super().__init__(code)
        self.fault = Fault(code, name, value[:80] if value else value, suggested)


def _identity(line: Mapping[str, str | None]) -> tuple[str | None, str | None]:
    """The IMEI and the serial number of a line; a column of both holds whichever it looks like."""
    number, own = line.get("imei"), line.get("serial")
    said = line.get("identity")
    either = narrow(said) if said else ""
    if either and not number and _looks_like_imei(either):
        number = either
    elif either and not own:
        own = either
    return _imei(number) if number else None, _serial(own) if own else None


def _looks_like_imei(text: str) -> bool:
    digits = _SEPARATORS.sub("", text)
    return digits.isascii() and digits.isdigit() and 14 <= len(digits) <= 16


def _is_clean(text: str) -> bool:
    """Whether a text is the digits of an IMEI: as `domain.units.imei` says, and faster."""
    if len(text) != _IMEI_DIGITS or not (text.isascii() and text.isdigit()):
        return False
    digits = text.encode()
    return not (sum(digits[::2]) + sum(digits[1::2].translate(_DOUBLED))) % 10


# Each second digit counts twice, its two digits added. The eight that count once are bytes, 48 more
# than they say, 384 in all; the 8 added to each of the seven others makes 440, which ends in 0.
_DOUBLED: Final = bytes(
    (2 * (n - 48) // 10 + 2 * (n - 48) % 10 + 8) % 256 if 48 <= n <= 57 else 0 for n in range(256)
)


def _imei(text: str) -> str | None:
    if _is_clean(text) and len(set(text[:14])) > 1:
        return text
    plain = narrow(text)
    if not plain:
        return None
    found = imei(plain)
    if isinstance(found, Imei):
        if len(set(found.digits[:14])) == 1:
            raise _Wrong(FleetLineCode.IMEI_FILLER, "imei", plain)
        return found.digits
    raise _wrong_imei(plain, found)


def _wrong_imei(plain: str, fault: ImeiFault) -> _Wrong:
    """The fault of a text that is no IMEI."""
    if _EXPONENT.fullmatch(plain):
        return _Wrong(FleetLineCode.IMEI_LOST_DIGITS, "imei", plain)
    if _SEPARATORS.sub("", plain).upper() in _FILLERS:
        return _Wrong(FleetLineCode.IMEI_FILLER, "imei", plain)
    if fault is ImeiFault.NOT_DIGITS:
        return _Wrong(FleetLineCode.IMEI_NOT_DIGITS, "imei", plain)
    if fault is ImeiFault.CHECK_DIGIT:
        return _Wrong(FleetLineCode.IMEI_CHECK_DIGIT, "imei", plain)
    digits = _SEPARATORS.sub("", plain)
    if len(digits) == _IMEI_DIGITS - 1:
        whole = digits + luhn.calc_check_digit(digits)
        return _Wrong(FleetLineCode.IMEI_CHECK_DIGIT_MISSING, "imei", plain, whole)
    return _Wrong(FleetLineCode.IMEI_LENGTH, "imei", plain)


def _serial(text: str) -> str | None:
    plain = narrow(text)
    if not plain:
        return None
    bare = _SEPARATORS.sub("", plain).upper()
    if bare in _FILLERS or (bare and len(set(bare)) == 1):
        raise _Wrong(FleetLineCode.SERIAL_FILLER, "serial", plain)
    if _EXPONENT.fullmatch(plain) and ("+" in plain or "," in plain or "." in plain):
        raise _Wrong(FleetLineCode.SERIAL_LOST_DIGITS, "serial", plain)
    found = serial(plain)
    if found is None:
        raise _Wrong(FleetLineCode.SERIAL_CHARACTERS, "serial", plain)
    return found


def _text(
    line: Mapping[str, str | None], name: str, most: int, too_long: FleetLineCode
) -> str | None:
    text = line.get(name)
    if not text:
        return None
    plain = clean_text(text)
    if len(plain) > most:
        raise _Wrong(too_long, name, plain)
    return plain or None


def _plain(text: str) -> str | None:
    plain = clean_text(text)
    if len(plain) > TEXT_LENGTH:
        raise _Wrong(FleetLineCode.FIELD_TOO_LONG, None, plain)
    return plain or None


def _count(text: str) -> str | None:
    plain = narrow(text)
    return plain.removesuffix(".0") or None


def _grade(text: str) -> TradeInGrade:
    found = condition_of(text)
    if found is None:
        raise _Wrong(FleetLineCode.CONDITION_UNKNOWN, "condition", text)
    return found
