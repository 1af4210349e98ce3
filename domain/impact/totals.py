"""Totals of the register: sums as posted, with the range that all their devices share.

Source: docs/impact.md, "Totals".
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from domain.impact import (
    METHOD,
    ImpactGrade,
    ImpactReason,
    ImpactStatus,
    Indicator,
    InputFault,
    Range,
    Result,
)
from domain.impact.engine import compared, grade, plan
from domain.impact.extras import ZERO
from domain.impact.factors import FactorSet
from domain.impact.faults import fault
from domain.impact.fleets import sum_status
from domain.impact.kept import Document, inputs_of
from domain.impact.plans import DrawSum, Plan

GOOD = frozenset({ImpactGrade.A, ImpactGrade.B})


@dataclass(frozen=True, slots=True)
class Counted:
    """So many devices of a class; those that came back are taken off. None: no identity."""

    facts: Document | None
    units: int
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """What one category adds. Units: of the indicator, at six places."""

    category: str
    counted: int
    gross: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of the register. Its figures are the sums of its lines, to the last digit.

    Units: `units` devices less those that came back, `returned` of them; `counted` those with a
    number; `graded_ab` those whose number is a study's or audited.
    """

    indicator: Indicator
    factor_set: str
    factor_set_sha256: str
    units: int
    returned: int
    counted: int
    units_without_number: int
    graded_ab: int
    gross: Decimal
    net: Decimal
    net_range: Range | None
    share_not_positive: Decimal | None
    status: ImpactStatus
    reasons: tuple[ImpactReason, ...]
    grade: ImpactGrade | None
    lines: tuple[Line, ...]
    method: str = METHOD


@dataclass(frozen=True, slots=True)
class _Known:
    plans: Mapping[Plan, int]
    grades: Mapping[ImpactGrade, int]


def total(
    classes: Sequence[Counted],
    lines: Iterable[Line],
    indicator: Indicator,
    factors: FactorSet,
    draw: DrawSum,
) -> Total:
    """A total of what the register posted by one set: its range is drawn over all its devices."""
    posted = tuple(sorted(lines, key=lambda line: line.category))
    known = _known(classes, indicator, factors)
    lots = draw(known.plans) if known.plans else None
    gross = sum((line.gross for line in posted), ZERO)
    net = sum((line.net for line in posted), ZERO)
    status, reasons = sum_status(gross, net, lots)
    units = sum(each.units for each in classes)
    counted = sum(line.counted for line in posted)
    return Total(
        indicator,
        factors.id,
        factors.sha256,
        units=units,
        returned=sum(each.returned for each in classes),
        counted=counted,
        units_without_number=units - counted,
        graded_ab=sum(times for each, times in known.grades.items() if each in GOOD),
        gross=gross,
        net=net,
        net_range=lots.net if lots else None,
        share_not_positive=lots.share_not_positive if lots else None,
        status=status,
        reasons=reasons,
        grade=max((each for each, times in known.grades.items() if times), default=None),
        lines=posted,
        method=factors.method,
    )


def _known(classes: Sequence[Counted], indicator: Indicator, factors: FactorSet) -> _Known:
    """What is drawn, and how well it is founded; what has no number by the set is left out."""
    plans: Counter[Plan] = Counter()
    grades: Counter[ImpactGrade] = Counter()
    with localcontext(Context(prec=28)):
        for each in classes:
            if each.facts is None or not each.units:
                continue
            inputs = inputs_of(each.facts, indicator)
            found = fault(inputs) or compared(inputs, factors)
            if isinstance(found, InputFault | Result) or grade(found) is ImpactGrade.D:
                continue
            plans[plan(found)] += each.units
            grades[grade(found)] += each.units
    return _Known({each: times for each, times in plans.items() if times}, grades)
