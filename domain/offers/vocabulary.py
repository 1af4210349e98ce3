"""Which field a column may hold, told by its name in many languages and by what stands in it.

Nothing here is applied by itself: a person confirms a mapping before a file is read by it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.offers.values import fold


class Reason(StrEnum):
    """What made a field be proposed for a column."""

    NAME = "NAME"
    WORD = "WORD"
    PART_OF_NAME = "PART_OF_NAME"
    VALUES = "VALUES"
    NET_PRICE = "NET_PRICE"
    TAKEN = "TAKEN"
    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A field for a column, or None for one to leave out.

    Units: `confidence` is in percent: 100 is the field's own name, under 50 is a guess.
    """

    header: str
    field: str | None
    confidence: int
    reason: Reason


def plain(header: str) -> str:
    """The words of a name, folded, without signs."""
    return fold(re.sub(r"[^\w\s]", " ", header))


def known_words(words: Mapping[str, str]) -> dict[str, str]:
    """The field of each word of a table `field -> word|word`, with an s at the end too."""
    known: dict[str, str] = {}
    for field, listed in words.items():
        for word in listed.split("|"):
            known.setdefault(word, field)
            known.setdefault(f"{word}s", field)
    return known


def _nothing(_words: str, _field: str) -> Reason | None:
    return None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known of the columns of one kind of file.

    Shapes: `words` lead to fields; `suits` says of a field which values it may hold; `telling` are
    fields that values alone give away; `refused` says why a part of a name is not that field;
    `plain` gives the words of a name.
    """

    fields: Sequence[str]
    words: Mapping[str, str]
    suits: Mapping[str, Callable[[str], bool]]
    telling: Sequence[str]
    refused: Callable[[str, str], Reason | None] = _nothing
    plain: Callable[[str], str] = plain

    def suggest(
        self, headers: Sequence[str], samples: Sequence[Sequence[str]]
    ) -> tuple[Proposal, ...]:
        """A field for each column of a file, each field once, in the order of the columns.

        Shapes: `samples` are rows of texts under `headers`, shorter ones allowed; values that do
        not suit a name lower its confidence. Of two columns for one field the surer one has it,
        and of two alike the first.
        """
        columns = [
            [row[at].strip() for row in samples if at < len(row) and row[at].strip()]
            for at in range(len(headers))
        ]
        found = [self.best(header, of) for header, of in zip(headers, columns, strict=True)]
        taken: dict[str, int] = {}
        for at in sorted(range(len(found)), key=lambda at: (-found[at].confidence, at)):
            if (field := found[at].field) is not None:
                taken.setdefault(field, at)
        return tuple(
            one
            if one.field is None or taken[one.field] == at
            else Proposal(one.header, None, one.confidence, Reason.TAKEN)
            for at, one in enumerate(found)
        )

    def best(self, header: str, values: Sequence[str]) -> Proposal:
        """The likeliest field of one column."""
        words = self.plain(header)
        named = words.replace(" ", "_")
        if named in self.fields:
            return self._weighed(header, named, 100, Reason.NAME, values)
        if (field := self.words.get(words)) is not None:
            return self._weighed(header, field, 95, Reason.WORD, values)
        if (part := self._part(words)) is not None:
            if (why := self.refused(words, part)) is not None:
                return Proposal(header, None, 80, why)
            return self._weighed(header, part, 75, Reason.PART_OF_NAME, values)
        told = next((name for name in self.telling if self._share(name, values) >= 80), None)
        if told is not None:
            return Proposal(header, told, 60, Reason.VALUES)
        return Proposal(header, None, 0, Reason.NOTHING)

    def _part(self, words: str) -> str | None:
        """The field of the longest known word within a name."""
        held = [w for w in self.words if len(w) > 2 and re.search(rf"\b{w}\b", words)]
        return self.words[max(held, key=len)] if held else None

    def _weighed(
        self, header: str, field: str, confidence: int, reason: Reason, values: Sequence[str]
    ) -> Proposal:
        """A proposal as sure as the values let it be."""
        if not values or field not in self.suits:
            return Proposal(header, field, confidence, reason)
        share = max(self._share(field, values), 20)
        return Proposal(header, field, confidence * share // 100, reason)

    def _share(self, field: str, values: Sequence[str]) -> int:
        """How many of a hundred values suit a field."""
        return (
            100 * sum(self.suits[field](value) for value in values) // len(values) if values else 0
        )
