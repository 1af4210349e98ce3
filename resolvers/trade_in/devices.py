"""What is known of a device before it is sent in: the lists of stolen ones, and its locks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.trade_in.locks import Lock, merged
from domain.units import DeviceStatus
from resolvers.orders.devices import provider

if TYPE_CHECKING:
    from resolvers.trade_in.quoting import Number


@dataclass(frozen=True, slots=True)
class Checked:
    """What a list and the owner say. `source` None: no list was asked."""

    status: DeviceStatus
    source: str | None
    locks: tuple[Lock, ...]


async def check(number: "Number", told: Sequence[Lock]) -> Checked:
    """Ask the list about a device, if it has an IMEI and there is a list.

    `UNKNOWN` where nobody answers: it is not clear, and is looked at again at receipt.
    """
    asked = provider()
    locks = merged(told)
    if asked is None or number.imei is None:
        return Checked(DeviceStatus.UNKNOWN, None, locks)
    return Checked(await asked.status(number.imei.digits), asked.source, locks)
