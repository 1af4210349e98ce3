"""EasyPost: trackers of any carrier, and their pushes."""

import hashlib
import hmac
import json
import re
import unicodedata
from datetime import datetime
from typing import Any, ClassVar, Final

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import HANDED_OVER
from integrations.sandbox.carriers.credentials import basic
from integrations.sandbox.carriers.numbers import fits
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.speaking import Carrier, Pushed, answer, dumped, json_object

_TESTS: Final = {
    "EZ1000000001": "pre_transit",
    "EZ2000000002": "in_transit",
    "EZ3000000003": "out_for_delivery",
    "EZ4000000004": "delivered",
    "EZ5000000005": "return_to_sender",
    "EZ6000000006": "failure",
    "EZ7000000007": "unknown",
}
_ID: Final = re.compile(r"trk_[0-9a-f]{32}")


class EasyPost(Carrier):
    """`POST /v2/trackers`, `GET /v2/trackers/{trk_…}`; Basic, the key as user."""

    api: ClassVar = TrackingApi.EASYPOST

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v2/trackers", self._create),
            web.get("/v2/trackers", self._list),
            web.get("/v2/trackers/{id}", self._one),
        ]

    def credential(self, request: web.Request, text: str) -> str | None:
        given = basic(request.headers.get("Authorization"))
        return given[0] if given == (self.secrets["api_key"], "") else None

    def refused(self, request: web.Request) -> web.Response:
        return _error(401, "APIKEY.INVALID", "The API key is invalid.")

    def throttled(self, seconds: float) -> web.Response:
        return _error(429, "RATE_LIMITED", "You have exceeded the rate limit.")

    def broken(self) -> web.Response:
        return _error(500, "INTERNAL_SERVER_ERROR", "We were unable to process this request.")

    async def _create(self, request: web.Request) -> web.Response:
        asked = (await json_object(request) or {}).get("tracker")
        wanted = asked if isinstance(asked, dict) else {}
        code = str(wanted.get("tracking_code", ""))
        if not fits(self.api, code):
            return _error(422, "TRACKER.CREATE.ERROR", "The tracking code is invalid.")
        fresh = self.world.following.follow(self.api, code, self.world.clock())
        return answer(self._tracker(code, str(wanted.get("carrier") or "")), 201 if fresh else 200)

    async def _one(self, request: web.Request) -> web.Response:
        for code in self._codes():
            if _id(code) == request.match_info["id"]:
                return answer(self._tracker(code, ""))
        return _error(404, "NOT_FOUND", "The requested resource could not be found.")

    async def _list(self, request: web.Request) -> web.Response:
        wanted, before = request.query.get("tracking_code"), request.query.get("before_id", "")
        size = request.query.get("page_size", "20")
        if not size.isdigit() or not 1 <= int(size) <= 100:
            return _error(422, "PARAMETER.INVALID", "page_size must be from 1 to 100")
        codes = [code for code in self._codes() if wanted in {None, code}][::-1]
        ids = [_id(code) for code in codes]
        start = ids.index(before) + 1 if before in ids else 0
        page = codes[start : start + int(size)]
        more = start + int(size) < len(codes)
        return answer({"trackers": [self._tracker(code, "") for code in page], "has_more": more})

    def _codes(self) -> list[str]:
        return [number for api, number in self.world.following.numbers if api is self.api]

    def _tracker(self, code: str, carrier: str) -> dict[str, Any]:
        if code in _TESTS:
            return _shown(code, _TESTS[code], self.world.clock())
        found = self.find(code)
        return _shown(code, "unknown", self.world.clock()) if found is None else _tracker(found)

    def push(self, found: History, secret: str) -> Pushed | None:
        if found.latest is None:
            return None
        tracker = _tracker(found)
        first = len(found.of_now) == 1
        body = dumped(
            {
                "id": "evt_" + hashlib.sha256(json.dumps(tracker).encode()).hexdigest()[:32],
                "object": "Event",
                "mode": "production",
                "description": "tracker.created" if first else "tracker.updated",
                "previous_attributes": {},
                "result": tracker,
                "status": "pending",
            }
        )
        key = unicodedata.normalize("NFKD", secret).encode()
        digest = hmac.new(key, body, hashlib.sha256).hexdigest()
        return Pushed(body, {"X-Hmac-Signature": f"hmac-sha256-hex={digest}"})


def _error(status: int, code: str, message: str) -> web.Response:
    return answer({"error": {"code": code, "message": message, "errors": []}}, status)


def _id(code: str) -> str:
    return "trk_" + hashlib.sha256(code.encode()).hexdigest()[:32]


def _shown(code: str, status: str, now: datetime) -> dict[str, Any]:
    detail = {
        "object": "TrackingDetail",
        "message": status.replace("_", " ").upper(),
        "status": status,
        "status_detail": "status_update",
        "datetime": now.strftime("%Y-%m-%dT00:00:00Z"),
        "source": "USPS",
        "tracking_location": {"city": None, "state": None, "country": None, "zip": None},
    }
    head = {"id": _id(code), "object": "Tracker", "mode": "test", "tracking_code": code}
    rest = {"signed_by": None, "weight": None, "est_delivery_date": None, "carrier": "USPS"}
    told = [] if status == "unknown" else [detail]
    named = {"status": status, "status_detail": "status_update", "tracking_details": told}
    return {**head, **named, **rest, "public_url": _page(code)}


def _tracker(found: History) -> dict[str, Any]:
    parcel, latest, handed = found.parcel, found.latest, found.handed_over
    signed = handed is not None and handed.step in HANDED_OVER
    return {
        "id": _id(parcel.number),
        "object": "Tracker",
        "mode": "production",
        "tracking_code": parcel.number,
        "status": latest.native.code if latest else "unknown",
        "status_detail": latest.native.second if latest else "unknown",
        "created_at": parcel.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_at": (latest.at if latest else parcel.created_at).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "signed_by": parcel.recipient if signed else None,
        "weight": round(parcel.grams / 28.349523125, 1),
        "est_delivery_date": found.expected_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "carrier": "Correos",
        "tracking_details": [_detail(event) for event in found.told(newest_first=False)],
        "public_url": _page(parcel.number),
    }


def _page(code: str) -> str:
    return f"https://track.easypost.com/{_id(code)}"


def _detail(event: Event) -> dict[str, Any]:
    place = event.place
    where = {"city": place.city, "state": place.state or None}
    return {
        "object": "TrackingDetail",
        "message": event.native.label,
        "status": event.native.code,
        "status_detail": event.native.second,
        "datetime": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": "Correos",
        "tracking_location": {**where, "country": place.country, "zip": place.postcode or None},
    }
