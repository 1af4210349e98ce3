"""What is known of a device before it is sent in: the lists of stolen ones, and its locks."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.trade_in.locks import Lock, LockKind, merged
from domain.trade_in.locks import LockState as State
from domain.units import DeviceStatus, Imei, imei_identifier
from domain.units.status import Lock as Known
from models.units import status

_KINDS = {
    Known.ACTIVATION: LockKind.ACTIVATION_LOCK,
    Known.FRP: LockKind.FACTORY_RESET_PROTECTION,
    Known.MAKER_ACCOUNT: LockKind.MAKER_ACCOUNT,
    Known.MDM: LockKind.DEVICE_MANAGEMENT,
    Known.CARRIER: LockKind.SIM_LOCK,
    Known.FINANCE: LockKind.FINANCE,
}


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
    listed = [Lock(_KINDS[lock], State(state.value)) for lock, state in found.locks.items()]
    return Checked(found.status, found.source, merged(told, listed))
