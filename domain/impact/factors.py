"""Factor sets: immutable documents of values, each with unit, grade, spread and source.

A new vintage is a new set. The values of one comparison come from one set.
Source: docs/impact.md, "Factor sets".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.canonical import canonical, sha256
from domain.impact import ImpactGrade, Indicator

Key = tuple[str, str, str]
"""Category, indicator and symbol; an empty text where a factor is of none."""


class BadSet(ValueError):
    """A document is no factor set. The message names what is wrong."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How a value is drawn: `kind` is `fixed`, `lognormal` or `triangular`.

    Shapes: `half_width` of a log-normal, 0.3 for ± 30 %; `low`, `mode`, `high` of a triangle.
    """

    kind: str = "fixed"
    half_width: float = 0.0
    low: float = 0.0
    mode: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, slots=True)
class Factor:
    """One value of a set."""

    symbol: str
    value: Decimal
    unit: str
    grade: ImpactGrade
    source: str
    spread: Spread
    half_width: Decimal | None


@dataclass(frozen=True, slots=True)
class FactorSet:
    """The factors of one comparison. `sha256` is that of its document, which names its shared one.

    Shapes: `factors` by category, indicator and symbol.
    """

    id: str
    sha256: str
    method: str
    published_on: str
    factors: Mapping[Key, Factor]

    def get(self, symbol: str, category: str = "", indicator: str = "") -> Factor | None:
        """A factor of this category and indicator, else of the category, else of all."""
        for key in ((category, indicator, symbol), (category, "", symbol), ("", "", symbol)):
            if key in self.factors:
                return self.factors[key]
        return None

    def need(self, symbol: str, category: str = "", indicator: str = "") -> Factor:
        """The same. Raises: BadSet where the set has none."""
        found = self.get(symbol, category, indicator)
        if found is None:
            raise BadSet(f"{self.id} has no {symbol} for {category or 'all categories'}")
        return found

    def complete(self, category: str, indicator: Indicator) -> bool:
        """Whether it can say anything of devices of a category."""
        avoided = (category, indicator.value, "AVOIDED_PER_YEAR")
        return self.compares(category, indicator) or avoided in self.factors

    def compares(self, category: str, indicator: Indicator) -> bool:
        """Whether it has absolute values of both, whatever the first life and the parts were."""
        return all((category, indicator.value, s) in self.factors for s in ("N", "R"))


def read(document: Mapping[str, Any], shared: Mapping[str, Any]) -> FactorSet:
    """The set of a document and of the shared one that it names.

    Raises: BadSet where the shared document is not the one that was named, where a factor is there
    twice, or has no grade, unit or source.
    """
    named = document["shared"]
    if (named["id"], named["sha256"]) != (shared["id"], sha256(canonical(shared))):
        raise BadSet(f"{document['id']} names another shared document than {shared['id']}")
    found: dict[Key, Factor] = {}
    for row in (*shared["factors"], *document["factors"]):
        key = (row.get("category", ""), row.get("indicator", ""), row["symbol"])
        if key in found:
            raise BadSet(f"{document['id']}: {key} is there twice")
        found[key] = _factor(row)
    return FactorSet(
        document["id"],
        sha256(canonical(document)),
        document["method"],
        document["published_on"],
        found,
    )


def _factor(row: Mapping[str, Any]) -> Factor:
    missing = [name for name in ("value", "unit", "grade", "source") if not row.get(name)]
    if missing:
        raise BadSet(f"{row.get('symbol')}: {', '.join(missing)} is missing")
    kind = row.get("distribution", "fixed")
    half = row.get("half_width")
    spread = Spread(
        kind, float(half or 0), *(float(row.get(name, 0)) for name in ("low", "mode", "high"))
    )
    return Factor(
        row["symbol"],
        Decimal(row["value"]),
        row["unit"],
        ImpactGrade(row["grade"]),
        row["source"],
        spread,
        None if half is None else Decimal(half),
    )
