"""The published parameters and the model made of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.catalog import Grade
from domain.merchants.quality import DEFAULT_RULES
from domain.ranking.model import (
    DEFAULT_GRADE_WORTH,
    MeritRange,
    ParametersRefused,
    RankingModel,
    RankingParameters,
    check,
    merit_range,
    ranking_model,
)
from tests.domain.ranking.competitions import PARAMETERS, PRIOR

FROM = datetime(2026, 5, 4, tzinfo=UTC)


def made(market: str = "FR", parameters: RankingParameters = PARAMETERS) -> RankingModel:
    model = ranking_model(market, FROM, parameters)
    assert isinstance(model, RankingModel)
    return model


def test_the_defaults_are_accepted_and_keep_merit_in_the_published_range() -> None:
    assert check(PARAMETERS, PRIOR) is None
    assert merit_range(PARAMETERS, PRIOR) == MeritRange(7845, 11945)


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        pytest.param(RankingParameters(quality_bp=7400), "merit", id="merit under 5,000"),
        pytest.param(RankingParameters(in_country_bp=3600), "merit", id="merit over 15,000"),
        pytest.param(RankingParameters(quality_bp=-1), "QUALITY", id="negative quality"),
        pytest.param(RankingParameters(battery_bp=-1), "BATTERY", id="negative battery"),
        pytest.param(RankingParameters(max_sharers=0), "max_sharers", id="nobody shares"),
        pytest.param(RankingParameters(band_bp=-1), "band_bp", id="negative band"),
        pytest.param(RankingParameters(lead_share_bp=4999), "lead_share_bp", id="under half"),
        pytest.param(
            RankingParameters(grade_worth_bp={**DEFAULT_GRADE_WORTH, Grade.FAIR: 0}),
            "grade_worth_bp.FAIR",
            id="worthless grade",
        ),
        pytest.param(
            RankingParameters(grade_worth_bp={Grade.GOOD: 10000}),
            "grade_worth_bp.FAIR",
            id="grade left out",
        ),
    ],
)
def test_parameters_that_break_a_promise_are_refused(
    parameters: RankingParameters, name: str
) -> None:
    refused = ranking_model("FR", FROM, parameters)

    assert isinstance(refused, ParametersRefused)
    assert refused.parameter == name


def test_merit_of_exactly_the_limit_is_accepted() -> None:
    highest = RankingParameters(in_country_bp=300 + 15000 - 11945)

    assert check(highest, PRIOR) is None
    assert check(replace(highest, in_country_bp=highest.in_country_bp + 1), PRIOR) is not None


def test_equal_models_have_equal_ids_whatever_the_zone_and_the_order() -> None:
    paris = timezone(timedelta(hours=2))
    reversed_worths = {g: DEFAULT_GRADE_WORTH[g] for g in Grade}
    same = ranking_model(
        "FR",
        FROM.astimezone(paris),
        RankingParameters(grade_worth_bp=reversed_worths),
        tuple(reversed(DEFAULT_RULES)),
    )

    assert isinstance(same, RankingModel)
    assert same.id == made().id == "FR-" + made().id[3:]


@pytest.mark.parametrize(
    "parameters",
    [
        RankingParameters(quality_bp=2999),
        RankingParameters(band_bp=99),
        RankingParameters(grade_worth_bp={**DEFAULT_GRADE_WORTH, Grade.FAIR: 9001}),
        RankingParameters(category_grade_worth_bp={"smartphone": {Grade.FAIR: 8900}}),
    ],
)
def test_another_parameter_gives_another_id(parameters: RankingParameters) -> None:
    assert made(parameters=parameters).id != made().id


def test_another_market_day_or_prior_gives_another_id() -> None:
    later = ranking_model("FR", FROM + timedelta(days=1))
    milder = (replace(DEFAULT_RULES[0], k=40), *DEFAULT_RULES[1:])
    other_prior = ranking_model("FR", FROM, PARAMETERS, milder)

    ids = {m.id for m in (made(), made("DE"), later, other_prior) if isinstance(m, RankingModel)}
    assert len(ids) == 4


def test_a_model_without_time_zone_is_a_fault() -> None:
    with pytest.raises(ValueError, match="time zone"):
        ranking_model("FR", datetime(2026, 5, 4))  # noqa: DTZ001 - that is the point


def test_a_model_knows_its_prior() -> None:
    assert made().prior_bp == 6518


def test_weights_are_listed_by_weight() -> None:
    expected = ["QUALITY", "IN_COUNTRY", "DELIVERY", "WARRANTY", "BATTERY"]
    assert list(PARAMETERS.weights()) == expected
    assert next(iter(RankingParameters(quality_bp=0).weights())) == "IN_COUNTRY"


def test_a_category_may_have_its_own_worth_of_a_grade() -> None:
    own = RankingParameters(category_grade_worth_bp={"console": {Grade.FAIR: 9500}})

    assert own.grade_worth(Grade.FAIR, "console") == 9500
    assert own.grade_worth(Grade.GOOD, "console") == 10000
    assert own.grade_worth(Grade.FAIR, "tablet") == own.grade_worth(Grade.FAIR) == 9000
