"""What is known of a device before it is sent in: the lists of stolen ones, and its locks."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.trade_in.locks import Lock, LockState, merged
from domain.units import DeviceStatus, Imei, imei_identifier
from models.units import status


@dataclass(frozen=True, slots=True)
class Checked:
    """What a list and the owner say. `source` None: no list was asked."""

    status: DeviceStatus
    source: str | None
    locks: tuple[Lock, ...]


async def check(number: Imei | None, told: Sequence[Lock]) -> Checked:
    """Ask the lists about a device, if it has an IMEI; they and its owner say which locks are on.

    `UNKNOWN` where nobody answers: it is not clear, and is looked at again at receipt.
    """
    if number is None:
        return Checked(DeviceStatus.UNKNOWN, None, merged(told))
    found = await status.check([imei_identifier(number)])
    known = found.locks.items()
    listed = [Lock(kind, state) for kind, state in known if state is not LockState.UNKNOWN]
    return Checked(found.status, found.source, merged(told, listed))
