"""Words that a text may not say of a device, by market, language and day, and the rule behind each.

The words and the rules are data, each with its source. What a text says of the environment comes
from the templates of `claims`, which pass; fixed sentences that deny a claim pass too.
Source: docs/impact.md, "Linter"; Directive (EU) 2024/825.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Final

EVERYWHERE: Final = "*"
MOST_FINDINGS: Final = 100
_START: Final = r"(?<!\w)"
_SPACE: Final = r"\s{1,5}"
_NUMBER: Final = r"\d[\d.,' ]{0,15}"
_GAP: Final = r"(?:[^\s.;:!?]{1,40}\s{1,5}){0,3}"
_QUOTES: Final = "\u2018\u2019\u02bc\u00b4`"
_PLAIN: Final = str.maketrans("-_\t\n\r`", "     '")


class ClaimFamily(StrEnum):
    """What kind of claim a word makes; a rule is about one."""

    GENERIC = "GENERIC"
    OFFSET = "OFFSET"
    AS_NEW = "AS_NEW"
    MADE_IN = "MADE_IN"
    SUPERLATIVE = "SUPERLATIVE"
    FIGURE = "FIGURE"
    EQUIVALENCE = "EQUIVALENCE"
    BAND = "BAND"


class ClaimCode(StrEnum):
    """Whether a word is forbidden, or wants the source of what it says."""

    CLAIM_FORBIDDEN = "CLAIM_FORBIDDEN"
    CLAIM_WITHOUT_SOURCE = "CLAIM_WITHOUT_SOURCE"


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """Why words of a family may not be said, where and since when.

    Shapes: `scope` is a country, a group of countries (`EU`) or `*`; `valid_to` is the first day on
    which it does not hold; `titles` and `suggestions` by language. With `source_suffices` the words
    may be said by whoever names a source.
    """

    id: str
    family: ClaimFamily
    scope: str
    valid_from: date
    valid_to: date | None
    source: str
    reference: str
    status: str
    source_suffices: bool
    titles: Mapping[str, str] = field(hash=False)
    suggestions: Mapping[str, str] = field(hash=False)

    def holds(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class ClaimTerm:
    """Words that make a claim.

    Shapes: in `words` a hyphen stands for a space or nothing, `*` for the rest of a word, `#` for a
    number, `~` for up to three words. `unless` are phrases in which they say something else, such
    as the name of a colour.
    """

    family: ClaimFamily
    language: str
    words: str
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A word that may not stand. Units: `position` and `length` in characters of the text."""

    code: ClaimCode
    word: str
    position: int
    length: int
    rule: ClaimRule


@dataclass(frozen=True, slots=True)
class Where:
    """Where and when a text is read: a country with the groups it is in on that day."""

    scopes: tuple[str, ...]
    on: date


class Linter:
    """The rules, the words and the sentences that may stand, as they ship."""

    def __init__(
        self,
        rules: Sequence[ClaimRule],
        terms: Sequence[ClaimTerm],
        allowed: Sequence[tuple[str, str]],
    ) -> None:
        self.rules, self.terms = tuple(rules), tuple(terms)
        self.languages = frozenset(term.language for term in terms)
        self._allowed = tuple(folded(text)[0] for _, text in allowed)
        self._found = lru_cache(maxsize=256)(self._patterns)

    def rule(self, family: ClaimFamily, where: Where) -> ClaimRule | None:
        """The rule about a family: that of the country, else of its groups, else of all."""
        for scope in (*where.scopes, EVERYWHERE):
            for each in self.rules:
                if each.family is family and each.scope == scope and each.holds(where.on):
                    return each
        return None

    def lint(
        self,
        text: str,
        where: Where,
        language: str | None = None,
        source: str | None = None,
        names: Collection[str] = (),
    ) -> tuple[Finding, ...]:
        """What may not stand in a text, in its order.

        Shapes: `language` None reads it by the words of all; `names` are phrases that only name
        something, such as a colour. `source` is who proves what the text says.
        """
        plain, places = folded(text)
        every, patterns = self._found(language)
        if every.search(plain) is None:
            return ()
        taken = _phrases(plain, [*self._allowed, *(folded(name)[0] for name in names)])
        found: list[tuple[int, int, Finding]] = []
        for term, pattern, others in patterns:
            rule = self.rule(term.family, where)
            if rule is None or (rule.source_suffices and source):
                continue
            spans = [*taken, *_phrases(plain, others)]
            found += [
                (*match.span(), _finding(text, places, match, rule))
                for match in islice(pattern.finditer(plain), MOST_FINDINGS)
                if not _inside(match.span(), spans)
            ]
        return tuple(each for _, _, each in islice(_widest(found), MOST_FINDINGS))

    def risky(self) -> str:
        """A plain pattern that finds every text of ASCII letters in which a word may stand."""
        heads = {head for t in self.terms if (head := _head(t.words)).isascii()}
        return "(?i)(?:" + "|".join(sorted(heads)) + ")"

    def _patterns(
        self, language: str | None
    ) -> tuple[re.Pattern[str], list[tuple[ClaimTerm, re.Pattern[str], tuple[str, ...]]]]:
        """The words of a language, and English ones, which are written in all."""
        mine = [t for t in self.terms if language is None or t.language in {language, "en"}]
        sources = [_pattern(term.words) for term in mine]
        parts = [
            (term, re.compile(_START + source), tuple(folded(each)[0] for each in term.unless))
            for term, source in zip(mine, sources, strict=True)
        ]
        return re.compile(_START + _any(sources)), parts


