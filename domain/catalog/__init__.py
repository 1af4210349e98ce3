"""What a product is known by: its grade of appearance, its typed attributes, its GTIN."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Literal


class Grade(StrEnum):
    """How a refurbished device looks; every grade works fully. Compare by `rank`, not by name."""

    FAIR = "FAIR"
    GOOD = "GOOD"
    VERY_GOOD = "VERY_GOOD"
    EXCELLENT = "EXCELLENT"
    PREMIUM = "PREMIUM"

    @property
    def rank(self) -> int:
        """0 for the worst grade, 4 for the best."""
        return _GRADE_RANK[self]


_GRADE_RANK = {grade: rank for rank, grade in enumerate(Grade)}


class AttributeType(StrEnum):
    """What kind of value an attribute of a category takes."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    BOOLEAN = "BOOLEAN"
    ENUM = "ENUM"


class AttributeProblemCode(StrEnum):
    """Why a value does not fit its attribute."""

    ATTRIBUTE_MISSING = "ATTRIBUTE_MISSING"
    ATTRIBUTE_WRONG_TYPE = "ATTRIBUTE_WRONG_TYPE"
    ATTRIBUTE_TOO_LONG = "ATTRIBUTE_TOO_LONG"
    ATTRIBUTE_VALUE_UNKNOWN = "ATTRIBUTE_VALUE_UNKNOWN"


@dataclass(frozen=True, slots=True)
class AttributeDefinition:
    """An attribute that a category declares.

    Shapes: `values` are the members of an ENUM; `synonyms` leads other words to them. The words
    of both are found whatever their case, accents and outer spaces.
    """

    key: str
    type: AttributeType
    unit: str | None = None
    mandatory: bool = False
    values: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttributeProblem:
    """A value that its attribute does not take; `value` is cut to 80 characters."""

    key: str
    code: AttributeProblemCode
    value: str
    hint: str


TypedValue = str | int | Decimal | bool
TEXT_LIMIT = 255
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_TRUE = frozenset({"true", "1", "yes", "oui", "ja", "si", "x"})
_FALSE = frozenset({"false", "0", "no", "non", "nein"})


def fold(text: str) -> str:
    """The text without case, accents and outer spaces, for finding words people type."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def check_attribute(
    definition: AttributeDefinition, value: object
) -> TypedValue | AttributeProblem | None:
    """Read a value as the type that its attribute declares; None if absent and not mandatory.

    Shapes: `value` is what a file or a client sent: text, or a value of the right type already.
    Refuses: a missing mandatory value, another type, a word that the ENUM does not know.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        if not definition.mandatory:
            return None
        code = AttributeProblemCode.ATTRIBUTE_MISSING
        return AttributeProblem(definition.key, code, "", f"Send {definition.key}.")
    if definition.type is AttributeType.TEXT:
        return _text(definition, value)
    if definition.type is AttributeType.ENUM:
        return _member(definition, value)
    typed = _plain(definition.type, value)
    if typed is None:
        return _problem(definition, AttributeProblemCode.ATTRIBUTE_WRONG_TYPE, value)
    return typed


_Plain = Literal[AttributeType.INTEGER, AttributeType.DECIMAL, AttributeType.BOOLEAN]


def _plain(kind: _Plain, value: object) -> TypedValue | None:
    match kind:
        case AttributeType.INTEGER:
            return _integer(value)
        case AttributeType.DECIMAL:
            return _decimal(value)
        case AttributeType.BOOLEAN:
            return _boolean(value)


def _problem(
    definition: AttributeDefinition, code: AttributeProblemCode, value: object
) -> AttributeProblem:
    unit = f" in {definition.unit}" if definition.unit else ""
    hints = {
        AttributeProblemCode.ATTRIBUTE_TOO_LONG: f"At most {TEXT_LIMIT} characters.",
        AttributeProblemCode.ATTRIBUTE_VALUE_UNKNOWN: "One of: " + ", ".join(definition.values),
    }
    hint = hints.get(code, f"{definition.key} is {definition.type}{unit}.")
    return AttributeProblem(definition.key, code, str(value)[:80], hint)


