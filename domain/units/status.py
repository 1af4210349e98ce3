"""What others say of a device: whether it is stolen or blocked, and which locks are on it.

`UNKNOWN` is not `CLEAR` and not `OFF`: nobody answered. A reset does not clear a lock.
Source: docs/passports.md, "Status and locks".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.units import DeviceStatus


class Lock(StrEnum):
    """What may keep the next owner from using a device."""

    ACTIVATION = "ACTIVATION"
    FRP = "FRP"
    MAKER_ACCOUNT = "MAKER_ACCOUNT"
    MDM = "MDM"
    CARRIER = "CARRIER"
    FINANCE = "FINANCE"


class LockState(StrEnum):
    """Whether a lock is on."""

    OFF = "OFF"
    ON = "ON"
    UNKNOWN = "UNKNOWN"


class CheckMoment(StrEnum):
    """When a device is asked about."""

    QUOTE = "QUOTE"
    RECEIPT = "RECEIPT"
    RESALE = "RESALE"
    IMPORT = "IMPORT"


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """What a list says of a number, why, and for how long that may be relied on."""

    status: DeviceStatus
    reason: str | None = None
    good_for: timedelta = timedelta(hours=24)


NOT_ASKED: Final = StatusAnswer(DeviceStatus.UNKNOWN)
NOBODY: Final = "NONE"
"""The source of an answer that nobody gave."""
_WORST: Final = (DeviceStatus.FLAGGED, DeviceStatus.UNKNOWN, DeviceStatus.CLEAR)
_LOCK_WORST: Final = (LockState.ON, LockState.UNKNOWN, LockState.OFF)


def unknown_locks() -> dict[Lock, LockState]:
    """Every lock, as it is where nobody answers."""
    return dict.fromkeys(Lock, LockState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was answered of a device, by whom, when, and until when it holds."""

    status: DeviceStatus
    reason: str | None
    source: str
    checked_at: datetime
    expires_at: datetime
    locks: Mapping[Lock, LockState] = field(default_factory=unknown_locks)

    @property
    def on(self) -> tuple[Lock, ...]:
        """The locks that are on."""
        return tuple(each for each in Lock if self.locks.get(each) is LockState.ON)

    def holds(self, now: datetime) -> bool:
        """Whether it may still be relied on."""
        return self.checked_at <= now < self.expires_at


def worst(answers: Iterable[StatusAnswer]) -> StatusAnswer:
    """The worst of the answers about the numbers of one device; it lasts as long as the shortest.

    Without any it is unknown.
    """
    found = list(answers)
    if not found:
        return NOT_ASKED
    first = min(found, key=lambda each: _WORST.index(each.status))
    return StatusAnswer(first.status, first.reason, min(each.good_for for each in found))


def joined(answers: Iterable[Mapping[Lock, LockState]]) -> dict[Lock, LockState]:
    """The locks of a device, from what is said of each of its numbers: the worst counts."""
    found = list(answers)
    if not found:
        return unknown_locks()
    return {
        lock: min((each.get(lock, LockState.UNKNOWN) for each in found), key=_LOCK_WORST.index)
        for lock in Lock
    }
