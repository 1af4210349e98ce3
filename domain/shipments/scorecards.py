"""How well a carrier does on a lane: rates with their intervals, or that there is too little.

Source: docs/tracking.md, "Scorecards".
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.merchants.quality import NotEnoughData, QualityMetric, Sample, interval
from domain.money import divide_half_even

LEAST: Final = 30
"""Parcels below which a share would mislead."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share and its 95 % interval. Units: basis points; `x` of `n`."""

    bp: int
    low_bp: int
    high_bp: int
    x: int
    n: int


@dataclass(frozen=True, slots=True)
class Days:
    """A quantile of days from first scan to delivery, and its 95 % interval."""

    days: Decimal
    low: Decimal
    high: Decimal
    n: int


def share(x: int, n: int) -> Share | NotEnoughData:
    """The share of x in n with Wilson's interval. Refuses: fewer than 30."""
    if n < LEAST:
        return NotEnoughData(n, LEAST)
    sure = interval(QualityMetric.CANCELLATION_RATE, Sample.of(x, n))
    return Share(divide_half_even(x * 10_000, n), _bp(sure.low), _bp(sure.high), x, n)


def quantiles(
    found: tuple[float, ...] | None, n: int
) -> tuple[Days | NotEnoughData, Days | NotEnoughData]:
    """The median and the 90th percentile of `n` deliveries. Refuses: fewer than 30.

    Shapes: `found` are median, 90th percentile, then lower and upper bound of each.
    """
    if found is None or n < LEAST:
        return NotEnoughData(n, LEAST), NotEnoughData(n, LEAST)
    median, ninth, *bounds = (Decimal(f"{value:.2f}") for value in found)
    return Days(median, bounds[0], bounds[1], n), Days(ninth, bounds[2], bounds[3], n)


def _bp(value: Decimal) -> int:
    return int((value * 10_000).to_integral_value())
