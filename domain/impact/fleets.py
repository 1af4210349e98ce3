"""The impact of many devices: what became of each, and the range of their sum.

One set for the whole sum; a device counts once; only what is used again counts, and what could not
be computed is counted as a device without a number, never left out in silence.
Source: docs/impact.md, "Fleets".
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from enum import StrEnum

from domain.impact import (
    METHOD,
    Figures,
    ImpactGrade,
    ImpactReason,
    ImpactStatus,
    Indicator,
    InputFault,
    Inputs,
    Range,
    Result,
)
from domain.impact.engine import (
    CREDIBLE,
    Comparison,
    category_of,
    compared,
    figures,
    grade,
    plan,
)
from domain.impact.extras import ZERO
from domain.impact.factors import FactorSet
from domain.impact.faults import fault
from domain.impact.plans import Drawn, DrawSum, Plan
from domain.impact.shown import lines

STATEMENT = (
    "Estimate of avoided emissions. Not an offset, not a carbon credit, "
    "not to be deducted from scopes 1, 2 or 3."
)
"""What every statement and certificate says; it is never shortened."""


PARTS_SOLD = "parts"
"""The line of a statement for parts that were sold outside."""


class FleetOutcome(StrEnum):
    """What became of a device."""

    RESOLD = "RESOLD"
    PARTS = "PARTS"
    RECYCLED = "RECYCLED"
    DESTROYED = "DESTROYED"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class FleetUnit:
    """One device of a fleet. `times` equal devices may be told as one."""

    outcome: FleetOutcome
    inputs: Inputs
    times: int = 1


@dataclass(frozen=True, slots=True)
class PartsSold:
    """Parts that were sold outside: what they replace, less what taking them out cost. kg CO2e."""

    replaced_kg: Decimal
    spent_kg: Decimal


@dataclass(frozen=True, slots=True)
class CategoryPart:
    """The share of one category. Shapes: `outcomes` counts devices by what became of them."""

    category: str
    outcomes: Mapping[FleetOutcome, int]
    gross: Decimal
    net: Decimal
    grade: ImpactGrade | None


@dataclass(frozen=True, slots=True)
class FleetStatement:
    """The impact of a fleet. Units: of the indicator, at the six places of storage.

    Totals are the sums of the categories, and of parts sold, to the last digit.

    `units` counts all devices, `counted` those with a number in the sum.
    """

    status: ImpactStatus
    reasons: tuple[ImpactReason, ...]
    indicator: Indicator
    units: int
    counted: int
    units_without_number: int
    categories: tuple[CategoryPart, ...]
    gross: Decimal
    net: Decimal
    net_range: Range | None
    gross_range: Range | None
    share_not_positive: Decimal | None
    grade: ImpactGrade | None
    factor_set: str
    factor_set_sha256: str
    method: str = METHOD
    statement: str = STATEMENT


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a buyer of refurbished devices has in its own inventory. Units: kg CO2e.

    It is accounting, and never added to what was avoided.
    """

    as_new: Decimal
    refurbished: Decimal
    units_without_number: int


@dataclass(frozen=True, slots=True)
class _Counted:
    category: str
    figures: Figures
    grade: ImpactGrade
    plan: Plan
    times: int


def fleet_statement(
    units: Sequence[FleetUnit],
    factors: FactorSet,
    draw: DrawSum,
    sold: Sequence[PartsSold] = (),
) -> FleetStatement | InputFault:
    """The impact of a fleet by one set.

    `sold` is what came of devices that were taken apart; without it they count nothing.
    Refuses: inputs that cannot be, with the place of the device; devices of several indicators.
    """
    with localcontext(Context(prec=28)):
        indicators = {unit.inputs.indicator for unit in units} or {Indicator.GWP}
        if len(indicators) > 1:
            return InputFault("indicator", "MIXED")
        counted: list[_Counted] = []
        without = 0
        for n, unit in enumerate(units):
            found = _counted(unit, factors)
            if isinstance(found, InputFault):
                return InputFault(f"units[{n}].{found.field}", found.code)
            if found is not None:
                counted.append(found)
            elif unit.outcome is FleetOutcome.RESOLD:
                without += unit.times
        lots = _drawn(counted, draw)
        return _stated(units, counted, without, factors, sold, indicators.pop(), lots)


