"""A merchant's bids as lines of a file: which column is which field, how its values are read.

Source: docs/trade-in.md, "Bids by file".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from domain.money import Currency, amount_of
from domain.offers.amounts import Mark, decimal_mark, parse_amount, parse_currency
from domain.offers.codes import LineCode
from domain.offers.values import narrow, parse_date
from domain.trade_in.bids import BidCode, GradeCodes, Item, grade_of

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "variant": ("variant", "variant_id", "product_id"),
    "gtin": ("gtin", "ean", "barcode"),
    "grade": ("trade_in_grade", "grade", "tradeingrade", "state", "condition"),
    "market": ("market", "country"),
    "amount": ("amount", "price", "bid"),
    "currency": ("currency",),
    "pay_within_days": ("pay_within_days", "pay_days"),
    "stock_cap": ("stock_cap", "quantity", "cap"),
    "valid_until": ("valid_until", "expires"),
    "sequence": ("sequence",),
}
NEEDED: Final = ("grade", "market", "amount")
_ZERO: Final = re.compile(r"0+(?:[.,]0+)?")
_WHOLE: Final = re.compile(r"\d{1,19}")


def fields_of(columns: Iterable[str]) -> dict[str, str]:
    """Our fields with the keys of the columns that hold them; the first name of each counts."""
    there = set(columns)
    found = {
        field: next((name for name in names if name in there), None)
        for field, names in COLUMNS.items()
    }
    return {field: name for field, name in found.items() if name is not None}


def missing(fields: Mapping[str, str]) -> list[str]:
    """The fields that a file cannot do without and does not have."""
    lacking = [name for name in NEEDED if name not in fields]
    return lacking if {"variant", "gtin"} & set(fields) else ["gtin", *lacking]


def mark_of(texts: Sequence[str]) -> Mark | None:
    """The decimal mark of the column of amounts."""
    return decimal_mark(text for text in texts if not _ZERO.fullmatch(text.strip()))


def item_of(
    cells: Mapping[str, str], mark: Mark | None, codes: GradeCodes, currencies: Mapping[str, str]
) -> Item:
    """The item of a line; `cells` are texts by field, `currencies` those of the open markets.

    An empty cell is left out, and so kept of the bid that stands. What cannot be read is the item's
    fault.
    """
    said = {name: narrow(text) for name, text in cells.items() if narrow(text)}
    market = said.get("market", "").upper()
    currency = Currency(currencies[market]) if market in currencies else Currency.EUR
    faults: list[tuple[BidCode, str]] = []

    def whole(name: str, code: BidCode) -> int | None:
        text = said.get(name)
        if text is None:
            return None
        if _WHOLE.fullmatch(text):
            return int(text)
        faults.append((code, name))
        return None

    amount = _amount(said.get("amount"), mark, currency)
    if isinstance(amount, BidCode):
        faults.append((amount, "amount"))
    until = parse_date(said.get("valid_until", ""), market)
    if until.code is not None:
        faults.append((BidCode.DATE_INVALID, "valid_until"))
    variant = _uuid(said.get("variant"))
    if variant is None and "variant" in said:
        faults.append((BidCode.PRODUCT_UNKNOWN, "variant"))
    days = whole("pay_within_days", BidCode.PAY_DAYS_INVALID)
    cap = whole("stock_cap", BidCode.STOCK_CAP_INVALID)
    sequence = whole("sequence", BidCode.SEQUENCE_INVALID)
    fault, field = faults[0] if faults else (None, None)
    return Item(
        variant_id=variant,
        gtin=None if variant else said.get("gtin"),
        grade=grade_of(said.get("grade", ""), codes),
        market=market,
        amount=amount if isinstance(amount, Decimal) else None,
        currency=_currency(said.get("currency"), currency),
        pay_within_days=days,
        stock_cap=cap,
        valid_until=datetime.fromisoformat(until.value) if until.value else None,
        sequence=sequence,
        fault=fault,
        field=field,
    )


def _amount(text: str | None, mark: Mark | None, currency: Currency) -> Decimal | BidCode | None:
    if text is None:
        return None
    if _ZERO.fullmatch(text):
        return Decimal(0)
    found = parse_amount(text, mark, currency)
    if found.code is LineCode.PRICE_AMBIGUOUS:
        return BidCode.PRICE_AMBIGUOUS
    if found.code is LineCode.CURRENCY_UNKNOWN:
        return BidCode.CURRENCY_NOT_ALLOWED
    if found.code is not None or found.value is None:
        return BidCode.PRICE_INVALID
    return amount_of(found.value, currency)


def _currency(text: str | None, expected: Currency) -> str | None:
    """The code of a currency; a word that is none stays, and is no market's."""
    if text is None:
        return None
    found = parse_currency(text, expected)
    return found.value.value if found.value else text


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def unreadable(code: LineCode) -> Item:
    """The item of a line that is no record."""
    return Item(None, None, None, "", None, fault=BidCode.LINE_UNREADABLE, field=code.value)
