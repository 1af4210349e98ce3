"""What a device counts in the register, and how its lines are rounded.

The lines of a sum are rounded so that they add up to it: each is the stored sum with it, less the
stored sum before it. So any selection of lines has one total, to the last digit.
Source: docs/impact.md, "Register".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from enum import StrEnum
from typing import Final

from domain.impact import ImpactGrade, InputFault, Inputs, Result
from domain.impact.engine import compared, figures, grade
from domain.impact.factors import FactorSet
from domain.impact.faults import fault
from domain.impact.shown import stored

NO_IDENTITY: Final = "NO_IDENTITY"
"""Why a device has no number: nobody knows which one it was, so it might count twice."""
ALREADY_COUNTED: Final = "ALREADY_COUNTED"
"""Why a device does not count: it does already, and was not seen to come back."""
INPUT_INVALID: Final = "INPUT_INVALID"
"""Why a device has no number: what was declared of it cannot be."""


class TotalScope(StrEnum):
    """What a total is of."""

    PLATFORM = "PLATFORM"
    COUNTRY = "COUNTRY"
    MARKET = "MARKET"


class TotalBasis(StrEnum):
    """By which set: that of the time, or the present one."""

    AS_REPORTED = "AS_REPORTED"
    RESTATED = "RESTATED"


@dataclass(frozen=True, slots=True)
class Value:
    """What one device of a class counts by one set, unrounded; `reason` where it has no number."""

    gross: Decimal | None
    net: Decimal | None
    grade: ImpactGrade | None
    reason: str | None


def value(inputs: Inputs, factors: FactorSet) -> Value:
    """What a device counts. A number of grade D is in no total, and is none here."""
    with localcontext(Context(prec=28)):
        found = fault(inputs) or compared(inputs, factors)
        if isinstance(found, InputFault):
            return Value(None, None, None, INPUT_INVALID)
        if isinstance(found, Result):
            return Value(None, None, None, found.reasons[0].value)
        worst = grade(found)
        if worst is ImpactGrade.D:
            return Value(None, None, worst, "GRADE_D")
        point = figures(found)
        return Value(point.gross, point.net, worst, None)


def postings(values: Iterable[Decimal], before: Decimal = Decimal(0)) -> list[Decimal]:
    """The values as lines of a sum that stood at `before`, unrounded: they add up to it."""
    lines = []
    with localcontext(Context(prec=60)):
        for each in values:
            lines.append(stored(before + each) - stored(before))
            before += each
    return lines
