"""Quality to win: for each lever alone, the smallest change that would make an offer lead."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from domain.markets import DispatchScope
from domain.merchants.quality import (
    DEFAULT_RULES,
    MetricRule,
    QualityMetric,
    Sample,
    Samples,
    quality_bp,
)
from domain.ranking.score import Competitor, beats, merit, score
from domain.ranking.win import Contest, NoCompetitor


class Lever(StrEnum):
    """Something a merchant can improve. Metrics are in counts of the window, as they stand."""

    QUALITY = "QUALITY"
    FAILURE_RATE = "FAILURE_RATE"
    CANCELLATION_RATE = "CANCELLATION_RATE"
    LATE_SHIPMENT_RATE = "LATE_SHIPMENT_RATE"
    LATE_REPLY_RATE = "LATE_REPLY_RATE"
    RATING = "RATING"
    LAB_CONFORMITY = "LAB_CONFORMITY"
    DELIVERY_DAYS = "DELIVERY_DAYS"
    WARRANTY_MONTHS = "WARRANTY_MONTHS"
    BATTERY_NEW = "BATTERY_NEW"
    DISPATCH_COUNTRY = "DISPATCH_COUNTRY"


LeverValue = Decimal | bool | DispatchScope


@dataclass(frozen=True, slots=True)
class LeverChange:
    """How far one lever must go, or how far it can go if that is not enough.

    Units: those of the lever; for a metric, its count `x`, with `of` the observations.
    """

    lever: Lever
    current: LeverValue
    target: LeverValue
    of: int | None
    gain_bp: int
    enough: bool


@dataclass(frozen=True, slots=True)
class QualityToWin:
    """The merit that leads at the present price, how much is missing, and what would give it.

    Shapes: for the leader the gap is 0 and there are no levers.
    """

    needed_merit: int
    gap_bp: int
    levers: tuple[LeverChange, ...]


@dataclass(frozen=True, slots=True)
class _Path:
    """A lever's possible settings: `steps` of them, each at least as good as the one before."""

    lever: Lever
    current: LeverValue
    steps: int
    at: Callable[[int], tuple[LeverValue, Competitor]]
    of: int | None = None


def quality_to_win(
    duel: Contest, samples: Samples | None, rules: Sequence[MetricRule] = DEFAULT_RULES
) -> QualityToWin | NoCompetitor:
    """What would make the offer lead without touching its price.

    Shapes: without `samples` the levers behind the quality index are left out.
    Refuses: an offer without rivals.
    """
    if not duel.rivals:
        return NoCompetitor()
    me, best = score(duel.me, duel.parameters, duel.prior_bp), duel.rivals[0]
    if beats(me, best):
        return QualityToWin(needed_merit=me.merit, gap_bp=0, levers=())
    needed = me.landed_minor * best.merit // best.landed_minor + 1
    paths = [*_quality_paths(duel.me, samples or {}, rules), *_offer_paths(duel.me)]
    changes = tuple(_shortest(duel, path, needed) for path in paths)
    return QualityToWin(needed, needed - me.merit, changes)


def _shortest(duel: Contest, path: _Path, needed: int) -> LeverChange:
    """The first setting with the merit needed, by bisection, or the last setting there is."""
    now = merit(duel.me, duel.parameters, duel.prior_bp)

    def merit_at(step: int) -> int:
        return merit(path.at(step)[1], duel.parameters, duel.prior_bp)

    if path.steps == 0:
        return LeverChange(path.lever, path.current, path.current, path.of, 0, enough=False)
    low, high = 1, path.steps
    while low < high:
        middle = (low + high) // 2
        if merit_at(middle) >= needed:
            high = middle
        else:
            low = middle + 1
    reached = merit_at(low)
    target = path.at(low)[0]
    enough = reached >= needed
    return LeverChange(path.lever, path.current, target, path.of, reached - now, enough)


def _quality_paths(
    me: Competitor, samples: Samples, rules: Sequence[MetricRule]
) -> Iterator[_Path]:
    yield _Path(
        Lever.QUALITY,
        Decimal(me.quality_bp),
        10000 - me.quality_bp,
        lambda step: (
            Decimal(me.quality_bp + step),
            replace(me, quality_bp=me.quality_bp + step),
        ),
    )
    for rule in rules:
        if (sample := samples.get(rule.metric)) is not None:
            yield _metric_path(me, samples, rules, sample, rule)


def _metric_path(
    me: Competitor, samples: Samples, rules: Sequence[MetricRule], sample: Sample, rule: MetricRule
) -> _Path:
    """One bad event less, one star or one conforming case more at each step."""
    best = _best_count(rule, sample)
    steps = -(-abs(best - sample.x) // 1)

    def at(step: int) -> tuple[LeverValue, Competitor]:
        up = best > sample.x
        count = min(sample.x + step, best) if up else max(sample.x - step, best)
        improved = {**samples, rule.metric: replace(sample, x=count, squares=None)}
        return _decimal(count), replace(me, quality_bp=quality_bp(improved, rules))

    return _Path(Lever(rule.metric), _decimal(sample.x), steps, at, sample.n)


def _best_count(rule: MetricRule, sample: Sample) -> Fraction:
    if not rule.higher_is_better:
        return Fraction(0)
    return Fraction(sample.n * 5 if rule.metric is QualityMetric.RATING else sample.n)


def _offer_paths(me: Competitor) -> Iterator[_Path]:
    yield _Path(
        Lever.DELIVERY_DAYS,
        Decimal(me.days),
        max(me.days - 1, 0),
        lambda step: (Decimal(me.days - step), replace(me, days=me.days - step)),
    )
    months = me.warranty_months
    yield _Path(
        Lever.WARRANTY_MONTHS,
        Decimal(months),
        max(36 - months, 0),
        lambda step: (Decimal(months + step), replace(me, warranty_months=months + step)),
    )
    yield _Path(
        Lever.BATTERY_NEW,
        me.battery_new,
        0 if me.battery_new else 1,
        lambda _: (True, replace(me, battery_new=True)),
    )
    yield _dispatch_path(me)


_NEARER = (DispatchScope.ELSEWHERE, DispatchScope.SAME_CUSTOMS_AREA, DispatchScope.IN_MARKET)


def _dispatch_path(me: Competitor) -> _Path:
    nearer = _NEARER[_NEARER.index(me.scope) + 1 :]
    return _Path(
        Lever.DISPATCH_COUNTRY,
        me.scope,
        len(nearer),
        lambda step: (nearer[step - 1], replace(me, scope=nearer[step - 1])),
    )


def _decimal(count: Fraction) -> Decimal:
    return Decimal(count.numerator) / Decimal(count.denominator)
