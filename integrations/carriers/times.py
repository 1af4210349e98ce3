"""The carriers' ways to write a time, and from where its offset is known.

An offset that is written wins; else the zone of the country and postcode of the event; else the
carrier's home zone. Between a local time, its offset and UTC holds `at == local - offset`, always.
A local time that a change of the clocks makes twice is the first of the two; one that it leaves out
is taken with the offset from before the change.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from domain.shipments.scans import TimeSource

ZONES: Final = Path(__file__).parent / "zones.csv"
FIRST_YEAR, LAST_YEAR = 2000, 2100
FURTHEST: Final = timedelta(hours=15)
END_OF_DAY: Final = "23:59:59"

_OFFSET: Final = re.compile(r"([+-])([0-9]{1,2})(?:[:.]?([0-9]{2}))?", re.ASCII)
_DAY: Final = re.compile(r"([0-9]{1,4})([-./])([0-9]{1,2})\2([0-9]{1,4})", re.ASCII)
_PACKED_DAY: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_CLOCK: Final = re.compile(
    r"([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2})(?:[.,][0-9]+)?)?\s*([AaPp]\.?[Mm]\.?)?", re.ASCII
)
_PACKED_CLOCK: Final = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})?", re.ASCII)
_SPLIT: Final = re.compile(r"(?<=[0-9])[Tt ]\s*(?=[0-9])")
_ZULU: Final = re.compile(r"(?:Z|UTC|GMT)$", re.IGNORECASE)
_ENDING: Final = re.compile(r"\s*([+-][0-9]{1,2}(?:[:.]?[0-9]{2})?)$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event was, as far as it is known, and the zone of the carrier's home."""

    home: str
    country: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A time told by a carrier: UTC, the clock there (naive), and what lies between."""

    at: datetime
    local: datetime
    offset: timedelta
    source: TimeSource


def moment(
    written: str, place: Place, offset: str = "", *, month_first: bool = False
) -> Moment | None:
    """Read a day with a clock, in one text.

    Shapes: `2026-01-05T18:12:00+01:00`, the same with `Z`, `+0100`, `+01.00`, fractions or a blank
    for the T; `06.01.2026 10:02`, `06-01-2026 10:13:20`, `06/01/26`; `8/17/2021 7:11:26 PM` with
    `month_first`; a day alone is its midnight. `offset` is one that is written apart; one in the
    text wins. None for what is no time between 2000 and 2100.
    """
    text, inside = _without_offset(written.strip())
    day, _, clock = _SPLIT.sub("T", text, count=1).partition("T")
    local = read_local(day, clock, month_first=month_first)
    if local is None:
        return None
    known = inside if inside is not None else read_offset(offset)
    if known is not None:
        return _moment(local, known, TimeSource.EXPLICIT)
    zone = zone_of(place.country, place.postal_code)
    source = TimeSource.LOCATION if zone else TimeSource.CARRIER_DEFAULT
    in_zone = local.replace(tzinfo=zone or ZoneInfo(place.home))
    return _moment(local, in_zone.utcoffset() or timedelta(), source)


def two_clocks(local: datetime | None, utc: datetime | None, offset: str = "") -> Moment | None:
    """A time of which the clock there, the one of Greenwich, or both are told, and the offset.

    Shapes: `local` and `utc` are naive. Where both do not differ by a quarter of an hour's
    multiple, the offset is believed, and the local clock is what follows from it.
    """
    told = read_offset(offset)
    if utc is None:
        return _moment(local, told, TimeSource.EXPLICIT) if local and told is not None else None
    between = local - utc if local else told
    if between is None or abs(between) > FURTHEST or between % timedelta(minutes=15):
        between = told or timedelta()
    return _moment(utc + between, between, TimeSource.EXPLICIT)


def end_of_day(written: str, place: Place) -> datetime | None:
    """A forecast in UTC: of a day alone, or its midnight, it is the end there."""
    text = written.strip()
    found = moment(text, place)
    if found is None:
        return None
    if found.local.time().replace(microsecond=0) != datetime.min.time():
        return found.at
    last = found.local.date().isoformat() + "T" + END_OF_DAY
    _, inside = _without_offset(text)
    ended = _moment(datetime.fromisoformat(last), inside, TimeSource.EXPLICIT) if inside else None
    ended = ended or moment(last, place)
    return ended.at if ended else None


def read_local(day: str, clock: str = "", *, month_first: bool = False) -> datetime | None:
    """A naive time of a day and a clock that are written apart; no clock is midnight.

    Shapes: days as in `moment`, and `20260108`; clocks `10:30`, `10:30:00`, `103000`, `7:11 PM`.
    """
    read = _read_day(day.strip(), month_first=month_first)
    seconds = _read_clock(clock.strip())
    if read is None or seconds is None:
        return None
    return datetime(read.year, read.month, read.day) + timedelta(seconds=seconds)  # noqa: DTZ001


def read_offset(text: str) -> timedelta | None:
    """`+01:00`, `+0100`, `+01.00`, `+1`, `Z`: at most 15 hours either way, or None."""
    text = text.strip()
    if _ZULU.fullmatch(text):
        return timedelta()
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    size = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if size > FURTHEST or int(minutes or 0) > 59:
        return None
    return -size if sign == "-" else size


def zone_of(country: str | None, postal_code: str | None = None) -> ZoneInfo | None:
    """The zone of a place: by its postcode's longest beginning, else the country's main one."""
    known = _zones().get((country or "").upper())
    if not known:
        return None
    postal = (postal_code or "").strip().upper()
    for length in range(min(len(postal), 3), -1, -1):
        if name := known.get(postal[:length]):
            return ZoneInfo(name)
    return None


@cache
def _zones() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    with ZONES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ZoneInfo(row["zone"])
            found.setdefault(row["country"], {})[row["postal_prefix"]] = row["zone"]
    return found


def _moment(local: datetime, offset: timedelta, source: TimeSource) -> Moment:
    return Moment((local - offset).replace(tzinfo=UTC), local, offset, source)


def _without_offset(text: str) -> tuple[str, timedelta | None]:
    """The text without the offset at its end; a sign within a day is none."""
    if match := _ZULU.search(text):
        return text[: match.start()].strip(), timedelta()
    match = _ENDING.search(text)
    if match and (":" in text[: match.start()] or "T" in text[: match.start()].upper()):
        offset = read_offset(match[1])
        return text[: match.start()].strip(), offset
    return text, None


def _read_day(text: str, *, month_first: bool) -> date | None:
    if match := _PACKED_DAY.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _DAY.fullmatch(text):
        first, second, third = (int(match[part]) for part in (1, 3, 4))
        if len(match[1]) == 4:
            year, month, day = first, second, third
        elif month_first:
            month, day, year = first, second, third
        else:
            day, month, year = first, second, third
        year += 2000 if len(match[4]) == 2 and len(match[1]) != 4 else 0
    else:
        return None
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year < LAST_YEAR else None


def _read_clock(text: str) -> int | None:
    """The seconds since midnight; 0 for no clock, None for what is none."""
    if not text:
        return 0
    match = _CLOCK.fullmatch(text)
    half = (match[4] or "").upper() if match else ""
    match = match or _PACKED_CLOCK.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.startswith("P") else 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return hours * 3600 + minutes * 60 + seconds
