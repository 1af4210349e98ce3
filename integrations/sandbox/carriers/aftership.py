"""AfterShip: trackings of any carrier, and their pushes."""

import base64
import hashlib
import hmac
import uuid
from typing import Any, ClassVar, Final

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import HANDED_OVER, Step
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.numbers import fits
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.places import countries
from integrations.sandbox.carriers.speaking import Carrier, Pushed, answer, dumped, json_object

_SLUG: Final = "spain-correos-es"
_ROOT: Final = "/tracking/2026-07"


class AfterShip(Carrier):
    """`POST` and `GET …/trackings`, `POST …/couriers/detect`, header `as-api-key`."""

    api: ClassVar = TrackingApi.AFTERSHIP

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(_ROOT + "/trackings", self._create),
            web.get(_ROOT + "/trackings", self._list),
            web.get(_ROOT + "/trackings/{id}", self._one),
            web.post(_ROOT + "/couriers/detect", self._detect),
        ]

    def credential(self, request: web.Request, text: str) -> str | None:
        key = request.headers.get("as-api-key")
        return key if key == self.secrets["api_key"] else None

    def refused(self, request: web.Request) -> web.Response:
        return _problem(401, 401, "The API key is invalid.", "Unauthorized")

    def throttled(self, seconds: float) -> web.Response:
        text = "You have exceeded the API call rate limit."
        response = _problem(429, 429, text, "TooManyRequests")
        reset = int(self.world.clock().timestamp() + max(1.0, seconds))
        response.headers["X-RateLimit-Reset"] = str(reset)
        response.headers["X-RateLimit-Limit"] = "10"
        response.headers["X-RateLimit-Remaining"] = "0"
        return response

    def broken(self) -> web.Response:
        return _problem(500, 500, "Something went wrong on AfterShip's end.", "InternalError")

    async def _create(self, request: web.Request) -> web.Response:
        asked = await json_object(request) or {}
        number, slug = str(asked.get("tracking_number", "")), str(asked.get("slug") or _SLUG)
        if not fits(self.api, number):
            text = "The value of `tracking_number` is invalid."
            return _problem(400, 4005, text, "BadRequest")
        if not self.world.following.follow(self.api, number, self.world.clock()):
            return _problem(400, 4003, "Tracking already exists.", "BadRequest", number)
        found = self.find(number)
        data = _pending(number, slug) if found is None else _tracking(found, slug)
        return answer({"meta": {"code": 201}, "data": data}, 201)

    async def _list(self, request: web.Request) -> web.Response:
        wanted = [n for n in request.query.get("tracking_numbers", "").split(",") if n]
        limit = request.query.get("limit", "100")
        if not limit.isdigit() or not 1 <= int(limit) <= self.batch:
            return _problem(400, 4001, "The value of `limit` is invalid.", "BadRequest")
        known = [number for api, number in self.world.following.numbers if api is self.api]
        listed = sorted(number for number in known if not wanted or number in wanted)
        after = request.query.get("cursor", "")
        page = [number for number in listed if number > after][: int(limit)]
        more = bool(page) and page[-1] != listed[-1]
        trackings = [self._of(number) for number in page]
        cursor = page[-1] if more else ""
        pagination = {"total": len(listed), "has_next_page": more, "next_cursor": cursor}
        data = {"pagination": pagination, "limit": int(limit), "trackings": trackings}
        return answer({"meta": {"code": 200}, "data": data})

    async def _one(self, request: web.Request) -> web.Response:
        for api, number in self.world.following.numbers:
            if api is self.api and _id(number) == request.match_info["id"]:
                return answer({"meta": {"code": 200}, "data": self._of(number)})
        return _problem(404, 4004, "Tracking does not exist.", "NotFound")

    async def _detect(self, request: web.Request) -> web.Response:
        asked = await json_object(request) or {}
        if not fits(self.api, str(asked.get("tracking_number", ""))):
            text = "The value of `tracking_number` is invalid."
            return _problem(400, 4005, text, "BadRequest")
        couriers = [{"slug": _SLUG, "name": "Correos de España"}]
        return answer({"meta": {"code": 200}, "data": {"total": 1, "couriers": couriers}})

    def _of(self, number: str) -> dict[str, Any]:
        found = self.find(number)
        if found is None:
            return _pending(number, _SLUG)
        return _tracking(found, _SLUG, bare=self.fault(Fault.BARE_TIMES, number))

    def push(self, found: History, secret: str) -> Pushed | None:
        latest = found.latest
        if latest is None:
            return None
        tags = [event.native.code for event in found.of_now]
        body = dumped(
            {
                "ts": int(latest.at.timestamp()),
                "event": "tracking_update",
                "event_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{found.parcel.number}{latest}")),
                "is_tracking_first_tag": tags.count(latest.native.code) == 1,
                "msg": _tracking(found, _SLUG),
            }
        )
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        return Pushed(body, {"aftership-hmac-sha256": base64.b64encode(digest).decode()})


def _problem(status: int, code: int, message: str, kind: str, number: str = "") -> web.Response:
    data = {"id": _id(number), "tracking_number": number} if number else {}
    return answer({"meta": {"code": code, "message": message, "type": kind}, "data": data}, status)


def _id(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()[:32]


def _pending(number: str, slug: str) -> dict[str, Any]:
    head = {"id": _id(number), "tracking_number": number, "slug": slug, "active": True}
    return {**head, "tag": "Pending", "subtag": "Pending_001", "checkpoints": []}


def _tracking(found: History, slug: str, *, bare: bool = False) -> dict[str, Any]:
    parcel, latest, handed = found.parcel, found.latest, found.handed_over
    due = found.expected_at.astimezone(parcel.way.recipient.clock)
    alpha3 = countries()
    signed = handed is not None and handed.step in HANDED_OVER
    return {
        "id": _id(parcel.number),
        "tracking_number": parcel.number,
        "slug": slug,
        "active": True,
        "order_id": parcel.reference,
        "origin_country_region": alpha3[parcel.origin].alpha3,
        "destination_country_region": alpha3[parcel.destination].alpha3,
        "tag": latest.native.code if latest else "Pending",
        "subtag": latest.native.second if latest else "Pending_001",
        "subtag_message": latest.native.label if latest else "Pending",
        "expected_delivery": due.date().isoformat(),
        "aftership_estimated_delivery_date": {"estimated_delivery_date": due.date().isoformat()},
        "signed_by": parcel.recipient if signed else None,
        "return_to_sender": any(event.step is Step.RETURNING for event in found.of_now),
        "checkpoints": [_point(e, slug, bare=bare) for e in found.told(newest_first=False)],
    }


def _point(event: Event, slug: str, *, bare: bool) -> dict[str, Any]:
    place, native = event.place, event.native
    stamp = event.local.replace(tzinfo=None) if bare else event.local
    return {
        "slug": slug,
        "checkpoint_time": stamp.isoformat(),
        "city": place.city,
        "state": place.state or None,
        "zip": place.postcode or None,
        "country_region": countries()[place.country].alpha3,
        "message": native.label,
        "tag": native.code,
        "subtag": native.second,
        "subtag_message": native.label,
        "raw_tag": native.step,
    }
