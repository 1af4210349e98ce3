"""The spread of a result: ten thousand draws, the same ones for every device and every process.

Errors of factors are common to all devices of a sum, so all share one vector of draws: ten equal
phones have ten times the range of one.
Source: docs/impact.md, "Uncertainty".
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from random import Random
from statistics import NormalDist

import polars as pl

from domain.impact import Range
from domain.impact.factors import Spread
from domain.impact.plans import Drawn, Plan

SEED = 20261123
DRAWS = 10_000
_COLUMNS = 8
Z95 = 1.645


@cache
def uniforms() -> tuple[tuple[float, ...], ...]:
    """Columns of uniforms in (0, 1).

    Shapes: 0 new, 1 refurbishing, 2 and 3 lives, 4 rebound, 5 parts, 6 transport, 7 spare.
    """
    stream = Random(SEED)  # noqa: S311  draws of a published seed, not a secret
    rows = [[max(stream.random(), 2.0**-53) for _ in range(_COLUMNS)] for _ in range(DRAWS)]
    return tuple(zip(*rows, strict=True))


@cache
def _normal(column: int) -> pl.Series:
    inverse = NormalDist().inv_cdf
    return pl.Series([inverse(u) for u in uniforms()[column]], dtype=pl.Float64)


@lru_cache(maxsize=64)
def _triangular(column: int, low: float, mode: float, high: float) -> pl.Series:
    cut = (mode - low) / (high - low)
    left, right = (high - low) * (mode - low), (high - low) * (high - mode)
    return pl.Series(
        [
            low + math.sqrt(left * u) if u < cut else high - math.sqrt(right * (1 - u))
            for u in uniforms()[column]
        ],
        dtype=pl.Float64,
    )


@lru_cache(maxsize=64)
def _lognormal(column: int, half_width: float) -> pl.Series:
    """Factors with median 1."""
    return (_normal(column) * (math.log1p(half_width) / Z95)).exp()


def _drawn(column: int, value: float, spread: Spread) -> pl.Series | float:
    if spread.kind == "lognormal":
        return _lognormal(column, spread.half_width) * value
    if spread.kind == "triangular":
        return _triangular(column, spread.low, spread.mode, spread.high)
    return value


@lru_cache(maxsize=256)
def vectors(plan: Plan) -> tuple[pl.Series, pl.Series]:
    """The draws of the gross and of the net service of a plan."""
    second = _triangular(3, plan.second_life.low, plan.second_life.mode, plan.second_life.high)
    if plan.avoided is not None:
        gross = second * (_lognormal(0, plan.new_spread.half_width) * plan.avoided)
    else:
        first = _triangular(2, plan.first_life.low, plan.first_life.mode, plan.first_life.high)
        new = _lognormal(0, plan.new_spread.half_width) * plan.new
        gross = second * new / first - _refurbishing(plan) - new * plan.not_amortised
    rebound = _triangular(4, plan.rebound.low, plan.rebound.mode, plan.rebound.high)
    return gross, gross - rebound * _positive(gross)


def _positive(values: pl.Series) -> pl.Series:
    return (values > 0).cast(pl.Float64) * values


def _refurbishing(plan: Plan) -> pl.Series | float:
    spent = _drawn(1, plan.refurbishing, plan.refurbishing_spread)
    if plan.parts:
        spent = _lognormal(5, 0.5) * plan.parts + spent
    if plan.transport:
        spent = _lognormal(6, 0.3) * plan.transport + spent
    if plan.floor and isinstance(spent, pl.Series):
        return _positive(spent - plan.floor) + plan.floor
    return max(spent, plan.floor) if isinstance(spent, float) else spent


def deviation_of_service(new: Spread, life: Spread) -> float:
    """The standard deviation of ln(N / L1) over the draws."""
    years = _triangular(2, life.low, life.mode, life.high)
    found = (_lognormal(0, new.half_width).log() - years.log()).std(ddof=0)
    return float(found) if isinstance(found, float) else 0.0


def summed(counted: Mapping[Plan, int]) -> Drawn:
    """What the draws say of so many devices of each plan: draw by draw, then the percentiles.

    Raises: ValueError for no device at all.
    """
    if not counted:
        raise ValueError("a sum needs a device")
    gross, net = pl.zeros(DRAWS, eager=True), pl.zeros(DRAWS, eager=True)
    for plan, times in counted.items():
        of_one, net_of_one = vectors(plan)
        gross, net = gross + of_one * times, net + net_of_one * times
    return _told(gross, net)


@lru_cache(maxsize=4096)
def drawn(plan: Plan) -> Drawn:
    """What the draws say of one device."""
    return _told(*vectors(plan))


def _told(gross: pl.Series, net: pl.Series) -> Drawn:
    share = Decimal(int((gross <= 0).sum())) / DRAWS
    return Drawn(_range(net), _range(gross), share)


def _range(values: pl.Series) -> Range:
    """The values that 5, 50 and 95 of 100 draws do not exceed: at ceil(q n) in their order."""
    at = (values.quantile(q, "lower") for q in (0.05, 0.5, 0.95))
    return Range(*(Decimal(repr(value)).quantize(Decimal("0.000001")) for value in at))
