"""UPS: Track, and Track Alert with its pushes."""

import re
from typing import Any, ClassVar, Final

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import HANDED_OVER, Step
from integrations.sandbox.carriers.credentials import LIVES, basic
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.following import Callback
from integrations.sandbox.carriers.numbers import fits
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.places import Place
from integrations.sandbox.carriers.speaking import Carrier, Pushed, answer, dumped, json_object

_SUBSCRIBED: Final = re.compile(r"1Z[0-9A-Z]{16}|1R(?:[0-9A-Z]{14}|[0-9A-Z]{26})")
_ALERTS_AT_ONCE: Final = 100
_NOT_FOUND: Final = {"code": "TW0001", "message": "Tracking Information Not Found"}


class Ups(Carrier):
    """Token, `GET /api/track/v1/details/{1Z…}`, and the subscription of Track Alert."""

    api: ClassVar = TrackingApi.UPS
    open_paths: ClassVar = frozenset({"/security/v1/oauth/token"})

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/security/v1/oauth/token", self._token),
            web.get("/api/track/v1/details/{number}", self._track),
            web.get("/api/track/v1/shipment/details/{number}", self._track),
            web.get("/api/track/v1/reference/details/{reference}", self._by_reference),
            web.post("/api/track/v2/subscription/standard/package", self._subscribe),
        ]

    def credential(self, request: web.Request, text: str) -> str | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        good = scheme == "Bearer" and self.world.tokens.holds(self.api, token, self.world.clock())
        return self.secrets["client_id"] if good else None

    def refused(self, request: web.Request) -> web.Response:
        return _errors(401, "250002", "Invalid Authentication Information.")

    def forbidden(self) -> web.Response:
        return _errors(403, "250003", "Invalid Access License number")

    def throttled(self, seconds: float) -> web.Response:
        return _errors(429, "10429", "Too Many Requests")

    def broken(self) -> web.Response:
        return _errors(500, "10500", "Internal server error")

    async def _token(self, request: web.Request) -> web.Response:
        given = basic(request.headers.get("Authorization"))
        form = await request.post()
        if given != (self.secrets["client_id"], self.secrets["client_secret"]):
            return _errors(401, "10401", "ClientId is Invalid")
        if form.get("grant_type") != "client_credentials":
            return _errors(400, "10400", "Invalid/Missing Grant Type")
        now = self.world.clock()
        return answer(
            {
                "token_type": "Bearer",
                "issued_at": str(int(now.timestamp() * 1000)),
                "client_id": given[0],
                "access_token": self.world.tokens.give(self.api, now),
                "scope": "public",
                "expires_in": str(int(LIVES[self.api].total_seconds())),
                "refresh_count": "0",
                "status": "approved",
            }
        )

    async def _track(self, request: web.Request) -> web.Response:
        if (missing := _missing(request)) is not None:
            return missing
        number = request.match_info["number"]
        if not fits(self.api, number):
            return _errors(400, "TV1002", "Invalid inquiry number")
        if self.fault(Fault.UNKNOWN_IN_200, number):
            shipment = {"inquiryNumber": number, "warnings": [_NOT_FOUND]}
            return answer({"trackResponse": {"shipment": [shipment]}})
        found = self.find(number)
        if found is None:
            return _errors(404, _NOT_FOUND["code"], _NOT_FOUND["message"])
        packages = [_package(found)]
        if self.fault(Fault.SEVERAL_PACKAGES, number):
            packages.insert(0, _another(packages[0]))
        return answer({"trackResponse": {"shipment": [_shipment(number, packages)]}})

    async def _by_reference(self, request: web.Request) -> web.Response:
        if (missing := _missing(request)) is not None:
            return missing
        reference = request.match_info["reference"]
        found = self.world.by_reference(self.api, reference)
        if not found:
            return _errors(404, _NOT_FOUND["code"], _NOT_FOUND["message"])
        shipments = [_shipment(reference, [_package(each)]) for each in found]
        return answer({"trackResponse": {"shipment": shipments}})

    async def _subscribe(self, request: web.Request) -> web.Response:
        asked = await json_object(request) or {}
        numbers = asked.get("trackingNumberList")
        if not isinstance(numbers, list) or not numbers:
            return _errors(400, "VSS100", "Tracking number list is missing")
        if len(numbers) > _ALERTS_AT_ONCE:
            return _errors(400, "VSS220", "The maximum of 100 tracking numbers was exceeded")
        now = self.world.clock()
        valid = [n for n in numbers if isinstance(n, str) and _SUBSCRIBED.fullmatch(n)]
        destination = asked.get("destination")
        for number in valid:
            self.world.following.follow(self.api, number, now)
            if isinstance(destination, dict):
                where = str(destination.get("url", "")), str(destination.get("credential", ""))
                try:
                    self.world.following.call(Callback(self.api, *where, now, number))
                except ValueError as error:
                    return _errors(400, "VSS110", str(error))
        invalid = [number for number in numbers if number not in valid]
        return answer({"validTrackingNumbers": valid, "invalidTrackingNumbers": invalid})

    def push(self, found: History, secret: str) -> Pushed | None:
        if found.latest is None:
            return None
        headers = {"User-Agent": "UPSPubSubTrackingService", "credential": secret}
        return Pushed(dumped(_alert(found, found.latest)), {**headers, "x-api-key": secret})


