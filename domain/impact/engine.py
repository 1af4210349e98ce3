"""What may be said of one refurbished device against a new one.

All arithmetic is decimal, with 28 digits and no rounding on the way; only the draws are floats.
Source: docs/impact.md, "Formulae" and "Status".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, Context, Decimal, localcontext
from itertools import chain

from domain.impact import (
    UNITS,
    AgeEvidence,
    Figures,
    ImpactGrade,
    ImpactReason,
    ImpactStatus,
    Indicator,
    InputFault,
    Inputs,
    Range,
    RBasis,
    Result,
)
from domain.impact.extras import ZERO, Extras, extras
from domain.impact.factors import Factor, FactorSet
from domain.impact.faults import fault
from domain.impact.plans import Draw, Drawn, Plan

MATERIAL = Decimal("0.01")
CREDIBLE = Decimal("0.05")
"""The largest share of draws without a benefit at which a benefit is still said."""
_STUDIED = frozenset({"smartphone", "tablet", "laptop", "desktop_home", "desktop_pro"})
_AUDITED = Decimal("0.3")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A device as it is compared: the values of its set, and what it adds to them."""

    inputs: Inputs
    category: str
    factors: FactorSet
    extra: Extras
    first_life: Decimal
    evidence: AgeEvidence

    def value(self, symbol: str) -> Decimal:
        """A value of the set for this category and indicator."""
        return self.factor(symbol).value

    def factor(self, symbol: str) -> Factor:
        """The same as a factor."""
        return self.factors.need(symbol, self.category, self.inputs.indicator.value)

    def known(self, symbol: str) -> Factor | None:
        """The same where the set may have none."""
        return self.factors.factors.get((self.category, self.inputs.indicator.value, symbol))

    @property
    def not_amortised(self) -> Decimal:
        """The share of the manufacture that a short first life leaves to the second."""
        return max(ZERO, 1 - self.first_life / self.value("LTHR"))

    @property
    def service(self) -> Decimal:
        """What new devices would cost for the second life."""
        return self.value("L2") * self.value("N") / self.value("L1")


def category_of(inputs: Inputs) -> str:
    """The category of the set: a desktop computer is an office's unless a household is named."""
    if inputs.category == "desktop":
        return "desktop_home" if inputs.household else "desktop_pro"
    return inputs.category


def years(first: date, last: date) -> Decimal:
    """The years between two days, rounded down to two decimals."""
    days = Decimal((last - first).days)
    return (days / Decimal("365.25")).quantize(Decimal("0.01"), rounding=ROUND_DOWN)


def first_life(inputs: Inputs, threshold: Decimal) -> tuple[Decimal, AgeEvidence]:
    """The years of the first life, and what shows them. Units: years.

    Where nobody said, a device cannot be older than its model; an old model is taken at the
    threshold, which the answer says.
    """
    if inputs.first_life is not None:
        bound = inputs.evidence is AgeEvidence.RELEASE_BOUND
        if bound and inputs.first_life >= threshold:
            return threshold, AgeEvidence.SCENARIO
        return inputs.first_life, inputs.evidence
    most = inputs.model_years
    if most is None and inputs.released_on and inputs.refurbished_on:
        most = years(inputs.released_on, inputs.refurbished_on)
    if most is not None and most < threshold:
        return most, AgeEvidence.RELEASE_BOUND
    return threshold, AgeEvidence.SCENARIO


def chosen(sets: Sequence[FactorSet], category: str, indicator: Indicator) -> FactorSet:
    """The first of the sets with a new and a refurbished device; else the first with either.

    What was published as avoided a year alone says nothing of a device with a short first life.
    """
    both = (each for each in sets if each.compares(category, indicator))
    some = (each for each in sets if each.complete(category, indicator))
    return next(chain(both, some), sets[-1])


def assess(inputs: Inputs, factors: FactorSet, draw: Draw) -> Result | InputFault:
    """What may be said of a device. Refuses: inputs that cannot be, naming the field.

    Raises: what `draw` raises.
    """
    if bad := fault(inputs):
        return bad
    with localcontext(Context(prec=28)):
        made = compared(inputs, factors)
        return made if isinstance(made, Result | InputFault) else _judged(made, draw)


