"""How an amount of money in a merchant's file is read, without guessing between marks."""

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from domain.money import Currency
from domain.offers.codes import LineCode
from domain.offers.values import Parsed, narrow, wrong

Mark = Literal["dot", "comma"]

_SYMBOLS: Final[Mapping[str, tuple[Currency, ...]]] = {
    "€": (Currency.EUR,),
    "£": (Currency.GBP,),
    "¥": (Currency.JPY, Currency.CNY),
    "円": (Currency.JPY,),
    "₩": (Currency.KRW,),
    "$": (Currency.USD, Currency.CAD, Currency.AUD, Currency.NZD, Currency.SGD, Currency.HKD),
    "kr": (Currency.SEK, Currency.NOK, Currency.DKK, Currency.ISK),
    "zł": (Currency.PLN,),
    "kč": (Currency.CZK,),
    "ft": (Currency.HUF,),
    "lei": (Currency.RON,),
    "fr": (Currency.CHF,),
}
_GLUED = re.compile(
    r"(?P<before>[^\d\s.,'\u2019+-]*)\s*(?P<number>[-+]?[\d][\d\s.,'\u2019eE+-]*?)\s*(?P<after>[^\d\s]*)"
)
_PLAIN = re.compile(r"\d+", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:([ '\u2019.,])\d{3})(?:\1\d{3})*", re.ASCII)
_DECIMAL = re.compile(
    r"(?P<whole>\d+|\d{1,3}(?:(?P<group>[ '\u2019.,])\d{3})(?:(?P=group)\d{3})*)"
    r"(?P<mark>[.,])(?P<fraction>\d+)",
    re.ASCII,
)
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_MARKS: Final[Mapping[str, Mark]] = {".": "dot", ",": "comma"}
MOST_DIGITS: Final = 15


def split_currency(text: str, expected: Currency) -> tuple[str, Parsed[Currency]]:
    """The number of an amount and the currency glued to it; no currency where there is none.

    Shapes: `expected` settles a sign that several currencies share, such as `kr`.
    Refuses: a sign or code that is no currency; two of them.
    """
    plain = narrow(text)
    found = _GLUED.fullmatch(plain)
    if found is None:
        return plain, Parsed()
    marks = [mark for mark in (found["before"], found["after"]) if mark]
    if not marks:
        return found["number"], Parsed()
    if len(marks) > 1:
        return plain, wrong(LineCode.CURRENCY_UNKNOWN)
    currency = parse_currency(marks[0], expected)
    return found["number"], currency


def parse_currency(text: str, expected: Currency | None = None) -> Parsed[Currency]:
    """A currency by its ISO 4217 code or its sign. Refuses: what is neither."""
    word = narrow(text).rstrip(".")
    if not word:
        return Parsed()
    if word.upper() in Currency.__members__:
        return Parsed(Currency(word.upper()))
    candidates = _SYMBOLS.get(word.lower(), ())
    if expected in candidates:
        return Parsed(expected)
    return Parsed(candidates[0]) if len(candidates) == 1 else wrong(LineCode.CURRENCY_UNKNOWN)


def parse_amount(text: str, decimal: Mark | None, currency: Currency) -> Parsed[int]:
    """An amount in minor units of `currency`; `decimal` settles `1.234` and nothing else.

    Shapes: more decimals than the currency has are rounded half up, with a warning.
    Refuses: a negative, a zero, an exponent, a word; an amount in another currency; decimals of a
    currency that has none; one group of three digits after one mark when nothing settles it.
    """
    number, glued = split_currency(text, currency)
    if glued.code is not None:
        return wrong(glued.code)
    if glued.value not in {None, currency}:
        return wrong(LineCode.CURRENCY_UNKNOWN)
    if not number:
        return Parsed()
    return _minor(" ".join(number.split()), decimal, currency)


def _minor(number: str, decimal: Mark | None, currency: Currency) -> Parsed[int]:
    if _AMBIGUOUS.fullmatch(number) and currency.digits:
        if decimal is None:
            return wrong(LineCode.PRICE_AMBIGUOUS)
        thousands = decimal != _MARKS[number[-4]]
    else:
        thousands = _GROUPED.fullmatch(number) is not None and not number.startswith("0")
    return _exact(number, thousands, currency)


def _exact(number: str, thousands: bool, currency: Currency) -> Parsed[int]:
    if thousands or _PLAIN.fullmatch(number):
        return _positive(re.sub(r"\D", "", number), "", currency)
    found = _DECIMAL.fullmatch(number)
    if found is None or found["group"] == found["mark"] or not currency.digits:
        return wrong(LineCode.PRICE_INVALID)
    return _positive(re.sub(r"\D", "", found["whole"]), found["fraction"], currency)


def _positive(whole: str, fraction: str, currency: Currency) -> Parsed[int]:
    if len(whole) + len(fraction) > MOST_DIGITS:
        return wrong(LineCode.PRICE_INVALID)
    exact = Decimal(f"{whole}.{fraction or 0}").scaleb(currency.digits)
    minor = int(exact.to_integral_value(ROUND_HALF_UP))
    if minor <= 0:
        return wrong(LineCode.PRICE_INVALID)
    rounded = len(fraction) > currency.digits and exact != minor
    return Parsed(minor, LineCode.PRICE_INVALID if rounded else None, fatal=False)


def decimal_mark(texts: Iterable[str]) -> Mark | None:
    """The decimal mark that a column uses, if its unambiguous values agree on one."""
    seen: set[Mark] = set()
    for text in texts:
        found = _GLUED.fullmatch(narrow(text))
        number = " ".join(found["number"].split()) if found else ""
        if number and not _AMBIGUOUS.fullmatch(number):
            seen |= _evidence(number)
    return seen.pop() if len(seen) == 1 else None


def _evidence(number: str) -> set[Mark]:
    grouped = None if number.startswith("0") else _GROUPED.fullmatch(number)
    if grouped:
        return {"comma"} if grouped[1] == "." else {"dot"} if grouped[1] == "," else set()
    found = _DECIMAL.fullmatch(number)
    if found is None or found["group"] == found["mark"]:
        return set()
    return {_MARKS[found["mark"]]}
