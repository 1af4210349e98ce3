"""The quality index: six measured metrics, shrunk towards what peers do, weighed into one number.

Everything is exact: fractions until the one rounding of the index, no float.
Source: docs/rules/quality.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from domain.money import divide_half_even

Z = Fraction(49, 25)
"""1.96: the normal quantile of a 95 % interval."""


class QualityMetric(StrEnum):
    """What is measured of a merchant, per top-level category, all markets together."""

    FAILURE_RATE = "FAILURE_RATE"
    CANCELLATION_RATE = "CANCELLATION_RATE"
    LATE_SHIPMENT_RATE = "LATE_SHIPMENT_RATE"
    LATE_REPLY_RATE = "LATE_REPLY_RATE"
    RATING = "RATING"
    LAB_CONFORMITY = "LAB_CONFORMITY"


@dataclass(frozen=True, slots=True)
class Sample:
    """What was counted in the window of a metric: `x` of `n`.

    Units: for RATING `x` is the sum of stars and `squares` the sum of their squares, if known;
    for LAB_CONFORMITY `x` counts halves. Elsewhere `x` counts bad events.
    """

    x: Fraction
    n: int
    squares: int | None = None

    @classmethod
    def of(cls, x: Fraction | int, n: int, squares: int | None = None) -> "Sample":
        """A sample from plain counts."""
        return cls(Fraction(x), n, squares)


NO_DATA = Sample(Fraction(0), 0)
Samples = Mapping[QualityMetric, Sample]


@dataclass(frozen=True, slots=True)
class MetricRule:
    """How one metric enters the index.

    Units: `weight_bp` of 10,000; `k` observations that the peer value `prior` counts for;
    utility is 1 at `good` and 0 at `bad`; below `min_n` observations no rate is shown.
    """

    metric: QualityMetric
    weight_bp: int
    k: int
    prior: Fraction
    good: Fraction
    bad: Fraction
    min_n: int
    window_days: int

    @property
    def higher_is_better(self) -> bool:
        """True for ratings and lab conformity, false for rates of bad events."""
        return self.good > self.bad


def _rule(
    metric: QualityMetric, numbers: str, min_n: int = 30, window_days: int = 90
) -> MetricRule:
    weight, k, prior, good, bad = numbers.split()
    return MetricRule(
        metric,
        int(weight),
        int(k),
        Fraction(prior),
        Fraction(good),
        Fraction(bad),
        min_n,
        window_days,
    )


DEFAULT_RULES: tuple[MetricRule, ...] = (
    _rule(QualityMetric.FAILURE_RATE, "3000 50 0.04 0.01 0.08", window_days=180),
    _rule(QualityMetric.CANCELLATION_RATE, "2000 50 0.015 0 0.05"),
    _rule(QualityMetric.LATE_SHIPMENT_RATE, "1000 50 0.05 0.01 0.15"),
    _rule(QualityMetric.LATE_REPLY_RATE, "1500 30 0.08 0 0.30"),
    _rule(QualityMetric.RATING, "1500 20 4.3 4.8 3.5", min_n=10, window_days=365),
    _rule(QualityMetric.LAB_CONFORMITY, "1000 5 0.90 1 0.70", min_n=3, window_days=365),
)


def estimate(rule: MetricRule, sample: Sample) -> Fraction:
    """The value of a metric, drawn towards the peers' as far as there is little data."""
    return (sample.x + rule.k * rule.prior) / (sample.n + rule.k)


def utility(rule: MetricRule, value: Fraction) -> Fraction:
    """How good a value is, from 0 to 1."""
    share = (rule.bad - value) / (rule.bad - rule.good)
    return min(max(share, Fraction(0)), Fraction(1))


def quality_bp(samples: Samples, rules: Sequence[MetricRule] = DEFAULT_RULES) -> int:
    """The quality index, 0 to 10,000; a metric without sample counts as one without data."""
    total = sum(
        (r.weight_bp * utility(r, estimate(r, samples.get(r.metric, NO_DATA))) for r in rules),
        Fraction(0),
    )
    return divide_half_even(total.numerator, total.denominator)


def prior_bp(rules: Sequence[MetricRule] = DEFAULT_RULES) -> int:
    """The quality index of a merchant without any data."""
    return quality_bp({}, rules)


def contributions(
    samples: Samples, rules: Sequence[MetricRule] = DEFAULT_RULES
) -> dict[QualityMetric, Fraction]:
    """What each metric adds to the index, or takes from it, compared with no data.

    Units: basis points of the index; they sum to it, less the index without data, but for rounding.
    """
    found = {}
    for rule in rules:
        mine = utility(rule, estimate(rule, samples.get(rule.metric, NO_DATA)))
        found[rule.metric] = rule.weight_bp * (mine - utility(rule, rule.prior))
    return found


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval, to six places."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Rate:
    """A metric that may be shown: observed `value`, shrunk `estimate`, and how sure it is."""

    value: Decimal
    estimate: Decimal
    n: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class NotEnoughData:
    """Too few observations to show a rate without misleading."""

    n: int
    min: int


_SIX_PLACES = Decimal("0.000001")


def six_places(value: Fraction) -> Decimal:
    """The fraction as a decimal of six places, ties to even."""
    return Decimal(divide_half_even(value.numerator * 10**6, value.denominator)).scaleb(-6)


def rate(rule: MetricRule, sample: Sample) -> Rate | NotEnoughData:
    """The metric as merchant and staff read it, both from here.

    Refuses: fewer than `min_n` observations.
    """
    if sample.n < rule.min_n:
        return NotEnoughData(sample.n, rule.min_n)
    return Rate(
        value=six_places(sample.x / sample.n),
        estimate=six_places(estimate(rule, sample)),
        n=sample.n,
        interval=interval(rule.metric, sample),
    )


def interval(metric: QualityMetric, sample: Sample) -> Interval:
    """The 95 % interval of a sample: Wilson's for shares, mean and standard error for ratings.

    Raises: ZeroDivisionError without observations.
    Source: E. B. Wilson, "Probable inference", 1927.
    """
    p, n = sample.x / sample.n, sample.n
    if metric is QualityMetric.RATING:
        half = _root(Z * Z * star_variance(sample) / n)
        return _clamped(p, half, Fraction(1), Fraction(1), Fraction(5))
    square = Z * Z
    half = _root(square * (p * (1 - p) / n + square / (4 * n * n)))
    return _clamped(p + square / (2 * n), half, 1 + square / n, Fraction(0), Fraction(1))


def star_variance(sample: Sample) -> Fraction:
    """The variance of the stars given, or the widest that their mean allows if not recorded."""
    mean = sample.x / sample.n
    if sample.squares is None:
        return (5 - mean) * (mean - 1)
    spread = sample.squares - sample.n * mean * mean
    return spread / max(sample.n - 1, 1)


def _root(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()


def _clamped(
    middle: Fraction, half: Decimal, scale: Fraction, lowest: Fraction, highest: Fraction
) -> Interval:
    centre = Decimal(middle.numerator) / Decimal(middle.denominator)
    by = Decimal(scale.numerator) / Decimal(scale.denominator)
    low = max((centre - half) / by, Decimal(int(lowest)))
    high = min((centre + half) / by, Decimal(int(highest)))
    return Interval(low.quantize(_SIX_PLACES), high.quantize(_SIX_PLACES))
