"""Which variant of a product a line means, by the storage and the memory that it says.

Source: docs/fleets.md, "Matching".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from domain.raas.matching import Asked, Candidate
from domain.raas.words import sizes_of


class Storage(StrEnum):
    """How the storage of a line agrees with the variants of a product."""

    SAME = "SAME"
    NOT_GIVEN = "NOT_GIVEN"
    NOT_SOLD = "NOT_SOLD"
    NONE = "NONE"


class Configuration(NamedTuple):
    """A variant of a product. Units: `storage` and `ram` in GB, 0 where there is none."""

    variant_id: UUID
    storage: int
    ram: int


@dataclass(frozen=True, slots=True)
class Matched:
    """A variant for a line, why, and what else it may be. Units: `confidence` in basis points."""

    product_id: UUID
    variant_id: UUID
    confidence: int
    candidate: Candidate
    storage: Storage


def variant_for(
    candidate: Candidate, configurations: Sequence[Configuration], asked: Asked
) -> Matched | None:
    """The variant of a product that a line means; None for a product without any.

    Shapes: without a storage the smallest is taken, so that a value is never overstated; of two
    alike the one with the least memory, then the first by id.
    """
    if not configurations:
        return None
    _, storage, ram = sizes_of(asked.model, asked.storage)
    ordered = sorted(configurations, key=lambda c: (c.storage, c.ram, str(c.variant_id)))
    if not any(each.storage for each in ordered):
        return _matched(candidate, ordered[0], Storage.NONE, 0)
    if storage is None:
        several = len({each.storage for each in ordered}) > 1
        return _matched(candidate, ordered[0], Storage.NOT_GIVEN, 500 if several else 0)
    same = [each for each in ordered if each.storage == storage]
    if not same:
        smaller = [each for each in ordered if each.storage < storage]
        return _matched(
            candidate, (smaller or ordered)[-1 if smaller else 0], Storage.NOT_SOLD, 2_000
        )
    exact = [each for each in same if ram is not None and each.ram == ram]
    return _matched(candidate, (exact or same)[0], Storage.SAME, 0)


def _matched(candidate: Candidate, found: Configuration, storage: Storage, less: int) -> Matched:
    return Matched(
        candidate.product_id,
        found.variant_id,
        max(0, candidate.confidence - less),
        candidate,
        storage,
    )
