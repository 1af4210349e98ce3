"""Whether a device is on a list of stolen or blocked ones: the port, and a simulator.

Lists such as the GSMA's are open to admitted firms alone, so everything works without one.
"""

from dataclasses import dataclass, field
from typing import Protocol

import structlog

from domain.units import DeviceStatus
from integrations.http import Rejected, Unavailable

log = structlog.get_logger()


class DeviceList(Protocol):
    """Somebody who keeps such a list."""

    @property
    def source(self) -> str:
        """What the answers are noted under."""
        ...

    async def status(self, imei: str) -> DeviceStatus:
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

    async def status(self, imei: str) -> DeviceStatus:
        """What the list says; never raises for an outage of its own."""
        try:
            return await self.list.status(imei)
        except (Unavailable, Rejected) as error:
            log.warning("devices.list_away", source=self.source, error=type(error).__name__)
            return DeviceStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class SimulatedList:
    """A list for development and tests: it says what stands in the number.

    The last three digits before the check digit say `666` for a flagged device and `000` for one
    that is not known; every other device is clear. `flagged` are more.
    """

    flagged: frozenset[str] = field(default_factory=frozenset)
    source: str = "SIMULATOR"

    async def status(self, imei: str) -> DeviceStatus:
        """What the number says."""
        if imei in self.flagged or imei[11:14] == "666":
            return DeviceStatus.FLAGGED
        return DeviceStatus.UNKNOWN if imei[11:14] == "000" else DeviceStatus.CLEAR
