"""The value that peers have together."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from domain.merchants.peers import LEAST_MERCHANTS, peer_rules, rules_with
from domain.merchants.quality import DEFAULT_RULES, QualityMetric, Sample

CANCELS = QualityMetric.CANCELLATION_RATE
counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
peers = st.lists(counts.map(lambda c: {CANCELS: Sample.of(*c)}), max_size=20)


def prior(found: list[dict[QualityMetric, Sample]]) -> Fraction:
    return next(r.prior for r in peer_rules(DEFAULT_RULES, found) if r.metric is CANCELS)


@given(peers, st.randoms())
def test_the_order_of_peers_does_not_matter(found: list, random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert prior(found) == prior(shuffled)


@given(peers)
def test_a_prior_lies_between_good_and_bad_and_needs_enough_peers(found: list) -> None:
    rule = next(r for r in DEFAULT_RULES if r.metric is CANCELS)

    assert rule.good <= prior(found) <= rule.bad
    if len(found) < LEAST_MERCHANTS:
        assert prior(found) == rule.prior


def test_the_value_is_that_of_all_observations_together() -> None:
    found = [
        {CANCELS: Sample.of(x, n)} for x, n in ((1, 400), (2, 200), (3, 100), (4, 50), (5, 50))
    ]

    assert prior(found) == Fraction(19, 1000)  # 15 of 800 is 0.01875


def test_priors_are_read_back_as_they_were_stored() -> None:
    stored = {rule.metric.value: str(rule.prior) for rule in DEFAULT_RULES}

    assert rules_with(DEFAULT_RULES, stored) == DEFAULT_RULES
