"""How one value of a merchant's file is read, whatever its format: the reference rules.

Readers may take faster ways for clean values; they must come to the same result as here.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Generic, TypeVar

from domain.catalog import GtinProblem, gtin14, is_restricted
from domain.impact.linter import Readers
from domain.offers.codes import LineCode

T = TypeVar("T")

SKU_LENGTH: Final = 64
TITLE_LENGTH: Final = 255
TEXT_LENGTH: Final = 255
NOTE_LENGTH: Final = 500
QUANTITY_MOST: Final = 100_000
HANDLING_MOST: Final = 240
BATTERY_MOST: Final = 100
WARRANTY_LEAST: Final = 12
WARRANTY_MOST: Final = 600


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """A value read, a problem, or both: a value read with a warning.

    Shapes: a `code` with `fatal` rejects the line; without it the value stands, None included.
    """

    value: T | None = None
    code: LineCode | None = None
    fatal: bool = False


def wrong(code: LineCode) -> Parsed[T]:
    """A value that rejects its line."""
    return Parsed(None, code, fatal=True)


_SPACES = re.compile(r"[\s_\-]+")
_WRAPPED = re.compile(r'=?"(.*)"|\'(.*)')
_BREAKS = re.compile(r"[\t\n\r]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def fold(text: str) -> str:
    """The text as words to compare: no case, no accents, one space for spaces, `_` and `-`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return _SPACES.sub(" ", bare).strip()


def clean_text(text: str) -> str:
    """The text on one line, in NFC, without control characters and outer spaces."""
    return unicodedata.normalize("NFC", _CONTROL.sub("", _BREAKS.sub(" ", text))).strip()


def narrow(text: str) -> str:
    """A number as typed, with full-width digits made plain and spreadsheet wrapping taken off."""
    plain = unicodedata.normalize("NFKC", _CONTROL.sub("", text)).strip()
    found = _WRAPPED.fullmatch(plain)
    return (found[1] or found[2] or "").strip() if found else plain


def parse_text(text: str, limit: int = TEXT_LENGTH) -> Parsed[str]:
    """A line of text. Refuses: more than `limit` characters."""
    plain = clean_text(text)
    return wrong(LineCode.FIELD_TOO_LONG) if len(plain) > limit else Parsed(plain or None)


def parse_title(text: str) -> Parsed[str]:
    """A merchant's wording. Refuses: more than 255 characters."""
    plain = clean_text(text)
    return wrong(LineCode.TITLE_TOO_LONG) if len(plain) > TITLE_LENGTH else Parsed(plain or None)


def parse_sku(text: str) -> Parsed[str]:
    """A merchant's own key. Refuses: none, or more than 64 characters."""
    plain = clean_text(text)
    if not plain:
        return wrong(LineCode.SKU_MISSING)
    return wrong(LineCode.SKU_TOO_LONG) if len(plain) > SKU_LENGTH else Parsed(plain)


def sku_key(sku: str) -> str:
    """The form under which two SKUs of a merchant are the same."""
    return unicodedata.normalize("NFC", sku.casefold())


