"""When carriers are asked again, and how much."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shipments import TERMINAL, ShipmentStatus
from domain.shipments.carriers import AGGREGATORS, API_OF, TrackingApi
from domain.shipments.polling import (
    JITTER,
    QUOTAS,
    SCHEDULE,
    Followed,
    after_failure,
    day_ends,
    elapsed,
    in_urgency,
    jitter,
    never_accepted,
    next_poll,
    next_poll_at_speed,
    pace,
)

S = ShipmentStatus
NOW = datetime(2026, 3, 10, 10, tzinfo=UTC)  # 11:00 in Paris
H, D = timedelta(hours=1), timedelta(days=1)
ID = UUID("019505a0-0000-7000-8000-000000000001")
FACTOR = jitter(ID)


def parcel(status: S, *, age: timedelta = D, silent: timedelta | None = H, **more: Any) -> Followed:
    facts = {"origin": "FR", "destination": "FR", "zone": "Europe/Paris"} | more
    scan = None if silent is None else NOW - silent
    return Followed(ID, status, NOW - age, scan, scan, **facts)


@pytest.mark.parametrize(
    ("of", "hours"),
    [
        (parcel(S.UNKNOWN, silent=None), 6),
        (parcel(S.ANNOUNCED), 6),
        (parcel(S.ANNOUNCED, age=6 * D), 24),
        (parcel(S.ACCEPTED), 4),
        (parcel(S.IN_TRANSIT), 4),
        (parcel(S.IN_TRANSIT, destination="DE"), 8),
        (parcel(S.IN_TRANSIT, origin=None), 8),
        (parcel(S.OUT_FOR_DELIVERY), 0.75),
        (parcel(S.AVAILABLE_FOR_PICKUP), 8),
        (parcel(S.DELIVERY_FAILED), 6),
        (parcel(S.EXCEPTION), 6),
        (parcel(S.RETURNING), 6),
        (parcel(S.IN_TRANSIT, pushed=True), 16),
        (parcel(S.IN_TRANSIT, promised_by=date(2026, 3, 10)), 2),
        (parcel(S.IN_TRANSIT, promised_by=date(2026, 3, 11)), 4),
        (parcel(S.IN_TRANSIT, least_wait=5 * H), 5),
        (parcel(S.IN_TRANSIT, age=30 * D, silent=7.5 * D), 24),
        (parcel(S.IN_TRANSIT, age=30 * D, silent=8.5 * D, destination="ES"), 8),
        (parcel(S.IN_TRANSIT, age=30 * D, silent=21.5 * D, destination="ES"), 24),
        (parcel(S.IN_TRANSIT, age=30 * D, silent=10.5 * D), 72),
    ],
)  # fmt: skip
def test_the_wait_is_that_of_the_table_but_for_the_jitter(of: Followed, hours: float) -> None:
    assert next_poll(of, NOW) == NOW + hours * H * FACTOR


@pytest.mark.parametrize(
    "of",
    [
        parcel(S.ANNOUNCED, age=20 * D),
        parcel(S.UNKNOWN, age=20 * D, silent=None),
        parcel(S.IN_TRANSIT, age=60 * D),
        parcel(S.AVAILABLE_FOR_PICKUP, age=61 * D),
        parcel(S.DELIVERED, silent=48 * H * (1 - JITTER)),
    ],
)  # fmt: skip
def test_there_is_an_end(of: Followed) -> None:
    assert next_poll(of, NOW) is None


def test_a_label_that_was_never_used_is_flagged_after_twenty_days() -> None:
    assert never_accepted(parcel(S.ANNOUNCED, age=20 * D), NOW)
    assert not never_accepted(parcel(S.ANNOUNCED, age=19.9 * D), NOW)
    assert not never_accepted(parcel(S.ACCEPTED, age=30 * D), NOW)


@given(st.sampled_from(sorted(TERMINAL)), st.uuids())
def test_an_ended_parcel_is_asked_about_once_more_and_then_never(status: S, of: UUID) -> None:
    told = NOW - H
    ended = Followed(of, status, NOW - 3 * D, told, told)

    again = next_poll(ended, NOW)

    assert again is not None
    assert 40 * H < again - told < 56 * H
    assert next_poll(ended, again) is None


@given(st.uuids(), st.integers(0, 365 * 24 * 60))
def test_nobody_delivers_at_night_so_nobody_is_asked(of: UUID, minutes: int) -> None:
    """In a zone with summer time, on every day of a year."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    out = Followed(of, S.OUT_FOR_DELIVERY, now - D, now - H, now - H, zone="Europe/Paris")

    due = next_poll(out, now)

    assert due is not None
    there = due.astimezone(ZoneInfo("Europe/Paris"))
    assert 7 <= there.hour < 21
    assert now < due <= now + 12 * H


