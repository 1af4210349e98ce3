"""Whether a device is on a list of stolen or blocked ones: the port, nobody, and a simulator.

Lists such as the GSMA's are open to admitted firms alone, so everything works without one.
"""

from dataclasses import dataclass, field
from typing import Protocol

from domain.units import DeviceStatus


class DeviceStatusProvider(Protocol):
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
class NoStatus:
    """Nobody is asked: every device is `UNKNOWN`, which is not `CLEAR`."""

    source: str = "NONE"

    async def status(self, imei: str) -> DeviceStatus:
        """Always `UNKNOWN`."""
        return DeviceStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class SimulatedStatus:
    """A list for development and tests: it says what stands in the number.

    The last three digits of the serial part, before the check digit, say `666` for a flagged
    device and `000` for one that is not known; every other device is clear. `flagged` are more.
    """

    flagged: frozenset[str] = field(default_factory=frozenset)
    source: str = "SIMULATOR"

    async def status(self, imei: str) -> DeviceStatus:
        """What the number says."""
        if imei in self.flagged or imei[11:14] == "666":
            return DeviceStatus.FLAGGED
        return DeviceStatus.UNKNOWN if imei[11:14] == "000" else DeviceStatus.CLEAR