_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&(?:[a-z]{2,8}|#\d{1,7});", re.IGNORECASE)
_LINK = re.compile(
    r"https?:|\bwww\.|\b[\w-]+\.(?:com|net|org|eu|fr|de|es|it|io|shop|co)\b", re.IGNORECASE
)
_MAIL = re.compile(r"\S@\S")
_PHONE = re.compile(r"(?:\+|\b00|\b0|\()\d(?:[ ./()-]{0,2}\d){7,13}\b")


def parse_note(text: str, claims: Readers | None = None) -> Parsed[str]:
    """Plain words about the device. Refuses: HTML, a link, an e-mail address, a telephone.

    A note with a claim that may not be made is set aside, with a warning: the offer stands.
    """
    plain = clean_text(text)
    if len(plain) > NOTE_LENGTH:
        return wrong(LineCode.FIELD_TOO_LONG)
    if any(rule.search(plain) for rule in (_MARKUP, _LINK, _MAIL, _PHONE)):
        return wrong(LineCode.NOTE_FORBIDDEN)
    if claims is not None and claims.forbids(plain):
        return Parsed(None, LineCode.NOTE_FORBIDDEN)
    return Parsed(plain or None)


_WHOLE = re.compile(r"(\d{1,18})(?:[.,]0+)?", re.ASCII)


def parse_whole(
    text: str, least: int, most: int, code: LineCode = LineCode.QUANTITY_INVALID
) -> Parsed[int]:
    """A whole number within bounds; `12.0`, as spreadsheets write it, is one."""
    plain = narrow(text)
    if not plain:
        return Parsed()
    found = _WHOLE.fullmatch(plain)
    if found is None or not least <= int(found[1]) <= most:
        return wrong(code)
    return Parsed(int(found[1]))


def parse_quantity(text: str) -> Parsed[int]:
    """Pieces in stock, 0 to 100,000. Refuses: anything else."""
    return parse_whole(text, 0, QUANTITY_MOST)


def parse_warranty(text: str) -> Parsed[int]:
    """Months of warranty. Refuses: fewer than 12, or no whole number."""
    return parse_whole(text, WARRANTY_LEAST, WARRANTY_MOST, LineCode.WARRANTY_TOO_SHORT)


_TRUE = frozenset(["true", "1", "yes", "oui", "ja", "si", "x", "y", "vrai", "wahr"])
_FALSE = frozenset(["false", "0", "no", "non", "nein", "n", "nee", "faux", "falsch"])


def parse_bool(text: str) -> Parsed[bool]:
    """A yes or a no in the languages of our markets. Refuses: any other word."""
    word = fold(narrow(text))
    if word in _TRUE or word in _FALSE:
        return Parsed(word in _TRUE)
    return Parsed() if not word else wrong(LineCode.BAD_QUOTES)


@dataclass(frozen=True, slots=True)
class Battery:
    """A new battery, or the share of its rated capacity that is left, in percent."""

    new: bool
    health: int | None


_NEW_BATTERY = frozenset(
    ["new", "neuf", "neuve", "neu", "nuevo", "nueva", "nuovo", "nuova", "novo", "nova", "nieuw"]
)


def parse_battery(text: str) -> Parsed[Battery]:
    """`new`, or a health of 1 to 100 with or without `%`. Refuses: anything else."""
    word = fold(narrow(text))
    if word in _NEW_BATTERY:
        return Parsed(Battery(new=True, health=None))
    health = parse_whole(word.removesuffix("%").strip(), 1, BATTERY_MOST)
    if health.code is not None:
        return wrong(health.code)
    return Parsed(None if health.value is None else Battery(new=False, health=health.value))


def parse_gtin(text: str, allow_restricted: bool) -> Parsed[str]:
    """The 14 digits of a GTIN; a code used inside a company is none, with a warning.

    Refuses: digits lost by a spreadsheet, a wrong check digit.
    """
    plain = narrow(text)
    if not plain:
        return Parsed()
    found = gtin14(plain)
    if isinstance(found, GtinProblem):
        return wrong(LineCode(found.code.value))
    filler = not found.strip("0") or not found.lstrip("0").strip("9")
    if filler or (is_restricted(found) and not allow_restricted):
        return Parsed(None, LineCode.GTIN_INVALID, fatal=False)
    return Parsed(found)


_DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:[ T](\d{1,2}):(\d{2}))?", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d+))?", re.ASCII)
_SHORT_ZONE = re.compile(r"(.*[T ]\d{2}:\d{2}.*[+-]\d{2})", re.ASCII)
_SPREADSHEET_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
_MONTH_FIRST: Final = frozenset({"US"})


def parse_date(text: str, market: str) -> Parsed[str]:
    """A moment as ISO 8601 in UTC: ISO first, then day and month as the market writes them.

    Shapes: without a zone it is UTC; without a time it is the start of that day; five digits are a
    spreadsheet's day number, counted from 1900.
    Refuses: anything else.
    """
    plain = narrow(text)
    if not plain:
        return Parsed()
    moment = _iso(plain) or _written(plain, market) or _serial(plain)
    if moment is None:
        return wrong(LineCode.DATE_INVALID)
    return Parsed(moment.isoformat())


def _iso(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    found = _SHORT_ZONE.fullmatch(text)
    try:
        moment = datetime.fromisoformat(f"{found[1]}:00" if found else text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _written(text: str, market: str) -> datetime | None:
    found = _DAY_FIRST.fullmatch(text)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    day, month = (second, first) if market in _MONTH_FIRST else (first, second)
    try:
        on = date(year, month, day)
        return datetime(
            on.year, on.month, on.day, int(found[4] or 0), int(found[5] or 0), 0, 0, UTC
        )
    except ValueError:
        return None


def _serial(text: str) -> datetime | None:
    found = _SERIAL.fullmatch(text)
    if found is None:
        return None
    seconds = round(86_400 * int(found[2]) / 10 ** len(found[2])) if found[2] else 0
    return _SPREADSHEET_DAY_ZERO + timedelta(days=int(found[1]), seconds=seconds)
