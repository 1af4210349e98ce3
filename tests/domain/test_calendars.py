"""Working days and hours, on known days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendars import Calendar

FRANCE = Calendar("FR", "Europe/Paris")


@pytest.mark.parametrize(
    ("country", "day", "works"),
    [
        ("FR", date(2026, 7, 14), False),
        ("DE", date(2026, 7, 14), True),
        ("FR", date(2026, 12, 25), False),
        ("FR", date(2026, 11, 21), False),
        ("PT", date(2027, 3, 26), False),
        ("IE", date(2027, 3, 29), False),
        ("FR", date(2026, 11, 23), True),
    ],
)
def test_known_days(country: str, day: date, works: bool) -> None:
    assert Calendar(country, "Europe/Paris").works(day) is works


def test_hours_of_free_days_do_not_count() -> None:
    friday = datetime(2026, 11, 20, 17, tzinfo=UTC)  # 18:00 in Paris

    due = FRANCE.hours_after(friday, 24)

    assert due == datetime(2026, 11, 23, 17, tzinfo=UTC)


def test_a_country_whose_holidays_nobody_knows_has_weekends() -> None:
    nowhere = Calendar("XX", "UTC")

    assert nowhere.works(date(2026, 12, 25))
    assert not nowhere.works(date(2026, 12, 26))


def test_a_region_has_its_own_holidays_and_an_unknown_one_those_of_its_country() -> None:
    epiphany = date(2026, 1, 6)

    assert not Calendar("DE", "Europe/Berlin", "BY").works(epiphany)
    assert Calendar("DE", "Europe/Berlin", "XX").works(epiphany)
    assert not Calendar("DE", "Europe/Berlin", "XX").works(date(2026, 12, 25))


@given(st.dates(date(2020, 1, 1), date(2030, 12, 1)), st.integers(0, 30))
def test_so_many_working_days_later_so_many_lie_between(day: date, n: int) -> None:
    end = FRANCE.after(day, n)

    between = [day + timedelta(d) for d in range((end - day).days + 1)]
    assert FRANCE.works(end)
    assert sum(map(FRANCE.works, between)) == n + 1