def compared(inputs: Inputs, factors: FactorSet) -> Comparison | Result | InputFault:
    """The device with its values; a result without numbers where the set has none for it."""
    category = category_of(inputs)
    if category not in _STUDIED:
        none = _without(inputs, factors, ImpactReason.NO_STUDY)
        return replace(none, status=ImpactStatus.NOT_SUPPORTED)
    extra = extras(inputs, category, factors)
    if isinstance(extra, InputFault):
        return extra
    life, evidence = first_life(inputs, factors.need("LTHR", category).value)
    found = Comparison(inputs, category, factors, extra, life, evidence)
    reason = _lacking(found)
    return found if reason is None else _without(inputs, factors, reason)


def _without(inputs: Inputs, factors: FactorSet, reason: ImpactReason) -> Result:
    """A result without numbers."""
    return Result(
        ImpactStatus.NOT_ESTABLISHED,
        inputs.indicator,
        UNITS[inputs.indicator],
        factors.id,
        factors.sha256,
        reasons=(reason,),
    )


def _lacking(of: Comparison) -> ImpactReason | None:
    """Why a device has no number by this set; None where it has one."""
    indicator = of.inputs.indicator
    if not of.factors.complete(of.category, indicator):
        ranged = of.factors.get("REDUCTION_LOW", of.category) and indicator is Indicator.GWP
        return ImpactReason.ONLY_A_RANGE if ranged else ImpactReason.NO_ABSOLUTE_VALUES
    if of.inputs.new_source not in {None, of.factors.id}:
        return ImpactReason.MIXED_SOURCES
    if of.extra.without_factor:
        return ImpactReason.PART_WITHOUT_FACTOR
    if indicator is not Indicator.GWP and _material_part(of):
        return ImpactReason.EXTRAS_NOT_COVERED
    if of.known("N") is None and (of.not_amortised or of.extra.total):
        return ImpactReason.NO_ABSOLUTE_VALUES
    return None


def _material_part(found: Comparison) -> bool:
    """Whether a new part weighs 1 % of the service in kg CO2e; any does where that is unknown."""
    new = found.factors.factors.get((found.category, "GWP", "N"))
    if new is None:
        return found.extra.parts > 0
    service = found.value("L2") * new.value / found.value("L1")
    return any(
        item.kg >= MATERIAL * service for item in found.extra.items if item.name.startswith("PART_")
    )


def refurbishing(of: Comparison) -> tuple[Decimal, RBasis, bool]:
    """What the refurbishing cost, how it was counted, and whether half of the mean was its floor.

    Extras on top of the mean can only overstate it, which is wanted.
    """
    mean = of.value("R")
    extra = of.extra.total if of.inputs.indicator is Indicator.GWP else ZERO
    given = of.inputs
    blocks = (given.parts, given.accessories, given.legs, given.packaging_kg, given.workshop)
    if all(block is None for block in blocks):
        return mean, RBasis.CATEGORY_MEAN, False
    if given.cleaning_kg is None or any(block is None for block in blocks):
        return mean + extra, RBasis.MEAN_PLUS_DECLARED, False
    itemised, least = given.cleaning_kg + extra, mean / 2
    return max(itemised, least), RBasis.ITEMISED, itemised < least


def plan(of: Comparison) -> Plan:
    """What is drawn for a device."""
    gwp = of.inputs.indicator is Indicator.GWP
    lives = (of.factor("L1").spread, of.factor("L2").spread, of.factor("BETA").spread)
    if (avoided := of.known("AVOIDED_PER_YEAR")) is not None and of.known("N") is None:
        return Plan(0.0, avoided.spread, 0.0, avoided.spread, *lives, avoided=float(avoided.value))
    new, mean = of.factor("N"), of.factor("R")
    _, basis, _ = refurbishing(of)
    spent, spread, floor = mean.value, mean.spread, ZERO
    if basis is RBasis.ITEMISED:
        spent, floor = of.inputs.cleaning_kg or ZERO, mean.value / 2
        spread = replace(mean.spread, kind="lognormal", half_width=float(_AUDITED))
    return Plan(
        float(new.value),
        new.spread,
        float(spent),
        spread,
        *lives,
        parts=float(of.extra.parts) if gwp else 0.0,
        transport=float(of.extra.transport) if gwp else 0.0,
        not_amortised=float(of.not_amortised),
        floor=float(floor),
    )