def test_before_silence_makes_a_parcel_lost_the_carrier_is_asked() -> None:
    quiet = parcel(S.IN_TRANSIT, age=30 * D, silent=9.9 * D)

    due = next_poll(quiet, NOW)

    assert due is not None
    assert 10 * D <= due - (NOW - 9.9 * D) < 11 * D


@given(st.uuids(), st.integers(0, 400))
def test_failures_wait_longer_each_time_up_to_six_hours(of: UUID, failures: int) -> None:
    wait = after_failure(of, failures, NOW) - NOW
    before = after_failure(of, max(failures - 1, 0), NOW) - NOW

    assert before <= wait <= 6 * H * 1.15
    if failures <= 1:
        assert 30 * 0.85 <= wait.total_seconds() <= 30 * 1.15


def test_urgent_is_what_is_out_for_delivery_or_past_its_promise() -> None:
    due = NOW + H
    assert in_urgency(parcel(S.OUT_FOR_DELIVERY), due)
    assert in_urgency(parcel(S.IN_TRANSIT, promised_by=date(2026, 3, 9)), due)
    assert not in_urgency(parcel(S.IN_TRANSIT, promised_by=date(2026, 3, 10)), due)
    assert not in_urgency(parcel(S.DELIVERED, promised_by=date(2026, 3, 9)), due)
    assert not in_urgency(parcel(S.OUT_FOR_DELIVERY), None)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_pace_never_falls_and_ends_with_the_whole(one: float, other: float) -> None:
    assert pace(0) == 0.25
    assert pace(1) == 1
    assert (pace(one) <= pace(other)) or one > other


def test_a_day_of_summer_time_has_its_own_length() -> None:
    begins = datetime(2026, 3, 29, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)

    assert day_ends(begins, "Europe/Paris") - begins == 23 * H
    assert elapsed(begins + 11.5 * H, "Europe/Paris") == pytest.approx(0.5)


def test_each_api_has_a_quota_and_each_status_that_goes_on_a_row() -> None:
    assert set(QUOTAS) == set(TrackingApi)
    assert set(SCHEDULE) | TERMINAL == set(S)
    assert not set(SCHEDULE) & TERMINAL
    assert {*API_OF.values(), *AGGREGATORS} == set(TrackingApi)


def test_dhl_is_asked_at_most_ten_times_a_day_about_a_parcel() -> None:
    wait = QUOTAS[TrackingApi.DHL_UNIFIED].least_wait * (1 - JITTER)

    assert D / wait <= 10


@given(st.uuids())
def test_jitter_stays_within_its_bounds_and_is_the_same_again(of: UUID) -> None:
    assert 1 - JITTER <= jitter(of) <= 1 + JITTER
    assert jitter(of) == jitter(UUID(str(of)))


def test_parcels_spread_over_the_whole_of_the_jitter() -> None:
    drawn = [jitter(uuid4()) for _ in range(2_000)]

    assert min(drawn) < 0.87
    assert max(drawn) > 1.13


def test_parcels_of_a_simulator_are_asked_about_as_much_sooner_as_they_are_faster() -> None:
    fresh = parcel(S.IN_TRANSIT, age=timedelta(minutes=3), silent=timedelta(minutes=1))
    label = parcel(S.ANNOUNCED, age=timedelta(minutes=41), silent=None)

    due = next_poll_at_speed(fresh, NOW, 720)

    assert due == NOW + 4 * H * FACTOR / 720
    assert next_poll_at_speed(label, NOW, 720) is None  # 20 of its days are over
    assert next_poll_at_speed(label, NOW, 1) == next_poll(label, NOW) == NOW + 6 * H * FACTOR
