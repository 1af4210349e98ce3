"""The figures by which fleets are matched, valued and sorted: each a row with its source.

Source: docs/fleets.md, "Figures"; rows of models/reference/fleet_terms.csv.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from domain.raas.matching import Thresholds

ANY: Final = "*"


class Medium(IntEnum):
    """Where a device of a category keeps data."""

    NONE = 0
    SOLDERED = 1
    REMOVABLE = 2


class TermMissing(Exception):
    """No row says a figure that is asked for: a fault of the data."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What steps cost and give. Units: minor units of one currency; basis points; years."""

    repair_screen: int
    repair_dead: int
    handling: int
    parts_share_bp: int
    parts_work: int
    donate_years: int
    medium: Medium


@dataclass(frozen=True, slots=True)
class Terms:
    """All figures. Shapes: `rows` leads a term and its subject to a value, `*` is any subject."""

    rows: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def of(self, term: str, subject: str = ANY) -> int:
        """The figure of a subject, else that of any. Raises: TermMissing."""
        found = self.rows.get((term, subject), self.rows.get((term, ANY)))
        if found is None:
            raise TermMissing(f"{term} of {subject}")
        return found

    @property
    def thresholds(self) -> Thresholds:
        """From which confidence on a match counts."""
        return Thresholds(self.of("match_high_bp"), self.of("match_low_bp"))

    def costs(self, category: str, currency: str) -> Costs:
        """What the steps of a category cost in a currency. Raises: TermMissing."""
        rate = self.of("planning_rate_e4", currency)

        def minor(term: str) -> int:
            return self.of(term, category) * rate // 10_000

        return Costs(
            minor("repair_screen_minor"),
            minor("repair_dead_minor"),
            minor("handling_minor"),
            self.of("parts_share_bp", category),
            minor("parts_work_minor"),
            self.of("donate_years", category),
            Medium(self.of("medium", category)),
        )


def terms_of(rows: Iterable[Mapping[str, str]]) -> Terms:
    """The figures of rows with `term`, `subject`, `value` and a `source`.

    Raises: ValueError for a row without a source, or said twice.
    """
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        key = row["term"], row["subject"]
        if not row["source"].strip():
            raise ValueError(f"{key}: no source")
        if key in found:
            raise ValueError(f"{key}: said twice")
        found[key] = int(row["value"])
    return Terms(found)
