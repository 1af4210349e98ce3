"""What a feed can be told about itself, and which values it can have.

Source: docs/feeds.md, "Settings of a feed".
"""

import codecs
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from domain.offers.headers import is_field
from domain.offers.sources import Wrong, shown

MOST_FEEDS: Final = 100
MOST_NAME: Final = 64
EVERY_SECONDS: Final = (300, 86_400)
STALE_SECONDS: Final = (3_600, 2_592_000)
QUANTITIES: Final = (0, 100_000)
WARRANTY_MONTHS: Final = (12, 600)
HANDLING_HOURS: Final = (0, 240)
MOST_COLUMNS: Final = 200
MOST_WORDS: Final = 500
MOST_MARKETS: Final = 50
LONGEST_WORD: Final = 100
SEPARATORS: Final = (",", ";", "\t", "|")
ENCODINGS: Final = frozenset(
    codecs.lookup(name).name
    for name in (
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "koi8-r", "mac-roman"),
        *("cp437", "cp850", "cp852", "cp858", "cp932", "cp949", "shift_jis", "euc_jp", "euc_kr"),
        *(f"cp125{n}" for n in range(9)),
        *(f"iso8859-{n}" for n in (1, 2, 3, 4, 5, 7, 9, 10, 13, 14, 15, 16)),
    )
)

Check = Callable[[str, Any], Any]


class VatScheme(StrEnum):
    """How an offer is taxed: in full, or on the margin of used goods."""

    NORMAL = "NORMAL"
    MARGIN = "MARGIN"


class DecimalMark(StrEnum):
    """The mark before the decimals of an amount."""

    DOT = "dot"
    COMMA = "comma"


class FeedPreviewState(StrEnum):
    """Where a preview stands."""

    WAITING = "WAITING"
    READY = "READY"
    FAILED = "FAILED"


def checked(given: Mapping[str, Any]) -> dict[str, Any] | Wrong:
    """The values as they are stored, by the names of `FACTS` and `SETTINGS`; None clears one.

    Refuses: the first value that its name cannot have.
    """
    found: dict[str, Any] = {}
    for name, value in given.items():
        path = f"settings.{name}" if name in SETTINGS else name
        check = CHECKS[name]
        told = None if value is None and name not in NEEDED else check(path, value)
        if isinstance(told, Wrong):
            return told
        found[name] = told
    return found


def _name(path: str, value: Any) -> Any:
    text = " ".join(str(value or "").split())
    if not 0 < len(text) <= MOST_NAME or not text.isprintable():
        return Wrong(path, shown(value), f"A name has 1 to {MOST_NAME} printable characters.")
    return text


def _as_it_is(_path: str, value: Any) -> Any:
    return value


def _needed(path: str, value: Any) -> Any:
    return Wrong(path, None, "It cannot be cleared.") if value is None else value


def _between(bounds: tuple[int, int]) -> Check:
    least, most = bounds

    def check(path: str, value: Any) -> Any:
        if value is not None and least <= value <= most:
            return int(value)
        return Wrong(path, shown(value), f"It is a whole number from {least} to {most}.")

    return check


def _word(path: str, value: Any) -> Any:
    text = str(value).strip()
    if not 0 < len(text) <= LONGEST_WORD or not text.isprintable():
        return Wrong(path, shown(value), f"It has 1 to {LONGEST_WORD} printable characters.")
    return text


def _encoding(path: str, value: Any) -> Any:
    try:
        name = codecs.lookup(str(value)[:32]).name
    except (LookupError, ValueError):
        name = ""
    if name in ENCODINGS:
        return name
    return Wrong(path, shown(value), "Use utf-8, cp1252, cp1250, iso8859-15, cp932 or another one.")


def _separator(path: str, value: Any) -> Any:
    if value in SEPARATORS:
        return value
    return Wrong(path, shown(value), "Use a comma, a semicolon, a tab or a vertical bar.")


def _markets(path: str, value: Sequence[str]) -> Any:
    if not value or len(value) > MOST_MARKETS:
        return Wrong(path, None, f"Name 1 to {MOST_MARKETS} markets, or clear the list.")
    return sorted({code.strip().upper() for code in value})


def _mapping(path: str, value: Mapping[str, str | None]) -> Any:
    if len(value) > MOST_COLUMNS:
        return Wrong(path, None, f"Map at most {MOST_COLUMNS} columns.")
    fields: dict[str, str] = {}
    for column, field in value.items():
        if isinstance(word := _word(path, column), Wrong):
            return word
        if not is_field(field or ""):
            return Wrong(path, shown(field), "Name a field of docs/feeds.md, or nothing.")
        if field and field in fields:
            return Wrong(path, shown(field), f"It is mapped already, from {fields[field]}.")
        if field:
            fields[field] = word
    return {column.strip(): field or "" for column, field in value.items()}


def _grades(path: str, value: Mapping[str, str]) -> Any:
    if len(value) > MOST_WORDS:
        return Wrong(path, None, f"Name at most {MOST_WORDS} words.")
    for word in value:
        if isinstance(told := _word(path, word), Wrong):
            return told
    return {word.strip(): str(grade) for word, grade in value.items()}


NEEDED: Final = frozenset({"name", "mode", "policy", "stale_after_seconds"})
FACTS: Final[Mapping[str, Check]] = {
    "name": _name,
    "mode": _needed,
    "policy": _needed,
    "format": _as_it_is,
    "every_seconds": _between(EVERY_SECONDS),
    "stale_after_seconds": _between(STALE_SECONDS),
}
SETTINGS: Final[Mapping[str, Check]] = {
    "markets": _markets,
    "currency": _as_it_is,
    "encoding": _encoding,
    "separator": _separator,
    "decimal": _as_it_is,
    "grade_map": _grades,
    "fixed_grade": _as_it_is,
    "grade_column": _word,
    "mapping": _mapping,
    "sheet": _word,
    "default_quantity": _between(QUANTITIES),
    "default_warranty_months": _between(WARRANTY_MONTHS),
    "vat_scheme": _as_it_is,
    "handling_hours": _between(HANDLING_HOURS),
}
CHECKS: Final[Mapping[str, Check]] = {**FACTS, **SETTINGS}
