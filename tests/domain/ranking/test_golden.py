"""The published numbers of the formula, reproduced to the last unit."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from domain.catalog import Grade
from domain.ranking.across import effective_across_minor, featured_across
from domain.ranking.explain import CompetitionState, competition_state, explain_terms
from domain.ranking.levers import Lever, QualityToWin, quality_to_win
from domain.ranking.rotation import bucket, competition_key, draw, group, in_band, pick
from domain.ranking.score import Competitor, Scored, Terms, merit, net_of_vat, rank, score
from domain.ranking.win import (
    PriceBounds,
    Unreachable,
    UnreachableReason,
    WinningPrice,
    contest,
    price_to_win,
    price_to_win_alone,
)
from tests.domain.ranking.competitions import (
    ALPHA,
    DELTA,
    G1,
    G3,
    IN_MARKET,
    J1,
    J2,
    PARAMETERS,
    PRIOR,
    VARIANT,
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    competitor,
)

KEY = competition_key("FR", VARIANT, Grade.GOOD)
MONDAY = int(datetime(2026, 5, 4, tzinfo=UTC).timestamp())


def scored(offer: Competitor) -> Scored:
    return score(offer, PARAMETERS, PRIOR)


def ids(*offers: Competitor) -> tuple[UUID, ...]:
    return tuple(o.offer_id for o in offers)


@pytest.mark.parametrize(
    ("offer", "landed", "terms", "merit_bp", "effective"),
    [
        pytest.param(B, 30649, Terms(642, 300, 133, 100, 0), 11175, 27426, id="B"),
        pytest.param(C, 30049, Terms(0, 300, 100, 0, 0), 10400, 28893, id="C"),
        pytest.param(D, 29439, Terms(-137, 150, 67, 0, 60), 10140, 29033, id="D"),
        pytest.param(A, 29049, Terms(-1078, 0, -33, 0, 0), 8889, 32680, id="A"),
        pytest.param(J1, 45800, Terms(-395, 0, 33, 0, 0), 9638, 47520, id="J1"),
        pytest.param(J2, 47450, Terms(385, 300, 167, 100, 200), 11152, 42548, id="J2"),
    ],
)
def test_terms_merit_and_effective_price_are_the_published_ones(
    offer: Competitor, landed: int, terms: Terms, merit_bp: int, effective: int
) -> None:
    found = scored(offer)

    assert found.landed_minor == landed
    assert found.terms == terms
    assert found.merit == merit_bp == merit(offer, PARAMETERS, PRIOR)
    assert found.effective_minor == effective


def test_the_dearest_offer_leads_and_the_cheapest_is_last() -> None:
    ranked = rank(G1, PARAMETERS, PRIOR)

    assert [s.competitor for s in ranked] == [B, C, D, A]
    assert max(G1, key=lambda o: o.landed_minor) is B
    assert min(G1, key=lambda o: o.landed_minor) is A


def test_worth_of_quality_is_told_in_money() -> None:
    rows = explain_terms(scored(B), PARAMETERS)

    quality = rows[0]
    assert (quality.parameter, quality.weight_bp, quality.value) == ("QUALITY", 3000, "8658")
    assert (quality.contribution_bp, quality.worth_minor) == (642, 1968)


@pytest.mark.parametrize(
    ("me", "price", "diff", "alone"),
    [
        pytest.param(A, 24230, -4670, 23988, id="A"),
        pytest.param(B, 32139, 1639, 31819, id="B"),
        pytest.param(C, 28374, -1526, 28092, id="C"),
        pytest.param(D, 27171, -1629, 26896, id="D"),
    ],
)
def test_price_to_win_is_the_published_one(
    me: Competitor, price: int, diff: int, alone: int
) -> None:
    duel = contest(me, G1, PARAMETERS, PRIOR)

    assert price_to_win(duel) == WinningPrice(price, diff)
    assert price_to_win_alone(duel) == WinningPrice(alone, alone - me.item_minor)


def test_one_cent_more_than_the_price_to_win_gives_rank_2() -> None:
    dearer = replace(A, item_minor=24231)

    ranked = rank([dearer, B, C, D], PARAMETERS, PRIOR)

    assert [s.competitor for s in ranked[:2]] == [B, dearer]


def test_a_price_under_the_merchants_own_minimum_is_unreachable() -> None:
    duel = contest(A, G1, PARAMETERS, PRIOR)

    found = price_to_win(duel, PriceBounds(min_price_minor=28000))

    assert found == Unreachable(UnreachableReason.BELOW_MIN_PRICE)


@pytest.mark.parametrize(
    ("me", "needed", "gap"),
    [
        pytest.param(A, 10592, 1703, id="A"),
        pytest.param(C, 10957, 557, id="C"),
        pytest.param(D, 10734, 594, id="D"),
    ],
)
def test_merit_needed_is_the_published_one(me: Competitor, needed: int, gap: int) -> None:
    found = quality_to_win(contest(me, G1, PARAMETERS, PRIOR), ALPHA)

    assert isinstance(found, QualityToWin)
    assert (found.needed_merit, found.gap_bp) == (needed, gap)


def test_b_has_won_and_the_others_are_eligible() -> None:
    ranked = rank(G1, PARAMETERS, PRIOR)
    sharing = group(ranked, PARAMETERS, PRIOR)

    states = [competition_state((o.offer_id, o.merchant_id), ranked, sharing) for o in (B, C, D, A)]

    assert states == [CompetitionState.WON] + [CompetitionState.ELIGIBLE] * 3


def test_price_to_win_against_c_alone() -> None:
    assert price_to_win(contest(D, [C, D], PARAMETERS, PRIOR)) == WinningPrice(28658, -142)
    assert price_to_win(contest(C, [C, D], PARAMETERS, PRIOR)) == WinningPrice(30044, 144)


@pytest.mark.parametrize(
    ("lever", "current", "target", "of"),
    [
        (Lever.QUALITY, 6060, 6223, None),
        (Lever.FAILURE_RATE, 20, 17, 500),
        (Lever.CANCELLATION_RATE, 10, 7, 520),
        (Lever.LATE_SHIPMENT_RATE, 30, 17, 510),
        (Lever.LATE_REPLY_RATE, 12, 7, 120),
        (Lever.RATING, 860, 892, 200),
        (Lever.LAB_CONFORMITY, 4, 5, 5),
        (Lever.DELIVERY_DAYS, 5, 3, None),
        (Lever.WARRANTY_MONTHS, 12, 18, None),
    ],
)
def test_each_lever_alone_is_the_published_one(
    lever: Lever, current: int, target: int, of: int | None
) -> None:
    found = quality_to_win(contest(D, [C, D], PARAMETERS, PRIOR), DELTA)

    assert isinstance(found, QualityToWin)
    assert (found.needed_merit, found.gap_bp) == (10189, 49)
    change = next(c for c in found.levers if c.lever is lever)
    assert (change.current, change.target, change.of) == (Decimal(current), Decimal(target), of)
    assert change.enough
    assert change.gain_bp >= 49


@pytest.mark.parametrize(
    ("changed", "merit_bp"),
    [
        pytest.param(replace(D, days=3), 10206, id="3 days"),
        pytest.param(replace(D, days=4), 10173, id="4 days"),
        pytest.param(replace(D, warranty_months=18), 10190, id="18 months"),
        pytest.param(replace(D, warranty_months=17), 10182, id="17 months"),
        pytest.param(replace(D, battery_new=True), 10280, id="new battery"),
        pytest.param(replace(D, scope=IN_MARKET), 10290, id="in market"),
    ],
)
def test_merit_after_a_change_is_the_published_one(changed: Competitor, merit_bp: int) -> None:
    assert merit(changed, PARAMETERS, PRIOR) == merit_bp


def test_new_battery_and_dispatch_in_market_are_each_enough() -> None:
    found = quality_to_win(contest(D, [C, D], PARAMETERS, PRIOR), DELTA)

    assert isinstance(found, QualityToWin)
    gains = {c.lever: (c.target, c.gain_bp, c.enough) for c in found.levers}
    assert gains[Lever.BATTERY_NEW] == (True, 140, True)
    assert gains[Lever.DISPATCH_COUNTRY] == (IN_MARKET, 150, True)


def test_d_is_near_enough_to_c_but_does_not_share_below_the_prior() -> None:
    ranked = rank([C, D], PARAMETERS, PRIOR)
    sharing = group(ranked, PARAMETERS, PRIOR)

    assert in_band(scored(C), scored(D), PARAMETERS.band_bp)
    assert sharing is not None
    assert sharing.offer_ids == ids(C)


def test_near_equals_share_and_one_below_the_prior_does_not() -> None:
    ranked = rank(G3, PARAMETERS, PRIOR)
    sharing = group(ranked, PARAMETERS, PRIOR)

    assert [s.competitor for s in ranked] == [C, E, G, F]
    assert [s.merit for s in ranked] == [10400, 10455, 10515, 10305]
    lead = Fraction(ranked[0].landed_minor, ranked[0].merit)
    ratios = [round(float(Fraction(s.landed_minor, s.merit) / lead), 5) for s in ranked]
    assert ratios == [1, 1.00136, 1.00519, 1.00586]
    assert sharing is not None
    assert sharing.offer_ids == ids(C, E, G)
    shares = [sharing.share_bp(o.offer_id, 5000) for o in (C, E, G, F)]
    assert shares == [5000, 2500, 2500, 0]


def test_the_pick_of_each_hour_is_the_published_one() -> None:
    sharing = group(rank(G3, PARAMETERS, PRIOR), PARAMETERS, PRIOR)
    assert sharing is not None
    eight = bucket(MONDAY + 8 * 3600)

    picked = [pick(sharing, KEY, eight + hour, 5000) for hour in range(6)]

    assert KEY == "FR|01890000-0000-7000-8000-000000000001|GOOD"
    assert eight == 493856
    assert bucket(MONDAY + 9 * 3600 - 1) == 493856
    assert f"{draw(KEY, eight):016x}" == "6202c17f8b14f6ce"
    assert picked == [*ids(C, G, C, G, G, E)]


def test_ten_thousand_hours_are_shared_as_published() -> None:
    sharing = group(rank(G3, PARAMETERS, PRIOR), PARAMETERS, PRIOR)
    assert sharing is not None
    start = bucket(MONDAY)

    picked = [pick(sharing, KEY, start + hour, 5000) for hour in range(10_000)]

    assert [picked.count(o.offer_id) for o in (C, G, E)] == [4930, 2535, 2535]


@pytest.mark.parametrize(
    ("me", "step", "price"),
    [(J1, 1, 41008), (J1, 100, 41000), (J2, 1, 52444), (J2, 100, 52400)],
)
def test_a_currency_without_minor_unit_wins_on_its_step(
    me: Competitor, step: int, price: int
) -> None:
    duel = contest(me, [J1, J2], PARAMETERS, PRIOR)

    assert [s.competitor for s in rank([J1, J2], PARAMETERS, PRIOR)] == [J2, J1]
    found = price_to_win(duel, PriceBounds(step_minor=step))
    assert found == WinningPrice(price, price - me.item_minor)


def test_across_grades_the_good_one_is_featured() -> None:
    leaders = {
        Grade.EXCELLENT: Scored(competitor(11), 33900, Terms(1000, 0, 0, 0, 0), 11000),
        Grade.GOOD: scored(B),
        Grade.FAIR: Scored(competitor(12), 26500, Terms(400, 0, 0, 0, 0), 10400),
    }

    shown = {g: effective_across_minor(s, PARAMETERS.grade_worth(g)) for g, s in leaders.items()}

    assert shown == {Grade.EXCELLENT: 28535, Grade.GOOD: 27426, Grade.FAIR: 28312}
    assert featured_across(leaders, PARAMETERS) == (Grade.GOOD, leaders[Grade.GOOD])


def test_for_a_business_a_margin_offer_of_300_loses_to_a_normal_one_of_330() -> None:
    margin = competitor(1, item_minor=net_of_vat(30000, Fraction(20), deductible=False))
    normal = competitor(2, item_minor=net_of_vat(33000, Fraction(20), deductible=True))

    ranked = rank([margin, normal], PARAMETERS, PRIOR)

    assert [s.competitor for s in ranked] == [normal, margin]
    assert (margin.item_minor, normal.item_minor) == (30000, 27500)


def test_a_merchant_without_data_is_at_the_published_prior() -> None:
    assert PRIOR == 6518
    assert scored(replace(A, quality_bp=PRIOR)).terms.quality == 0
