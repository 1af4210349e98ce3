"""The best bid is found by its parts alone, whatever the order in which bids are given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.raas.award import Bid, BidOut, out, parts_of, quality_of, ranked
from domain.raas.lots import (
    AntiSnipe,
    LotRules,
    Weights,
    ess_until,
    extended,
    fault_of,
    is_reserved,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
RULES = LotRules(bids_until=NOW + timedelta(days=5))


def bid(n: int, amount: int, quality: int = 6518, **more: object) -> Bid:
    facts = {"in_country": False, "reuse_bp": 0, "ess": False, "submitted_at": NOW,
             "valid_until": LATER}  # fmt: skip
    return Bid(UUID(int=n), amount, quality, **{**facts, **more})  # type: ignore[arg-type]


BIDS = st.builds(
    bid,
    st.integers(1, 10**6),
    st.integers(1, 10**9),
    st.integers(0, 10_000),
    in_country=st.booleans(),
    reuse_bp=st.integers(0, 10_000),
    ess=st.booleans(),
    submitted_at=st.integers(0, 3).map(lambda n: NOW + timedelta(seconds=n)),
)
WEIGHTS = st.lists(st.integers(0, 10_000), min_size=4, max_size=4).map(
    lambda cuts: Weights(*(b - a for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 10_000],
                                                 strict=True)))
)  # fmt: skip


def test_golden_g7() -> None:
    r1 = bid(1, 12_000_00, 5200, reuse_bp=8000)
    r2 = bid(2, 11_400_00, 8600, in_country=True, reuse_bp=9200)
    r3 = bid(3, 10_900_00, 7600, in_country=True, reuse_bp=9500, ess=True)

    found = ranked([r1, r2, r3], Weights())

    assert [(each.bid.id.int, each.parts.score) for each in found] == [
        (2, 9084), (3, 8963), (1, 8340),
    ]  # fmt: skip
    assert parts_of(r3, r1.amount_minor, Weights()).price == 6358


def test_a_tie_goes_to_the_higher_amount_then_the_earlier_then_the_lower_id() -> None:
    flat = Weights(price=0, quality=10_000, in_country=0, reuse=0, ess=0)
    first, late = bid(9, 100), bid(1, 100, submitted_at=NOW + timedelta(seconds=1))
    low, same = bid(2, 99), bid(3, 100)

    found = [each.bid.id.int for each in ranked([low, late, first, same], flat)]

    assert found == [3, 9, 1, 2]


@given(st.lists(BIDS, max_size=8, unique_by=lambda each: each.id), st.randoms(), WEIGHTS)
def test_the_order_of_bids_does_not_matter(bids: list[Bid], chance, weights: Weights) -> None:
    shuffled = list(bids)
    chance.shuffle(shuffled)

    assert ranked(shuffled, weights) == ranked(bids, weights)
    assert sorted(each.rank for each in ranked(bids, weights)) == list(range(1, len(bids) + 1))


@given(
    st.lists(BIDS, min_size=1, max_size=6, unique_by=lambda each: each.id),
    st.integers(1, 10**9),
    WEIGHTS,
)
def test_raising_ones_bid_never_lowers_ones_price_score(
    bids: list[Bid], more: int, weights: Weights
) -> None:
    mine, *others = bids
    raised = replace(mine, amount_minor=mine.amount_minor + more)

    def score(own: Bid) -> int:
        [found] = [each for each in ranked([own, *others], weights) if each.bid.id == own.id]
        return found.parts.price

    assert score(raised) >= score(mine)


@given(BIDS, st.integers(0, 10**9), st.integers(0, 10_000))
def test_what_is_out_is_out_for_a_reason_that_holds(one: Bid, reserve: int, least: int) -> None:
    rules = replace(RULES, reserve_minor=reserve, min_quality_bp=least)
    why = out(one, rules, NOW)

    assert (why is BidOut.BELOW_RESERVE) == (one.amount_minor < reserve)
    if why is None:
        assert one.quality_bp >= least
    assert out(replace(one, qualified=False), rules, NOW) is BidOut.BIDDER_NOT_QUALIFIED


def test_a_bid_that_lapsed_is_out() -> None:
    assert out(bid(1, 1, valid_until=NOW), RULES, NOW) is BidOut.EXPIRED
    assert out(bid(1, 1, valid_until=NOW + timedelta(seconds=1)), RULES, NOW) is None


@pytest.mark.parametrize(
    ("at", "times", "until"),
    [(60, 0, None), (30, 0, 90), (1, 0, 119), (1, 1, 119), (1, 2, None), (0, 0, 120)],
)
def test_a_bid_in_the_last_seconds_moves_the_end(at: int, times: int, until: int | None) -> None:
    """The end is 120 s from the start, the window 30 s, the new end 120 s after the bid."""
    snipe = AntiSnipe(window_seconds=30, extend_seconds=120, most=2)
    end = NOW + timedelta(seconds=120)
    found = extended(snipe, end, end - timedelta(seconds=at), times)
    if until is None:
        assert found is None
    else:
        assert found == end + timedelta(seconds=120 - at)


@given(st.integers(0, 200), st.integers(0, 10_000))
def test_the_share_that_is_reserved_is_at_least_what_was_said_and_one_device_more_at_most(
    devices: int, share: int
) -> None:
    count = sum(is_reserved(n, share) for n in range(devices))

    assert count == -(-devices * share // 10_000)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 99)), min_size=1, max_size=4))
def test_the_quality_for_a_lot_lies_between_those_of_its_categories(mix) -> None:
    assert min(bp for bp, _ in mix) <= quality_of(mix) <= max(bp for bp, _ in mix)


def test_rules_read_as_they_were_stored() -> None:
    whole = replace(
        RULES, reserve_minor=5, sealed=False, anti_snipe=AntiSnipe(1, 2, 3), ess_share_bp=1
    )
    assert LotRules.read(whole.stored()) == whole
    assert LotRules.read(RULES.stored()) == RULES
    assert fault_of(RULES, NOW) is None
    assert ess_until(whole, NOW) == NOW + timedelta(hours=48)
    assert ess_until(RULES, NOW) is None
