"""FedEx: Track, and the pushes of Advanced Integrated Visibility."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import HANDED_OVER, Step
from integrations.sandbox.carriers.credentials import LIVES
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.numbers import fits
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.speaking import Carrier, Pushed, answer, dumped, json_object

_REASONS: Final = {
    "07": "Shipment refused by recipient",
    "08": "Recipient not in/Business closed",
}
_TRANSACTION: Final = "00000000-0000-0000-0000-000000000000"
_RETURNED_TYPE: Final = "RETURNED_TO_SHIPPER_TRACKING_NUMBER"


class FedEx(Carrier):
    """Token, `POST /track/v1/trackingnumbers` with up to 30 numbers, and pushes."""

    api: ClassVar = TrackingApi.FEDEX
    open_paths: ClassVar = frozenset({"/oauth/token"})

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/oauth/token", self._token),
            web.post("/track/v1/trackingnumbers", self._track),
        ]

    def credential(self, request: web.Request, text: str) -> str | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        good = scheme == "Bearer" and self.world.tokens.holds(self.api, token, self.world.clock())
        return self.secrets["client_id"] if good else None

    def refused(self, request: web.Request) -> web.Response:
        message = "Access token expired. Please modify your request and try again."
        return _errors(401, "NOT.AUTHORIZED.ERROR", message)

    def forbidden(self) -> web.Response:
        return _errors(403, "FORBIDDEN.ERROR", "We could not authorize your credentials.")

    def throttled(self, seconds: float) -> web.Response:
        message = "You have exceeded the allowed number of transactions."
        return _errors(429, "TOO.MANY.REQUESTS", message)

    def broken(self) -> web.Response:
        message = "We encountered an unexpected error and are working to resolve the issue."
        return _errors(500, "INTERNAL.SERVER.ERROR", message)

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = form.get("client_id"), form.get("client_secret")
        if form.get("grant_type") != "client_credentials":
            return _errors(400, "BAD.REQUEST.ERROR", "Missing or duplicate parameters.")
        if given != (self.secrets["client_id"], self.secrets["client_secret"]):
            message = "The given client credentials were not valid."
            return _errors(401, "NOT.AUTHORIZED.ERROR", message)
        token = self.world.tokens.give(self.api, self.world.clock())
        lives = int(LIVES[self.api].total_seconds())
        kind = {"token_type": "bearer", "scope": "CXS"}
        return answer({"access_token": token, "expires_in": lives, **kind})

    async def _track(self, request: web.Request) -> web.Response:
        asked = (await json_object(request) or {}).get("trackingInfo")
        infos = [i for i in asked if isinstance(i, dict)] if isinstance(asked, list) else []
        if not infos:
            message = "Tracking number is missing."
            return _errors(400, "TRACKING.TRACKINGNUMBER.EMPTY", message)
        if len(infos) > self.batch:
            message = "Please limit your inquiry to 30 tracking numbers."
            return _errors(400, "TRACKING.MAXIMUM.EXCEEDED", message)
        results = [self._result(info.get("trackingNumberInfo") or {}) for info in infos]
        return answer(_body(results, request.headers.get("x-customer-transaction-id")))

    def _result(self, asked: dict[str, Any]) -> dict[str, Any]:
        number, unique = str(asked.get("trackingNumber", "")), asked.get("trackingNumberUniqueId")
        found = self.find(number) if fits(self.api, number) else None
        if self.fault(Fault.ITEM_ERROR, number):
            return _item_error(number, "TRACKING.DATA.NOTUNIQUE", "The data are not unique.")
        if found is None:
            message = "Tracking number cannot be found. Please correct it and try again."
            return _item_error(number, "TRACKING.TRACKINGNUMBER.NOTFOUND", message)
        return _complete(found, unique)

    def push(self, found: History, secret: str) -> Pushed | None:
        body = dumped(_body([_complete(found, _unique(found, older=False))], None))
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        return Pushed(body, {"fdx-signature": base64.b64encode(digest).decode()})


def _errors(status: int, code: str, message: str) -> web.Response:
    body = {"transactionId": _TRANSACTION}
    return answer({**body, "errors": [{"code": code, "message": message}]}, status)


def _body(results: list[dict[str, Any]], transaction: str | None) -> dict[str, Any]:
    output = {"completeTrackResults": results, "alerts": []}
    return {"transactionId": transaction or _TRANSACTION, "output": output}


def _item_error(number: str, code: str, message: str) -> dict[str, Any]:
    result = {"trackingNumberInfo": _info(number, ""), "error": {"code": code, "message": message}}
    return {"trackingNumber": number, "trackResults": [result]}


def _info(number: str, unique: str) -> dict[str, str]:
    return {"trackingNumber": number, "trackingNumberUniqueId": unique, "carrierCode": "FDXG"}


def _unique(found: History, *, older: bool) -> str:
    lives = [event for event in found.events if event.older is older]
    day = (lives[0].at if lives else found.parcel.created_at).strftime("%y%j")
    return f"{day}~{found.parcel.number}~FDEG"


def _complete(found: History, unique: Any) -> dict[str, Any]:
    """One result for each parcel that ever had the number, or for the one that was asked for."""
    number, results = found.parcel.number, []
    for older in (True, False):
        events = [event for event in found.events if event.older is older]
        name = _unique(found, older=older)
        if events and unique in {None, "", name}:
            results.append(_track_result(found, events, name))
    if not results:
        message = "Tracking number cannot be found. Please correct it and try again."
        return _item_error(number, "TRACKING.TRACKINGNUMBER.NOTFOUND", message)
    return {"trackingNumber": number, "trackResults": results}


def _track_result(found: History, events: Sequence[Event], unique: str) -> dict[str, Any]:
    parcel, latest = found.parcel, events[-1]
    native, ancillary = latest.native, _ancillary(latest)
    identifiers = [{"type": "CUSTOMER_REFERENCE", "values": [parcel.reference]}]
    if any(event.step is Step.RETURNED for event in events):
        identifiers.append({"type": _RETURNED_TYPE, "values": [parcel.number]})
    result: dict[str, Any] = {
        "trackingNumberInfo": _info(parcel.number, unique),
        "latestStatusDetail": {
            "code": native.code,
            "derivedCode": native.second,
            "statusByLocale": native.label,
            "description": native.label,
            "scanLocation": _location(latest, postcode=False),
            "ancillaryDetails": [ancillary] if ancillary["reason"] else [],
            "delayDetail": {"status": "ON_TIME"},
        },
        "dateAndTimes": _dates(found, events),
        "additionalTrackingInfo": {"packageIdentifiers": identifiers},
        "scanEvents": [_scan(e) for e in found.told(newest_first=True, events=events)],
        "serviceDetail": {"type": "FEDEX_GROUND", "description": "FedEx Ground"},
        "error": None,
    }
    if latest.step in HANDED_OVER:
        address = _location(latest, postcode=False)
        received = {"receivedByName": parcel.recipient, "deliveryAttempts": "1"}
        result["deliveryDetails"] = {**received, "actualDeliveryAddress": address}
    return result


def _dates(found: History, events: Sequence[Event]) -> list[dict[str, str]]:
    shipped = events[0].local.isoformat()
    dates = [{"type": "SHIP", "dateTime": shipped}]
    scans = {event.step: event.local.isoformat() for event in events}
    if Step.ACCEPTED in scans:
        dates.append({"type": "ACTUAL_PICKUP", "dateTime": scans[Step.ACCEPTED]})
    if events[-1].step in HANDED_OVER:
        dates.append({"type": "ACTUAL_DELIVERY", "dateTime": events[-1].local.isoformat()})
    elif not events[-1].older:
        due = found.expected_at.astimezone(found.parcel.way.recipient.clock)
        dates.append({"type": "ESTIMATED_DELIVERY", "dateTime": due.isoformat()})
    return dates


def _ancillary(event: Event) -> dict[str, str]:
    reason = event.native.third
    told = {"reason": reason, "reasonDescription": _REASONS.get(reason, "")}
    return {**told, "action": "", "actionDescription": ""}


def _location(event: Event, *, postcode: bool) -> dict[str, str]:
    place = event.place
    told = {"city": place.city.upper(), "countryCode": place.country}
    return {**told, "postalCode": place.postcode} if postcode else told


def _scan(event: Event) -> dict[str, Any]:
    native, reason = event.native, _ancillary(event)
    kind = "DELIVERY_LOCATION" if event.step in HANDED_OVER else "FEDEX_FACILITY"
    return {
        "date": event.local.isoformat(),
        "eventType": native.code,
        "eventDescription": native.label,
        "exceptionCode": reason["reason"],
        "exceptionDescription": reason["reasonDescription"],
        "scanLocation": _location(event, postcode=True),
        "locationType": kind,
        "derivedStatusCode": native.second,
        "derivedStatus": native.label,
    }
