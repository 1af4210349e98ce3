"""Whether a device is on a list of stolen ones, and which locks are on it: ports, simulators.

Lists such as the GSMA's are open to admitted firms alone, so everything works without one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from domain.units import DeviceStatus
from domain.units.status import NOT_ASKED, Lock, LockState, StatusAnswer, unknown_locks
from integrations.http import Rejected, Unavailable

log = structlog.get_logger()


class DeviceList(Protocol):
    """Somebody who keeps such a list."""

    @property
    def source(self) -> str:
        """What the answers are noted under."""
        ...

    async def status(self, imei: str) -> StatusAnswer:
        """What the list says of an IMEI; `UNKNOWN` where it says nothing.

        Raises: Unavailable, Rejected.
        """
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as use cases ask it: one that does not answer says `UNKNOWN`, and stops no sale."""

    list: DeviceList

    @property
    def source(self) -> str:
        """What the answers are noted under."""
        return self.list.source

    async def status(self, imei: str) -> StatusAnswer:
        """What the list says; never raises for an outage of its own."""
        try:
            return await self.list.status(imei)
        except (Unavailable, Rejected) as error:
            log.warning("devices.list_away", source=self.source, error=type(error).__name__)
            return NOT_ASKED


_DIGITS: Final = slice(-4, -1)
"""Where the simulators look: the last three digits before the check digit of an IMEI."""
_STATUS: Final[Mapping[str, StatusAnswer]] = {
    "000": StatusAnswer(DeviceStatus.UNKNOWN, "NOT_LISTED"),
    "666": StatusAnswer(DeviceStatus.FLAGGED, "STOLEN"),
    "667": StatusAnswer(DeviceStatus.FLAGGED, "LOST"),
    "668": StatusAnswer(DeviceStatus.FLAGGED, "FRAUD"),
}
_LOCKS: Final[Mapping[str, Lock]] = {f"50{n}": lock for n, lock in enumerate(Lock, 1)}


@dataclass(frozen=True, slots=True)
class SimulatedList:
    """A list for development and tests: it says what stands in the number.

    The last three digits before the check digit say `666` for a stolen device, `667` for a lost
    one, `668` for one of a fraud, and `000` for one that is not known; every other device is
    clear. `flagged` are more.
    """

    flagged: frozenset[str] = field(default_factory=frozenset)
    source: str = "SIMULATOR"

    async def status(self, imei: str) -> StatusAnswer:
        """What the number says."""
        if imei in self.flagged:
            return StatusAnswer(DeviceStatus.FLAGGED, "LISTED")
        return _STATUS.get(imei[_DIGITS], StatusAnswer(DeviceStatus.CLEAR))


class LockList(Protocol):
    """Somebody who knows which locks are on a device."""

    @property
    def source(self) -> str:
        """What the answers are noted under."""
        ...

    async def locks(self, number: str) -> Mapping[Lock, LockState]:
        """The locks by an IMEI or a serial number; what is left out is unknown.

        Raises: Unavailable, Rejected.
        """
        ...


@dataclass(frozen=True, slots=True)
class AskedLocks:
    """Such a one as use cases ask it: one that does not answer says that all is unknown."""

    list: LockList

    @property
    def source(self) -> str:
        """What the answers are noted under."""
        return self.list.source

    async def locks(self, number: str) -> Mapping[Lock, LockState]:
        """The locks; never raises for an outage of its own."""
        try:
            return await self.list.locks(number)
        except (Unavailable, Rejected) as error:
            log.warning("devices.locks_away", source=self.source, error=type(error).__name__)
            return unknown_locks()


@dataclass(slots=True)
class SimulatedLocks:
    """Locks for development and tests: what stands in the number, until its owner opens them.

    The last three characters before the last say `501` for the activation lock, `502` FRP, `503`
    the maker's account, `504` MDM, `505` the carrier's SIM lock, `506` finance; `500` that all is
    unknown. Every other lock is off. `opened` are numbers whose owners took the locks off.
    """

    opened: set[str] = field(default_factory=set)
    source: str = "SIMULATOR"

    async def locks(self, number: str) -> Mapping[Lock, LockState]:
        """What the number says."""
        said = number[_DIGITS]
        if said == "500":
            return unknown_locks()
        held = None if number in self.opened else _LOCKS.get(said)
        return {lock: LockState.ON if lock is held else LockState.OFF for lock in Lock}
