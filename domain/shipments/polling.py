"""When a carrier is asked about a parcel again, and how much a carrier may be asked.

Source: docs/tracking.md, "Polling" and "Budgets".
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.shipments import TERMINAL, ShipmentStatus
from domain.shipments.carriers import TrackingApi
from domain.shipments.promise import abroad, lost_after, silent_since, stalled

_S = ShipmentStatus
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Every:
    """How long to wait in a status: within one country, and across a border."""

    inland: timedelta
    abroad: timedelta

    @classmethod
    def both(cls, wait: timedelta) -> "Every":
        """The same wait, border or none."""
        return cls(wait, wait)


SCHEDULE: Final[Mapping[ShipmentStatus, Every]] = {
    _S.UNKNOWN: Every.both(6 * _HOUR),
    _S.ANNOUNCED: Every.both(6 * _HOUR),
    _S.ACCEPTED: Every(4 * _HOUR, 8 * _HOUR),
    _S.IN_TRANSIT: Every(4 * _HOUR, 8 * _HOUR),
    _S.OUT_FOR_DELIVERY: Every.both(45 * _MINUTE),
    _S.AVAILABLE_FOR_PICKUP: Every.both(8 * _HOUR),
    _S.DELIVERY_FAILED: Every.both(6 * _HOUR),
    _S.EXCEPTION: Every.both(6 * _HOUR),
    _S.RETURNING: Every.both(6 * _HOUR),
}
NOT_YET: Final = frozenset({_S.UNKNOWN, _S.ANNOUNCED})
"""The carrier does not have the parcel yet."""
PATIENT: Final = (5 * _DAY, 24 * _HOUR)
"""A parcel that the carrier does not have after so long is asked about so often."""
NEVER_ACCEPTED: Final = 20 * _DAY
STALLED_FIRST, STALLED_THEN = 24 * _HOUR, 72 * _HOUR
GIVEN_UP: Final = 60 * _DAY
GRACE: Final = 48 * _HOUR
"""After a terminal status the carrier is asked once more, so long after its last news."""
PUSHED: Final = 4
"""By how much a subscription to pushes multiplies the waits."""
OVERDUE: Final = 2
"""By how much a parcel is asked about more often from its promised day on."""
DAY_BEGINS, DAY_ENDS = time(7), time(21)
"""Local hours in which parcels are delivered."""
JITTER: Final = 0.15
_OLDEST: Final = 3650 * _DAY
BACKOFF_FIRST, BACKOFF_MOST = timedelta(seconds=30), 6 * _HOUR
REFUSED_WAIT: Final = 6 * _HOUR
NO_ACCOUNT_WAIT: Final = 1 * _HOUR


@dataclass(frozen=True, slots=True)
class Followed:
    """What the schedule looks at of a parcel.

    Shapes: countries are ISO 3166-1 alpha-2; `zone` is the IANA name of the destination's zone;
    `last_scan_at` the time of the newest scan, `told_at` when the carrier last had news.
    `least_wait` is the carrier's own wish, if it has one.
    """

    id: UUID
    status: ShipmentStatus
    created_at: datetime
    last_scan_at: datetime | None = None
    told_at: datetime | None = None
    promised_by: date | None = None
    origin: str | None = None
    destination: str | None = None
    zone: str = "UTC"
    pushed: bool = False
    least_wait: timedelta = timedelta()


def jitter(of: UUID) -> float:
    """A factor from 0.85 to 1.15, always the same for one id: parcels do not come in a crowd."""
    drawn = int.from_bytes(hashlib.blake2b(of.bytes, digest_size=8).digest()) / 2**64
    return 1 - JITTER + 2 * JITTER * drawn


def aged(parcel: Followed, now: datetime, speed: float) -> Followed:
    """A parcel as the schedule sees it where parcels travel so many times faster than real ones.

    All that has passed counts so many times longer; a speed of 1 changes nothing.
    """
    if speed == 1:
        return parcel

    def seen(at: datetime) -> datetime:
        return now - min((now - at) * speed, _OLDEST)

    return replace(
        parcel,
        created_at=seen(parcel.created_at),
        last_scan_at=parcel.last_scan_at and seen(parcel.last_scan_at),
        told_at=parcel.told_at and seen(parcel.told_at),
    )


def next_poll_at_speed(parcel: Followed, now: datetime, speed: float) -> datetime | None:
    """When to ask again, where parcels travel so many times faster than real ones."""
    due = next_poll(aged(parcel, now, speed), now)
    return due if due is None or speed == 1 else now + (due - now) / speed


def never_accepted(parcel: Followed, now: datetime) -> bool:
    """Whether a label was printed and the carrier has not had the parcel for 20 days."""
    return parcel.status in NOT_YET and now - parcel.created_at >= NEVER_ACCEPTED


def next_poll(parcel: Followed, now: datetime) -> datetime | None:
    """When to ask again after an answer at `now`; None for never."""
    factor = jitter(parcel.id)
    if parcel.status in TERMINAL:
        return _last_time(parcel, now, factor)
    if now - parcel.created_at >= GIVEN_UP or never_accepted(parcel, now):
        return None
    wait = max(_wait(parcel, now), parcel.least_wait)
    if parcel.pushed:
        wait *= PUSHED
    due = now + wait * factor
    if parcel.status is _S.OUT_FOR_DELIVERY:
        return in_hours(due, parcel.zone, wait * (factor - 1 + JITTER))
    if (ruling := _ruling_at(parcel)) is not None and now < ruling < due:
        return ruling + wait * (factor - 1 + JITTER) / 8
    return due


def _last_time(parcel: Followed, now: datetime, factor: float) -> datetime | None:
    """One more after 48 h, unless that one is what was just asked."""
    since = parcel.told_at or now
    if now - since >= GRACE * (1 - JITTER):
        return None
    return since + GRACE * factor


def _wait(parcel: Followed, now: datetime) -> timedelta:
    """The wait that the table has for a parcel, before jitter and pushes."""
    if parcel.status in NOT_YET:
        after, slow = PATIENT
        return slow if now - parcel.created_at >= after else SCHEDULE[parcel.status].inland
    far = abroad(parcel.origin, parcel.destination)
    since = silent_since(parcel.created_at, parcel.last_scan_at)
    if stalled(parcel.status, since, now, far=far):
        fresh = not stalled(parcel.status, since, now - STALLED_FIRST, far=far)
        return STALLED_FIRST if fresh else STALLED_THEN
    row = SCHEDULE[parcel.status]
    wait = row.abroad if far else row.inland
    today = now.astimezone(ZoneInfo(parcel.zone)).date()
    waits_for_us = parcel.status is _S.OUT_FOR_DELIVERY
    if parcel.promised_by is not None and today >= parcel.promised_by and not waits_for_us:
        wait /= OVERDUE
    return wait


def _ruling_at(parcel: Followed) -> datetime | None:
    """When silence makes the parcel a lost one: it is asked about then, not days later."""
    if parcel.status in NOT_YET:
        return None
    far = abroad(parcel.origin, parcel.destination)
    since = silent_since(parcel.created_at, parcel.last_scan_at)
    return since + lost_after(parcel.status, far=far)


def in_hours(due: datetime, zone: str, spread: timedelta = timedelta()) -> datetime:
    """The moment itself from 07:00 to 21:00 there; else the next 07:00, and `spread` after it."""
    local = due.astimezone(ZoneInfo(zone))
    if DAY_BEGINS <= local.time() < DAY_ENDS:
        return due
    day = local.date() + (_DAY if local.time() >= DAY_ENDS else timedelta())
    begins = datetime.combine(day, DAY_BEGINS, ZoneInfo(zone)).astimezone(due.tzinfo)
    return begins + spread


def in_urgency(parcel: Followed, due: datetime | None) -> bool:
    """Whether a parcel is among the first to be asked about at `due`.

    Out for delivery, or past the day it was promised for.
    """
    if due is None or parcel.status in TERMINAL:
        return False
    if parcel.status is _S.OUT_FOR_DELIVERY:
        return True
    day = due.astimezone(ZoneInfo(parcel.zone)).date()
    return parcel.promised_by is not None and day > parcel.promised_by


def after_failure(of: UUID, failures: int, now: datetime) -> datetime:
    """When to ask again after so many failures in a row: 30 s, doubled each time, at most 6 h."""
    doubled = BACKOFF_FIRST * (1 << min(max(failures - 1, 0), 12))
    return now + min(doubled, BACKOFF_MOST) * jitter(of)


class Unit(StrEnum):
    """What a carrier counts against a day's budget."""

    CALLS = "CALLS"
    NUMBERS = "NUMBERS"


