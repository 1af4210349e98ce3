"""What is said of a ranking comes from its parameters, and the shares are whole."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from domain.merchants.quality import QualityMetric
from domain.ranking.disclosure import EXCLUDED, LANGUAGES, disclosed, text, weighed
from domain.ranking.model import DEFAULT_PARAMETERS, RankingModel, ranking_model


def model(day: int = 1, **given_: int) -> RankingModel:
    made = ranking_model(
        "FR", datetime(2026, 1, day, tzinfo=UTC), replace(DEFAULT_PARAMETERS, **given_)
    )
    assert isinstance(made, RankingModel)
    return made


def test_the_main_parameters_are_told_by_weight() -> None:
    found = disclosed(model())

    assert [(row.key, row.weight_bp) for row in found.parameters] == [
        ("QUALITY", 3000), ("IN_COUNTRY", 300), ("BATTERY", 200), ("DELIVERY", 200),
        ("WARRANTY", 200),
    ]  # fmt: skip
    assert found.parameters[0].share_bp == 7692  # 3,000 of 3,900
    assert (found.reach.lowest, found.reach.highest) == (7845, 11945)


def test_other_parameters_are_told_otherwise() -> None:
    found = disclosed(model(delivery_bp=600), model(2, delivery_bp=600, warranty_bp=0))

    assert [row.key for row in found.parameters[:2]] == ["QUALITY", "DELIVERY"]
    assert found.upcoming is not None
    assert found.upcoming.changes == ("WARRANTY",)
    assert disclosed(model(), model(2)).upcoming is None


def test_everything_that_is_named_has_a_text_in_each_language() -> None:
    keys = [*DEFAULT_PARAMETERS.weights(), *QualityMetric, *EXCLUDED, "SELLER", "REVIEWS"]
    texts = {text(str(key), language) for key in keys for language in LANGUAGES}

    assert len(texts) == 2 * len(keys)


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 10_000), max_size=9))
def test_shares_sum_to_the_whole_and_keep_the_order(weights: dict[str, int]) -> None:
    rows = weighed(weights)

    assert sum(row.share_bp for row in rows) == (10_000 if sum(weights.values()) else 0)
    assert [row.share_bp for row in rows] == sorted((r.share_bp for r in rows), reverse=True)
    total = sum(weights.values()) or 1
    assert all(abs(row.share_bp - row.weight_bp * 10_000 / total) < 1 for row in rows)
