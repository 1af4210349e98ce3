"""Until when what is to be done about a line, and from when on rights end.

Source: docs/orders.md, "Deadlines".
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.calendars import Calendar

ABANDONED_AFTER_DAYS: Final = 5
"""Working days after `dispatchBy` at whose end a line that was not shipped is cancelled."""

POLICY_DAYS: Final = 30
"""Days of our own in which a device may be given back, where the law has fewer or none."""

REFUND_LOST_WITHIN: Final = timedelta(hours=48)
"""The longest that a customer waits for the money of a lost parcel."""

REMIND_BEFORE: Final = timedelta(hours=4)
"""How long before a deadline the merchant is reminded of it."""


def dispatch_by(accepted_at: datetime, handling_hours: int, calendar: Calendar) -> datetime:
    """When an accepted line is to be with the carrier. Units: hours of working days."""
    return calendar.hours_after(accepted_at, handling_hours)


def abandoned_at(dispatch_by: datetime, calendar: Calendar) -> datetime:
    """When an accepted line that was not shipped is cancelled: at the end of a working day."""
    return calendar.end_of(calendar.after(calendar.day_of(dispatch_by), ABANDONED_AFTER_DAYS))


def return_until(delivered_at: datetime, zone: str, days: int = POLICY_DAYS) -> datetime:
    """The end of the last day on which a device may be given back, in the market's zone.

    Shapes: `delivered_at` is the time at which the last device of the order came; the day after
    is the first that counts.
    """
    market = ZoneInfo(zone)
    last = delivered_at.astimezone(market).date() + timedelta(days=days + 1)
    return datetime.combine(last, datetime.min.time(), market)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of its month where there is none."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
