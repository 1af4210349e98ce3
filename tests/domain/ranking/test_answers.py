"""What customers and merchants are told: reasons, explanations, states, snapshots."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from domain.catalog import Grade
from domain.merchants.quality import Samples
from domain.ranking.across import featured_across
from domain.ranking.explain import CompetitionState, competition_state, explain, explain_terms
from domain.ranking.reasons import PublicReason, public_reasons, quality_parts
from domain.ranking.rotation import RotationGroup, group, pick
from domain.ranking.score import Competitor, Scored, rank, score
from domain.ranking.snapshot import snapshot_id, snapshot_text
from tests.domain.ranking.competitions import (
    BRAVO,
    G1,
    G3,
    IN_MARKET,
    LISTED,
    PARAMETERS,
    PRIOR,
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    competitor,
    samples,
)


def scored(offer: Competitor) -> Scored:
    return score(offer, PARAMETERS, PRIOR)


def reasons(
    featured: Competitor, offers: tuple[Competitor, ...], counts: Samples | None = None
) -> tuple[PublicReason, ...]:
    ranked = rank(offers, PARAMETERS, PRIOR)
    sharing = group(ranked, PARAMETERS, PRIOR)
    assert sharing is not None
    parts = quality_parts(counts or {}, PARAMETERS)
    return public_reasons(scored(featured), ranked, sharing, parts)


def state(
    offer: Competitor, offers: tuple[Competitor, ...], *, will_lead: bool = False
) -> CompetitionState:
    ranked = rank(offers, PARAMETERS, PRIOR)
    own = offer.offer_id, offer.merchant_id
    return competition_state(own, ranked, group(ranked, PARAMETERS, PRIOR), will_lead=will_lead)


def test_the_parts_of_quality_add_up_to_its_term() -> None:
    parts = quality_parts(BRAVO, PARAMETERS)

    assert round(sum(parts.values(), Fraction(0))) == scored(B).terms.quality == 642
    assert set(parts) == set(list(PublicReason)[:5])


def test_bravo_is_featured_for_its_country_its_failures_and_its_ratings() -> None:
    parts = {r: round(float(v)) for r, v in quality_parts(BRAVO, PARAMETERS).items()}

    assert parts == {
        PublicReason.LOW_FAILURE_RATE: 242,
        PublicReason.RELIABLE_SHIPPING: 186,
        PublicReason.FAST_AFTER_SALES: 50,
        PublicReason.WELL_RATED: 97,
        PublicReason.LAB_CHECKED: 67,
    }
    assert reasons(B, G1, BRAVO) == (
        PublicReason.SHIPS_FROM_YOUR_COUNTRY,
        PublicReason.LOW_FAILURE_RATE,
        PublicReason.RELIABLE_SHIPPING,
    )


def test_a_newcomer_has_no_reason_of_quality() -> None:
    assert reasons(C, (C, D)) == (
        PublicReason.SHIPS_FROM_YOUR_COUNTRY,
        PublicReason.ARRIVES_SOON,
    )


def test_too_few_observations_are_no_reason() -> None:
    few = samples((0, 29), (0, 29), (0, 29), (0, 29), (45, 9), (2, 2))
    enough = samples((0, 30), (0, 30), (0, 30), (0, 30), (50, 10), (3, 3))

    assert quality_parts(few, PARAMETERS) == {}
    assert all(part > 0 for part in quality_parts(enough, PARAMETERS).values())


def test_what_speaks_against_an_offer_is_no_reason() -> None:
    assert reasons(A, (A,), samples((84, 1200), *[(0, 0)] * 5)) == ()


def test_a_shared_place_is_always_said_last() -> None:
    assert reasons(E, G3) == (
        PublicReason.SHIPS_FROM_YOUR_COUNTRY,
        PublicReason.ARRIVES_SOON,
        PublicReason.SHARED_PLACE,
    )


def test_the_lowest_total_is_weighed_by_its_advantage() -> None:
    dear = competitor(1, item_minor=10_500)
    cheap = competitor(2, item_minor=10_000, warranty_months=36, battery_new=True)
    less = competitor(3, item_minor=10_150)

    assert reasons(cheap, (dear, cheap))[0] is PublicReason.LOWEST_TOTAL
    assert reasons(cheap, (less, cheap)) == (
        PublicReason.LONGER_WARRANTY,
        PublicReason.NEW_BATTERY,
        PublicReason.LOWEST_TOTAL,
    )
    assert reasons(dear, (dear, cheap)) == ()


def test_the_same_lowest_total_is_still_the_lowest_and_a_single_offer_is_not() -> None:
    first, second = competitor(1), competitor(2, days=8)

    assert reasons(first, (first, second)) == (PublicReason.LOWEST_TOTAL, PublicReason.SHARED_PLACE)
    assert reasons(first, (first,)) == ()


def test_dispatch_from_the_same_customs_area_is_not_your_country() -> None:
    assert reasons(D, (D,)) == (PublicReason.ARRIVES_SOON,)


def test_good_battery_health_is_not_a_new_battery() -> None:
    worn = competitor(1, battery_health=100)

    assert scored(worn).terms.battery == 100
    assert reasons(worn, (worn,)) == ()


def test_the_explanation_names_every_term_and_the_leaders_total_only() -> None:
    found = explain(D.offer_id, rank(G1, PARAMETERS, PRIOR), PARAMETERS)

    assert found is not None
    assert (found.rank, found.of, found.landed_minor, found.merit) == (3, 4, 29439, 10140)
    assert (found.effective_minor, found.leader_total_minor) == (29033, 30649)
    assert [(t.parameter, t.weight_bp, t.value, t.contribution_bp) for t in found.terms] == [
        ("QUALITY", 3000, "6060", -137),
        ("IN_COUNTRY", 300, "SAME_CUSTOMS_AREA", 150),
        ("DELIVERY", 200, "5", 67),
        ("WARRANTY", 200, "12", 0),
        ("BATTERY", 200, "92", 60),
    ]
    assert sum(t.contribution_bp for t in found.terms) == found.merit - 10000
    assert [t.worth_minor for t in found.terms] == [-403, 442, 197, 0, 177]


def test_the_gap_is_what_is_missing_to_the_next_and_for_the_leader_its_room() -> None:
    ranked = rank(G1, PARAMETERS, PRIOR)
    gaps = [explain(o.offer_id, ranked, PARAMETERS) for o in (B, C, D, A)]

    assert [g.gap_to_next_minor for g in gaps if g] == [1639, 1526, 142, 3242]


def test_alone_there_is_no_gap_and_who_does_not_compete_has_no_explanation() -> None:
    ranked = rank([C], PARAMETERS, PRIOR)
    alone = explain(C.offer_id, ranked, PARAMETERS)

    assert alone is not None
    assert alone.gap_to_next_minor is None
    assert explain(D.offer_id, ranked, PARAMETERS) is None


@pytest.mark.parametrize(
    ("offer", "value"),
    [(competitor(1, battery_new=True), "new"), (competitor(1), "unknown")],
)
def test_a_battery_is_named(offer: Competitor, value: str) -> None:
    assert explain_terms(scored(offer), PARAMETERS)[-1].value == value


def test_sharers_share_and_the_one_outside_is_eligible() -> None:
    assert [state(o, G3) for o in (C, E, G)] == [CompetitionState.SHARING] * 3
    assert state(F, G3) is CompetitionState.ELIGIBLE


def test_another_offer_of_the_leaders_merchant_has_won_elsewhere() -> None:
    sister = replace(D, merchant_id=B.merchant_id)

    assert state(sister, (A, B, C, sister)) is CompetitionState.WON_ELSEWHERE


def test_a_change_that_will_lead_should_win_unless_it_leads_already() -> None:
    assert state(A, G1, will_lead=True) is CompetitionState.SHOULD_WIN
    assert state(A, (B, C), will_lead=True) is CompetitionState.SHOULD_WIN
    assert state(B, G1, will_lead=True) is CompetitionState.WON


def test_an_offer_that_does_not_compete_is_ineligible() -> None:
    assert state(A, (B, C)) is CompetitionState.INELIGIBLE
    assert state(A, ()) is CompetitionState.INELIGIBLE


def test_nobody_competes_and_nobody_shares() -> None:
    assert group((), PARAMETERS, PRIOR) is None


def test_one_merchant_has_one_place_in_the_group() -> None:
    sister = replace(E, offer_id=UUID(int=50), listed_at=LISTED + timedelta(days=1))
    sharing = group(rank([*G3, sister], PARAMETERS, PRIOR), PARAMETERS, PRIOR)

    assert sharing is not None
    assert sharing.offer_ids == (C.offer_id, E.offer_id, G.offer_id)


def test_the_group_is_full_at_its_limit() -> None:
    equals = [competitor(n) for n in range(1, 9)]
    sharing = group(rank(equals, PARAMETERS, PRIOR), PARAMETERS, PRIOR)

    assert sharing is not None
    assert sharing.size == 5
    assert sharing.share_bp(UUID(int=2), 5000) == 1250


def test_a_leader_with_all_the_time_is_always_picked() -> None:
    sharing = RotationGroup(UUID(int=1), (UUID(int=2), UUID(int=3)))

    assert {pick(sharing, "key", turn, 10000) for turn in range(200)} == {UUID(int=1)}
    assert {pick(sharing, "key", turn, 5000) for turn in range(200)} == set(sharing.offer_ids)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({"quality_bp": 6519}, {"quality_bp": 6518}, id="quality"),
        pytest.param({"days": 3}, {"days": 4}, id="days"),
        pytest.param({"listed_at": LISTED}, {"listed_at": LISTED + timedelta(1)}, id="listed"),
        pytest.param({}, {}, id="offer id"),
    ],
)
def test_ties_are_broken_in_the_published_order(
    first: dict[str, object], second: dict[str, object]
) -> None:
    flat = replace(PARAMETERS, quality_bp=0, delivery_bp=0)
    a, b = competitor(1, **first), competitor(2, **second)

    assert [s.competitor for s in rank([b, a], flat, PRIOR)] == [a, b]


def test_of_equal_effective_prices_the_lower_total_is_first() -> None:
    low = competitor(2, item_minor=10_000)
    high = competitor(1, item_minor=10_300, scope=IN_MARKET)

    assert scored(low).effective_e6 == scored(high).effective_e6
    assert [s.competitor for s in rank([high, low], PARAMETERS, PRIOR)] == [low, high]


def test_the_text_of_a_snapshot_is_the_documented_one() -> None:
    new = competitor(3, battery_new=True, battery_health=100)
    lines = [
        "FR-1",
        "00000000-0000-0000-0000-000000000002|30649|30500|8658|3|24||IN_MARKET",
        "00000000-0000-0000-0000-000000000003|30000|30000|6518|7|12|new|ELSEWHERE",
        "00000000-0000-0000-0000-000000000004|29439|28800|6060|5|12|92|SAME_CUSTOMS_AREA",
    ]
    text = "\n".join(lines)

    assert snapshot_text("FR-1", [D, new, B]) == text
    assert snapshot_id("FR-1", [D, B, new]) == hashlib.sha256(text.encode()).hexdigest()


def test_a_snapshot_without_offers_is_its_model() -> None:
    assert snapshot_text("FR-1", []) == "FR-1"


@pytest.mark.parametrize("fact", ["item_minor", "shipping_minor", "quality_bp", "days"])
def test_another_input_is_another_snapshot(fact: str) -> None:
    changed = replace(C, **{fact: getattr(C, fact) + 1})

    assert snapshot_id("FR-1", [C]) != snapshot_id("FR-1", [changed])
    assert snapshot_id("FR-1", [C]) != snapshot_id("FR-2", [C])


def test_no_leader_no_grade_and_equal_worth_goes_to_the_better_grade() -> None:
    good = scored(competitor(1, item_minor=10_000))
    excellent = scored(competitor(2, item_minor=10_800))

    assert featured_across({}, PARAMETERS) is None
    leaders = {Grade.GOOD: good, Grade.EXCELLENT: excellent}
    assert featured_across(leaders, PARAMETERS) == (Grade.EXCELLENT, excellent)


def test_the_draw_goes_by_offer_id_and_not_by_rank() -> None:
    one, two, three = (UUID(int=n) for n in (1, 2, 3))
    up, down = RotationGroup(one, (two, three)), RotationGroup(one, (three, two))

    picks = [(pick(up, "key", t, 5000), pick(down, "key", t, 5000)) for t in range(50)]

    assert all(a == b for a, b in picks)
    assert {a for a, _ in picks} == {one, two, three}
