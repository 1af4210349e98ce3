"""DHL, Shipment Tracking Unified, and its pushes."""

from typing import Any, ClassVar, Final

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import DIVISIONS, HANDED_OVER
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.speaking import Carrier, Pushed, answer, dumped

_OTHER_SERVICES: Final = (
    *("freight", "parcel-nl", "parcel-pl", "parcel-uk", "dsc", "dgf", "ecommerce", "sameday"),
    *("ecommerce-apac", "ecommerce-iberia", "ecommerce-ppl", "post-de", "post-international"),
)
_SERVICES: Final = frozenset({*DIVISIONS, *_OTHER_SERVICES})
_PRODUCTS: Final = {
    "parcel-de": "DHL PAKET",
    "express": "EXPRESS WORLDWIDE",
    "ecommerce-europe": "DHL Parcel Connect",
    "svb": "DHL Parcel",
}
HOOK_SECRET: Final = "x-api-key"  # noqa: S105  # a header's name; the subscriber chooses it
"""The header by which a push proves where it comes from."""


class DhlUnified(Carrier):
    """`GET /track/shipments?trackingNumber=N`, one number a call."""

    api: ClassVar = TrackingApi.DHL_UNIFIED

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/track/shipments", self._track)]

    def credential(self, request: web.Request, text: str) -> str | None:
        key = request.headers.get("DHL-API-Key")
        return key if key == self.secrets["api_key"] else None

    def refused(self, request: web.Request) -> web.Response:
        detail = "Unauthorized for given resource."
        return answer({"title": "Unauthorized", "detail": detail, "status": 401}, 401)

    def throttled(self, seconds: float) -> web.Response:
        detail = "Too many requests within defined time period, please try again later."
        return answer({"title": "Too many requests", "detail": detail, "status": 429}, 429)

    def broken(self) -> web.Response:
        return answer({"title": "Internal server error", "detail": "", "status": 500}, 500)

    async def _track(self, request: web.Request) -> web.Response:
        number, service = request.query.get("trackingNumber", ""), request.query.get("service")
        if not number or (service is not None and service not in _SERVICES):
            detail = "Missing or wrong parameter."
            return answer({"title": "Bad request", "detail": detail, "status": 400}, 400)
        found = self.find(number)
        if found is None or service not in {None, found.parcel.division}:
            return self._unknown(number)
        bare = self.fault(Fault.BARE_TIMES, number)
        if service is None and self.fault(Fault.OTHER_DIVISION, number):
            other = f"/shipments?trackingNumber={number}&service={found.parcel.division}"
            body = {"shipments": [_foreign(number)], "possibleAdditionalShipmentsUrl": [other]}
            return answer(body)
        return answer({"shipments": [_shipment(found, bare=bare)]})

    def _unknown(self, number: str) -> web.Response:
        detail = "No shipment with given tracking number found."
        body = {"title": "No result found", "detail": detail, "status": 404}
        return answer({**body, "instance": f"/shipment/{number}"}, 404)

    def push(self, found: History, secret: str) -> Pushed | None:
        body = dumped({"shipments": [_shipment(found, bare=False)]})
        return Pushed(body, {HOOK_SECRET: secret})


def _shipment(found: History, *, bare: bool) -> dict[str, Any]:
    parcel, way = found.parcel, found.parcel.way
    told = [_event(event, bare=bare) for event in found.told(newest_first=True)]
    shipment: dict[str, Any] = {
        "id": parcel.number,
        "service": parcel.division,
        "origin": {"address": {"countryCode": way.sender.country}},
        "destination": {
            "address": {
                "countryCode": way.recipient.country,
                "postalCode": way.recipient.postcode,
                "addressLocality": way.recipient.city,
            }
        },
        "status": _status(found, bare=bare),
        "estimatedTimeOfDelivery": _naive(found),
        "details": _details(found),
        "events": told,
    }
    return shipment


def _status(found: History, *, bare: bool) -> dict[str, Any]:
    latest = found.latest
    if latest is None:
        return {"statusCode": "unknown", "status": "", "description": "No information yet"}
    return {**_event(latest, bare=bare), "remark": "", "nextSteps": ""}


def _event(event: Event, *, bare: bool) -> dict[str, Any]:
    stamp = event.local.replace(tzinfo=None) if bare else event.local
    address = {"addressLocality": event.place.city, "countryCode": event.place.country}
    return {
        "timestamp": stamp.isoformat(),
        "location": {"address": address},
        "statusCode": event.native.level,
        "status": event.native.code,
        "description": event.native.label,
    }


def _naive(found: History) -> str:
    local = found.expected_at.astimezone(found.parcel.way.recipient.clock)
    return local.replace(tzinfo=None).isoformat()


def _details(found: History) -> dict[str, Any]:
    parcel = found.parcel
    reference = {"number": parcel.reference, "type": "customer-reference"}
    details: dict[str, Any] = {
        "product": {"productName": _PRODUCTS[parcel.division]},
        "proofOfDeliverySignedAvailable": False,
        "totalNumberOfPieces": 1,
        "pieceIds": [parcel.number],
        "weight": {"value": parcel.grams / 1000, "unitText": "kg"},
        "references": [reference] if parcel.division == "parcel-de" else reference,
    }
    handed = found.handed_over
    if handed is not None and handed.step in HANDED_OVER:
        signed = {"@type": "Person", "name": parcel.recipient}
        details["proofOfDelivery"] = {"timestamp": handed.local.isoformat(), "signed": signed}
    return details


def _foreign(number: str) -> dict[str, Any]:
    """The shipment of another division that has the same number, delivered long ago."""
    event = {
        "timestamp": "2021-03-02T10:11:12Z",
        "location": {"address": {"addressLocality": "Utrecht", "countryCode": "NL"}},
        "statusCode": "delivered",
        "status": "DELIVERED",
        "description": "Delivered",
    }
    return {"id": number, "service": "parcel-nl", "status": event, "events": [event]}
