"""The published parameters of a market's ranking, and the immutable model made of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from domain.catalog import Grade
from domain.merchants.quality import DEFAULT_RULES, MetricRule, prior_bp
from domain.money import divide_half_even

LOWEST_MERIT = 5000
HIGHEST_MERIT = 15000
NEUTRAL_MERIT = 10000

DEFAULT_GRADE_WORTH: Mapping[Grade, int] = MappingProxyType(
    {
        Grade.PREMIUM: 11500,
        Grade.EXCELLENT: 10800,
        Grade.VERY_GOOD: 10400,
        Grade.GOOD: 10000,
        Grade.FAIR: 9000,
    }
)


@dataclass(frozen=True, slots=True)
class RankingParameters:
    """What a country team may tune.

    Units: basis points throughout, but `max_sharers`, a count. The five weights are the most that
    each term can add to merit.
    """

    quality_bp: int = 3000
    in_country_bp: int = 300
    delivery_bp: int = 200
    warranty_bp: int = 200
    battery_bp: int = 200
    max_sharers: int = 5
    band_bp: int = 100
    lead_share_bp: int = 5000
    grade_worth_bp: Mapping[Grade, int] = field(default_factory=lambda: DEFAULT_GRADE_WORTH)
    category_grade_worth_bp: Mapping[str, Mapping[Grade, int]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def grade_worth(self, grade: Grade, category: str | None = None) -> int:
        """What a grade is worth against GOOD at 10,000, in this category if it has its own."""
        own = self.category_grade_worth_bp.get(category or "", {})
        return own.get(grade, self.grade_worth_bp[grade])

    def weights(self) -> dict[str, int]:
        """The weight of each term of merit by its public key, the largest first."""
        by_key = {
            "QUALITY": self.quality_bp,
            "IN_COUNTRY": self.in_country_bp,
            "DELIVERY": self.delivery_bp,
            "WARRANTY": self.warranty_bp,
            "BATTERY": self.battery_bp,
        }
        return dict(sorted(by_key.items(), key=lambda row: -row[1]))


DEFAULT_PARAMETERS = RankingParameters()


@dataclass(frozen=True, slots=True)
class ParametersRefused:
    """Parameters that the ranking's promises do not hold with; `parameter` names the first."""

    parameter: str
    value: int
    limit: str


@dataclass(frozen=True, slots=True)
class MeritRange:
    """The lowest and the highest merit that parameters allow."""

    lowest: int
    highest: int


def merit_range(parameters: RankingParameters, prior: int) -> MeritRange:
    """How far merit can go for the worst and the best offer there can be.

    Units: `prior` is the quality index of a merchant without data.
    """
    worst = divide_half_even(parameters.quality_bp * -prior, 10000) - parameters.delivery_bp
    best = divide_half_even(parameters.quality_bp * (10000 - prior), 10000)
    bonus = parameters.in_country_bp + parameters.delivery_bp
    bonus += parameters.warranty_bp + parameters.battery_bp
    return MeritRange(NEUTRAL_MERIT + worst, NEUTRAL_MERIT + best + bonus)


def check(parameters: RankingParameters, prior: int) -> ParametersRefused | None:
    """What is wrong with the parameters, or None.

    Refuses: a negative weight, by which better would rank lower; merit outside 5,000 to 15,000;
    a leader with less than half of the time; a group without members; a grade worth nothing.
    """
    for key, value in parameters.weights().items():
        if value < 0:
            return ParametersRefused(key, value, "not negative")
    reach = merit_range(parameters, prior)
    if reach.lowest < LOWEST_MERIT:
        return ParametersRefused("merit", reach.lowest, f"at least {LOWEST_MERIT}")
    if reach.highest > HIGHEST_MERIT:
        return ParametersRefused("merit", reach.highest, f"at most {HIGHEST_MERIT}")
    return _check_rotation(parameters) or _check_grades(parameters)


def _check_rotation(parameters: RankingParameters) -> ParametersRefused | None:
    bounds = {
        "max_sharers": (parameters.max_sharers, 1, 20),
        "band_bp": (parameters.band_bp, 0, 1000),
        "lead_share_bp": (parameters.lead_share_bp, 5000, 10000),
    }
    for key, (value, lowest, highest) in bounds.items():
        if not lowest <= value <= highest:
            return ParametersRefused(key, value, f"{lowest} to {highest}")
    return None


def _check_grades(parameters: RankingParameters) -> ParametersRefused | None:
    tables = [parameters.grade_worth_bp, *parameters.category_grade_worth_bp.values()]
    for grade in Grade:
        for table in tables:
            value = table.get(grade)
            if value is None and table is tables[0]:
                return ParametersRefused(f"grade_worth_bp.{grade}", 0, "every grade has a worth")
            if value is not None and value <= 0:
                return ParametersRefused(f"grade_worth_bp.{grade}", value, "positive")
    return None


@dataclass(frozen=True, slots=True)
class RankingModel:
    """The ranking of one market from one moment on. Never edited: a change is a new model.

    Shapes: `priors` are the metric rules with the peer values of that day; `id` is a hash of the
    rest, so that equal models have equal ids.
    """

    id: str
    market: str
    parameters: RankingParameters
    priors: tuple[MetricRule, ...]
    valid_from: datetime

    @property
    def prior_bp(self) -> int:
        """The quality index of a merchant without data."""
        return prior_bp(self.priors)


def ranking_model(
    market: str,
    valid_from: datetime,
    parameters: RankingParameters = DEFAULT_PARAMETERS,
    priors: tuple[MetricRule, ...] = DEFAULT_RULES,
) -> RankingModel | ParametersRefused:
    """The model of a market, valid from a moment on.

    Refuses: what `check` refuses.
    Raises: ValueError for a moment without time zone.
    """
    if valid_from.tzinfo is None:
        raise ValueError("valid_from needs a time zone")
    if (refused := check(parameters, prior_bp(priors))) is not None:
        return refused
    digest = hashlib.sha256(_canonical(market, valid_from, parameters, priors).encode()).hexdigest()
    return RankingModel(f"{market}-{digest[:16]}", market, parameters, priors, valid_from)


def _canonical(
    market: str,
    valid_from: datetime,
    parameters: RankingParameters,
    priors: tuple[MetricRule, ...],
) -> str:
    lines = [market, valid_from.astimezone(UTC).isoformat()]
    lines += [f"{key}={value}" for key, value in sorted(parameters.weights().items())]
    lines.append(f"{parameters.max_sharers}|{parameters.band_bp}|{parameters.lead_share_bp}")
    lines.append(_worths("", parameters.grade_worth_bp))
    for category, worths in sorted(parameters.category_grade_worth_bp.items()):
        lines.append(_worths(category, worths))
    for rule in sorted(priors, key=lambda r: r.metric):
        scale = f"{rule.weight_bp}|{rule.k}|{rule.prior}|{rule.good}|{rule.bad}"
        lines.append(f"{rule.metric}|{scale}|{rule.min_n}|{rule.window_days}")
    return "\n".join(lines)


def _worths(category: str, worths: Mapping[Grade, int]) -> str:
    return category + "|" + "|".join(f"{g}={worths[g]}" for g in Grade if g in worths)
