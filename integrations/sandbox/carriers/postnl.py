"""PostNL, Shipping Status: one shipment, by reference, and the list of those that changed."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import Step
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.places import Place
from integrations.sandbox.carriers.speaking import Carrier, answer

_AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
_WINDOW, _BACK = timedelta(hours=2), timedelta(hours=48)
_PHASES: Final = {
    "1": "Collection",
    "2": "Sorting",
    "3": "Distribution",
    "4": "Delivered",
    "99": "Other",
}
_ROOT: Final = "/shipment/v2/status"


class PostNl(Carrier):
    """`GET /shipment/v2/status/…`, header `apikey`."""

    api: ClassVar = TrackingApi.POSTNL

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_ROOT + "/barcode/{barcode}", self._one),
            web.get(_ROOT + "/reference", self._by_reference),
            web.get(_ROOT + "/signature/{barcode}", self._signature),
            web.get(_ROOT + "/{customer}/updatedshipments", self._updated),
        ]

    def credential(self, request: web.Request, text: str) -> str | None:
        key = request.headers.get("apikey")
        return key if key == self.secrets["api_key"] else None

    def refused(self, request: web.Request) -> web.Response:
        return answer(_fault("Invalid ApiKey", "oauth.v2.InvalidApiKey"), 401)

    def throttled(self, seconds: float) -> web.Response:
        text = "Rate limit quota violation. Quota limit exceeded."
        return answer(_fault(text, "policies.ratelimit.QuotaViolation"), 429)

    def broken(self) -> web.Response:
        return answer(_fault("Internal server error", "steps.raisefault.RaiseFault"), 500)

    async def _one(self, request: web.Request) -> web.Response:
        found = self.find(request.match_info["barcode"])
        return _answered([] if found is None else [found], request)

    async def _by_reference(self, request: web.Request) -> web.Response:
        wanted = ("customerCode", "customerNumber", "reference")
        if missing := [name for name in wanted if not request.query.get(name)]:
            return answer({"Errors": [{"Code": "1", "Description": f"Missing {missing[0]}"}]}, 400)
        return _answered(self.world.by_reference(self.api, request.query["reference"]), request)

    async def _signature(self, request: web.Request) -> web.Response:
        found = self.find(request.match_info["barcode"])
        handed = found.handed_over if found else None
        if found is None or handed is None or handed.step is not Step.DELIVERED:
            return answer(_nothing())
        signature = {"Barcode": found.parcel.number, "SignatureDate": _dutch(handed.at)}
        return answer({"Signature": {**signature, "SignatureImage": "R0lGODlhAQABAAAAACw="}})

    async def _updated(self, request: web.Request) -> web.Response:
        periods = request.query.getall("period", [])
        try:
            start, end = (_read(period) for period in periods)
        except ValueError:
            return answer({"Errors": [{"Code": "1", "Description": "Two periods are needed"}]}, 400)
        if not timedelta(0) <= end - start <= _WINDOW or start < self.world.clock() - _BACK:
            text = "The period spans at most 2 hours and lies at most 48 hours back"
            return answer({"Errors": [{"Code": "2", "Description": text}]}, 400)
        rows = []
        for found in self.world.all_of(self.api):
            changed = [event for event in found.of_now if start <= event.at <= end]
            if changed:
                rows.append(_row(found, changed[-1], request.match_info["customer"]))
        return answer(rows)


def _fault(text: str, code: str) -> dict[str, Any]:
    return {"fault": {"faultstring": text, "detail": {"errorcode": code}}}


def _nothing() -> dict[str, Any]:
    return {"Warnings": [{"Code": "2", "Description": "No shipment found"}]}


def _answered(found: Any, request: web.Request) -> web.Response:
    if not found:
        return answer(_nothing())
    detail = request.query.get("detail") == "true"
    english = request.query.get("language", "NL") == "EN"
    shipments = [_shipment(each, detail=detail, english=english) for each in found]
    whole = shipments if len(shipments) > 1 else shipments[0]
    return answer({"CompleteStatus" if detail else "CurrentStatus": {"Shipment": whole}})


def _shipment(found: History, *, detail: bool, english: bool) -> dict[str, Any]:
    parcel, way, latest = found.parcel, found.parcel.way, found.latest
    back = latest is not None and latest.step is Step.RETURNED
    receiver = way.sender if back else way.recipient
    due = found.expected_at.astimezone(_AMSTERDAM)
    shipment: dict[str, Any] = {
        "MainBarcode": parcel.number,
        "Barcode": parcel.number,
        "ProductCode": "003085",
        "ProductDescription": "Standaard zending",
        "Reference": parcel.reference,
        "DeliveryDate": due.strftime("%d-%m-%Y %H:%M:%S"),
        "Dimension": {"Height": "50", "Length": "200", "Width": "120", "Weight": str(parcel.grams)},
        "Address": [_address("01", receiver), _address("02", way.sender)],
        "Status": _status(latest, english=english) if latest else {},
    }
    if detail:
        told = found.told(newest_first=True)
        events = [_event(event, english=english) for event in told]
        older = [_status(event, english=english) for event in told[1:]]
        shipment["Event"] = events if len(events) != 1 else events[0]
        shipment["OldStatus"] = older if len(older) != 1 else older[0]
    return shipment


def _address(kind: str, place: Place) -> dict[str, str]:
    empty = dict.fromkeys(("FirstName", "LastName", "HouseNumberSuffix", "Region"), "{}")
    return {
        "AddressType": kind,
        **empty,
        "Street": "Hoofdstraat",
        "HouseNumber": "1",
        "City": place.city,
        "Zipcode": place.postcode,
        "CountryCode": place.country,
    }


def _status(event: Event, *, english: bool) -> dict[str, str]:
    native = event.native
    return {
        "TimeStamp": _dutch(event.at),
        "StatusCode": native.code,
        "StatusDescription": native.label if english else native.home,
        "PhaseCode": native.third,
        "PhaseDescription": _PHASES.get(native.third, ""),
    }


def _event(event: Event, *, english: bool) -> dict[str, str]:
    native = event.native
    return {
        "Code": native.second,
        "Description": native.label if english else native.home,
        "LocationCode": event.place.code,
        "DestinationLocationCode": "{}",
        "RouteCode": "{}",
        "RouteName": "{}",
        "TimeStamp": _dutch(event.at),
    }


def _row(found: History, event: Event, customer: str) -> dict[str, Any]:
    made = found.parcel.created_at.astimezone(_AMSTERDAM).replace(tzinfo=None, microsecond=0)
    stamp = event.at.astimezone(_AMSTERDAM).replace(tzinfo=None)
    status = _status(event, english=False)
    return {
        "Barcode": found.parcel.number,
        "CreationDate": made.isoformat(),
        "CustomerNumber": customer,
        "CustomerCode": "DEVC",
        "Status": {**status, "TimeStamp": stamp.isoformat()},
    }


def _dutch(at: datetime) -> str:
    return at.astimezone(_AMSTERDAM).strftime("%d-%m-%Y %H:%M:%S")


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=_AMSTERDAM).astimezone(UTC)
