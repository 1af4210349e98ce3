"""The mistakes that merchants make in their files, each in a small, fixed share of the lines."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from domain.offers.lines import LineCode
from integrations.sandbox.chance import draws

Row = dict[str, str]


class Mistake(StrEnum):
    """One kind of mistake. `COMMA_DECIMALS` is a habit of the whole file and rejects nothing."""

    COMMA_DECIMALS = "COMMA_DECIMALS"
    CONDITION_NEW = "CONDITION_NEW"
    DUPLICATE_SKU = "DUPLICATE_SKU"
    LOST_DIGITS = "LOST_DIGITS"
    MISSING_PRICE = "MISSING_PRICE"
    MISSING_SKU = "MISSING_SKU"
    NEGATIVE_QUANTITY = "NEGATIVE_QUANTITY"
    NOTE_WITH_LINK = "NOTE_WITH_LINK"
    PRICE_IN_WORDS = "PRICE_IN_WORDS"
    PRICE_TYPO = "PRICE_TYPO"
    SHORT_WARRANTY = "SHORT_WARRANTY"
    TITLE_TOO_LONG = "TITLE_TOO_LONG"
    UNKNOWN_GRADE = "UNKNOWN_GRADE"
    UNKNOWN_PRODUCT = "UNKNOWN_PRODUCT"
    WRONG_CHECK_DIGIT = "WRONG_CHECK_DIGIT"


# Lines per thousand, and the code that a reader is to find; at least one line of each.
SHARES: Final[Mapping[Mistake, tuple[int, LineCode]]] = {
    Mistake.CONDITION_NEW: (5, LineCode.CONDITION_NEW),
    Mistake.DUPLICATE_SKU: (5, LineCode.DUPLICATE_SKU),
    Mistake.LOST_DIGITS: (15, LineCode.GTIN_LOST_DIGITS),
    Mistake.MISSING_PRICE: (5, LineCode.PRICE_MISSING),
    Mistake.MISSING_SKU: (5, LineCode.SKU_MISSING),
    Mistake.NEGATIVE_QUANTITY: (5, LineCode.QUANTITY_INVALID),
    Mistake.NOTE_WITH_LINK: (10, LineCode.NOTE_FORBIDDEN),
    Mistake.PRICE_IN_WORDS: (5, LineCode.PRICE_INVALID),
    Mistake.PRICE_TYPO: (5, LineCode.PRICE_OUTLIER),
    Mistake.SHORT_WARRANTY: (10, LineCode.WARRANTY_TOO_SHORT),
    Mistake.TITLE_TOO_LONG: (5, LineCode.TITLE_TOO_LONG),
    Mistake.UNKNOWN_GRADE: (20, LineCode.GRADE_UNKNOWN),
    Mistake.UNKNOWN_PRODUCT: (10, LineCode.PRODUCT_UNKNOWN),
    Mistake.WRONG_CHECK_DIGIT: (15, LineCode.GTIN_INVALID),
}


def _wrong_check_digit(row: Row) -> None:
    row["gtin"] = row["gtin"][:-1] + str((int(row["gtin"][-1]) + 1) % 10)


def _lost_digits(row: Row) -> None:
    row["gtin"] = f"{row['gtin'][0]}.{row['gtin'][1:6]}E+{len(row['gtin']) - 1}"


def _unknown_product(row: Row) -> None:
    body = "299" + row["gtin"][3:12]
    weighed = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body))
    row["gtin"] = f"{body}{-weighed % 10}"


def _price_typo(row: Row) -> None:
    whole, point, part = row["price"].partition(".")
    row["price"] = f"{int(whole) // 100 or 1}{point}{part}"


def _long_title(row: Row) -> None:
    row["title"] = " ".join([row["title"]] * 300)[:300]


def _put(**values: str) -> Callable[[Row], None]:
    return lambda row: row.update(values)


_SPOIL: Final[Mapping[Mistake, Callable[[Row], None]]] = {
    Mistake.CONDITION_NEW: _put(grade="new", condition="new"),
    Mistake.LOST_DIGITS: _lost_digits,
    Mistake.MISSING_PRICE: _put(price=""),
    Mistake.MISSING_SKU: _put(sku=""),
    Mistake.NEGATIVE_QUANTITY: _put(quantity="-1"),
    Mistake.NOTE_WITH_LINK: _put(note="More at https://www.shop.example/offers"),
    Mistake.PRICE_IN_WORDS: _put(price="on request"),
    Mistake.PRICE_TYPO: _price_typo,
    Mistake.SHORT_WARRANTY: _put(warranty_months="6"),
    Mistake.TITLE_TOO_LONG: _long_title,
    Mistake.UNKNOWN_GRADE: _put(grade="B-ware"),
    Mistake.UNKNOWN_PRODUCT: _unknown_product,
    Mistake.WRONG_CHECK_DIGIT: _wrong_check_digit,
}


def spoil(rows: Sequence[Row], mistakes: Sequence[Mistake]) -> list[Row]:
    """The rows with their mistakes in: the same lines at every tick, one mistake a line."""
    spoiled = [dict(row) for row in rows]
    untouched = [row for row in spoiled if row["gtin"]]
    repeated: list[Row] = []
    for mistake in mistakes:
        if mistake is Mistake.COMMA_DECIMALS or not untouched:
            continue
        count = max(1, len(rows) * SHARES[mistake][0] // 1000)
        chosen = heapq.nsmallest(count, untouched, key=lambda row: _chance(mistake, row))
        skus = {row["sku"] for row in chosen}
        untouched = [row for row in untouched if row["sku"] not in skus]
        if mistake is Mistake.DUPLICATE_SKU:
            repeated += [dict(row) for row in chosen]
            continue
        for row in chosen:
            _SPOIL[mistake](row)
    return spoiled + repeated


def _chance(mistake: Mistake, row: Row) -> bytes:
    return draws(mistake, row["sku"]).digest
