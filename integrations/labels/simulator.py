"""The provider of the demo and of tests: numbers of the played carriers, PDFs of our own.

The number follows from the id of the label, so a repeated question has the same answer. Where the
carriers are played beside us, they are told of the parcel, and it sets out.
"""

import asyncio
from datetime import timedelta
from typing import Final

import orjson

from domain.shipments.carriers import TrackingApi
from integrations.http import Outbound, Rejected, Request, Unavailable, call
from integrations.labels import Label, Wanted
from integrations.labels.printing import printed
from integrations.sandbox.carriers.numbers import division_of, number_for

ALIVE: Final = timedelta(days=21)
_NUMBERED: Final = frozenset(
    {
        *("LA_POSTE", "CHRONOPOST", "DHL_UNIFIED", "DHL_PARCEL_DE", "DHL_EXPRESS", "UPS", "FEDEX"),
        *("GLS", "POSTNL", "ROYAL_MAIL", "MONDIAL_RELAY", "USPS"),
    }
)


class SimulatedLabels:
    """Issues labels at once; `control` is the address of the played carriers, None without them."""

    def __init__(self, out: Outbound | None = None, control: str | None = None) -> None:
        self._out, self._control = out, control

    async def issue(self, wanted: Wanted) -> Label:
        """The label. Raises: Rejected for an API without numbers; Unavailable."""
        if wanted.api not in _NUMBERED:
            raise Rejected(f"no labels are simulated for {wanted.api}")
        number = number_for(wanted.api, wanted.id, wanted.at)
        if self._out is not None and self._control is not None:
            await self._register(self._out, f"{self._control}/control/parcels", wanted, number)
        document = await asyncio.to_thread(printed, wanted, number)
        return Label(number, document, wanted.at + ALIVE)

    async def _register(self, out: Outbound, url: str, wanted: Wanted, number: str) -> None:
        told = {
            "api": wanted.api,
            "number": number,
            "origin": wanted.origin,
            "destination": wanted.destination,
        }
        if wanted.api is TrackingApi.DHL_UNIFIED:
            told["division"] = division_of(wanted.api, number)
        body = orjson.dumps(told)
        headers = {"content-type": "application/json"}
        answer = await call(out, Request("POST", url, headers, body))
        if answer.status >= 300:
            raise Unavailable(f"the played carriers answered {answer.status}")
