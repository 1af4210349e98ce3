"""The shape of the value of each kind of rule, and which kinds a market cannot open without.

Source: docs/rules/registry.md, "Kinds".
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.markets.rules import RuleKind

Check = Callable[[Any], bool]
_LANGUAGE = re.compile(r"[a-z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 500


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_200


def _decimal(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        number = Decimal(value)
    except InvalidOperation:
        return False
    return number.is_finite() and number >= 0


def _percent(value: Any) -> bool:
    return _decimal(value) and Decimal(value) < 100


def _currency(value: Any) -> bool:
    return isinstance(value, str) and _CURRENCY.fullmatch(value) is not None


def _language(value: Any) -> bool:
    return isinstance(value, str) and _LANGUAGE.fullmatch(value) is not None


def _texts(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 100 and all(_text(each) for each in value)


def _month_day(value: Any) -> bool:
    """A day of a year as `01-31`."""
    return (
        isinstance(value, str)
        and re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", value) is not None
    )


def _one_of(*words: str | None) -> Check:
    return lambda value: value in words


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _bands(value: Any) -> bool:
    """Bands of capacity without gap or overlap: (0, a], (a, b], … the last may be open."""
    if not isinstance(value, list):
        return False
    reached: Any = "0"
    for band in value:
        if not isinstance(band, dict) or set(band) != {"gt", "le", "amount"}:
            return False
        good = _decimal(band["amount"]) and _decimal(band["gt"]) and reached is not None
        if not good or Decimal(band["gt"]) != Decimal(reached):
            return False
        if band["le"] is not None and not (
            _decimal(band["le"]) and Decimal(band["le"]) > Decimal(band["gt"])
        ):
            return False
        reached = band["le"]
    return True


def _words(value: Any) -> bool:
    named = {"MARGIN", "MARGIN_GLOBAL", "REVERSE_CHARGE"}
    return (
        isinstance(value, dict)
        and bool(value)
        and set(value) <= named
        and all(_text(each) for each in value.values())
    )


_MONEY: Mapping[str, Check] = {"amount": _decimal, "currency": _currency}
_SUPPLY: Mapping[str, Check] = {"reference": _text, "conditions": _texts, "proof": _texts}
_K = RuleKind
SHAPES: Mapping[RuleKind, Mapping[str, Check]] = {
    _K.GROUP_MEMBER: {"group": _one_of("EU", None)},
    _K.VAT_STANDARD_RATE: {"percent": _percent},
    _K.VAT_MARGIN_SCHEME: {
        "allowed": _flag,
        "bought_in": _one_of("EU", "GB"),
        "conditions": _texts,
    },
    _K.VAT_GLOBAL_MARGIN: {
        "allowed": _flag,
        "carry": _flag,
        "item_cap": _or_none(_decimal),
        "currency": _currency,
    },
    _K.VAT_INVOICE_WORDS: {
        "language": _language,
        "words": _words,
    },
    _K.VAT_DEEMED_IMPORT_LIMIT: _MONEY,
    _K.VAT_DISTANCE_THRESHOLD: {**_MONEY, "period": _one_of("YEAR")},
    _K.VAT_INTRA_EU_SUPPLY: _SUPPLY,
    _K.VAT_EXPORT: _SUPPLY,
    _K.VAT_DOMESTIC_REVERSE_CHARGE: {
        "applies": _flag,
        "threshold": _or_none(_decimal),
        "currency": _currency,
    },
    _K.VAT_ROUNDING: {"unit": _one_of("LINE"), "mode": _one_of("HALF_UP", "HALF_EVEN", "DOWN")},
    _K.VAT_TERRITORY: {"whole": _flag, "prefixes": _texts},
    _K.LEVY_PRIVATE_COPY: {
        "bands": _bands,
        "currency": _currency,
        "unit": _one_of("GB"),
        "exempt": _texts,
    },
    _K.GUARANTEE_CONFORMITY: {
        "months": _or_none(_count),
        "used_agreed_months": _or_none(_count),
        "refurbished_agreed_months": _or_none(_count),
        "expected_life": _flag,
        "limitation_years": _or_none(_count),
    },
    _K.GUARANTEE_PRESUMPTION: {"months": _count},
    _K.GUARANTEE_REPAIR_EXTENSION: {"months": _count, "times": _count},
    _K.WITHDRAWAL_PERIOD: {
        "days": _or_none(_count),
        "counts_first_day": _flag,
        "rolls": _flag,
        "uninformed_months": _count,
    },
    _K.WITHDRAWAL_FUNCTION: {"steps": _count, "label": _text, "confirm": _text},
    _K.PRICE_PRIOR: {"days": _count},
    _K.RANKING_DISCLOSURE: {"fields": _texts, "notice_days": _count},
    _K.P2B_TERMS: {"notice_days": _count, "account_notice_days": _count},
    _K.DSA_REASONS: {"fields": _texts, "complaint_months": _count},
    _K.DSA_TRADER: {"fields": _texts, "shown": _texts, "kept_months": _or_none(_count)},
    _K.REPORT_FIELDS: {
        "regime": _text,
        "person": _texts,
        "entity": _texts,
        "both": _texts,
        "quarter": _texts,
        "due": _or_none(_month_day),
    },
    _K.SAFETY_OFFER: {"fields": _texts},
    _K.EPR_REGISTRATION: {
        "stream": _one_of("EEE", "PACK", "BATT"),
        "identifier": _text,
        "missing": _one_of("BLOCKED", "WARNED"),
    },
    _K.ECO_CONTRIBUTION: {
        "due_on": _one_of("FIRST_PLACED"),
        "amount": _or_none(_decimal),
        "currency": _currency,
    },
    _K.WORDING_FORBIDDEN: {"language": _language, "terms": _texts, "where": _texts},
    _K.REPORT_SALES: {"regime": _text, "sales": _count, "amount": _decimal, "currency": _currency},
    _K.WORDING_REQUIRED: {"word": _text, "where": _one_of("INVOICE_LINE", "OFFER")},
    _K.SECONDHAND_DEALER: {"licence_shown": _flag, "ledger": _texts},
    _K.MARKETPLACE_FACILITATOR: {"collects": _one_of("PLATFORM", "SELLER")},
}

BY_LANGUAGE = frozenset({_K.VAT_INVOICE_WORDS, _K.WORDING_FORBIDDEN})
"""Kinds of which a rule has a language, ISO 639-1, in the place of a category."""
STREAMS = ("eee", "pack", "batt")


def category_known(kind: RuleKind, category: str, categories: Collection[str]) -> bool:
    """Whether a rule of a kind can be of this category: one of the catalogue, for most kinds.

    Shapes: of words it is a language, of producers' registrations one of `STREAMS`.
    """
    if kind in BY_LANGUAGE:
        return _language(category)
    return category in (STREAMS if kind is _K.EPR_REGISTRATION else categories)


REQUIRED: tuple[RuleKind, ...] = (
    _K.GROUP_MEMBER,
    _K.VAT_STANDARD_RATE,
    _K.VAT_MARGIN_SCHEME,
    _K.VAT_INVOICE_WORDS,
    _K.VAT_ROUNDING,
    _K.GUARANTEE_CONFORMITY,
    _K.WITHDRAWAL_PERIOD,
    _K.PRICE_PRIOR,
    _K.SECONDHAND_DEALER,
)
"""A market does not open while one of these has a gap there."""


@dataclass(frozen=True, slots=True)
class BadValue:
    """A value that is not of its kind's shape: the field that is wrong, missing or unknown."""

    kind: RuleKind
    field: str
    code: str = "RULE_VALUE"


def check_value(kind: RuleKind, value: Mapping[str, Any]) -> BadValue | None:
    """Whether a value has the shape of its kind: every field, and no other.

    Refuses: the first field that does not fit, in alphabetical order.
    """
    shape = SHAPES[kind]
    for name in sorted({*shape, *value}):
        if name not in shape or name not in value or not shape[name](value[name]):
            return BadValue(kind, name)
    return None
