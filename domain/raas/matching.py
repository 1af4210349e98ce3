"""Which product of the catalogue a company means by its words for a device, and how surely.

A company writes what its inventory tool or its people wrote: `iPhone13Pro 128 Go noir`,
`Galaxy S21 5G 256GB Dual SIM`, `Lenovo TP T14 G1`. A product is found by its words, each weighed by
how few products have it. Words that tell models of one family apart (numbers, `pro`, `max`, `5g`)
count against a product that lacks them, whatever else fits: a cheaper device must not become a
dearer one.
Source: docs/fleets.md, "Matching".
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from enum import StrEnum
from heapq import nsmallest
from typing import Final
from uuid import UUID

from domain.catalog.terms import fold_word
from domain.raas.words import NETWORKS, NOISE, is_spare, sizes_of, tells_apart, words_of

FULL: Final = 10_000
MOST_SUGGESTIONS: Final = 3
_MOST_LOOKED_AT: Final = 24
_ENOUGH: Final = 50
_COMMON: Final = 200
_CLOSE: Final = 0.78
_RUN: Final = re.compile(r"[^\W_]+")
_SHORTEST_RUN: Final = 5
_TOO_NEAR: Final = 300
_UNSURE: Final = 7_500
_SHORTEST_TYPO: Final = 4


class Brand(StrEnum):
    """How the maker of a line agrees with that of a product."""

    SAME = "SAME"
    TYPO = "TYPO"
    IN_MODEL = "IN_MODEL"
    NOT_GIVEN = "NOT_GIVEN"
    UNKNOWN = "UNKNOWN"
    OTHER = "OTHER"


class Identity(StrEnum):
    """What the first digits of an IMEI, the number of the model, say beside the words."""

    AGREES = "AGREES"
    DISAGREES = "DISAGREES"
    NOT_KNOWN = "NOT_KNOWN"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which confidence on a match counts. Units: basis points.

    `high`: matched; from `low` on: matched, to be looked at; below: not matched.
    """

    high: int = 8_500
    low: int = 6_500


@dataclass(frozen=True, slots=True)
class Named:
    """A product as it is looked for. Shapes: `aliases` are other names of its maker."""

    product_id: UUID
    brand_code: str
    brand: str
    aliases: Sequence[str]
    model: str
    category: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a line says of its model. `tac` is the product that its IMEI is known for."""

    manufacturer: str | None
    model: str
    storage: str | None = None
    tac: UUID | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that a line may mean. Units: `confidence` in basis points."""

    product_id: UUID
    confidence: int
    brand: Brand
    words: tuple[str, ...]
    missing: tuple[str, ...]
    beyond: tuple[str, ...]
    identity: Identity = Identity.NOT_KNOWN


@dataclass(frozen=True, slots=True)
class _Known:
    """A product with its words. `weight` is that of those which no line may leave out.

    Shapes: `spare` are words that tell it from no other product, such as a year or `5g`; `alone`
    are those of them that it lacks and that no sister of it has either.
    """

    named: Named
    words: frozenset[str]
    weight: float
    spare: frozenset[str]
    alone: frozenset[str]


