"""Periods of reports: a year, a quarter or a month, by the days of one time zone.

Source: docs/rules/reports.md, "Periods".
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

_FORM = re.compile(r"(20\d\d)(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """So many whole months. `last` is its last day."""

    name: str
    first: date
    last: date

    @classmethod
    def of(cls, text: str) -> Self | None:
        """The period of `2026`, `2026-Q3` or `2026-11`; None for anything else."""
        if (found := _FORM.fullmatch(text)) is None:
            return None
        year, quarter, month = int(found[1]), found[2], found[3]
        start = int(month) if month else 3 * int(quarter) - 2 if quarter else 1
        months = 1 if month else 3 if quarter else 12
        after = date(year + (start + months > 12), (start + months - 1) % 12 + 1, 1)
        return cls(text, date(year, start, 1), after - timedelta(days=1))

    @property
    def is_year(self) -> bool:
        """Whether it is a whole calendar year."""
        return len(self.name) == 4

    def within(self, zone: str) -> tuple[datetime, datetime]:
        """Its first moment in a time zone, and the first one after it; UTC."""
        here = ZoneInfo(zone)
        ends = self.last + timedelta(days=1)
        return tuple(
            datetime.combine(day, time(), here).astimezone(UTC) for day in (self.first, ends)
        )  # type: ignore[return-value]

    def open_at(self, now: datetime, zone: str) -> bool:
        """Whether it has not ended yet in a time zone."""
        return now < self.within(zone)[1]
