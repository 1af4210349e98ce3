"""USPS, Tracking v3."""

from datetime import datetime
from typing import Any, ClassVar

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import Step
from integrations.sandbox.carriers.credentials import LIVES
from integrations.sandbox.carriers.numbers import fits
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.places import Place
from integrations.sandbox.carriers.speaking import Carrier, answer, json_object


class Usps(Carrier):
    """Token, and `GET /tracking/v3/tracking/{number}?expand=DETAIL`."""

    api: ClassVar = TrackingApi.USPS
    open_paths: ClassVar = frozenset({"/oauth2/v3/token"})

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/oauth2/v3/token", self._token),
            web.get("/tracking/v3/tracking/{number}", self._track),
        ]

    def credential(self, request: web.Request, text: str) -> str | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        good = scheme == "Bearer" and self.world.tokens.holds(self.api, token, self.world.clock())
        return self.secrets["client_id"] if good else None

    def refused(self, request: web.Request) -> web.Response:
        return _error(401, "Unauthorized", "The access token is invalid or has expired")

    def forbidden(self) -> web.Response:
        return _error(403, "Forbidden", "The scope of the token does not allow this")

    def throttled(self, seconds: float) -> web.Response:
        response = _error(429, "Too Many Requests", "The quota of calls was exceeded")
        response.headers["Retry-After"] = str(max(1, round(seconds)))
        return response

    def broken(self) -> web.Response:
        response = _error(503, "Service Unavailable", "The service is not available")
        response.headers["Retry-After"] = "30"
        return response

    async def _token(self, request: web.Request) -> web.Response:
        asked = await json_object(request) or {}
        given = asked.get("client_id"), asked.get("client_secret")
        if given != (self.secrets["client_id"], self.secrets["client_secret"]):
            return answer({"error": "invalid_client", "error_description": "Unknown client"}, 401)
        if asked.get("grant_type") != "client_credentials":
            return answer({"error": "unsupported_grant_type"}, 400)
        now = self.world.clock()
        return answer(
            {
                "access_token": self.world.tokens.give(self.api, now),
                "token_type": "Bearer",
                "issued_at": int(now.timestamp() * 1000),
                "expires_in": int(LIVES[self.api].total_seconds()),
                "status": "approved",
                "scope": "tracking",
                "client_id": given[0],
            }
        )

    async def _track(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        found = self.find(number) if fits(self.api, number) else None
        if found is None or found.latest is None:
            text = "A status update is not yet available on your package."
            return _error(404, "Not Found", text, "trackingNumber")
        body = _summary(found, found.latest)
        if request.query.get("expand", "SUMMARY") == "DETAIL":
            body["trackingEvents"] = [_event(e) for e in found.told(newest_first=True)]
        return answer(body)


def _error(status: int, title: str, detail: str, parameter: str = "") -> web.Response:
    code = str(status)
    inner = {"status": code, "code": f"{code}001", "title": title, "detail": detail}
    errors = [{**inner, "source": {"parameter": parameter}}]
    error = {"code": code, "message": detail, "errors": errors}
    return answer({"apiVersion": "v3", "error": error}, status)


def _summary(found: History, latest: Event) -> dict[str, Any]:
    parcel, way = found.parcel, found.parcel.way
    due = found.expected_at.astimezone(way.recipient.clock)
    text = f"{latest.native.label} in {latest.place.city.upper()} at {latest.local:%I:%M %p}."
    return {
        "trackingNumber": parcel.number,
        "mailClass": "Priority Mail<SUP>&reg;</SUP>",
        "mailType": "INTERNATIONAL" if way.abroad else "DM",
        **_ends("destination", way.recipient),
        **_ends("origin", way.sender),
        "status": latest.native.label,
        "statusCategory": latest.native.level,
        "statusSummary": f"Your item was processed: {text}",
        "expectedDeliveryTimeStamp": _naive(due),
        "predictedDeliveryDate": due.date().isoformat(),
        "uniqueTrackingId": f"{parcel.created_at:%Y%m%d}-{parcel.number}",
        "approximateIntakeDate": parcel.created_at.date().isoformat(),
        "emailEnabled": "true",
        "returnEnabled": "false",
        "proofOfDeliveryEnabled": "true" if latest.step is Step.DELIVERED else "false",
    }


def _ends(end: str, place: Place) -> dict[str, str]:
    return {
        f"{end}City": place.city.upper(),
        f"{end}State": place.state,
        f"{end}ZIP": place.postcode,
    }


def _event(event: Event) -> dict[str, Any]:
    place, native, local = event.place, event.native, event.local
    return {
        "eventType": native.label,
        "eventTimestamp": _naive(local),
        "GMTTimestamp": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "GMTOffset": f"{local:%z}"[:3] + ":" + f"{local:%z}"[3:],
        "eventCountry": place.country if place.country != "US" else None,
        "eventCity": place.city.upper(),
        "eventState": place.state,
        "eventZIP": place.postcode,
        "firm": None,
        "name": native.second.upper() or None,
        "authorizedAgent": "false",
        "eventCode": native.code,
        "actionCode": None,
        "reasonCode": native.second or None,
    }


def _naive(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat()