def figures(of: Comparison) -> Figures:
    """The point values of a device."""
    beta, second = of.value("BETA"), of.value("L2")
    if of.known("N") is None:
        gross = second * of.value("AVOIDED_PER_YEAR")
        return Figures(gross, gross - beta * max(ZERO, gross), benefit_y=gross / second)
    new, first, threshold = of.value("N"), of.value("L1"), of.value("LTHR")
    spent, _, _ = refurbishing(of)
    burden = spent + of.not_amortised * new
    new_y, refurbished_y = new / first, burden / second
    gross = second * new / first - burden
    even = threshold * (1 - second / first + spent / new)
    return Figures(
        gross,
        gross - beta * max(ZERO, gross),
        device_for_device=new - burden,
        new_y=new_y,
        refurbished_y=refurbished_y,
        benefit_y=new_y - refurbished_y,
        whole_life_y=(new + spent) / (of.first_life + second),
        break_even=even if even < threshold else None,
    )


def grade(of: Comparison) -> ImpactGrade:
    """The worst grade of what is material; a device of ours is at best B."""
    known = [of.factor("L1").grade, of.factor("L2").grade, ImpactGrade.B]
    if of.known("N") is None:
        known.append(of.factor("AVOIDED_PER_YEAR").grade)
    else:
        known += [of.factor("N").grade, of.factor("R").grade]
        least = MATERIAL * of.service
        known += [item.grade for item in of.extra.items if item.kg >= least]
    if of.evidence is AgeEvidence.SCENARIO:
        known.append(ImpactGrade.C)
    return max(known)


def _judged(of: Comparison, draw: Draw) -> Result:
    point, worst, lots = figures(of), grade(of), draw(plan(of))
    _, basis, floored = refurbishing(of) if of.known("N") else (ZERO, RBasis.CATEGORY_MEAN, False)
    status, reasons = _status(of, point, worst, lots)
    return Result(
        status,
        of.inputs.indicator,
        UNITS[of.inputs.indicator],
        of.factors.id,
        of.factors.sha256,
        reasons=reasons,
        figures=point,
        net_range=lots.net if of.inputs.indicator is not Indicator.WATER else _water(point),
        gross_range=lots.gross if of.inputs.indicator is not Indicator.WATER else None,
        share_not_positive=lots.share_not_positive,
        grade=worst,
        first_life=of.first_life,
        evidence=of.evidence,
        reduced=of.not_amortised > 0,
        floored=floored,
        r_basis=basis,
        items=of.extra.items,
        assumptions=("FIRST_LIFE_ASSUMED",) if of.evidence is AgeEvidence.SCENARIO else (),
        method=of.factors.method,
    )


def _water(point: Figures) -> Range:
    """Water: another institute has a seventh of the value for a new phone, so no median."""
    return Range(point.gross / 7, None, point.gross)


def _status(
    of: Comparison, point: Figures, worst: ImpactGrade, lots: Drawn
) -> tuple[ImpactStatus, tuple[ImpactReason, ...]]:
    if worst is ImpactGrade.D:
        return ImpactStatus.NOT_ESTABLISHED, (ImpactReason.GRADE_D,)
    if point.gross <= 0:
        return ImpactStatus.UNFAVOURABLE, (_because(of),)
    if lots.share_not_positive > CREDIBLE:
        return ImpactStatus.NOT_ESTABLISHED, (ImpactReason.RANGE_INCLUDES_ZERO,)
    return ImpactStatus.FAVOURABLE, ()


def _because(of: Comparison) -> ImpactReason:
    """The heaviest of what speaks against a device."""
    weights = {
        ImpactReason.SHORT_FIRST_LIFE: of.not_amortised * of.value("N"),
        ImpactReason.HEAVY_PARTS: of.extra.parts,
        ImpactReason.HEAVY_TRANSPORT: of.extra.transport,
    }
    return max(weights, key=lambda reason: weights[reason])


def keep_y(factors: FactorSet, inputs: Inputs, kept: Decimal) -> Decimal:
    """A year of a new device that is kept so long. Units: years; of the indicator a year.

    Raises: BadSet where the set has no value of a new one.
    """
    return factors.need("N", category_of(inputs), inputs.indicator.value).value / kept


def use_y(factors: FactorSet, inputs: Inputs, country: str) -> Decimal:
    """What a year of use costs by the country's electricity. Units: kg CO2e.

    Raises: BadSet for a country or a category that the set has nothing for.
    """
    kwh = factors.need("USE", category_of(inputs)).value
    return kwh * factors.need(f"GRID_{country}").value / 1000
