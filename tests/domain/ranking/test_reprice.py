"""Where the repricer moves a price, and that it comes to rest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ranking.reprice import APART, MOST_A_DAY, RepriceMode, RepricePlan, next_price, rested
from domain.ranking.rotation import group
from domain.ranking.score import Competitor, rank
from domain.ranking.win import contest
from tests.domain.ranking.competitions import (
    G1,
    PARAMETERS,
    PRIOR,
    A,
    B,
    C,
    D,
    competitor,
    competitors,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LEAD, SHARE, ALONE = RepriceMode.LEAD, RepriceMode.SHARE, RepriceMode.ALONE


def plan(mode: RepriceMode, me: Competitor, lowest: int = 1, highest: int | None = None,
         step: int = 1) -> RepricePlan:  # fmt: skip
    return RepricePlan(mode, me.item_minor, lowest, highest, step)


def moved(me: Competitor, offers: Sequence[Competitor], how: RepricePlan) -> int | None:
    return next_price(contest(me, offers, PARAMETERS, PRIOR), how, (), NOW)


@pytest.mark.parametrize(
    ("me", "mode", "price"),
    [
        pytest.param(A, LEAD, 24230, id="A leads"),
        pytest.param(B, LEAD, 32139, id="the leader takes its room"),
        pytest.param(C, LEAD, 28374, id="C leads"),
        pytest.param(D, LEAD, 27171, id="D leads"),
        pytest.param(A, ALONE, 23988, id="A alone"),
        pytest.param(B, ALONE, 31819, id="B alone"),
        pytest.param(C, ALONE, 28092, id="C alone"),
        pytest.param(D, ALONE, 26896, id="D alone"),
        pytest.param(A, SHARE, None, id="of less than the prior nobody shares"),
        pytest.param(C, RepriceMode.OFF, None, id="off"),
    ],
)
def test_it_moves_to_the_published_prices(
    me: Competitor, mode: RepriceMode, price: int | None
) -> None:
    assert moved(me, G1, plan(mode, me)) == price


def test_who_shares_asks_for_the_highest_price_inside_the_band() -> None:
    price = moved(C, G1, plan(SHARE, C))

    assert price is not None
    groups = []
    for item in (price, price + 1):
        ranked = rank([A, B, replace(C, item_minor=item), D], PARAMETERS, PRIOR)
        sharing = group(ranked, PARAMETERS, PRIOR)
        assert sharing is not None
        groups.append(sharing.offer_ids)
    assert groups == [(B.offer_id, C.offer_id), (B.offer_id,)]
    assert moved(replace(C, item_minor=price), G1, plan(SHARE, C)) is None


@pytest.mark.parametrize(
    ("how", "price"),
    [
        pytest.param(plan(LEAD, A, lowest=28000), None, id="out of reach: it stays"),
        pytest.param(plan(LEAD, A, lowest=29000), 29000, id="below the lowest: up to it"),
        pytest.param(plan(LEAD, B, highest=31000), 31000, id="no higher than the highest"),
        pytest.param(plan(LEAD, B, highest=30501), None, id="one step is no reason"),
        pytest.param(plan(LEAD, B, highest=30502), 30502, id="two steps are"),
        pytest.param(plan(LEAD, B, highest=30000), 30000, id="above the highest: down to it"),
        pytest.param(plan(LEAD, B, lowest=31501, highest=31600, step=100), 31600, id="on a step"),
        pytest.param(plan(LEAD, B, lowest=31501, highest=31599, step=100), None, id="no price"),
    ],
)
def test_it_stays_inside_the_bounds(how: RepricePlan, price: int | None) -> None:
    me = A if how.base_minor == A.item_minor else B

    assert moved(me, G1, how) == price


def test_without_a_rival_it_goes_back_to_the_merchants_own_price() -> None:
    lowered = replace(C, item_minor=20000)
    sister = replace(D, merchant_id=C.merchant_id)

    assert moved(lowered, [lowered, sister], plan(LEAD, C)) == C.item_minor
    assert moved(lowered, [lowered], plan(SHARE, C, highest=25000)) == 25000


@pytest.mark.parametrize(
    ("ago", "may"),
    [
        pytest.param([], True, id="never"),
        pytest.param([59], False, id="within the hour"),
        pytest.param([60], True, id="an hour ago"),
        pytest.param([60 + 50 * n for n in range(24)], False, id="24 in a day"),
        pytest.param([60 + 50 * n for n in range(23)], True, id="23 in a day"),
        pytest.param([1440 + n for n in range(24)], True, id="24 the day before"),
    ],
)
def test_a_price_changes_once_an_hour_and_24_times_a_day(ago: list[int], may: bool) -> None:
    changed = [NOW - timedelta(minutes=minutes) for minutes in ago]

    assert rested(changed, NOW) is may
    duel = contest(A, G1, PARAMETERS, PRIOR)
    assert (next_price(duel, plan(LEAD, A), changed, NOW) is not None) is may
    assert (24, timedelta(hours=1)) == (MOST_A_DAY, APART)


def run_hours(
    offers: list[Competitor], plans: dict[UUID, RepricePlan], turns: Sequence[int], hours: int
) -> list[int]:
    """Let the repricers act one after another, hour by hour; how many moved in each hour."""
    found = []
    for _ in range(hours):
        moves = 0
        for turn in turns:
            me = offers[turn]
            if me.offer_id not in plans:
                continue
            price = moved(me, offers, plans[me.offer_id])
            if price is not None:
                offers[turn] = replace(me, item_minor=price)
                moves += 1
        found.append(moves)
    return found


@settings(max_examples=300)
@given(st.data())
def test_those_who_share_come_to_rest_and_nobody_goes_to_the_floor(data: st.DataObject) -> None:
    """Two, three and more repricers in SHARE, among others who never move, in any order."""
    offers = data.draw(competitors(low=2, high=6))
    movers = data.draw(st.integers(2, len(offers)))
    floors = [max(1, o.item_minor * data.draw(st.integers(20, 100)) // 100) for o in offers]
    step = data.draw(st.sampled_from([1, 5, 100]))
    plans = {
        o.offer_id: plan(SHARE, o, lowest=floor, highest=data.draw(st.none() | st.just(60_000)),
                         step=step)
        for o, floor in zip(offers[:movers], floors, strict=False)
    }  # fmt: skip
    turns = data.draw(st.permutations(range(len(offers))))
    before = list(offers)
    hours = 12

    moves = run_hours(offers, plans, turns, hours)

    assert moves[-1] == 0
    assert sum(moves) <= 4 * len(offers)
    for now, was, floor in zip(offers, before, floors, strict=True):
        assert now.item_minor >= floor or now == was
        if now.offer_id not in plans:
            assert now == was


@pytest.mark.parametrize("count", [2, 3])
def test_equal_merchants_who_share_stay_near_the_first_price(count: int) -> None:
    offers = [competitor(n, item_minor=30_000 + 1_000 * n) for n in range(1, count + 1)]
    plans = {o.offer_id: plan(SHARE, o, lowest=10_000) for o in offers}

    moves = run_hours(offers, plans, range(count), 10)

    assert sum(moves) <= 2 * count
    assert moves[-1] == 0
    assert min(o.item_minor for o in offers) >= 31_000


def test_two_who_lead_stop_within_a_step_or_at_the_lowest_price_of_one() -> None:
    offers = [competitor(1, item_minor=30_000), competitor(2, item_minor=31_000)]
    floors = {offers[0].offer_id: 29_990, offers[1].offer_id: 20_000}
    plans = {o.offer_id: plan(LEAD, o, lowest=floors[o.offer_id]) for o in offers}

    moves = run_hours(offers, plans, (0, 1), 48)

    assert moves[-1] == 0
    assert all(o.item_minor >= floors[o.offer_id] for o in offers)
