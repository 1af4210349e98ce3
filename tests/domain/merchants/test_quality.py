"""The quality index and its thresholds, with the published numbers."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.merchants.quality import (
    DEFAULT_RULES,
    NO_DATA,
    NotEnoughData,
    QualityMetric,
    Rate,
    Sample,
    Samples,
    contributions,
    estimate,
    interval,
    prior_bp,
    quality_bp,
    rate,
    six_places,
    utility,
)
from domain.merchants.thresholds import (
    DEFAULT_THRESHOLDS,
    Night,
    PeerCell,
    QualityLevel,
    age_band,
    below_warning,
    counts_in_band,
    expected_failures,
    failure_ratio,
    interval_beyond,
    level,
    standing_level,
)
from tests.domain.ranking.competitions import ALPHA, BRAVO, DELTA, samples

FAILURE, RATING, LAB = DEFAULT_RULES[0], DEFAULT_RULES[4], DEFAULT_RULES[5]
THRESHOLD = {t.rule.metric: t for t in DEFAULT_THRESHOLDS}
NONE, WARNING = QualityLevel.NONE, QualityLevel.WARNING
RESTRICTION, SUSPENSION = QualityLevel.RESTRICTION, QualityLevel.SUSPENSION


@pytest.mark.parametrize(
    ("counts", "estimates", "index"),
    [
        pytest.param({}, "0.040000 0.015000 0.050000 0.080000 4.300000 0.900000", 6518, id="none"),
        pytest.param(
            ALPHA, "0.068800 0.029444 0.101923 0.173023 3.915385 0.750000", 2926, id="Alpha"
        ),
        pytest.param(
            BRAVO, "0.021176 0.005460 0.016744 0.046667 4.581250 0.966667", 8658, id="Bravo"
        ),
        pytest.param(
            DELTA, "0.040000 0.018860 0.058036 0.096000 4.300000 0.850000", 6060, id="Delta"
        ),
    ],
)
def test_estimates_and_index_are_the_published_ones(
    counts: Samples, estimates: str, index: int
) -> None:
    found = [six_places(estimate(r, counts.get(r.metric, NO_DATA))) for r in DEFAULT_RULES]

    assert found == [Decimal(e) for e in estimates.split()]
    assert quality_bp(counts) == index


def test_the_weights_are_the_whole() -> None:
    assert sum(r.weight_bp for r in DEFAULT_RULES) == 10000
    assert prior_bp() == 6518


def test_the_best_merchant_has_10000_and_the_worst_0() -> None:
    best = samples(*[(0, 10**6)] * 4, (5 * 10**6, 10**6), (10**9, 10**9))
    worst = samples(*[(10**6, 10**6)] * 4, (10**6, 10**6), (0, 10**6))

    assert 9999 <= quality_bp(best) <= 10000
    assert quality_bp(worst) == 0


def test_utility_stays_between_0_and_1() -> None:
    assert utility(FAILURE, Fraction(0)) == 1
    assert utility(FAILURE, Fraction("0.045")) == Fraction(1, 2)
    assert utility(FAILURE, Fraction(1)) == 0
    assert utility(RATING, Fraction(5)) == 1


@given(
    st.fixed_dictionaries(
        {m: st.tuples(st.integers(0, 300), st.integers(0, 300)) for m in QualityMetric}
    )
)
def test_contributions_add_up_to_the_distance_from_the_prior(
    counts: dict[QualityMetric, tuple[int, int]],
) -> None:
    found = {m: Sample.of(min(x, n), n) for m, (x, n) in counts.items()}
    exact_prior = sum(r.weight_bp * utility(r, r.prior) for r in DEFAULT_RULES)

    index = exact_prior + sum(contributions(found).values())

    assert quality_bp(found) == round(index)
    assert 0 <= quality_bp(found) <= 10000


@pytest.mark.parametrize("metric", list(QualityMetric))
def test_a_rate_is_shown_from_its_minimum_on(metric: QualityMetric) -> None:
    rule = next(r for r in DEFAULT_RULES if r.metric is metric)
    least = {QualityMetric.RATING: 10, QualityMetric.LAB_CONFORMITY: 3}.get(metric, 30)

    assert rate(rule, Sample.of(least, least - 1)) == NotEnoughData(least - 1, least)
    assert isinstance(rate(rule, Sample.of(least, least)), Rate)


def test_a_rate_carries_its_count_and_its_interval() -> None:
    found = rate(FAILURE, Sample.of(20, 500))

    assert isinstance(found, Rate)
    assert (found.value, found.estimate, found.n) == (Decimal("0.04"), Decimal("0.04"), 500)
    assert (found.interval.low, found.interval.high) == (Decimal("0.026041"), Decimal("0.060974"))


def test_no_event_and_only_events_stay_between_0_and_1() -> None:
    none = interval(FAILURE.metric, Sample.of(0, 40))
    every = interval(FAILURE.metric, Sample.of(40, 40))

    assert none.low == 0
    assert none.high == 1 - every.low
    assert every.high == 1


def test_the_interval_of_ratings_is_that_of_their_mean() -> None:
    # One hundred fours and fives, half each: the deviation is 0.502519 with n - 1.
    found = interval(QualityMetric.RATING, Sample.of(450, 100, squares=50 * 16 + 50 * 25))

    assert (found.low, found.high) == (Decimal("4.401506"), Decimal("4.598494"))


def test_without_squares_the_interval_of_ratings_is_the_widest() -> None:
    known = interval(QualityMetric.RATING, Sample.of(450, 100, squares=50 * 16 + 50 * 25))
    unknown = interval(QualityMetric.RATING, Sample.of(450, 100))

    assert unknown.low < known.low
    assert unknown.high > known.high
    assert interval(QualityMetric.RATING, Sample.of(50, 10)).high == 5


@pytest.mark.parametrize(
    ("x", "n", "expected"),
    [
        (16, 800, NONE),
        (1, 30, NONE),
        (5, 40, WARNING),
        (9, 120, WARNING),
        (33, 300, WARNING),
        (34, 300, RESTRICTION),
        (14, 60, RESTRICTION),
        (45, 300, RESTRICTION),
        (49, 300, SUSPENSION),
    ],
)
def test_the_level_of_failures_is_the_published_one(x: int, n: int, expected: QualityLevel) -> None:
    assert level(THRESHOLD[QualityMetric.FAILURE_RATE], Sample.of(x, n)) is expected


def test_too_few_failures_to_tell() -> None:
    found = level(THRESHOLD[QualityMetric.FAILURE_RATE], Sample.of(3, 20))

    assert found == NotEnoughData(20, 30)


@pytest.mark.parametrize(
    ("x", "n", "low"),
    [(33, 300, "0.0794"), (34, 300, "0.0822"), (14, 60, "0.1444"), (45, 300, "0.1140")],
)
def test_the_lower_bound_is_the_published_one(x: int, n: int, low: str) -> None:
    found = interval(QualityMetric.FAILURE_RATE, Sample.of(x, n)).low

    assert round(found, 4) == Decimal(low)


@pytest.mark.parametrize(
    ("metric", "sample", "expected"),
    [
        pytest.param(RATING.metric, Sample.of(40, 10), NONE, id="few reviews at the peers"),
        pytest.param(RATING.metric, Sample.of(30, 10), WARNING, id="few bad reviews"),
        pytest.param(RATING.metric, Sample.of(90, 30, 270), RESTRICTION, id="thirty threes"),
        pytest.param(RATING.metric, Sample.of(180, 60, 540), SUSPENSION, id="sixty threes"),
        pytest.param(RATING.metric, Sample.of(87, 29, 261), WARNING, id="29 threes"),
        pytest.param(LAB.metric, Sample.of(3, 3), NONE, id="all conforming"),
        pytest.param(LAB.metric, Sample.of(2, 4), WARNING, id="half conforming"),
        pytest.param(LAB.metric, Sample.of(1, 8), RESTRICTION, id="one of eight"),
        pytest.param(LAB.metric, Sample.of(1, 10), SUSPENSION, id="one of ten"),
    ],
)
def test_where_more_is_better_the_upper_bound_decides(
    metric: QualityMetric, sample: Sample, expected: QualityLevel
) -> None:
    assert level(THRESHOLD[metric], sample) is expected


@given(st.integers(0, 400), st.integers(1, 400), st.sampled_from(["0.05", "0.08", "0.12", "0.4"]))
def test_the_exact_comparison_agrees_with_the_interval_shown(x: int, n: int, value: str) -> None:
    assume(x <= n)
    sample = Sample.of(x, n)
    low = interval(QualityMetric.FAILURE_RATE, sample).low
    assume(abs(low - Decimal(value)) > Decimal("0.000001"))

    assert interval_beyond(FAILURE, sample, Fraction(value)) == (low > Decimal(value))


def nights(*levels: QualityLevel | NotEnoughData, below: bool = False) -> list[Night]:
    return [Night(found, below or found is NONE) for found in levels]


@pytest.mark.parametrize(
    ("standing", "found", "expected"),
    [
        pytest.param(NONE, nights(WARNING, WARNING), NONE, id="two nights"),
        pytest.param(NONE, nights(WARNING, WARNING, WARNING), WARNING, id="three nights"),
        pytest.param(NONE, nights(WARNING, NONE, WARNING, WARNING), NONE, id="interrupted"),
        pytest.param(
            NONE, nights(SUSPENSION, RESTRICTION, SUSPENSION), RESTRICTION, id="the mildest counts"
        ),
        pytest.param(
            WARNING, nights(*[NotEnoughData(20, 30)] * 3), WARNING, id="no data changes nothing"
        ),
        pytest.param(RESTRICTION, nights(*[WARNING] * 20), RESTRICTION, id="not left by halves"),
        pytest.param(RESTRICTION, nights(*[NONE] * 13), RESTRICTION, id="thirteen calm nights"),
        pytest.param(RESTRICTION, nights(*[NONE] * 14), NONE, id="fourteen calm nights"),
        pytest.param(
            SUSPENSION,
            nights(*[NotEnoughData(5, 30)] * 14, below=True),
            NONE,
            id="calm without sales",
        ),
        pytest.param(WARNING, nights(WARNING, *[NONE] * 13), WARNING, id="one of fourteen"),
    ],
)
def test_a_level_is_entered_after_three_nights_and_left_after_fourteen(
    standing: QualityLevel, found: list[Night], expected: QualityLevel
) -> None:
    assert standing_level(standing, found) is expected


def test_the_estimate_may_be_on_the_warning_but_not_beyond() -> None:
    # (22 + 2) / (350 + 50) is 0.06 exactly.
    failures = THRESHOLD[QualityMetric.FAILURE_RATE]

    assert below_warning(failures, Sample.of(22, 350))
    assert not below_warning(failures, Sample.of(23, 350))


def test_failures_are_compared_with_the_same_mix_of_peers() -> None:
    cells = [PeerCell(100, Fraction("0.02")), PeerCell(50, Fraction("0.06"))]

    assert expected_failures(cells) == 5
    assert failure_ratio(8, cells) == Fraction("1.60")
    assert failure_ratio(8, []) is None


@pytest.mark.parametrize(
    ("days", "band"),
    [(0, (0, 7)), (7, (0, 7)), (8, (8, 30)), (31, (31, 90)), (365, (181, 365)), (366, None)],
)
def test_a_failure_falls_into_the_band_of_its_age(days: int, band: tuple[int, int] | None) -> None:
    assert age_band(days) == band


def test_a_band_counts_units_that_lived_through_it() -> None:
    assert not counts_in_band((8, 30), 29)
    assert counts_in_band((8, 30), 30)
