"""What may be said of a device of a listing: from the method and the draws that ship."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from domain.impact import ImpactGrade, ImpactStatus, Indicator, InputFault, Inputs, Result
from domain.impact.breakdown import Share, breakdown
from domain.impact.claims import claim
from domain.impact.engine import assess, category_of, chosen, keep_y
from domain.impact.listings import CATEGORIES, Listed, inputs_of
from models.impact import LISTING, drawn_before, factor_set

__all__ = ["CATEGORIES", "Listed", "Said", "of_listing", "told_until"]

_OLD: Final = timedelta(days=3_653)


@dataclass(frozen=True, slots=True)
class Said:
    """A result, and what its claim needs. Units: years; a share."""

    result: Result
    inputs: Inputs
    on: date
    second_life: Decimal | None
    rebound: Decimal

    @property
    def hidden(self) -> bool:
        """Whether its figures are too weak for the public."""
        return self.result.grade is ImpactGrade.D

    def claim(self, language: str) -> str | None:
        """What may be said in words."""
        if self.second_life is None:
            return None
        category = self.inputs.category
        return claim(self.result, language, category, self.second_life, self.rebound, self.on)

    def breakdown(self) -> tuple[Share, ...]:
        """What the net figure is made of; nothing where there is none, or it is too weak."""
        if self.hidden or self.result.figures is None:
            return ()
        return breakdown(self.inputs, factor_set(self.result.factor_set))

    def keep(self, years: Decimal) -> Decimal | None:
        """A year of a new device that is kept so long; None where the set has no new one."""
        factors = factor_set(self.result.factor_set)
        new = (category_of(self.inputs), self.inputs.indicator.value, "N")
        return keep_y(factors, self.inputs, years) if new in factors.factors else None


def of_listing(listed: Listed, indicator: Indicator, on: date) -> Said:
    """What may be said of the devices of a listing, on a day. No statement and no draw."""
    return _said(listed, indicator, on)


@lru_cache(maxsize=4096)
def told_until(category: str, on: date, at_least: Decimal | None = None) -> date | None:
    """The last day on which a model may have come out for enough to be told of its listings.

    Enough is a benefit, FAVOURABLE, whose headline is `at_least` in kg CO2e; None asks for the
    most that a listing of the category has. A model of unknown age is told as an old one, and an
    older one never has less. None where nothing is told of any.
    """
    most = of_listing(Listed(category, None), Indicator.GWP, on)
    full = _told(most)
    if full is None or (at_least is not None and full < at_least):
        return None
    wanted, young, old = full if at_least is None else at_least, -1, _OLD.days
    while old - young > 1:
        days = (young + old) // 2
        found = _told(of_listing(Listed(category, on - timedelta(days)), Indicator.GWP, on))
        if found is not None and found >= wanted:
            old = days
        else:
            young = days
    return on - timedelta(old)


def _told(said: Said) -> Decimal | None:
    found = said.result
    if found.status is not ImpactStatus.FAVOURABLE or found.net_range is None:
        return None
    return found.net_range.p50


@lru_cache(maxsize=8192)
def _said(listed: Listed, indicator: Indicator, on: date) -> Said:
    sets = [factor_set(each) for each in LISTING]
    category = category_of(Inputs(listed.category, household=listed.household))
    factors = chosen(sets, category, indicator)
    inputs = inputs_of(listed, indicator, on, factors)
    found = assess(inputs, factors, drawn_before)
    if isinstance(found, InputFault):
        raise ValueError(f"a listing has {found}")
    second = factors.get("L2", category)
    return Said(found, inputs, on, second.value if second else None, factors.need("BETA").value)
