"""Shares of a bid sum to it; what a device brings follows from what was found of it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.raas.settling import (
    AdjustmentReason,
    Line,
    decided,
    shares,
    statement,
    totals,
    working_days_after,
)

AMOUNTS, WEIGHTS = st.integers(0, 10**12), st.lists(st.integers(0, 10**7), min_size=1, max_size=60)


@given(AMOUNTS, WEIGHTS)
def test_shares_sum_to_the_amount_and_none_is_a_unit_off_its_part(
    amount: int, weights: list[int]
) -> None:
    found = shares(amount, weights)
    total = sum(weights) or len(weights)
    parts = weights if sum(weights) else [1] * len(weights)

    assert sum(found) == amount
    assert all(abs(s * total - amount * w) < total for s, w in zip(found, parts, strict=True))


@given(AMOUNTS, WEIGHTS, st.integers(0, 10_000), st.data())
def test_the_totals_of_a_statement_are_the_sums_of_its_lines_to_the_minor_unit(
    bid: int, weights: list[int], fee_bp: int, data: st.DataObject
) -> None:
    factors = st.none() | st.integers(0, 15_000).map(lambda n: (n, AdjustmentReason.GRADE))
    worth = data.draw(st.lists(factors, min_size=len(weights), max_size=len(weights)))
    lines = statement(bid, weights, worth, fee_bp)
    sums = totals(lines)

    assert sums.bid_minor == bid
    assert sums.net_minor == sum(line.net_minor for line in lines)
    assert sums.gross_minor == sums.net_minor + sums.fee_minor
    assert all(0 <= line.fee_minor <= line.gross_minor for line in lines)


def test_a_missing_device_brings_nothing_and_costs_no_fee() -> None:
    lines = statement(100_00, [1, 1], [(0, AdjustmentReason.MISSING), None], 600)

    assert lines[0] == Line(50_00, -50_00, 0, AdjustmentReason.MISSING)
    assert (lines[1].net_minor, lines[1].fee_minor) == (47_00, 3_00)


def test_the_first_of_equal_remainders_gets_the_cent() -> None:
    assert shares(100_01, [1, 1, 1]) == [33_34, 33_34, 33_33]
    assert shares(10, []) == []
    assert shares(7, [0, 0]) == [4, 3]


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10_000))
def test_a_decided_line_brings_what_was_decided(bid: int, gross: int, fee_bp: int) -> None:
    found = decided(Line(bid, 0, 0), gross, fee_bp)

    assert found.gross_minor == gross
    assert found.net_minor == gross - found.fee_minor


def test_less_than_nothing_is_decided_for_nobody() -> None:
    with pytest.raises(ValueError, match="nothing"):
        decided(Line(1, 0, 0), -1, 0)


def test_ten_working_days_in_france_pass_over_weekends_and_christmas() -> None:
    at = datetime(2026, 12, 18, 15, 0, tzinfo=UTC)

    end = working_days_after(at, 10, "FR", "Europe/Paris")

    assert end == datetime(2027, 1, 5, 23, 0, tzinfo=UTC)