@dataclass(frozen=True, slots=True)
class Readers:
    """A linter for texts whose language nobody told, in the places where they will be read."""

    linter: Linter
    where: Where

    def forbids(self, text: str) -> bool:
        """Whether a word stands in a text that may not."""
        return bool(self.linter.lint(text, self.where))

    def in_force(self) -> tuple[str, ...]:
        """The rules that decide, for whoever remembers what was read by them."""
        found = (self.linter.rule(family, self.where) for family in ClaimFamily)
        return tuple(rule.id for rule in found if rule)


def _head(words: str) -> str:
    """The first letters of words, as they stand in any text that has them; a digit for a number."""
    if words.startswith("#"):
        return "[0-9]"
    found = re.match(r"[^\W_]+", folded(words)[0])
    return found[0] if found else "."


def folded(text: str) -> tuple[str, Sequence[int]]:
    """A text without case, accents, hyphens and what is not seen; where each letter came from."""
    if text.isascii():
        return text.lower().translate(_PLAIN), range(len(text))
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for each in unicodedata.normalize("NFKD", letter).casefold():
            kind = unicodedata.category(each)
            if kind in {"Mn", "Cf"}:
                continue
            plain = " " if kind in {"Pd", "Pc", "Zs", "Cc"} else "'" if each in _QUOTES else each
            letters.append(plain)
            places.append(place)
    return "".join(letters), places


def _pattern(words: str) -> str:
    """What finds the words in a folded text."""
    marked = words.replace("-", "\0")
    parts: list[str] = []
    for piece in folded(marked.replace("\0", "¬"))[0].split():
        if piece == "#":
            parts.append(_NUMBER)
        elif piece == "~":
            parts.append(_GAP)
        else:
            plain = re.escape(piece).replace("¬", r"\s{0,3}").replace(r"\*", r"\w{0,40}")
            parts.append(plain + (r"\s{0,3}" if piece == "%" else _SPACE))
    joined = "".join(parts).removesuffix(_SPACE).removesuffix(r"\s{0,3}")
    end = "" if words.endswith("%") else r"(?!\w)"
    return joined + end


def _any(sources: Sequence[str]) -> str:
    """One of these patterns; told apart by their first letters, which most words fail at."""
    by_letter: dict[str, list[str]] = {}
    for source in sources:
        head = re.match(r"\\?.", source)
        by_letter.setdefault(head[0] if head else "", []).append(source)
    groups = [f"(?={letter})(?:{'|'.join(each)})" for letter, each in by_letter.items()]
    return rf"(?:{'|'.join(groups)})" if groups else r"(?!)"


def _phrases(plain: str, phrases: Sequence[str]) -> list[tuple[int, int]]:
    """Where these phrases stand."""
    spans: list[tuple[int, int]] = []
    for phrase in filter(None, phrases):
        start = plain.find(phrase)
        while start >= 0:
            spans.append((start, start + len(phrase)))
            start = plain.find(phrase, start + 1)
    return spans


def _inside(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


def _widest(found: list[tuple[int, int, Finding]]) -> Iterator[tuple[int, int, Finding]]:
    """Of findings over one another the longest, in the order of the text."""
    kept: list[tuple[int, int, Finding]] = []
    for each in sorted(found, key=lambda one: (one[0] - one[1], one[0], one[2].rule.id)):
        if not any(each[0] < end and start < each[1] for start, end, _ in kept):
            kept.append(each)
    yield from sorted(kept, key=lambda one: one[0])


def _finding(text: str, places: Sequence[int], match: re.Match[str], rule: ClaimRule) -> Finding:
    start, end = places[match.start()], places[match.end() - 1] + 1
    code = ClaimCode.CLAIM_WITHOUT_SOURCE if rule.source_suffices else ClaimCode.CLAIM_FORBIDDEN
    return Finding(code, text[start:end], start, end - start, rule)