def _text(definition: AttributeDefinition, value: object) -> str | AttributeProblem:
    if not isinstance(value, str):
        return _problem(definition, AttributeProblemCode.ATTRIBUTE_WRONG_TYPE, value)
    text = unicodedata.normalize("NFC", value.strip())
    if len(text) > TEXT_LIMIT:
        return _problem(definition, AttributeProblemCode.ATTRIBUTE_TOO_LONG, value)
    return text


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(text := _narrow(value)):
        return int(text)
    number = _decimal(value)
    if number is None or abs(number) >= 10**18 or number != number.to_integral_value():
        return None
    return int(number)


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    text = _narrow(value) if isinstance(value, str) else str(value)
    try:
        number = Decimal(text.replace(",", ".", 1))
    except InvalidOperation:
        return None
    return number if number.is_finite() and "_" not in text else None


def _boolean(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    word = fold(str(value))
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def _member(definition: AttributeDefinition, value: object) -> str | AttributeProblem:
    word = fold(str(value))
    for member in definition.values:
        if fold(member) == word:
            return member
    for synonym, member in definition.synonyms.items():
        if fold(synonym) == word:
            return member
    return _problem(definition, AttributeProblemCode.ATTRIBUTE_VALUE_UNKNOWN, value)


def _narrow(text: str) -> str:
    """Full-width digits, as Japanese files have them, made plain."""
    return unicodedata.normalize("NFKC", text.strip())


class GtinCode(StrEnum):
    """Why a text is not a GTIN. The codes are those of feed lines."""

    GTIN_INVALID = "GTIN_INVALID"
    GTIN_LOST_DIGITS = "GTIN_LOST_DIGITS"


@dataclass(frozen=True, slots=True)
class GtinProblem:
    """A text that is no GTIN; `hint` tells the merchant what to do."""

    code: GtinCode
    text: str
    hint: str


_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_DIGITS = re.compile(r"(\d{1,14})(?:[.,]0+)?", re.ASCII)
_SHORTEST = 8


def gtin14(text: str) -> str | GtinProblem:
    """The 14 digits of a GTIN-8, 12, 13 or 14, whatever a spreadsheet did to it.

    Takes off an apostrophe, `="…"`, quotes, spaces and a decimal `.0`, and puts back the leading
    zeros. A filler of zeros or nines passes, for `is_restricted` to set it aside.
    Refuses: scientific notation, whose digits are lost; a wrong check digit; an ISBN.
    Source: GS1 General Specifications, "Check digit calculations".
    """
    plain = _unwrap(text)
    if _SCIENTIFIC.fullmatch(plain):
        hint = "The spreadsheet rounded this number: format the column as text and export again."
        return GtinProblem(GtinCode.GTIN_LOST_DIGITS, text[:80], hint)
    found = _DIGITS.fullmatch(plain)
    digits = found[1] if found else ""
    padded = digits.zfill(14)
    if digits and _is_filler(padded):
        return padded
    if (fault := _fault(digits, padded)) is not None:
        return GtinProblem(GtinCode.GTIN_INVALID, text[:80], fault)
    return padded


def _fault(digits: str, padded: str) -> str | None:
    if len(digits) < _SHORTEST:
        return "A GTIN has 8, 12, 13 or 14 digits."
    if padded.startswith(("0978", "0979")):
        return "This is the number of a book."
    if check_digit(padded[:-1]) != padded[-1]:
        return "The last digit does not match the others: check for a typing error."
    return None


def check_digit(digits: str) -> str:
    """The digit that completes these digits to a GTIN, modulo 10 with weights 3 and 1.

    Source: GS1 General Specifications, "Check digit calculations".
    """
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def is_restricted(gtin: str) -> bool:
    """Whether this number is used inside companies only, so that it names no product of the world.

    Shapes: `gtin` has 14 digits.
    Source: GS1 prefixes 02, 04, 20-29 and, for GTIN-8, 0 and 2.
    """
    if _is_filler(gtin):
        return True
    if gtin.startswith("000000"):
        return gtin[6] in "02"
    return gtin[1] == "2" or gtin[1:3] in {"02", "04"}


def _is_filler(gtin: str) -> bool:
    return not gtin.strip("0") or not gtin.lstrip("0").strip("9")


def _unwrap(text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return plain.lstrip("='\"").rstrip("'\"")
