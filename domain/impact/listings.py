"""A device as a listing knows it: category, age of its model, and whether its battery is new.

Source: docs/impact.md, "Listings".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.impact import AgeEvidence, Indicator, Inputs, Part
from domain.impact.engine import Comparison, chosen, compared, plan
from domain.impact.factors import FactorSet
from domain.impact.plans import Plan

_STEP = Decimal("0.01")
CATEGORIES = ("smartphone", "tablet", "laptop", "desktop")


@dataclass(frozen=True, slots=True)
class Listed:
    """What is known of the devices of a listing. `released_on` is the first day of the model."""

    category: str
    released_on: date | None
    battery_new: bool = False
    household: bool = False


def inputs_of(listed: Listed, indicator: Indicator, on: date, factors: FactorSet) -> Inputs:
    """The device as the method takes it, on a day. A new battery has the usual mass."""
    mass = factors.get("MASS_BATTERY", listed.category) if listed.battery_new else None
    return Inputs(
        listed.category,
        indicator,
        parts=None if mass is None else (Part("BATTERY", mass.value),),
        released_on=listed.released_on if listed.released_on and listed.released_on <= on else None,
        refurbished_on=on,
        household=listed.household,
    )


def plans(sets: Sequence[FactorSet]) -> Iterator[Plan]:
    """Every plan that a listing can have: what they say is drawn once, and kept with the sets."""
    for category in CATEGORIES:
        for indicator in Indicator:
            factors = chosen(sets, category, indicator)
            for household in (False, True) if category == "desktop" else (False,):
                yield from _aged(Listed(category, None, household=household), indicator, factors)


def _aged(listed: Listed, indicator: Indicator, factors: FactorSet) -> Iterator[Plan]:
    set_category = (
        ("desktop_home" if listed.household else "desktop_pro")
        if (listed.category == "desktop")
        else listed.category
    )
    threshold = factors.need("LTHR", set_category).value
    known = set()
    for battery in (False, True):
        mass = factors.get("MASS_BATTERY", listed.category) if battery else None
        for step in range(int(threshold / _STEP) + 1):
            given = Inputs(
                listed.category,
                indicator,
                first_life=step * _STEP,
                evidence=AgeEvidence.RELEASE_BOUND,
                parts=None if mass is None else (Part("BATTERY", mass.value),),
                household=listed.household,
            )
            found = compared(given, factors)
            if isinstance(found, Comparison) and (made := plan(found)) not in known:
                known.add(made)
                yield made
