"""The words of a whole file matched to the catalogue, each different one once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

from domain.raas.matching import FULL, Asked, Candidate, Index, Named, Thresholds
from domain.raas.variants import Configuration, Matched, variant_for
from models.raas import catalogue
from models.raas.staging import Model


class Said(NamedTuple):
    """What lines say of their model. `tac` is the first 8 digits of an IMEI, where they tell it."""

    manufacturer: str | None
    model: str
    storage: str | None
    tac: str | None = None


@dataclass(slots=True)
class Matcher:
    """What is known of the catalogue, for one file.

    Shapes: `tacs` and `numbers` tell of first digits of IMEIs and of makers' part numbers.
    """

    named: Mapping[UUID, Named]
    index: Index
    thresholds: Thresholds
    tacs: Mapping[str, UUID] = field(default_factory=dict)
    numbers: Mapping[str, tuple[UUID, UUID]] = field(default_factory=dict)
    configurations: Mapping[UUID, Sequence[Configuration]] = field(default_factory=dict)

    def candidates(self, said: Iterable[Said]) -> dict[Said, list[Candidate]]:
        """The products that each of these may mean, the likeliest first."""
        return {each: self.index.candidates(self._asked(each)) for each in said}

    def matched(self, number: int, said: Said, found: Sequence[Candidate]) -> Model:
        """What becomes of lines that say this."""
        exact = self.numbers.get(said.model.lower())
        if exact is not None and exact[0] in self.named:
            why = {"by": "PART_NUMBER", "value": said.model}
            return self._model(number, exact[0], exact[1], FULL, why, found)
        best = self._best(said, found)
        if best is None or best.confidence < self.thresholds.low:
            return self._model(number, None, None, best.confidence if best else None, {}, found)
        why = explained(best)
        return self._model(number, best.product_id, best.variant_id, best.confidence, why, found)

    def _best(self, said: Said, found: Sequence[Candidate]) -> Matched | None:
        if not found:
            return None
        held = self.configurations.get(found[0].product_id, ())
        return variant_for(found[0], held, self._asked(said))

    def _model(
        self,
        number: int,
        product_id: UUID | None,
        variant_id: UUID | None,
        confidence: int | None,
        why: Mapping[str, Any],
        found: Sequence[Candidate],
    ) -> Model:
        low = variant_id is None or (confidence or 0) < self.thresholds.high
        others = [
            {
                "product": str(each.product_id),
                "title": self._title(each.product_id),
                "confidence": each.confidence,
            }
            for each in found
        ]
        return Model(
            number,
            variant_id,
            product_id,
            self.named[product_id].category if product_id else None,
            confidence,
            low,
            orjson.dumps({**why, "suggestions": others if low else []}).decode(),
            orjson.dumps(others).decode(),
            "; ".join(str(each["title"]) for each in others)[:200] or None,
        )

    def _title(self, product_id: UUID) -> str:
        named = self.named[product_id]
        return f"{named.brand} {named.model}"

    def _asked(self, said: Said) -> Asked:
        tac = self.tacs.get(said.tac) if said.tac else None
        return Asked(said.manufacturer, said.model, said.storage, tac)


def explained(found: Matched) -> dict[str, Any]:
    """Why a line was matched, as it is stored."""
    candidate = found.candidate
    return {
        "by": "WORDS",
        "brand": candidate.brand.value,
        "words": list(candidate.words),
        "missing": list(candidate.missing),
        "beyond": list(candidate.beyond),
        "storage": found.storage.value,
        "identity": candidate.identity.value,
    }


async def matcher(
    raw: asyncpg.Connection, said: Iterable[Said], first_digits: Iterable[str]
) -> Matcher:
    """What the catalogue tells of these, and of these first 8 digits of IMEIs. Three statements."""
    asked = list(said)
    products = await catalogue.products(raw)
    tacs = await catalogue.tacs(raw, sorted(first_digits))
    numbers = await catalogue.part_numbers(raw, sorted({each.model for each in asked}))
    named, index = _indexed(tuple(products))
    return Matcher(
        named,
        index,
        catalogue.terms().thresholds,
        tacs,
        numbers,
    )


@lru_cache(maxsize=1)
def _indexed(products: tuple[Named, ...]) -> tuple[Mapping[UUID, Named], Index]:
    """The catalogue by id and by words; kept for as long as it stays as it is."""
    return {each.product_id: each for each in products}, Index(products)
