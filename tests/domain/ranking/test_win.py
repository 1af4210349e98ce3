"""Price to win inside its bounds, and the levers of quality."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.ranking.levers import Lever, QualityToWin, quality_to_win
from domain.ranking.rotation import in_band
from domain.ranking.score import Competitor, rank
from domain.ranking.win import (
    NoCompetitor,
    PriceBounds,
    Unreachable,
    UnreachableReason,
    WinningPrice,
    contest,
    price_to_win,
    price_to_win_alone,
)
from tests.domain.ranking.competitions import (
    BRAVO,
    DELTA,
    ELSEWHERE,
    G1,
    IN_MARKET,
    PARAMETERS,
    PRIOR,
    SAME_AREA,
    A,
    B,
    C,
    D,
    competitor,
)


def test_a_price_that_ties_and_loses_the_tie_goes_one_step_lower() -> None:
    first, second = competitor(1), competitor(2)

    assert price_to_win(contest(first, [second], PARAMETERS, PRIOR)) == WinningPrice(30000, 0)
    assert price_to_win(contest(second, [first], PARAMETERS, PRIOR)) == WinningPrice(29999, -1)


def test_without_other_merchants_there_is_no_competitor() -> None:
    sister = replace(D, merchant_id=C.merchant_id)
    duel = contest(C, [C, sister], PARAMETERS, PRIOR)

    assert price_to_win(duel) == price_to_win_alone(duel) == NoCompetitor()
    assert quality_to_win(duel, BRAVO) == NoCompetitor()


@pytest.mark.parametrize(
    ("bounds", "found"),
    [
        (PriceBounds(max_price_minor=20000), WinningPrice(20000, -8900)),
        (PriceBounds(reference_new_minor=20000), WinningPrice(19999, -8901)),
        (PriceBounds(highest_landed_minor=20000), WinningPrice(19851, -9049)),
        (PriceBounds(step_minor=500, max_price_minor=20400), WinningPrice(20000, -8900)),
        (
            PriceBounds(lowest_landed_minor=24380),
            Unreachable(UnreachableReason.BELOW_PRICE_LIMIT),
        ),
        (PriceBounds(lowest_landed_minor=24379), WinningPrice(24230, -4670)),
        (PriceBounds(min_price_minor=24230), WinningPrice(24230, -4670)),
        (PriceBounds(step_minor=50000), Unreachable(UnreachableReason.NOT_POSITIVE)),
    ],
)
def test_bounds_hold_the_price(bounds: PriceBounds, found: object) -> None:
    assert price_to_win(contest(A, G1, PARAMETERS, PRIOR), bounds) == found


def test_fees_above_the_total_that_wins_leave_no_price() -> None:
    loaded = replace(A, shipping_minor=30000)

    found = price_to_win(contest(loaded, G1, PARAMETERS, PRIOR))
    assert found == Unreachable(UnreachableReason.NOT_POSITIVE)


def test_a_fee_that_grows_with_the_price_is_searched_for() -> None:
    def priced(item: int) -> Competitor:
        return replace(A, item_minor=item, duties_minor=item // 10)

    duel = contest(A, G1, PARAMETERS, PRIOR)
    found = price_to_win(duel, priced=priced)

    assert isinstance(found, WinningPrice)
    assert duel.leads(priced(found.item_minor))
    assert not duel.leads(priced(found.item_minor + 1))


def test_an_offer_below_the_prior_need_only_be_beaten() -> None:
    duel = contest(C, [C, D], PARAMETERS, PRIOR)

    assert price_to_win_alone(duel) == price_to_win(duel)


def test_the_leader_has_no_gap_and_needs_no_lever() -> None:
    found = quality_to_win(contest(B, G1, PARAMETERS, PRIOR), BRAVO)

    assert found == QualityToWin(11175, 0, ())


def test_a_lever_that_is_not_enough_shows_the_most_it_gives() -> None:
    found = quality_to_win(contest(A, G1, PARAMETERS, PRIOR), DELTA)

    assert isinstance(found, QualityToWin)
    dispatch = next(c for c in found.levers if c.lever is Lever.DISPATCH_COUNTRY)
    assert (dispatch.current, dispatch.target) == (ELSEWHERE, IN_MARKET)
    assert (dispatch.gain_bp, dispatch.enough) == (300, False)
    days = next(c for c in found.levers if c.lever is Lever.DELIVERY_DAYS)
    assert (days.target, days.gain_bp, days.enough) == (Decimal(1), 233, False)


def test_the_nearest_dispatch_that_is_enough_is_named() -> None:
    me, rival = competitor(1, item_minor=30100), competitor(2)

    found = quality_to_win(contest(me, [rival], PARAMETERS, PRIOR), None)

    assert isinstance(found, QualityToWin)
    dispatch = next(c for c in found.levers if c.lever is Lever.DISPATCH_COUNTRY)
    assert (dispatch.target, dispatch.gain_bp, dispatch.enough) == (SAME_AREA, 150, True)


def test_a_lever_at_its_end_gives_nothing() -> None:
    best = {"days": 1, "warranty_months": 40, "battery_new": True, "scope": IN_MARKET}
    me = competitor(1, item_minor=90000, **best)

    found = quality_to_win(contest(me, [competitor(2)], PARAMETERS, PRIOR), None)

    assert isinstance(found, QualityToWin)
    ended = [c for c in found.levers if c.lever is not Lever.QUALITY]
    assert [(c.gain_bp, c.enough, c.current == c.target) for c in ended] == [(0, False, True)] * 4


def test_alone_means_below_the_band_and_not_on_its_edge() -> None:
    me, rival = competitor(1, item_minor=10_000), competitor(2, item_minor=10_100)

    ranked = rank([me, rival], PARAMETERS, PRIOR)

    assert in_band(ranked[0], ranked[1], 100)
    assert not in_band(ranked[0], ranked[1], 99)
    duel = contest(me, [rival], PARAMETERS, PRIOR)
    assert price_to_win_alone(duel) == WinningPrice(9999, -1)


def test_the_warranty_lever_goes_to_36_months() -> None:
    me, rival = competitor(1, item_minor=30_600), competitor(2, item_minor=30_000)

    found = quality_to_win(contest(me, [rival], PARAMETERS, PRIOR), None)

    assert isinstance(found, QualityToWin)
    warranty = next(c for c in found.levers if c.lever is Lever.WARRANTY_MONTHS)
    assert (found.gap_bp, warranty.target) == (201, Decimal(36))
    assert (warranty.gain_bp, warranty.enough) == (200, False)
