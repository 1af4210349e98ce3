"""The euro's reference rates as the European Central Bank publishes them, in XML and in CSV.

A file is read whole or not at all. Each problem has a code, a place, a value and a remedy.
Source: docs/markets.md, "Rates"; the ECB's eurofxref files (daily, 90 days, all since 1999).
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from lxml import etree

from domain.markets.rates import Rate

if TYPE_CHECKING:
    from _csv import Reader

BASE: Final = "EUR"
MOST_BYTES: Final = 16 * 1024 * 1024
MOST_RATES: Final = 1_000_000
MOST_PROBLEMS: Final = 50
FIRST_DAY: Final = date(1999, 1, 1)
_SPACE: Final = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}"
_NONE: Final = frozenset({"", "N/A"})
_LARGEST: Final = Decimal(10) ** 9
_SHOWN: Final = 40


class RateFault(StrEnum):
    """What is wrong with a file of rates."""

    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FORMAT_UNKNOWN = "FORMAT_UNKNOWN"
    HEADER_MISSING = "HEADER_MISSING"
    FILE_EMPTY = "FILE_EMPTY"
    DATE_INVALID = "DATE_INVALID"
    CURRENCY_INVALID = "CURRENCY_INVALID"
    RATE_INVALID = "RATE_INVALID"
    DUPLICATE_RATE = "DUPLICATE_RATE"
    COLUMNS_DIFFER = "COLUMNS_DIFFER"


HINTS: Final = {
    RateFault.FILE_TOO_LARGE: "Take the file of one day or of 90 days.",
    RateFault.FORMAT_UNKNOWN: "Give eurofxref-daily.xml, eurofxref-hist-90d.xml or eurofxref.csv.",
    RateFault.HEADER_MISSING: "The first line is `Date` and the codes of the currencies.",
    RateFault.FILE_EMPTY: "Download the file again: it holds no rate.",
    RateFault.DATE_INVALID: "A day is 2026-11-20 or 20 November 2026, not before 1999, not later "
    "than today.",
    RateFault.CURRENCY_INVALID: "A currency is three capital letters, and not EUR.",
    RateFault.RATE_INVALID: "A rate is a number above 0 with a point and at most 10 decimals.",
    RateFault.DUPLICATE_RATE: "A currency has one rate a day.",
    RateFault.COLUMNS_DIFFER: "Each line has as many cells as the first.",
}


@dataclass(frozen=True, slots=True)
class RateProblem:
    """What is wrong, on which line from 1 (0: with the file), of which field, with which value."""

    code: RateFault
    line: int = 0
    field: str = ""
    value: str = ""

    @property
    def hint(self) -> str:
        """What to do about it."""
        return HINTS[self.code]


class _Bad(Exception):
    def __init__(self, code: RateFault, line: int = 0, field: str = "", value: str = "") -> None:
        super().__init__(code)
        self.problem = RateProblem(code, line, field, value[:_SHOWN])


Cell = tuple[int, str, str, str]
"""Line, day, currency and rate as written."""


def parse(content: bytes, today: date) -> Sequence[Rate] | Sequence[RateProblem]:
    """Every rate of a file in its order, or at most 50 problems.

    Units: euros' worth in the other currency.
    """
    try:
        cells = list(_cells(content))
    except _Bad as error:
        return [error.problem]
    if not cells:
        return [RateProblem(RateFault.FILE_EMPTY)]
    rates: list[Rate] = []
    problems: list[RateProblem] = []
    seen: set[tuple[date, str]] = set()
    for cell in cells:
        try:
            rate = _rate(cell, today)
            if (rate.on_day, rate.quote) in seen:
                raise _Bad(RateFault.DUPLICATE_RATE, cell[0], cell[2], cell[1])
        except _Bad as error:
            problems.append(error.problem)
            if len(problems) == MOST_PROBLEMS:
                break
        else:
            seen.add((rate.on_day, rate.quote))
            rates.append(rate)
    return problems or rates


def _cells(content: bytes) -> Iterator[Cell]:
    if len(content) > MOST_BYTES:
        raise _Bad(RateFault.FILE_TOO_LARGE, value=str(len(content)))
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    found = _of_xml(start) if start.startswith(b"<") else _of_csv(start)
    for n, cell in enumerate(found):
        if n == MOST_RATES:
            raise _Bad(RateFault.FILE_TOO_LARGE, value=f"more than {MOST_RATES} rates")
        yield cell


def _of_xml(content: bytes) -> Iterator[Cell]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        raise _Bad(RateFault.FORMAT_UNKNOWN, line, value=str(error.msg)) from error
    days = [each for each in root.iter(f"{_SPACE}Cube") if "time" in each.attrib]
    if not days and root.find(f".//{_SPACE}Cube") is None:
        raise _Bad(RateFault.FORMAT_UNKNOWN, value=str(root.tag))
    for day in days:
        for cube in day.iterchildren(f"{_SPACE}Cube"):
            of = cube.attrib
            at = int(str(cube.sourceline or 0))
            yield at, str(day.get("time")), str(of.get("currency", "")), str(of.get("rate", ""))


def _of_csv(content: bytes) -> Iterator[Cell]:
    lines = csv.reader(io.StringIO(_text(content)))
    try:
        yield from _of_lines(lines)
    except csv.Error as error:
        raise _Bad(RateFault.FORMAT_UNKNOWN, lines.line_num, value=str(error)) from error


def _of_lines(lines: "Reader") -> Iterator[Cell]:
    head = _row(next(lines, []))
    if not head or head[0].casefold() != "date":
        raise _Bad(RateFault.HEADER_MISSING, 1, "Date", head[0] if head else "")
    for row in filter(None, map(_row, lines)):
        if len(row) != len(head):
            raise _Bad(RateFault.COLUMNS_DIFFER, lines.line_num, value=f"{len(row)} cells")
        for currency, rate in zip(head[1:], row[1:], strict=True):
            if rate not in _NONE:
                yield lines.line_num, row[0], currency, rate


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Bad(RateFault.FORMAT_UNKNOWN, value=f"byte {error.start} is not UTF-8") from error
    if "\0" in text:
        raise _Bad(RateFault.FORMAT_UNKNOWN, value="a zero byte")
    return text


def _row(cells: list[str]) -> list[str]:
    """The cells of a line without the empty one that the ECB ends its lines with."""
    found = [each.strip() for each in cells]
    return found[:-1] if found and not found[-1] else found


def _rate(cell: Cell, today: date) -> Rate:
    line, written, currency, number = cell
    on = _day(written)
    if on is None or not FIRST_DAY <= on <= today:
        raise _Bad(RateFault.DATE_INVALID, line, "date", written)
    if not is_currency(currency) or currency == BASE:
        raise _Bad(RateFault.CURRENCY_INVALID, line, "currency", currency)
    rate = exact(number)
    if rate is None:
        raise _Bad(RateFault.RATE_INVALID, line, currency, number)
    return Rate(BASE, currency, on, rate)


def is_currency(text: str) -> bool:
    """Whether it has the form of an ISO 4217 code."""
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


def exact(text: str) -> Decimal | None:
    """A rate as written: above 0, under a thousand million, at most 10 decimals; else None."""
    if not text.isascii() or not text.replace(".", "", 1).isdigit():
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    fine = isinstance(exponent, int) and exponent >= -10 and 0 < number < _LARGEST
    return number if fine else None


def _day(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
