"""When a parcel is promised, and when it is late, stalled or lost.

Source: docs/tracking.md, "Promised dates" and "Late and lost".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.calendars import DAY, Calendar
from domain.shipments import (
    HANDED_OVER,
    LOST_ABROAD,
    LOST_INLAND,
    STALLED_ABROAD,
    STALLED_INLAND,
    TERMINAL,
    ShipmentStatus,
)

LATE_AFTER_DAYS: Final = 2
CUT_OFF: Final = time(15)
ENOUGH: Final = 20
"""Parcels of a lane without which its history says nothing."""
ONE_IN: Final = 10
"""The quickest and the slowest tenth of a lane are not promised."""
USUAL_INLAND, USUAL_ABROAD = (1, 3), (3, 7)
"""Working days from hand-over to delivery where a lane has no history."""
ARRIVED: Final = TERMINAL | {ShipmentStatus.AVAILABLE_FOR_PICKUP}
"""Statuses in which a parcel is not late any more."""


@dataclass(frozen=True, slots=True)
class Promised:
    """The days from which and by which a parcel is promised."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Lane:
    """What is known of parcels between two countries with one carrier.

    Units: `days` are working days of the destination from first scan to delivery, one a parcel.
    """

    days: Sequence[int] = ()

    def usual(self, *, far: bool) -> tuple[int, int]:
        """The days that nine in ten take at least, and at most; ours where too few are known."""
        if len(self.days) < ENOUGH:
            return USUAL_ABROAD if far else USUAL_INLAND
        known = sorted(self.days)
        return known[len(known) // ONE_IN], known[-(len(known) // ONE_IN) - 1]


def abroad(origin: str | None, destination: str | None) -> bool:
    """Whether a parcel crosses a border; one whose way is not known is taken to."""
    return origin is None or destination is None or origin != destination


def handed_over(paid_at: datetime, handling_hours: int, cut_off: time, sender: Calendar) -> date:
    """The day on which a merchant hands over what was paid at a moment.

    Handling takes hours of working days; what is ready after the cut-off leaves on the next
    working day. Units: `cut_off` is local to the sender.
    """
    ready = sender.hours_after(paid_at, handling_hours).astimezone(ZoneInfo(sender.zone))
    day = ready.date() if ready.time() <= cut_off else ready.date() + DAY
    return sender.working_day(day)


def promised(leaves: date, lane: Lane, receiver: Calendar, *, far: bool) -> Promised:
    """The days of delivery of a parcel that leaves on a day, counted by the receiver's calendar."""
    least, most = lane.usual(far=far)
    return Promised(receiver.after(leaves, max(least, 1)), receiver.after(leaves, max(most, 1)))


def late_from(promised_by: date, receiver: Calendar) -> datetime:
    """From when a parcel is late: two working days after the promised one are over."""
    return receiver.end_of(receiver.after(promised_by, LATE_AFTER_DAYS))


def late(
    status: ShipmentStatus, promised_by: date | None, receiver: Calendar, now: datetime
) -> bool:
    """Whether a parcel is late now: neither delivered nor waiting for the customer in time."""
    if promised_by is None or status in ARRIVED:
        return False
    return now >= late_from(promised_by, receiver)


def silent_since(created_at: datetime, last_scan_at: datetime | None) -> datetime:
    """Since when a carrier has said nothing of a parcel."""
    return last_scan_at or created_at


def stalled(status: ShipmentStatus, since: datetime, now: datetime, *, far: bool) -> bool:
    """Whether a parcel that the carrier has stands still: no news for 7 days, abroad 21."""
    if status not in HANDED_OVER or status in TERMINAL:
        return False
    return now - since >= (STALLED_ABROAD if far else STALLED_INLAND)


def lost_after(status: ShipmentStatus, *, far: bool) -> timedelta:
    """How long silence may last before it means lost.

    What waits at a pickup point is kept there for weeks without a word: for it, the longer time.
    """
    kept = status is ShipmentStatus.AVAILABLE_FOR_PICKUP
    return LOST_ABROAD if far or kept else LOST_INLAND


def lost(status: ShipmentStatus, since: datetime, asked_at: datetime, *, far: bool) -> bool:
    """Whether a parcel is lost for want of news.

    `asked_at` is when the carrier last answered: its silence counts, ours does not.
    """
    if status not in HANDED_OVER or status in TERMINAL:
        return False
    return asked_at - since >= lost_after(status, far=far)
