"""The clock of a proposal counts working hours."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.proposals import PROPOSAL_MOVES, ProposalState, due_at, working_time

PARIS = ZoneInfo("Europe/Paris")
FIRST, LAST = datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2030-01-01")
MOMENTS = st.datetimes(FIRST, LAST).map(lambda at: at.replace(tzinfo=PARIS))
WORK = st.timedeltas(timedelta(seconds=1), timedelta(hours=60))


@pytest.mark.parametrize(
    ("begun", "due"),
    [
        pytest.param("2026-05-04T09:00", "2026-05-05T12:00", id="Monday at opening"),
        pytest.param("2026-05-04T15:00", "2026-05-05T18:00", id="ends with the day"),
        pytest.param("2026-05-04T20:00", "2026-05-06T12:00", id="after hours is the next day"),
        pytest.param("2026-05-08T15:00", "2026-05-11T18:00", id="over a weekend"),
        pytest.param("2026-05-09T11:00", "2026-05-12T12:00", id="on a Saturday"),
        pytest.param("2026-10-23T17:00", "2026-10-27T11:00", id="over the end of summer time"),
    ],
)
def test_twelve_working_hours_are_counted_from_nine_to_six_on_weekdays(
    begun: str, due: str
) -> None:
    found = due_at(datetime.fromisoformat(begun).replace(tzinfo=PARIS))

    assert found.replace(tzinfo=None).isoformat(timespec="minutes") == due


@given(MOMENTS, WORK)
def test_the_working_time_until_it_is_due_is_what_was_given(
    begun: datetime, work: timedelta
) -> None:
    due = due_at(begun, work)

    assert working_time(begun, due) == work
    assert working_time(due, begun) == -work


@given(MOMENTS, MOMENTS, MOMENTS)
def test_working_time_adds_up(a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))

    assert working_time(a, b) + working_time(b, c) == working_time(a, c)


def test_a_decided_proposal_does_not_move() -> None:
    final = {ProposalState.PUBLISHED, ProposalState.MERGED, ProposalState.REJECTED}

    assert final.isdisjoint(PROPOSAL_MOVES)
