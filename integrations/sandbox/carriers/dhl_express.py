"""DHL Express, the MyDHL API."""

from typing import Any, ClassVar, Final

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import HANDED_OVER
from integrations.sandbox.carriers.credentials import basic
from integrations.sandbox.carriers.numbers import fits
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.places import Place
from integrations.sandbox.carriers.speaking import Carrier, answer

_VIEWS: Final = frozenset(
    {
        "all-checkpoints",
        "last-checkpoint",
        "shipment-details-only",
        "advance-shipment",
        "bbx-children",
        "all-checkpoints-with-remarks",
    }
)
_PATH: Final = "/mydhlapi/shipments/{number}/tracking"


class DhlExpress(Carrier):
    """`GET /mydhlapi/shipments/{number}/tracking` and `GET /mydhlapi/tracking`, up to 200."""

    api: ClassVar = TrackingApi.DHL_EXPRESS

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_PATH, self._one),
            web.get("/mydhlapi/tracking", self._many),
        ]

    def credential(self, request: web.Request, text: str) -> str | None:
        given = basic(request.headers.get("Authorization"))
        wanted = (self.secrets["user"], self.secrets["password"])
        return wanted[0] if given == wanted else None

    def refused(self, request: web.Request) -> web.Response:
        page = "<html><body><h1>401 Unauthorized</h1></body></html>"
        return web.Response(text=page, status=401, content_type="text/html")

    def throttled(self, seconds: float) -> web.Response:
        return _problem(429, "Too many requests", "Quota limit exceeded", "Too many requests")

    def broken(self) -> web.Response:
        return _problem(500, "Internal Server Error", "Process failure occurred", "Server error")

    async def _one(self, request: web.Request) -> web.Response:
        return self._tracked(request, [request.match_info["number"]])

    async def _many(self, request: web.Request) -> web.Response:
        numbers = request.query.getall("shipmentTrackingNumber", [])
        numbers += request.query.getall("pieceTrackingNumber", [])
        if reference := request.query.get("shipmentReference"):
            numbers += [f.parcel.number for f in self.world.by_reference(self.api, reference)]
        if not numbers:
            return self._unknown()
        return self._tracked(request, numbers)

    def _tracked(self, request: web.Request, numbers: list[str]) -> web.Response:
        reference = request.headers.get("Message-Reference")
        if reference is not None and not 28 <= len(reference) <= 36:
            return self._bad("Message-Reference must have 28 to 36 characters")
        view = request.query.get("trackingView", "all-checkpoints")
        bad = next((number for number in numbers if not fits(self.api, number)), None)
        if bad is not None or len(numbers) > self.batch or view not in _VIEWS:
            return self._bad(f"Validation of {bad or view!r} failed")
        offsets = request.query.get("requestGMTOffsetPerEvent") == "true"
        found = [each for number in numbers if (each := self.find(number)) is not None]
        if not found:
            return self._unknown()
        return answer({"shipments": [_shipment(each, view, offsets=offsets) for each in found]})

    def _bad(self, detail: str) -> web.Response:
        return _problem(400, "Bad request", detail, "Bad request")

    def _unknown(self) -> web.Response:
        return _problem(404, "Not data found", "No data found", "Not data found")


def _problem(status: int, title: str, detail: str, message: str) -> web.Response:
    body = {"instance": "/expressapi/shipments/tracking", "detail": detail, "title": title}
    return answer({**body, "message": message, "status": str(status)}, status)


def _shipment(found: History, view: str, *, offsets: bool) -> dict[str, Any]:
    parcel, way = found.parcel, found.parcel.way
    made = parcel.created_at.astimezone(way.sender.clock).replace(tzinfo=None, microsecond=0)
    events = [_event(event, parcel.recipient, offsets=offsets) for event in _seen(found, view)]
    return {
        "shipmentTrackingNumber": parcel.number,
        "status": "Success",
        "shipmentTimestamp": made.isoformat(),
        "productCode": "P",
        "description": "PHONE",
        "shipperDetails": _party(way.sender),
        "receiverDetails": _party(way.recipient),
        "totalWeight": parcel.grams / 1000,
        "unitOfMeasurements": "metric",
        "numberOfPieces": 1,
        "shipperReferences": [{"value": parcel.reference, "typeCode": "CU"}],
        "estimatedDeliveryDate": found.expected_at.astimezone(way.recipient.clock)
        .date()
        .isoformat(),
        "events": events,
        "pieces": [{"number": 1, "trackingNumber": f"JD0146{parcel.number}", "events": events}],
    }


def _seen(found: History, view: str) -> list[Event]:
    told = found.told(newest_first=False)
    if view == "last-checkpoint":
        return told[-1:]
    return [] if view == "shipment-details-only" else told


def _party(place: Place) -> dict[str, Any]:
    return {
        "postalAddress": {
            "cityName": place.city,
            "postalCode": place.postcode,
            "countryCode": place.country,
        },
        "serviceArea": [_area(place)],
    }


def _area(place: Place) -> dict[str, str]:
    return {"code": place.code, "description": f"{place.city}-{place.country}"}


def _event(event: Event, recipient: str, *, offsets: bool) -> dict[str, Any]:
    local = event.local
    told: dict[str, Any] = {
        "date": local.date().isoformat(),
        "time": local.strftime("%H:%M:%S"),
        "typeCode": event.native.code,
        "description": event.native.label,
        "serviceArea": [_area(event.place)],
        "signedBy": recipient if event.step in HANDED_OVER else "",
    }
    if offsets:
        told["GMTOffset"] = local.strftime("%z")[:3] + ":" + local.strftime("%z")[3:]
    return told
