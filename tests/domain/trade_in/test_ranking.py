"""Bids are ranked by what can be expected of them; the golden values, and the laws."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.trade_in.ranking import (
    NEW,
    Bid,
    Record,
    Valued,
    amount_to_win,
    expected,
    rank_of,
    ranked,
    valued,
)


def named(number: int) -> UUID:
    return UUID(int=number)


X = Bid(named(1), named(11), 150_00, 10, False, Record(100, 60, 210_000))
Y = Bid(named(2), named(12), 142_00, 3, True, Record(200, 5, 10_000))
Z = Bid(named(3), named(13), 145_00, 5, False, NEW)


@pytest.mark.parametrize(
    ("bid", "told"),
    [
        (X, (125_08, 9900, 123_83)),
        (Y, (140_68, 10433, 146_77)),
        (Z, (140_65, 10067, 141_59)),
    ],
)
def test_golden_values_of_three_bids(bid: Bid, told: tuple[int, int, int]) -> None:
    found = valued(bid)

    assert (found.expected_minor, found.merit, found.value_minor) == told


def test_the_golden_order_and_what_would_win() -> None:
    assert [each.bid for each in ranked([X, Y, Z])] == [Y, Z, X]
    assert amount_to_win(X, [X, Y, Z]) == 177_80
    assert amount_to_win(Z, [X, Y, Z]) == 150_31
    assert amount_to_win(X, [X]) is None


records = st.integers(0, 500).flatmap(
    lambda n: st.integers(0, n).flatmap(
        lambda k: st.integers(0, 10_000 * k).map(lambda cuts: Record(n, k, cuts))
    )
)


def bids(number: int) -> st.SearchStrategy[Bid]:
    return st.builds(
        Bid,
        st.just(named(number)),
        st.just(named(100 + number)),
        st.one_of(st.integers(1, 60), st.integers(1, 200_000)),
        st.integers(1, 60),
        st.booleans(),
        records,
    )


several = st.integers(2, 6).flatmap(lambda n: st.tuples(*(bids(each) for each in range(n))))


@given(several, st.integers(1, 10_000))
def test_raising_ones_own_bid_never_worsens_ones_rank(found: tuple[Bid, ...], more: int) -> None:
    mine, *others = found
    higher = Bid(
        mine.id, mine.merchant_id, mine.amount_minor + more, mine.pay_within_days,
        mine.in_country, mine.record,
    )  # fmt: skip

    assert rank_of(higher, others) <= rank_of(mine, others)


@given(several)
def test_the_amount_to_win_wins_and_a_cent_less_does_not(found: tuple[Bid, ...]) -> None:
    mine, *others = found
    wins = amount_to_win(mine, found)
    assert wins is not None

    def at(amount: int) -> Bid:
        return Bid(
            mine.id, mine.merchant_id, amount, mine.pay_within_days, mine.in_country, mine.record
        )

    assert rank_of(at(wins), others) == 1
    assert wins == 1 or rank_of(at(wins - 1), others) > 1


def plain(number: int) -> st.SearchStrategy[Bid]:
    """Bids that differ in their amounts alone."""
    return st.builds(
        Bid, st.just(named(number)), st.just(named(100 + number)), st.integers(1, 40), st.just(7),
        st.just(False),
    )  # fmt: skip


alike = st.permutations([1, 2, 3]).flatmap(lambda ids: st.tuples(*map(plain, ids)))


@given(alike)
def test_among_bids_alike_the_amount_to_win_takes_draws_into_account(
    found: tuple[Bid, ...],
) -> None:
    mine, *others = found
    wins = amount_to_win(mine, found)
    assert wins is not None
    best = max(other.amount_minor for other in others)
    first = min(other.id.int for other in others if other.amount_minor == best)

    assert wins == best + (mine.id.int > first)


@given(several)
def test_a_bid_more_or_less_never_reorders_two_others(found: tuple[Bid, ...]) -> None:
    whole = [each.bid for each in ranked(found)]
    without = [each.bid for each in ranked(found[1:])]

    assert [bid for bid in whole if bid is not found[0]] == without


@given(several, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(found: tuple[Bid, ...], chance: object) -> None:
    assert ranked(found) == ranked(found[::-1])


@given(st.integers(1, 10**9), records)
def test_what_is_expected_is_never_more_than_the_bid(amount: int, record: Record) -> None:
    assert 0 <= expected(amount, record) <= amount
    assert expected(amount, NEW) == round(Decimal(amount) * Decimal("0.97"))


@given(bids(1), bids(2))
def test_who_takes_less_off_pays_sooner_or_is_nearer_is_worth_no_less(one: Bid, two: Bid) -> None:
    better = Bid(
        one.id, one.merchant_id, one.amount_minor, min(one.pay_within_days, two.pay_within_days),
        one.in_country or two.in_country, Record(one.record.inspections, 0, 0),
    )  # fmt: skip
    found: Valued = valued(better)

    assert found.exact >= valued(one).exact