@dataclass(slots=True)
class Index:
    """The products of a catalogue by their words; made once for a file, asked for each model."""

    products: Sequence[Named]
    _known: list[_Known] = field(default_factory=list)
    _by_word: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _weights: dict[str, float] = field(default_factory=dict)
    _brands: dict[str, str] = field(default_factory=dict)
    _of_brand: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _in_one: dict[tuple[str | None, str], str] = field(default_factory=dict)
    _typos: dict[tuple[str, str | None], str | None] = field(default_factory=dict)
    _heavy: float = 1.0

    def __post_init__(self) -> None:
        """Count the words, then weigh them."""
        for each in {each.brand_code: each for each in self.products}.values():
            for name in (each.brand, each.brand_code, *each.aliases):
                self._brands.setdefault(" ".join(words_of(fold_word(name))), each.brand_code)
        held = [self._own_words(each) for each in self.products]
        counts = Counter(word for words in held for word in words)
        total = len(self.products) + 1
        self._heavy = math.log(total) + 1
        self._weights = {word: math.log(total / n) + 1 for word, n in counts.items()}
        every = {(each.brand_code, words) for each, words in zip(self.products, held, strict=True)}
        rests = Counter(
            (each.brand_code, frozenset(w for w in words if not is_spare(w)))
            for each, words in zip(self.products, held, strict=True)
        )
        for at, (each, words) in enumerate(zip(self.products, held, strict=True)):
            rest = frozenset(word for word in words if not is_spare(word))
            single = rests[each.brand_code, rest] == 1 and bool(rest)
            spare = words - rest if single else frozenset()
            alone = frozenset(
                word for word in NETWORKS if (each.brand_code, words | {word}) not in every
            )
            weight = sum(self._weight(word) for word in words - spare)
            self._known.append(_Known(each, words, weight, spare, alone))
            plain = sizes_of(each.model, None)[0]
            run = "".join(_RUN.findall(plain))
            for code in (each.brand_code, None):
                self._in_one.setdefault((code, run), plain)
            for word in words:
                self._by_word[word].append(at)
                self._of_brand[each.brand_code].add(word)

    def brand_of(self, maker: str | None) -> tuple[str | None, Brand]:
        """The code of a maker, and how it was understood."""
        if not maker:
            return None, Brand.NOT_GIVEN
        name = " ".join(words_of(fold_word(maker)))
        if (code := self._brands.get(name)) is not None:
            return code, Brand.SAME
        first = [code for known, code in self._brands.items() if name.startswith(f"{known} ")]
        if first:
            return first[0], Brand.SAME
        close = _closest(name, self._brands)
        return (self._brands[close], Brand.TYPO) if close else (None, Brand.UNKNOWN)

    def candidates(self, asked: Asked) -> list[Candidate]:
        """The products that a line may mean, the likeliest first, at most 3."""
        text, _, _ = sizes_of(asked.model, asked.storage)
        code, how = self.brand_of(asked.manufacturer)
        said = words_of(self._apart(text, code))
        if code is None and (inside := self._brand_in(said)) is not None:
            code, how = inside, Brand.IN_MODEL
        spoken = self._understood(said, code)
        scored = [self._scored(at, spoken, code, how, asked.tac) for at in self._near(spoken, code)]
        if asked.tac is not None and not any(each.product_id == asked.tac for each in scored):
            scored += [
                self._scored(at, spoken, code, how, asked.tac)
                for at, each in enumerate(self._known)
                if each.named.product_id == asked.tac
            ]
        scored.sort(key=lambda each: (-each.confidence, len(each.missing), str(each.product_id)))
        return _not_too_sure(scored[:MOST_SUGGESTIONS])

    def _apart(self, text: str, code: str | None) -> str:
        """The text with names in one word, such as `GalaxyA52s5G`, in their words again."""
        return _RUN.sub(lambda found: self._in_words(found[0], code), text)

    def _in_words(self, word: str, code: str | None) -> str:
        if len(word) < _SHORTEST_RUN:
            return word
        known = self._in_one.get((code, word))
        if known is None:
            for name, of in self._brands.items():
                glued = name.replace(" ", "")
                if word.startswith(glued) and (code is None or of == code):
                    known = known or self._in_one.get((of, word[len(glued) :]))
        return word if known is None else f" {known} "

    def _own_words(self, each: Named) -> frozenset[str]:
        """The words of a product's own name, its maker's left out."""
        text, _, _ = sizes_of(each.model, None)
        words = words_of(text)
        maker = set(words_of(fold_word(each.brand)))
        named = [word for word in words if word not in maker] or words
        return frozenset(named)

    def _weight(self, word: str) -> float:
        """What a word tells: the fewer products have it, the more."""
        own = self._weights.get(word, self._heavy / 2)
        return own * (1.5 if tells_apart(word) else 1.0)

    def _brand_in(self, words: Sequence[str]) -> str | None:
        """The maker that a model's own words name."""
        for size in (3, 2, 1):
            for at in range(len(words) - size + 1):
                code = self._brands.get(" ".join(words[at : at + size]))
                if code is not None:
                    return code
        return None

    def _understood(self, said: Sequence[str], code: str | None) -> dict[str, float]:
        """The words that say which model, each with how surely it was read; typos mended."""
        known = self._of_brand.get(code, set()) if code else self._weights.keys()
        maker = {
            word for name in self._brands if self._brands[name] == code for word in name.split()
        }
        found: dict[str, float] = {}
        for word in said:
            if word in known:
                found[word] = 1.0
            elif word in maker or word in NOISE:
                continue
            elif len(word) >= _SHORTEST_TYPO and word.isalpha():
                close = self._mended(word, code, known)
                found.setdefault(close or word, 0.85 if close else 1.0)
            else:
                found.setdefault(word, 1.0)
        return found

    def _mended(self, word: str, code: str | None, known: Iterable[str]) -> str | None:
        """The word that this is a typo of, looked for once."""
        if (word, code) not in self._typos:
            self._typos[word, code] = _closest(word, known)
        return self._typos[word, code]

    def _near(self, spoken: Mapping[str, float], code: str | None) -> list[int]:
        """Products that share the most telling words."""
        points: dict[int, float] = defaultdict(float)
        rarest = sorted(spoken, key=lambda word: len(self._by_word.get(word, ())))
        for word in rarest:
            held = self._by_word.get(word, ())
            weight = self._weight(word)
            if len(points) < _ENOUGH or len(held) < _COMMON:
                for at in held:
                    points[at] += weight
            else:  # a word of half the catalogue finds nobody whom rarer ones have not
                for at in points:
                    if word in self._known[at].words:
                        points[at] += weight
        most, best = [], []
        for at, score in points.items():
            known = self._known[at]
            same = score if code is None or known.named.brand_code == code else score / 2
            most.append((-same, at))
            best.append((-same / (known.weight + 1), at))
        nearest = (*nsmallest(_MOST_LOOKED_AT, best), *nsmallest(_MOST_LOOKED_AT, most))
        return list(dict.fromkeys(at for _, at in nearest))

    def _scored(
        self,
        at: int,
        spoken: Mapping[str, float],
        code: str | None,
        how: Brand,
        tac: UUID | None,
    ) -> Candidate:
        known = self._known[at]
        common = [word for word in spoken if word in known.words]
        missing = [word for word in known.words - known.spare if word not in spoken]
        beyond = [w for w in spoken if w not in known.words and w not in known.alone]
        counted = [word for word in common if word not in known.spare]
        shared = sum(self._weight(word) * spoken[word] for word in counted)
        total = known.weight + sum(self._weight(word) for word in (*counted, *beyond))
        likeness = 2 * shared / total if total else 0.0
        apart = [word for word in (*missing, *beyond) if tells_apart(word)]
        likeness *= 0.72 ** len(apart)
        agrees = how
        if code is not None and known.named.brand_code != code:
            agrees = Brand.OTHER
        likeness *= _BRAND_COUNTS[agrees]
        identity = _identity(known.named.product_id, tac)
        confidence = _with_identity(min(FULL, round(FULL * likeness)), identity)
        return Candidate(
            known.named.product_id,
            confidence,
            agrees,
            tuple(sorted(common)),
            tuple(sorted(missing)),
            tuple(sorted(beyond)),
            identity,
        )


