"""What an organisation reports of its devices in a period: avoided, and apart from it what it has.

Avoided emissions are no inventory: they stand outside scopes 1, 2 and 3, and nothing adds the two.
Source: docs/fleets.md, "Statement"; GHG Protocol, Corporate Value Chain (Scope 3) Standard.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from domain.impact import Inputs, Range
from domain.impact.factors import FactorSet
from domain.impact.fleets import (
    FleetOutcome,
    FleetStatement,
    FleetUnit,
    inventory,
)
from domain.impact.shown import lines

LONGEST: Final = timedelta(days=5 * 366)
CAPITAL_GOODS, WASTE = 2, 5
"""Categories of scope 3: what was bought for use, and what was given away as waste."""
DISCARDED: Final = (FleetOutcome.RECYCLED, FleetOutcome.DESTROYED)


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both of them counted, UTC."""

    first: date
    last: date

    def fault(self, today: date) -> str | None:
        """Why nothing is stated for it: `PERIOD_INVALID` `PERIOD_TOO_LONG` `PERIOD_OPEN`."""
        if self.first > self.last:
            return "PERIOD_INVALID"
        if self.last - self.first > LONGEST:
            return "PERIOD_TOO_LONG"
        return "PERIOD_OPEN" if self.last >= today else None


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """A line of the inventory. Units: kg CO2e.

    `as_new` and `kg` are None where no factor of the set is about it: not established, not zero.
    """

    scope3_category: int
    category: str
    units: int
    kg: Decimal | None = None
    as_new: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A statement of a period.

    Shapes: `ranges` are those of the net sum by category; `waiting` are devices of which nobody
    proved yet what became of them. Lines of `scopes` sum to the totals of their category.
    """

    organisation: str
    legal_id: str
    period: Period
    avoided: FleetStatement
    ranges: Mapping[str, Range]
    scopes: tuple[ScopeLine, ...]
    waiting: int
    on: date


def scope_lines(
    bought: Mapping[str, int], given: Sequence[FleetUnit], factors: FactorSet
) -> tuple[ScopeLine, ...]:
    """What a company has in its own inventory: what it bought refurbished, and what it discarded.

    Shapes: `bought` counts devices by category of the catalogue.
    """
    known = [(name, times, _bought(name, times, factors)) for name, times in bought.items()]
    counted = [(name, times, found) for name, times, found in known if found]
    spent = lines([found[1] for _, _, found in counted])
    new = lines([found[0] for _, _, found in counted])
    made = [
        ScopeLine(CAPITAL_GOODS, name, times, kg, as_new)
        for (name, times, _), kg, as_new in zip(counted, spent, new, strict=True)
    ]
    made += [ScopeLine(CAPITAL_GOODS, name, n) for name, n, found in known if not found]
    discarded: dict[str, int] = {}
    for unit in given:
        if unit.outcome in DISCARDED:
            name = unit.inputs.category
            discarded[name] = discarded.get(name, 0) + unit.times
    made += [ScopeLine(WASTE, name, times) for name, times in sorted(discarded.items())]
    return tuple(made)


def _bought(category: str, times: int, factors: FactorSet) -> tuple[Decimal, Decimal] | None:
    unit = FleetUnit(FleetOutcome.RESOLD, Inputs(category), times)
    found = inventory([unit], factors)
    return None if found.units_without_number else (found.as_new, found.refurbished)


def totals(found: Sequence[ScopeLine], scope3_category: int) -> tuple[Decimal, Decimal]:
    """Of a category of scope 3: what the devices are, and what new ones would be. kg CO2e."""
    mine = [each for each in found if each.scope3_category == scope3_category]
    kg = sum((each.kg for each in mine if each.kg is not None), Decimal(0))
    return kg, sum((each.as_new for each in mine if each.as_new is not None), Decimal(0))
