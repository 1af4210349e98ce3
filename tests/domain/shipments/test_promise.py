"""Promised, late, stalled, lost."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendars import Calendar
from domain.shipments import HANDED_OVER, TERMINAL, ShipmentStatus
from domain.shipments.promise import (
    CUT_OFF,
    Lane,
    handed_over,
    late,
    late_from,
    lost,
    promised,
    stalled,
)

S = ShipmentStatus
FR = Calendar("FR", "Europe/Paris")
DE = Calendar("DE", "Europe/Berlin")
D = timedelta(days=1)
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("paid", "hours", "leaves"),
    [
        ("2026-1-5 9:00", 24, date(2026, 1, 6)),  # Monday, ready on Tuesday at 10:00
        ("2026-1-5 14:30", 24, date(2026, 1, 7)),  # ready at 15:30: after the cut-off
        ("2026-1-9 9:00", 24, date(2026, 1, 12)),  # Friday
        ("2026-4-30 9:00", 24, date(2026, 5, 4)),  # before the first of May, a Friday
        ("2026-1-9 9:00", 0, date(2026, 1, 9)),
    ],
)
def test_what_is_ready_after_the_cut_off_leaves_on_the_next_working_day(
    paid: str, hours: int, leaves: date
) -> None:
    at = datetime.strptime(paid + " +0000", "%Y-%m-%d %H:%M %z")
    assert handed_over(at, hours, CUT_OFF, FR) == leaves


def test_a_promise_counts_the_working_days_of_where_it_goes() -> None:
    """The eighth of May is a holiday in France and none in Germany."""
    leaves = date(2026, 5, 6)

    assert promised(leaves, Lane(), FR, far=False).last == date(2026, 5, 12)
    assert promised(leaves, Lane(), DE, far=False).last == date(2026, 5, 11)
    assert promised(leaves, Lane(), DE, far=True).last > date(2026, 5, 11)


def test_a_lane_with_history_promises_what_nine_in_ten_keep() -> None:
    known = Lane([1] * 10 + [2] * 80 + [9] * 10)

    assert known.usual(far=True) == (2, 2)
    assert Lane([9] * 19).usual(far=False) == (1, 3)
    assert Lane([2] * 17 + [9] * 3).usual(far=False) == (2, 9)


@given(st.lists(st.integers(0, 30), min_size=20, max_size=60))
def test_nine_in_ten_of_a_lane_keep_its_promise(days: list[int]) -> None:
    least, most = Lane(days).usual(far=False)

    assert least <= most
    assert sum(day <= most for day in days) >= 0.9 * len(days)


def test_late_is_two_working_days_after_the_promise_is_over() -> None:
    friday = date(2026, 5, 22)  # Whit Monday follows

    assert late_from(friday, FR) == datetime(2026, 5, 27, 22, tzinfo=UTC)
    assert not late(S.IN_TRANSIT, friday, FR, datetime(2026, 5, 27, 21, 59, tzinfo=UTC))
    assert late(S.IN_TRANSIT, friday, FR, datetime(2026, 5, 27, 22, tzinfo=UTC))
    assert late(S.UNKNOWN, friday, FR, datetime(2026, 6, 1, tzinfo=UTC))
    assert not late(S.AVAILABLE_FOR_PICKUP, friday, FR, datetime(2026, 6, 1, tzinfo=UTC))
    assert not late(S.IN_TRANSIT, None, FR, datetime(2026, 6, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("status", "days", "far", "is_lost"),
    [
        (S.IN_TRANSIT, 9.99, False, False),
        (S.IN_TRANSIT, 10, False, True),
        (S.IN_TRANSIT, 24.99, True, False),
        (S.IN_TRANSIT, 25, True, True),
        (S.AVAILABLE_FOR_PICKUP, 15, False, False),
        (S.AVAILABLE_FOR_PICKUP, 25, False, True),
        (S.ANNOUNCED, 30, False, False),
        (S.DELIVERED, 30, False, False),
    ],
)
def test_lost_is_what_the_carrier_is_silent_about(
    status: S, days: float, far: bool, is_lost: bool
) -> None:
    assert lost(status, NOW - days * D, NOW, far=far) is is_lost


@given(st.sampled_from(S), st.floats(0, 60), st.booleans())
def test_only_what_the_carrier_has_stands_still_and_lost_comes_after(
    status: S, days: float, far: bool
) -> None:
    since = NOW - days * D
    if stalled(status, since, NOW, far=far):
        assert status in HANDED_OVER - TERMINAL
    if lost(status, since, NOW, far=far):
        assert stalled(status, since, NOW, far=far)


def test_the_cut_off_is_local() -> None:
    summer = datetime(2026, 7, 6, 12, 59, tzinfo=UTC)  # 14:59 in Paris

    assert handed_over(summer, 0, time(15), FR) == date(2026, 7, 6)
    assert handed_over(summer + timedelta(minutes=2), 0, time(15), FR) == date(2026, 7, 7)
