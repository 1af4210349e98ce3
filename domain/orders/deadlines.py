"""Until when what is to be done about a line, and from when on rights end.

Source: docs/orders.md, "Deadlines".
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.calendars import Calendar
from domain.orders.withdrawal import POLICY_DAYS

ABANDONED_AFTER_DAYS: Final = 5
"""Working days after `dispatchBy` at whose end a line that was not shipped is cancelled."""

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
