"""Working days of a country: what deadlines, promises and payouts count.

Public holidays come from the package `holidays`; regions are those of ISO 3166-2. Saturdays and
Sundays are free where the country's own week does not say otherwise.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

DAY = timedelta(days=1)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of its month where that one is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=512)
def _of(country: str, region: str | None, year: int) -> holidays.HolidayBase | None:
    """A country's holidays of one year, a known region's with its own; None for none known."""
    regions = _known().get(country)
    if regions is None:
        return None
    part = region if region in regions else None
    return holidays.country_holidays(country, subdiv=part, years=year)


@lru_cache(maxsize=1)
def _known() -> dict[str, list[str]]:
    """The regions of each country whose holidays the package has."""
    return holidays.list_supported_countries()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a country or region, in its time zone.

    Shapes: `country` is ISO 3166-1 alpha-2, `region` the part of an ISO 3166-2 code after the
    dash, `zone` an IANA name. A country whose holidays nobody knows has weekends alone,
    a region that nobody knows the holidays of its country.
    """

    country: str
    zone: str
    region: str | None = None

    def works(self, day: date) -> bool:
        """Whether a day is neither a holiday nor of the weekend."""
        known = _of(self.country, self.region, day.year)
        if known is None:
            return day.weekday() < 5
        return day.weekday() not in known.weekend and day not in known

    def holiday(self, day: date) -> bool:
        """Whether a day is a public holiday, of a weekend or not."""
        known = _of(self.country, self.region, day.year)
        return known is not None and day in known

    def working_day(self, day: date) -> date:
        """The day itself if it is worked on, else the next that is."""
        while not self.works(day):
            day += DAY
        return day

    def after(self, day: date, days: int) -> date:
        """The day that ends so many working days after a day; 0 gives `working_day`."""
        day = self.working_day(day)
        for _ in range(days):
            day = self.working_day(day + DAY)
        return day

    def between(self, first: date, last: date) -> int:
        """How many working days lie after `first`, up to and with `last`; 0 at least."""
        days = max((last - first).days, 0)
        return sum(self.works(first + DAY * n) for n in range(1, days + 1))

    def hours_after(self, at: datetime, hours: int) -> datetime:
        """The time so many hours later, of which hours of free days do not count.

        Shapes: `at` is aware; the answer has its offset in the calendar's zone, so that a day in
        which clocks change has 23 or 25 hours. Units: hours of 60 minutes on working days.
        """
        zone = ZoneInfo(self.zone)
        left, now = timedelta(hours=hours), at.astimezone(zone)
        while True:
            midnight = datetime.combine(now.date() + DAY, datetime.min.time(), zone)
            if self.works(now.date()):
                here = midnight.timestamp() - now.timestamp()
                if left.total_seconds() <= here:
                    return datetime.fromtimestamp(now.timestamp() + left.total_seconds(), zone)
                left -= timedelta(seconds=here)
            now = midnight

    def day_of(self, at: datetime) -> date:
        """The date of a moment in the calendar's zone."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def end_of(self, day: date) -> datetime:
        """The moment at which a day ends in the calendar's zone."""
        return datetime.combine(day + DAY, datetime.min.time(), ZoneInfo(self.zone))
