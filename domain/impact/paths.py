"""A device that broke, or is not wanted any more: repaired, replaced, or traded in.

Each path is held against buying a new one, and says what may not be said. What a repair may cost is
a share of the price of a new one; the share is data, with its source.
Source: docs/impact.md, "Paths".
"""

from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from enum import StrEnum

from domain.impact import (
    UNITS,
    Figures,
    ImpactGrade,
    ImpactReason,
    ImpactStatus,
    Indicator,
    InputFault,
    Inputs,
    RBasis,
    Result,
)
from domain.impact.engine import CREDIBLE, MATERIAL, Comparison, assess, compared
from domain.impact.extras import ZERO
from domain.impact.factors import FactorSet, Spread
from domain.impact.faults import fault
from domain.impact.plans import Draw, Plan

MOST_PRICE = Decimal(10**9)


class PathKind(StrEnum):
    """What may become of a device."""

    REPAIR = "REPAIR"
    REPLACE = "REPLACE"
    TRADE_IN = "TRADE_IN"


@dataclass(frozen=True, slots=True)
class Prices:
    """What the paths cost, in one currency. Units: of the currency; None: not known."""

    repair: Decimal | None = None
    new: Decimal | None = None
    refurbished: Decimal | None = None
    trade_in: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """One path: its price, and what it avoids against buying a new device.

    Units: `price` is paid, and negative where the customer gets money.
    """

    kind: PathKind
    price: Decimal | None
    impact: Result


@dataclass(frozen=True, slots=True)
class Paths:
    """All paths. `ratio` is the repair's price over that of a new one; `advice` None: no prices."""

    paths: tuple[Path, ...]
    ratio: Decimal | None
    threshold: Decimal
    advice: PathKind | None


def price_fault(prices: Prices) -> InputFault | None:
    """The first price that cannot be; None where all can."""
    named = {
        "repairPrice": prices.repair,
        "newPrice": prices.new,
        "refurbishedPrice": prices.refurbished,
        "tradeInValue": prices.trade_in,
    }
    for name, amount in named.items():
        if amount is not None and not 0 <= amount <= MOST_PRICE:
            return InputFault(name, "NEGATIVE" if amount < 0 else "TOO_LARGE")
    if prices.new is not None and prices.new == 0:
        return InputFault("newPrice", "NOT_POSITIVE")
    return None


def advised(prices: Prices, threshold: Decimal) -> tuple[Decimal | None, PathKind | None]:
    """The ratio, and the path that prices speak for: only more than the threshold tips it.

    Above it a device that somebody pays for is traded in, any other replaced.
    """
    if prices.repair is None or prices.new is None:
        return None, None
    ratio = prices.repair / prices.new
    if ratio <= threshold:
        return ratio, PathKind.REPAIR
    return ratio, PathKind.TRADE_IN if prices.trade_in else PathKind.REPLACE


def compare(
    device: Inputs, prices: Prices, threshold: Decimal, factors: FactorSet, draw: Draw
) -> Paths | InputFault:
    """The paths of a device by one set. `device.parts`, ways and accessories are the repair's.

    Refuses: inputs and prices that cannot be, naming the field.
    """
    if bad := fault(device) or price_fault(prices):
        return bad
    with localcontext(Context(prec=28)):
        bare = replace(
            device, parts=None, accessories=None, legs=None, packaging_kg=None, workshop=None
        )
        any_other = Inputs(device.category, device.indicator, household=device.household)
        repaired = repair(device, factors, draw)
        made: dict[PathKind, Result | InputFault] = {
            PathKind.REPAIR: repaired,
            PathKind.REPLACE: assess(any_other, factors, draw),
            PathKind.TRADE_IN: assess(bare, factors, draw),
        }
        costs = {
            PathKind.REPAIR: prices.repair,
            PathKind.REPLACE: prices.refurbished,
            PathKind.TRADE_IN: _after(prices),
        }
        paths = []
        for kind, found in made.items():
            if isinstance(found, InputFault):
                return found
            paths.append(Path(kind, costs[kind], found))
        ratio, advice = advised(prices, threshold)
        return Paths(tuple(paths), ratio, threshold, advice)


