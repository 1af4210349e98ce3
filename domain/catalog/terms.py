"""What people type into a search box, as the words that a search index holds."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_WORDS = 12
LONGEST_WORD = 64
_WORD = re.compile(r"[^\W_]+")
_UNITS = {"gb": "gb", "go": "gb", "g": "gb", "gib": "gb", "tb": "tb", "to": "tb", "tib": "tb"}
_JOINED = re.compile(r"(\d+)(gb|go|gib|tb|to|tib)")


def fold_word(text: str) -> str:
    """Lower case, without accents; letters of other scripts stay."""
    lower = unicodedata.normalize("NFKD", text).casefold()  # one sign may stand for capitals
    plain = unicodedata.normalize("NFKD", lower)
    return "".join(c for c in plain if not unicodedata.combining(c))


def words_of(term: str) -> tuple[str, ...]:
    """The words of a search, at most 12; a number and its unit become one word.

    `iPhone 13 128 Go noir` is `iphone`, `13`, `128gb`, `noir`.
    """
    found: list[str] = []
    for match in _WORD.finditer(fold_word(term)):
        word = match[0][:LONGEST_WORD]
        if joined := _JOINED.fullmatch(word):
            word = joined[1] + _UNITS[joined[2]]
        elif word in _UNITS and found and found[-1].isdigit():
            word = found.pop() + _UNITS[word]
        found.append(word)
    return tuple(found[:MOST_WORDS])


def phrases_of(words: tuple[str, ...]) -> list[str]:
    """Each run of one to three words, which a synonym may stand for."""
    return [" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)]


@dataclass(frozen=True, slots=True)
class Understood:
    """What the catalogue knows of the words: synonyms by phrase, a likely word for each typo."""

    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    corrections: Mapping[str, str] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()


def text_query(words: tuple[str, ...], known: Understood) -> str:
    """The words as a PostgreSQL text query: all of them, the last one also as a beginning.

    Shapes: only letters, digits and operators of ours; a phrase with synonyms matches by either.
    """
    parts: list[str] = []
    at = 0
    while at < len(words):
        size = next((n for n in (3, 2, 1) if _phrase(words, at, n) in known.synonyms), 1)
        chosen = words[at : at + size]
        literal = " & ".join(_one(w, known, last=at + size == len(words)) for w in chosen)
        others = known.synonyms.get(_phrase(words, at, size), ())
        parts.append(_either(literal, others))
        at += size
    return " & ".join(parts)


def corrected(words: tuple[str, ...], known: Understood) -> str | None:
    """The search with its typos mended; None if it had none."""
    if not any(word in known.corrections for word in words):
        return None
    return " ".join(known.corrections.get(word, word) for word in words)


def _phrase(words: tuple[str, ...], at: int, size: int) -> str:
    return " ".join(words[at : at + size]) if at + size <= len(words) else ""


def _one(word: str, known: Understood, *, last: bool) -> str:
    word = known.corrections.get(word, word)
    if word in known.exact and (word.isdigit() or not last):
        return word
    return f"{word}:*" if last or not word.isdigit() else word


def _either(literal: str, others: Iterable[str]) -> str:
    meant = [" & ".join(words_of(other)) for other in others]
    alternatives = " | ".join(f"({text})" for text in meant if text)
    return f"(({literal}) | {alternatives})" if alternatives else f"({literal})"