def _missing(request: web.Request) -> web.Response | None:
    for name in ("transId", "transactionSrc"):
        if not request.headers.get(name):
            return _errors(400, "TV1001", f"Missing {name}")
    return None


def _errors(status: int, code: str, message: str) -> web.Response:
    errors = [{"code": code, "message": message}]
    return answer({"response": {"errors": errors}}, status)


def _shipment(number: str, packages: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inquiryNumber": number, "package": packages}


def _address(place: Place) -> dict[str, str]:
    address = {"city": place.city.upper(), "countryCode": place.country}
    if place.state:
        address["stateProvince"] = place.state
    return {**address, "postalCode": place.postcode, "country": place.country}


def _status(event: Event) -> dict[str, str]:
    native = event.native
    told = {"type": native.code, "code": native.second, "description": native.label}
    return {**told, "statusCode": native.third} if native.third else told


def _package(found: History) -> dict[str, Any]:
    parcel, way, latest = found.parcel, found.parcel.way, found.latest
    handed = found.handed_over
    due = (handed.local if handed else found.expected_at.astimezone(way.recipient.clock)).strftime
    package: dict[str, Any] = {
        "trackingNumber": parcel.number,
        "packageCount": 1,
        "deliveryDate": [{"type": "DEL" if handed else "SDD", "date": due("%Y%m%d")}],
        "packageAddress": [
            {"type": "ORIGIN", "address": _address(way.sender)},
            {"type": "DESTINATION", "address": _address(way.recipient)},
        ],
        "service": {"code": "011", "levelCode": "011", "description": "UPS Standard"},
        "referenceNumber": [{"type": "SHIPMENT", "number": parcel.reference}],
        "weight": {"unitOfMeasurement": "KGS", "weight": f"{parcel.grams / 1000:.2f}"},
        "accessPointInformation": {"pickupByDate": ""},
        "activity": [_activity(event) for event in found.told(newest_first=True)],
    }
    if latest is not None:
        label = latest.native.label
        package["currentStatus"] = {**_status(latest), "simplifiedTextDescription": label}
    if handed is not None:
        package["deliveryTime"] = {"type": "DEL", "startTime": "", "endTime": due("%H%M%S")}
        package["deliveryInformation"] = _received(handed, parcel.recipient)
    return package


def _received(handed: Event, recipient: str) -> dict[str, str]:
    by = recipient if handed.step in HANDED_OVER else "SHIPPER"
    place = "Front Door" if handed.step is Step.DELIVERED else "Dock"
    return {"location": place, "receivedBy": by}


def _activity(event: Event) -> dict[str, Any]:
    local = event.local
    return {
        "location": {"address": _address(event.place), "slic": "6991"},
        "status": _status(event),
        "date": local.strftime("%Y%m%d"),
        "time": local.strftime("%H%M%S"),
        "gmtDate": event.at.strftime("%Y%m%d"),
        "gmtTime": event.at.strftime("%H:%M:%S" if event.position % 2 else "%H%M%S"),
        "gmtOffset": f"{local:%z}"[:3] + ":" + f"{local:%z}"[3:],
    }


def _another(package: dict[str, Any]) -> dict[str, Any]:
    """Another package of the same shipment, delivered already."""
    status = {"type": "D", "code": "FS", "statusCode": "011", "description": "DELIVERED"}
    number = package["trackingNumber"][:-1] + ("0" if package["trackingNumber"][-1] != "0" else "1")
    activity = [{**each, "status": status} for each in package["activity"][:1]]
    changed = {"trackingNumber": number, "currentStatus": status, "activity": activity}
    return {**package, **changed, "packageCount": 2}


def _alert(found: History, event: Event) -> dict[str, Any]:
    parcel, local, place = found.parcel, event.local, event.place
    due = found.expected_at.astimezone(parcel.way.recipient.clock)
    descriptor = event.native.third
    pushed: dict[str, Any] = {
        "trackingNumber": parcel.number,
        "localActivityDate": local.strftime("%Y%m%d"),
        "localActivityTime": local.strftime("%H%M%S"),
        "activityLocation": {
            "city": place.city.upper(),
            "stateProvince": place.state,
            "postalCode": place.postcode,
            "country": place.country,
        },
        "activityStatus": {
            "type": event.native.code,
            "code": event.native.second,
            "description": event.native.label,
            "descriptionCode": int(descriptor) if event.position % 2 and descriptor else descriptor,
        },
        "scheduledDeliveryDate": due.strftime("%Y%m%d"),
        "gmtActivityDate": event.at.strftime("%Y%m%d"),
        "gmtActivityTime": event.at.strftime("%H%M%S"),
        "gmtOffset": f"{local:%z}"[:3] + "." + f"{local:%z}"[3:],
    }
    if event.step in HANDED_OVER:
        pushed["actualDeliveryDate"] = local.strftime("%Y%m%d")
        pushed["actualDeliveryTime"] = local.strftime("%H%M%S")
        pushed["receivedBy"] = parcel.recipient
    return pushed
