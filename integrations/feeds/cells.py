"""What a cell of a workbook says, as the text that a rule reads."""

import re
from typing import Any, Final

from integrations.feeds.json_text import unambiguous

Cell = Any
_PLACE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# A number is shown with six digits where its column is narrow, and that is what gets exported.
_ROUNDED: Final = re.compile(r"[1-9]\d{5,}0{6}")
_LARGEST: Final = 1e15
_DIGITS: Final = frozenset({"gtin", "product_ref", "imei", "identity"})


def column_of(place: str) -> tuple[int, int]:
    """Row and column of a place such as `B7`, counted from 0."""
    found = _PLACE.fullmatch(place)
    if found is None:
        return -1, -1
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def text_of(cell: Cell, field: str) -> str | None:
    """A cell as text, None for an empty one.

    Shapes: a number has the 15 digits that a spreadsheet keeps, a moment is ISO 8601. A GTIN whose
    last digits were rounded to zeros is given with an exponent, so that it is said to be lost; a
    battery of at most 1 is a share of the whole.
    """
    if cell is None or cell == "":
        return None
    match cell:
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return _number(cell, field)
        case {"at": at}:
            return str(at)
        case _:
            return str(cell)


def _number(value: float, field: str) -> str:
    if field == "battery" and 0 < value <= 1:
        return f"{value * 100:.0f}"
    if not float(value).is_integer():
        return unambiguous(f"{value:.15g}")
    digits = str(int(value))
    if field in _DIGITS and (value >= _LARGEST or _ROUNDED.fullmatch(digits)):
        return f"{value:.5E}"
    return digits if abs(value) < 1e21 else f"{value:.5E}"
