"""The parcels of the demo: by which carrier each goes, its number, and what will happen to it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from boucle.shoppers.client import Control
from domain.shipments.carriers import API_OF, CarrierCode, TrackingApi
from integrations.sandbox.carriers.credentials import CREDENTIALS
from integrations.sandbox.carriers.following import ONE_BY_ONE
from integrations.sandbox.carriers.numbers import division_of, number_for
from integrations.sandbox.carriers.places import area, countries
from integrations.sandbox.carriers.scenarios import Kind, drawn_kind
from integrations.sandbox.chance import draws

_C = CarrierCode
NAMES: Final = {
    "Colissimo": _C.LA_POSTE,
    "Chronopost": _C.CHRONOPOST,
    "DHL Parcel Connect": _C.DHL,
    "DHL Paket": _C.DHL_PARCEL_DE,
    "DHL Express": _C.DHL_EXPRESS,
    "Royal Mail": _C.ROYAL_MAIL,
    "USPS": _C.USPS,
    "PostNL": _C.POSTNL,
    "Correos": _C.CORREOS,
    "bpost": _C.BPOST,
    "Yamato": _C.YAMATO,
}
"""The carrier that a merchant's way of shipping names; any other is followed by an aggregator."""
OTHERS: Final = (_C.UPS, _C.GLS, _C.FEDEX)
RELAYS: Final = frozenset({"FR", "BE", "ES", "NL", "LU"})
OTHERWISE: Final = 25
"""Of a hundred parcels, how many go by another carrier than was promised."""


@dataclass(frozen=True, slots=True)
class DemoParcel:
    """A parcel before it is sent. Shapes: `service` is the division of DHL, where it is DHL's."""

    carrier: CarrierCode
    api: TrackingApi
    number: str
    kind: Kind
    origin: str
    destination: str
    service: str | None

    def registration(self) -> dict[str, Any]:
        """What the simulator is told of it."""
        return {
            "api": self.api,
            "number": self.number,
            "kind": self.kind,
            "origin": self.origin,
            "destination": self.destination,
            "division": self.service,
            "follow": self.api in ONE_BY_ONE,
        }


def parcel(line: dict[str, Any], destination: str, now: datetime, salt: int) -> DemoParcel:
    """How the parcel of a line goes: of one line and salt, always the same within an hour."""
    origin = str(line["dispatchCountry"])
    carrier = _carrier(str(line["carrier"]), origin, destination, line["id"])
    api = API_OF.get(carrier, TrackingApi.AFTERSHIP)
    api = api if api in CREDENTIALS else TrackingApi.AFTERSHIP
    service = "ecommerce-europe" if api is TrackingApi.DHL_UNIFIED else None
    number = number_for(api, f"{line['id']}-{salt}", now, division=service)
    kind = drawn_kind(api, division_of(api, number), line["id"], salt)
    if kind is Kind.CUSTOMS_HOLD and not _customs(origin, destination):
        kind = Kind.PLAIN
    return DemoParcel(carrier, api, number, kind, origin, destination, service)


async def registered(control: Control, made: DemoParcel) -> DemoParcel | None:
    """The parcel as the simulator plays it; None where it cannot. Raises: NotNow."""
    for each in (made, replace(made, kind=Kind.PLAIN)):
        if await control.post("parcels", each.registration()):
            return each
    return None


def _carrier(name: str, origin: str, destination: str, line: str) -> CarrierCode:
    drawn = draws("carrier", line)
    if drawn.below(0, 100) >= OTHERWISE:
        return NAMES.get(name, _C.OTHER)
    if {origin, destination} <= RELAYS and drawn.below(1, 2):
        return _C.MONDIAL_RELAY
    return OTHERS[drawn.below(2, len(OTHERS))]


def _customs(origin: str, destination: str) -> bool:
    known = {origin, destination} <= set(countries())
    return known and area(origin) != area(destination)
