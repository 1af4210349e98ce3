"""When quality calls for a warning, a restriction or a suspension, and when that ends.

Chance alone never restricts anyone: beyond a warning, the whole 95 % interval must be on the bad
side. The comparison is exact; only the interval that is shown is rounded.
Source: docs/rules/quality.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from domain.merchants.quality import (
    DEFAULT_RULES,
    MetricRule,
    NotEnoughData,
    QualityMetric,
    Sample,
    Z,
    estimate,
    star_variance,
)


class QualityLevel(StrEnum):
    """How far a metric is on the bad side. Compare by `rank`."""

    NONE = "NONE"
    WARNING = "WARNING"
    RESTRICTION = "RESTRICTION"
    SUSPENSION = "SUSPENSION"

    @property
    def rank(self) -> int:
        """0 for none, 3 for suspension."""
        return list(QualityLevel).index(self)


@dataclass(frozen=True, slots=True)
class Limit:
    """The value beyond which a level applies, and the observations that it needs."""

    level: QualityLevel
    value: Fraction
    min_n: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """The limits of one metric, from the mildest to the hardest."""

    rule: MetricRule
    warning: Limit
    restriction: Limit
    suspension: Limit


def _threshold(metric: QualityMetric, values: str, min_n: tuple[int, int, int]) -> Threshold:
    rule = next(r for r in DEFAULT_RULES if r.metric is metric)
    levels = (QualityLevel.WARNING, QualityLevel.RESTRICTION, QualityLevel.SUSPENSION)
    limits = (Limit(*row) for row in zip(levels, map(Fraction, values.split()), min_n, strict=True))
    return Threshold(rule, *limits)


DEFAULT_THRESHOLDS: tuple[Threshold, ...] = (
    _threshold(QualityMetric.FAILURE_RATE, "0.06 0.08 0.12", (30, 50, 100)),
    _threshold(QualityMetric.CANCELLATION_RATE, "0.03 0.05 0.10", (30, 50, 100)),
    _threshold(QualityMetric.LATE_SHIPMENT_RATE, "0.10 0.15 0.25", (30, 50, 100)),
    _threshold(QualityMetric.LATE_REPLY_RATE, "0.15 0.25 0.40", (30, 50, 100)),
    _threshold(QualityMetric.RATING, "4.0 3.7 3.3", (10, 30, 60)),
    _threshold(QualityMetric.LAB_CONFORMITY, "0.85 0.75 0.60", (3, 8, 10)),
)


def level(threshold: Threshold, sample: Sample) -> QualityLevel | NotEnoughData:
    """The hardest level that one night's sample reaches.

    Refuses: fewer observations than a warning needs.
    """
    if sample.n < threshold.warning.min_n:
        return NotEnoughData(sample.n, threshold.warning.min_n)
    for limit in (threshold.suspension, threshold.restriction):
        if sample.n >= limit.min_n and interval_beyond(threshold.rule, sample, limit.value):
            return limit.level
    if below_warning(threshold, sample):
        return QualityLevel.NONE
    return QualityLevel.WARNING


def below_warning(threshold: Threshold, sample: Sample) -> bool:
    """Whether the estimate is on the good side of the warning, or on it; it needs no data."""
    value = estimate(threshold.rule, sample)
    if threshold.rule.higher_is_better:
        return value >= threshold.warning.value
    return value <= threshold.warning.value


def interval_beyond(rule: MetricRule, sample: Sample, value: Fraction) -> bool:
    """Whether the whole 95 % interval is on the bad side of `value`, decided without rounding.

    Wilson's interval holds the values that a score test does not reject, so its bound is beyond
    `value` exactly when the test rejects `value`.
    """
    observed = sample.x / sample.n
    distance = value - observed if rule.higher_is_better else observed - value
    rating = rule.metric is QualityMetric.RATING
    variance = star_variance(sample) if rating else value * (1 - value)
    return distance > 0 and distance * distance * sample.n > Z * Z * variance


NIGHTS_TO_ENTER = 3
NIGHTS_TO_LEAVE = 14


@dataclass(frozen=True, slots=True)
class Night:
    """What one nightly evaluation found for one metric."""

    level: QualityLevel | NotEnoughData
    below_warning: bool


def standing_level(standing: QualityLevel, nights: Sequence[Night]) -> QualityLevel:
    """The level that stands after these nights, oldest first.

    A level is entered when three nights in a row reach it or a harder one. It is left, whole,
    when the estimate was back below the warning for fourteen.
    """
    recent = nights[-NIGHTS_TO_ENTER:]
    reached = [n.level if isinstance(n.level, QualityLevel) else QualityLevel.NONE for n in recent]
    if len(recent) == NIGHTS_TO_ENTER:
        held = min(reached, key=lambda found: found.rank)
        if held.rank > standing.rank:
            return held
    calm = nights[-NIGHTS_TO_LEAVE:]
    if len(calm) == NIGHTS_TO_LEAVE and all(n.below_warning for n in calm):
        return QualityLevel.NONE
    return standing


@dataclass(frozen=True, slots=True)
class PeerCell:
    """The units of one merchant in one cell, and how often units of peers in that cell fail."""

    n: int
    peer_rate: Fraction


def expected_failures(cells: Sequence[PeerCell]) -> Fraction:
    """How many failures a merchant with this mix would have if each cell failed as its peers do."""
    return sum((cell.n * cell.peer_rate for cell in cells), Fraction(0))


def failure_ratio(observed: int, cells: Sequence[PeerCell]) -> Fraction | None:
    """Observed over expected failures: 1 is like the peers; None when none are expected."""
    expected = expected_failures(cells)
    return observed / expected if expected else None


AGE_BANDS: tuple[tuple[int, int], ...] = ((0, 7), (8, 30), (31, 90), (91, 180), (181, 365))
"""Days since delivery, first and last of each band."""


def age_band(days_since_delivery: int) -> tuple[int, int] | None:
    """The band of a failure by its age; None after a year."""
    for first, last in AGE_BANDS:
        if first <= days_since_delivery <= last:
            return first, last
    return None


def counts_in_band(band: tuple[int, int], delivered_days_ago: int) -> bool:
    """Whether a unit is old enough to have lived through the band."""
    return delivered_days_ago >= band[1]