def _counted(unit: FleetUnit, factors: FactorSet) -> _Counted | InputFault | None:
    """The device with its numbers; None for one that has none, or is not used again."""
    if bad := fault(unit.inputs):
        return bad
    if unit.outcome is not FleetOutcome.RESOLD:
        return None
    found = compared(unit.inputs, factors)
    if isinstance(found, InputFault):
        return found
    if isinstance(found, Result) or grade(found) is ImpactGrade.D:
        return None
    return _Counted(category_of(unit.inputs), figures(found), grade(found), plan(found), unit.times)


def _stated(
    units: Sequence[FleetUnit],
    counted: Sequence[_Counted],
    without: int,
    factors: FactorSet,
    sold: Sequence[PartsSold],
    indicator: Indicator,
    lots: Drawn | None,
) -> FleetStatement:
    beta = factors.need("BETA").value
    credit = sum((each.replaced_kg - each.spent_kg for each in sold), ZERO)
    parts = _by_category(units, counted, credit, credit - beta * max(ZERO, credit))
    gross = sum((part.gross for part in parts), ZERO)
    net = sum((part.net for part in parts), ZERO)
    grades = [part.grade for part in parts if part.grade]
    status, reasons = sum_status(gross, net, lots)
    return FleetStatement(
        status,
        reasons,
        indicator,
        units=sum(unit.times for unit in units),
        counted=sum(each.times for each in counted),
        units_without_number=without,
        categories=parts,
        gross=gross,
        net=net,
        net_range=lots.net if lots else None,
        gross_range=lots.gross if lots else None,
        share_not_positive=lots.share_not_positive if lots else None,
        grade=max(grades, default=None),
        factor_set=factors.id,
        factor_set_sha256=factors.sha256,
        method=factors.method,
    )


def _by_category(
    units: Sequence[FleetUnit], counted: Sequence[_Counted], credit: Decimal, credit_net: Decimal
) -> tuple[CategoryPart, ...]:
    """The lines of a statement; parts that were sold outside are a line of their own."""
    outcomes: dict[str, Counter[FleetOutcome]] = {}
    for unit in units:
        outcomes.setdefault(category_of(unit.inputs), Counter())[unit.outcome] += unit.times
    mine = {name: [each for each in counted if each.category == name] for name in sorted(outcomes)}
    gross = [sum((e.figures.gross * e.times for e in of), ZERO) for of in mine.values()]
    net = [sum((e.figures.net * e.times for e in of), ZERO) for of in mine.values()]
    grades = [max((e.grade for e in of), default=None) for of in mine.values()]
    counts: list[Mapping[FleetOutcome, int]] = [dict(outcomes[name]) for name in mine]
    names = list(mine)
    if credit:
        names, counts = [*names, PARTS_SOLD], [*counts, {}]
        gross, net, grades = [*gross, credit], [*net, credit_net], [*grades, ImpactGrade.C]
    rows = zip(names, counts, lines(gross), lines(net), grades, strict=True)
    return tuple(CategoryPart(*row) for row in rows)


def _drawn(counted: Iterable[_Counted], draw: DrawSum) -> Drawn | None:
    plans: Counter[Plan] = Counter()
    for each in counted:
        plans[each.plan] += each.times
    return draw(plans) if plans else None


def sum_status(
    gross: Decimal, net: Decimal, lots: Drawn | None
) -> tuple[ImpactStatus, tuple[ImpactReason, ...]]:
    """What may be said of a sum, of which the net figure is told.

    Shapes: `lots` None: no device of it has a number. Rebound is deducted from gains alone, device
    by device, so that gains and losses may sum to a gross above zero and a net below it: neither
    may be zero or less.
    """
    if lots is None:
        return ImpactStatus.NOT_ESTABLISHED, (ImpactReason.NO_ABSOLUTE_VALUES,)
    if gross <= 0 or net <= 0:
        return ImpactStatus.UNFAVOURABLE, ()
    if lots.share_not_positive > CREDIBLE or lots.net.p05 <= 0:
        return ImpactStatus.NOT_ESTABLISHED, (ImpactReason.RANGE_INCLUDES_ZERO,)
    return ImpactStatus.FAVOURABLE, ()


def inventory(units: Sequence[FleetUnit], factors: FactorSet) -> Inventory:
    """What these devices are in the inventory of who buys them, against new ones."""
    new, spent, without = ZERO, ZERO, 0
    for unit in units:
        given = replace(unit.inputs, first_life=None, released_on=None)
        found = compared(given, factors)
        if not isinstance(found, Comparison) or found.known("N") is None:
            without += unit.times
            continue
        new += found.value("N") * unit.times
        spent += found.value("R") * unit.times
    return Inventory(new, spent, without)
