"""What a merchant reads about a problem of its feed: one message and one suggestion per code."""

from collections.abc import Mapping
from typing import Final

from domain.offers.codes import FileCode, LineCode
from domain.offers.guards import Held
from domain.offers.wording import Wording
from domain.offers.wording_en import FILES_EN, GUARDS_EN, LINES_EN
from domain.offers.wording_fr import FILES_FR, GUARDS_FR, LINES_FR

DEFAULT_LOCALE: Final = "en"
SHOWN: Final = 80


LINES: Final = {"en": LINES_EN, "fr": LINES_FR}
FILES: Final = {"en": FILES_EN, "fr": FILES_FR}
GUARDS: Final = {"en": GUARDS_EN, "fr": GUARDS_FR}


def explain(code: LineCode, field: str | None, value: str | None, locale: str) -> tuple[str, str]:
    """The message and the suggestion for a problem of a line, in the merchant's language.

    Shapes: `locale` is a BCP 47 tag; a language that we do not write is answered in English.
    """
    wording = _lines(locale)[code]
    words = {"field": field or _nameless(locale), "value": (value or "")[:SHOWN]}
    return fill(wording.message, words), fill(wording.suggestion, words)


def explain_file(code: FileCode, detail: str, locale: str) -> tuple[str, str]:
    """The message and the suggestion for a feed that changed nothing, with what was found."""
    wording = _files(locale)[code]
    message = f"{wording.message} ({detail})" if detail else wording.message
    return message, wording.suggestion


def explain_guard(held: Held, locale: str) -> str:
    """What a guard counted, and how much it lets through, in the merchant's language."""
    counted = {"n": held.n, "total": held.total, "limit": held.limit}
    words = {name: str(count) for name, count in counted.items()}
    return fill(GUARDS[language(locale)][held.guard], words)


def fill(text: str, words: Mapping[str, str]) -> str:
    """Put the words in without reading them as templates: they come from a stranger's file."""
    before, found, after = text.partition("{")
    if not found:
        return before
    name, _, rest = after.partition("}")
    return before + words[name] + fill(rest, words)


def _nameless(locale: str) -> str:
    return "ligne" if language(locale) == "fr" else "line"


def language(locale: str) -> str:
    """The language of a locale that we write; English for any other."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if language in LINES else DEFAULT_LOCALE


def _lines(locale: str) -> Mapping[LineCode, Wording]:
    return LINES[language(locale)]


def _files(locale: str) -> Mapping[FileCode, Wording]:
    return FILES[language(locale)]