@dataclass(frozen=True, slots=True)
class Quota:
    """What a carrier allows an account where its contract says nothing else.

    Units: `per_second` are calls, `per_day` are `unit`; None is not known to be limited. `zone` is
    where its day begins. `least_wait` is how long it wants to be left alone about one parcel.
    """

    per_second: float
    per_day: int | None = None
    unit: Unit = Unit.CALLS
    zone: str = "UTC"
    least_wait: timedelta = timedelta()


_A = TrackingApi
_TEN_A_DAY = 144 * _MINUTE / (1 - JITTER)
QUOTAS: Final[Mapping[TrackingApi, Quota]] = {
    _A.LA_POSTE: Quota(5, zone="Europe/Paris"),
    _A.CHRONOPOST: Quota(5, zone="Europe/Paris"),
    _A.DHL_UNIFIED: Quota(1, 250, zone="UTC", least_wait=_TEN_A_DAY),
    _A.DHL_PARCEL_DE: Quota(3, 10_000, Unit.NUMBERS, "Europe/Berlin", _TEN_A_DAY),
    _A.DHL_EXPRESS: Quota(5, 500),
    _A.UPS: Quota(5),
    _A.FEDEX: Quota(100, zone="America/Chicago"),
    _A.GLS: Quota(2, 500, zone="Europe/Paris"),
    _A.POSTNL: Quota(2, zone="Europe/Amsterdam"),
    _A.ROYAL_MAIL: Quota(2, zone="Europe/London"),
    _A.MONDIAL_RELAY: Quota(2, zone="Europe/Paris"),
    _A.USPS: Quota(1 / 60, 1_440, zone="America/New_York"),
    _A.INPOST: Quota(2, zone="Europe/Warsaw"),
    _A.BPOST: Quota(2, zone="Europe/Brussels"),
    _A.DPD: Quota(2, zone="Europe/Berlin"),
    _A.AFTERSHIP: Quota(
        10 / 11
    ),  # ten numbers that are new to it are told it in calls of their own
    _A.EASYPOST: Quota(5),
    _A.SEVENTEEN_TRACK: Quota(3 / 2),
}
HEAD_START: Final = 0.25
"""The part of a day's budget that ordinary parcels may use as soon as the day begins."""


def pace(elapsed: float) -> float:
    """The part of a day's budget that ordinary parcels may have used when so much of it is over.

    The rest of the day's budget is for urgent ones: out for delivery, or past what was promised.
    Units: both are parts of 1.
    """
    return min(1.0, HEAD_START + (1 - HEAD_START) * elapsed)


def elapsed(now: datetime, zone: str) -> float:
    """How much of the day is over in a zone, as a part of 1, whether it has 23, 24 or 25 hours."""
    local = now.astimezone(ZoneInfo(zone))
    begins = datetime.combine(local.date(), time(), ZoneInfo(zone)).timestamp()
    ends = datetime.combine(local.date() + _DAY, time(), ZoneInfo(zone)).timestamp()
    return (now.timestamp() - begins) / (ends - begins)


def day_ends(now: datetime, zone: str) -> datetime:
    """When the day of a zone is over: a carrier's budget is new then."""
    local = now.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + _DAY, time(), ZoneInfo(zone)).astimezone(now.tzinfo)