_BRAND_COUNTS: Final[Mapping[Brand, float]] = {
    Brand.SAME: 1.0,
    Brand.TYPO: 0.98,
    Brand.IN_MODEL: 1.0,
    Brand.NOT_GIVEN: 0.97,
    Brand.UNKNOWN: 0.85,
    Brand.OTHER: 0.55,
}


def _identity(product_id: UUID, tac: UUID | None) -> Identity:
    if tac is None:
        return Identity.NOT_KNOWN
    return Identity.AGREES if tac == product_id else Identity.DISAGREES


def _with_identity(confidence: int, identity: Identity) -> int:
    """What an IMEI makes of a confidence: the same model is surer, another one needs a look."""
    match identity:
        case Identity.AGREES:
            return FULL - (FULL - confidence) // 2
        case Identity.DISAGREES:
            return min(confidence, _UNSURE)
        case Identity.NOT_KNOWN:
            return confidence


def _not_too_sure(found: list[Candidate]) -> list[Candidate]:
    """A product is matched surely only where no other one fits nearly as well."""
    if len(found) > 1 and found[0].confidence - found[1].confidence < _TOO_NEAR:
        found[0] = replace(found[0], confidence=min(found[0].confidence, _UNSURE))
    return found


def _closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one is a likely typo of."""
    best, ratio = None, _CLOSE
    for other in known:
        if abs(len(other) - len(word)) > 2 or other.isdigit():
            continue
        matcher = SequenceMatcher(None, word, other, autojunk=False)
        if matcher.real_quick_ratio() > ratio and matcher.quick_ratio() > ratio:
            found = matcher.ratio()
            if found > ratio or (found == ratio and best is not None and other < best):
                best, ratio = other, found
    return best
