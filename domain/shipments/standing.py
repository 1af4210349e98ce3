"""Where a parcel stands: its scans, the carrier's own word on it, and our ruling that it is lost.

It depends on the set of what was told alone, never on the order in which it arrived.
Source: docs/tracking.md, "Statuses".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.shipments import (
    AFTER_TERMINAL,
    FROM_THE_FUTURE,
    TERMINAL,
    TOO_EARLY,
    Scan,
    ShipmentReason,
    ShipmentStatus,
    TimeSource,
    Told,
    deciding,
    ordered,
)

_AFTER_SCANS = 2**31 - 1
_RULED = frozenset({ShipmentStatus.RETURNING})
_RANK = {status: rank for rank, status in enumerate(ShipmentStatus)}


@dataclass(frozen=True, slots=True)
class Word:
    """The carrier's word on a parcel as a whole, and the time of the news that it stands for."""

    status: ShipmentStatus
    reason: ShipmentReason | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The status of a parcel, why, and since when.

    `delivered_at` is when it was first handed over, unless it went on its way after that.
    """

    status: ShipmentStatus
    reason: ShipmentReason | None
    at: datetime | None
    delivered_at: datetime | None = None


def of_this_parcel(told: Told, created_at: datetime) -> Told | None:
    """What was told without what belongs to an older parcel of the same number.

    None where nothing is left: the number was used before, and this parcel is not known yet.
    """
    since = created_at - TOO_EARLY
    kept = tuple(scan for scan in told.scans if scan.occurred_at >= since)
    if told.scans and not kept:
        return None
    if not told.scans and told.status_at is not None and told.status_at < since:
        return None
    return replace(told, scans=kept)


def word_of(told: Told, now: datetime) -> Word | None:
    """The carrier's word, if it gave one: it stands for the newest of what it came with."""
    if told.status in {None, ShipmentStatus.UNKNOWN}:
        return None
    times = [s.occurred_at for s in told.scans if s.occurred_at <= now + FROM_THE_FUTURE]
    if told.status_at is not None:
        times.append(told.status_at)
    return Word(told.status, told.reason, max(times, default=now))


def newer(before: Word | None, after: Word | None, *, present: bool) -> Word | None:
    """Which of two words holds: that of the newer news.

    `present` says that `after` is an answer of just now, which among equals is the truth. Of
    pushes, which come in any order, among equals one and the same holds whichever came first.
    """
    if before is None or after is None:
        return after or before
    if before.status is after.status and before.reason is after.reason:
        return before if before.at >= after.at else after
    if after.at != before.at:
        return after if after.at > before.at else before
    if present:
        return after
    return max((before, after), key=lambda word: (_RANK[word.status], word.reason or ""))


def standing(
    scans: Iterable[Scan], word: Word | None, ruled_lost_at: datetime | None, now: datetime
) -> Standing:
    """The status of a parcel from all that is known.

    A ruling that it is lost holds until the carrier says that it ended otherwise, or is on its way
    back since.
    """
    known = [*scans, *_scans_of(word)]
    found = deciding(known, now)
    if found is None or found.status is None:
        said = Standing(ShipmentStatus.UNKNOWN, None, None)
    else:
        handed = _delivered_at(known, found)
        said = Standing(found.status, found.reason, found.occurred_at, handed)
    if ruled_lost_at is None or said.status in TERMINAL:
        return said
    if said.status in _RULED and said.at is not None and said.at > ruled_lost_at:
        return said
    return Standing(ShipmentStatus.LOST, None, ruled_lost_at)


def _delivered_at(known: Iterable[Scan], found: Scan) -> datetime | None:
    if found.status is not ShipmentStatus.DELIVERED:
        return None
    first = found.occurred_at
    for scan in reversed(ordered(known)):
        if scan.occurred_at > found.occurred_at or scan.status not in AFTER_TERMINAL:
            continue
        if scan.status is not ShipmentStatus.DELIVERED:
            break
        first = scan.occurred_at
    return first


def _scans_of(word: Word | None) -> Sequence[Scan]:
    """A word as a scan that stands after all others of its time."""
    if word is None:
        return ()
    local = word.at.replace(tzinfo=None)
    zero, source = timedelta(), TimeSource.EXPLICIT
    return (
        Scan(
            "", "", word.status, word.at, local, zero, source, word.reason, position=_AFTER_SCANS
        ),
    )  # fmt: skip
