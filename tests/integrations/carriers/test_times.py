"""The carriers' ways to write a time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shipments.scans import TimeSource
from integrations.carriers.times import (
    Place,
    end_of_day,
    moment,
    read_local,
    read_offset,
    two_clocks,
    zone_of,
)

BERLIN = Place("Europe/Berlin")


def told(written: str, place: Place = BERLIN, offset: str = "", **how: bool) -> tuple[str, str]:
    found = moment(written, place, offset, **how)
    assert found is not None
    assert found.at == (found.local - found.offset).replace(tzinfo=UTC)
    return found.at.strftime("%Y-%m-%dT%H:%M:%SZ"), found.source.value


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-05T18:12:00+01:00",
        "2026-01-05T18:12:00+0100",
        "2026-01-05T18:12:00+01.00",
        "2026-01-05T18:12:00+01",
        "2026-01-05 18:12:00 +01:00",
        "2026-01-05T17:12:00Z",
        "2026-01-05T17:12:00.123Z",
        "2026-01-05T12:12:00-05:00",
        "05.01.2026 18:12:00 +0100",
    ],
)
def test_an_offset_that_is_written_wins(written: str) -> None:
    assert told(written, Place("Asia/Tokyo", "US")) == ("2026-01-05T17:12:00Z", "explicit")


@pytest.mark.parametrize(
    ("written", "month_first"),
    [
        ("05.01.2026 18:12", False),
        ("05-01-2026 18:12:00", False),
        ("05/01/2026 18:12:00", False),
        ("05/01/26 18:12", False),
        ("2026-01-05T18:12:00", False),
        ("2026-01-05 18:12", False),
        ("20260105 181200", False),
        ("1/5/2026 6:12:00 PM", True),
    ],
)
def test_without_an_offset_the_place_decides_then_the_carriers_home(
    written: str, month_first: bool
) -> None:
    how = {"month_first": month_first}

    assert told(written, BERLIN, **how) == ("2026-01-05T17:12:00Z", "carrier_default")
    in_tokyo = Place("Europe/Berlin", "JP")
    assert told(written, in_tokyo, **how) == ("2026-01-05T09:12:00Z", "location")
    assert told(written, in_tokyo, "+01.00", **how) == ("2026-01-05T17:12:00Z", "explicit")


def test_midnight_and_noon_of_a_clock_of_twelve_hours() -> None:
    assert told("1/5/2026 12:00:00 AM", month_first=True)[0] == "2026-01-04T23:00:00Z"
    assert told("1/5/2026 12:00:00 PM", month_first=True)[0] == "2026-01-05T11:00:00Z"
    assert moment("1/5/2026 13:00:00 PM", BERLIN, month_first=True) is None


@pytest.mark.parametrize(
    ("country", "postal", "zone"),
    [
        ("FR", "69003", "Europe/Paris"),
        ("FR", "97400", "Indian/Reunion"),
        ("ES", "35001", "Atlantic/Canary"),
        ("US", "10001", "America/New_York"),
        ("US", "94105", "America/Los_Angeles"),
        ("ca", "v5k 0a1", "America/Vancouver"),
        ("US", None, "America/New_York"),
        ("AU", "6000", "Australia/Perth"),
    ],
)
def test_a_postcode_tells_the_zone_where_a_country_has_several(
    country: str, postal: str | None, zone: str
) -> None:
    assert str(zone_of(country, postal)) == zone


def test_a_country_that_is_not_known_has_no_zone() -> None:
    assert zone_of("ZZ") is None
    assert zone_of(None) is None


def test_a_time_that_comes_twice_is_the_first_and_one_left_out_keeps_the_offset_before() -> None:
    assert told("25.10.2026 02:30")[0] == "2026-10-25T00:30:00Z"
    assert told("29.03.2026 02:30")[0] == "2026-03-29T01:30:00Z"


def test_a_transit_over_the_change_of_clocks_keeps_its_order_and_lengths() -> None:
    spring = [told(f"29.03.2026 {clock}")[0] for clock in ("01:59", "03:00")]
    autumn = [told(f"25.10.2026 {clock}")[0] for clock in ("01:59", "03:00")]

    assert spring == ["2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z"]
    assert autumn == ["2026-10-24T23:59:00Z", "2026-10-25T02:00:00Z"]


@pytest.mark.parametrize(
    "written",
    ["", "soon", "2026-13-01T00:00:00", "31.02.2026 10:00", "1999-01-01", "9999-12-31T23:59:59Z"]
    + ["2026-01-05T25:00:00", "2026-01-05T10:61:00", "٢٠٢٦-01-05", "2026-01-05T10:00:00+99:00:00"],
)
def test_what_is_no_time_is_none(written: str) -> None:
    assert moment(written, BERLIN) is None


@pytest.mark.parametrize(
    ("text", "hours"), [("+01.00", 1), ("-05.30", -5.5), ("+0545", 5.75), ("Z", 0), ("+2", 2)]
)
def test_forms_of_an_offset(text: str, hours: float) -> None:
    assert read_offset(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "01:00", "+99:00", "+01:75", "+1:2:3"])
def test_what_is_no_offset_is_none(text: str) -> None:
    assert read_offset(text) is None


def test_two_clocks_tell_what_lies_between() -> None:
    local, utc = read_local("20260108", "103000"), read_local("20260108", "09:30:00")

    found = two_clocks(local, utc, "+05:00")
    assert found is not None
    assert (found.offset, found.local) == (timedelta(hours=1), local)
    assert found.source is TimeSource.EXPLICIT
    alone = two_clocks(None, utc, "+01.00")
    assert alone is not None
    assert alone.local == local
    assert two_clocks(local, None, "") is None
    odd = two_clocks(read_local("20260108", "103007"), utc, "+01:00")
    assert odd is not None
    assert odd.at == datetime(2026, 1, 8, 9, 30, tzinfo=UTC)


def test_a_forecast_of_a_day_is_its_end_at_the_destination() -> None:
    there = Place("Europe/Berlin", "PT")

    assert end_of_day("2026-01-08", there) == datetime(2026, 1, 8, 23, 59, 59, tzinfo=UTC)
    assert end_of_day("2026-01-08T00:00:00+01:00", there) == datetime(
        2026, 1, 8, 22, 59, 59, tzinfo=UTC
    )
    assert end_of_day("2026-01-08T12:00:00", there) == datetime(2026, 1, 8, 12, tzinfo=UTC)
    assert end_of_day("never", there) is None


@given(st.text(alphabet="0123456789-+:./TZ apAPmM", max_size=30), st.text(max_size=8))
def test_any_text_is_a_time_that_adds_up_or_none(written: str, offset: str) -> None:
    found = moment(written, Place("Europe/Paris", "FR"), offset)

    if found is not None:
        assert found.at == (found.local - found.offset).replace(tzinfo=UTC)
        assert found.local.tzinfo is None
