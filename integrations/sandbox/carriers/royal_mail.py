"""Royal Mail, Tracking v2."""

from typing import Any, ClassVar, Final

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import HANDED_OVER
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.numbers import fits
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.places import countries
from integrations.sandbox.carriers.speaking import Carrier, answer

_CARRIER: Final = {"carrierShortName": "RM", "carrierFullName": "Royal Mail Group Ltd"}


class RoyalMail(Carrier):
    """`GET /mailpieces/v2/{id}/events` for one, `…/summary` for up to 30."""

    api: ClassVar = TrackingApi.ROYAL_MAIL

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/mailpieces/v2/summary", self._summary),
            web.get("/mailpieces/v2/{number}/events", self._events),
            web.get("/mailpieces/v2/{number}/signature", self._signature),
        ]

    def credential(self, request: web.Request, text: str) -> str | None:
        headers = request.headers
        given = headers.get("X-IBM-Client-Id"), headers.get("X-IBM-Client-Secret")
        good = given == (self.secrets["client_id"], self.secrets["client_secret"])
        return given[0] if good and headers.get("X-Accept-RMG-Terms") == "yes" else None

    def refused(self, request: web.Request) -> web.Response:
        names = ("X-IBM-Client-Id", "X-IBM-Client-Secret", "X-Accept-RMG-Terms")
        for name in names:
            if not request.headers.get(name):
                return _errors(400, "Bad Request", "E0004", f"{name} is missing from the header")
        return _errors(401, "Unauthorized", "E0016", "Access to the resource is denied")

    def throttled(self, seconds: float) -> web.Response:
        return _errors(429, "Too Many Requests", "E0010", "Too many requests were sent")

    def broken(self) -> web.Response:
        return _errors(500, "Internal Server Error", "E0009", "An internal error occurred")

    async def _events(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        found = self.find(number) if fits(self.api, number) else None
        if found is None:
            return _errors(404, "Not Found", "E1142", _unrecognised(number))
        piece = _piece(found)
        piece["events"] = [_event(event) for event in found.told(newest_first=True)]
        piece["links"] = _links(number)
        return answer({"mailPieces": piece})

    async def _summary(self, request: web.Request) -> web.Response:
        numbers = [n for n in request.query.get("mailPieceId", "").split(",") if n]
        if not 0 < len(numbers) <= self.batch:
            text = "Between 1 and 30 mail pieces are expected"
            return _errors(400, "Bad Request", "E1144", text)
        return answer({"mailPieces": [self._summed(number) for number in numbers]})

    def _summed(self, number: str) -> dict[str, Any]:
        failed = self.fault(Fault.ITEM_ERROR, number)
        found = self.find(number) if fits(self.api, number) and not failed else None
        if found is None:
            code = "E0009" if failed else "E1142"
            error = _error(code, _unrecognised(number))
            return {"mailPieceId": number, "status": "500" if failed else "404", "error": error}
        return {**_piece(found), "status": "200", "links": _links(number)}

    async def _signature(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        found = self.find(number)
        handed = found.handed_over if found else None
        if found is None:
            return _errors(404, "Not Found", "E1142", _unrecognised(number))
        if handed is None or handed.step not in HANDED_OVER:
            return _errors(404, "Not Found", "E1145", "No proof of delivery was found")
        signature = {**_signed(found, handed), "image": "<svg/>", "imageFormat": "image/svg+xml"}
        return answer({"mailPieces": {"mailPieceId": number, **_CARRIER, "signature": signature}})


def _unrecognised(number: str) -> str:
    return f"Barcode reference {number} isn't recognised"


def _error(code: str, description: str) -> dict[str, str]:
    return {
        "errorCode": code,
        "errorDescription": description,
        "errorCause": "The reference may be wrong, or the item is not with us yet",
        "errorResolution": "Check the reference and try again",
    }


def _errors(status: int, message: str, code: str, description: str) -> web.Response:
    head = {"httpCode": str(status), "httpMessage": message}
    body = {**head, "moreInformation": description, "errors": [_error(code, description)]}
    return answer(body, status)


def _links(number: str) -> dict[str, Any]:
    href = f"/mailpieces/v2/{number}/events"
    return {"events": {"href": href, "title": "Events", "description": "Get events"}}


def _piece(found: History) -> dict[str, Any]:
    parcel, way, handed = found.parcel, found.parcel.way, found.handed_over
    alpha3 = {code: country.alpha3 for code, country in countries().items()}
    summary: dict[str, Any] = {
        "uniqueItemId": parcel.number,
        "oneDBarcode": parcel.number,
        "productId": "TPN",
        "productName": "Tracked 24",
        "productCategory": "INTERNATIONAL" if way.abroad else "NON-INTERNATIONAL",
        "destinationCountryCode": alpha3[way.recipient.country],
        "originCountryCode": alpha3[way.sender.country],
    }
    if (latest := found.latest) is not None:
        summary |= {
            "lastEventCode": latest.native.code,
            "lastEventName": latest.native.label,
            "lastEventDateTime": latest.local.isoformat(),
            "lastEventLocationName": f"{latest.place.city} DO",
            "statusDescription": latest.native.label,
            "statusCategory": latest.native.level,
            "summaryLine": f"{latest.native.label} at {latest.place.city} DO",
        }
    due = found.expected_at.astimezone(way.recipient.clock)
    offset = f"{due:%z}"[:3] + ":" + f"{due:%z}"[3:]
    estimated = {
        "date": due.date().isoformat(),
        "startOfEstimatedWindow": f"08:00:00{offset}",
        "endOfEstimatedWindow": f"11:00:00{offset}",
    }
    piece = {"mailPieceId": parcel.number, **_CARRIER, "summary": summary}
    if handed is not None and handed.step in HANDED_OVER:
        piece["signature"] = _signed(found, handed)
    else:
        piece["estimatedDelivery"] = estimated
    return piece


def _signed(found: History, handed: Event) -> dict[str, str]:
    stamp = handed.local.isoformat()
    recipient = found.parcel.recipient
    return {"recipientName": recipient, "signatureDateTime": stamp, "imageId": "001234"}


def _event(event: Event) -> dict[str, str]:
    return {
        "eventCode": event.native.code,
        "eventName": event.native.label,
        "eventDateTime": event.local.isoformat(),
        "locationName": f"{event.place.city} DO",
    }