def _after(prices: Prices) -> Decimal | None:
    """What a refurbished device costs whoever trades in the old one; alone, what that brings."""
    if prices.trade_in is None:
        return None
    return (prices.refurbished or ZERO) - prices.trade_in


def repair(device: Inputs, factors: FactorSet, draw: Draw) -> Result | InputFault:
    """What a repair avoids: the years of a second life, less its own parts, ways and energy.

    No refurbishing is in it, and no share of the manufacture: it stays with its owner. How long a
    repaired device is used is assumed, so the grade is C at best. A repair whose parts nobody told
    has no number; an empty list says that it takes none.
    """
    found = compared(device, factors)
    if not isinstance(found, Comparison):
        return found
    if found.known("N") is None:
        return _bare(found, ImpactReason.NO_ABSOLUTE_VALUES)
    if device.parts is None:
        return _bare(found, ImpactReason.PART_WITHOUT_FACTOR)
    point = _repair_figures(found)
    lots = draw(_repair_plan(found))
    worst = _repair_grade(found)
    status, reasons = _repair_status(found, point, worst, lots.share_not_positive)
    return Result(
        status,
        device.indicator,
        UNITS[device.indicator],
        factors.id,
        factors.sha256,
        reasons=reasons,
        figures=point,
        net_range=lots.net,
        gross_range=lots.gross,
        share_not_positive=lots.share_not_positive,
        grade=worst,
        first_life=found.first_life,
        evidence=found.evidence,
        r_basis=RBasis.ITEMISED,
        items=found.extra.items,
        assumptions=("SECOND_LIFE_ASSUMED",),
        method=factors.method,
    )


def _bare(of: Comparison, reason: ImpactReason) -> Result:
    indicator = of.inputs.indicator
    return Result(
        ImpactStatus.NOT_ESTABLISHED,
        indicator,
        UNITS[indicator],
        of.factors.id,
        of.factors.sha256,
        reasons=(reason,),
    )


def _repair_figures(of: Comparison) -> Figures:
    beta, more = of.value("BETA"), of.value("L2")
    spent = of.extra.total if of.inputs.indicator is Indicator.GWP else ZERO
    gross = of.service - spent
    new_y, repaired_y = of.value("N") / of.value("L1"), spent / more
    return Figures(
        gross,
        gross - beta * max(ZERO, gross),
        new_y=new_y,
        refurbished_y=repaired_y,
        benefit_y=new_y - repaired_y,
    )


def _repair_plan(of: Comparison) -> Plan:
    lives = (of.factor("L1").spread, of.factor("L2").spread, of.factor("BETA").spread)
    gwp = of.inputs.indicator is Indicator.GWP
    return Plan(
        float(of.value("N")),
        of.factor("N").spread,
        0.0,
        Spread(),
        *lives,
        parts=float(of.extra.parts) if gwp else 0.0,
        transport=float(of.extra.transport) if gwp else 0.0,
    )


def _repair_grade(of: Comparison) -> ImpactGrade:
    least = MATERIAL * of.service
    weighed = [item.grade for item in of.extra.items if item.kg >= least]
    return max([ImpactGrade.C, *weighed])


def _repair_status(
    of: Comparison, point: Figures, worst: ImpactGrade, share: Decimal
) -> tuple[ImpactStatus, tuple[ImpactReason, ...]]:
    if worst is ImpactGrade.D:
        return ImpactStatus.NOT_ESTABLISHED, (ImpactReason.GRADE_D,)
    if point.gross <= 0:
        heavy = of.extra.parts >= of.extra.transport
        because = ImpactReason.HEAVY_PARTS if heavy else ImpactReason.HEAVY_TRANSPORT
        return ImpactStatus.UNFAVOURABLE, (because,)
    if share > CREDIBLE:
        return ImpactStatus.NOT_ESTABLISHED, (ImpactReason.RANGE_INCLUDES_ZERO,)
    return ImpactStatus.FAVOURABLE, ()
