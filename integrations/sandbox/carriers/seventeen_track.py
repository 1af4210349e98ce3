"""17TRACK: registered numbers of any carrier, and their pushes."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, ClassVar, Final

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.numbers import fits
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.speaking import Carrier, Pushed, answer, dumped

_ROOT: Final = "/track/v2.4"
_QUOTA: Final = 1_000_000
_CARRIER: Final = 3011
REGISTERED, NOT_REGISTERED, NO_QUOTA, BAD_NUMBER = -18019901, -18019902, -18019907, -18010012
NO_INFO: Final = -18019909
_TEXTS: Final = {
    REGISTERED: "The tracking number has been registered, don't need to repeat registration.",
    NOT_REGISTERED: "The tracking number has not been registered, please register first.",
    NO_QUOTA: "The daily quota was exceeded.",
    BAD_NUMBER: "The format of the number is invalid.",
    NO_INFO: "No tracking information is available now.",
}
Item = dict[str, Any]


class SeventeenTrack(Carrier):
    """`POST /track/v2.4/register|gettrackinfo|stoptrack|getquota`, header `17token`."""

    api: ClassVar = TrackingApi.SEVENTEEN_TRACK

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(_ROOT + "/register", self._register),
            web.post(_ROOT + "/gettrackinfo", self._info),
            web.post(_ROOT + "/stoptrack", self._stop),
            web.post(_ROOT + "/getquota", self._quota),
        ]

    def credential(self, request: web.Request, text: str) -> str | None:
        key = request.headers.get("17token")
        return key if key == self.secrets["api_key"] else None

    def refused(self, request: web.Request) -> web.Response:
        errors = [{"code": -18010002, "message": "The security key is invalid."}]
        return answer({"code": -18010002, "data": {"errors": errors}}, 401)

    def throttled(self, seconds: float) -> web.Response:
        errors = [{"code": 429, "message": "Too many requests"}]
        return answer({"code": 429, "data": {"errors": errors}}, 429)

    def broken(self) -> web.Response:
        return answer({"code": -18010001, "data": {"errors": []}}, 500)

    async def _register(self, request: web.Request) -> web.Response:
        def one(number: str, item: Item) -> Item | int:
            if not self.world.following.follow(self.api, number, self.world.clock()):
                return REGISTERED
            return {"origin": 1, "number": number, "carrier": item.get("carrier") or _CARRIER}

        return await self._each(request, one)

    async def _stop(self, request: web.Request) -> web.Response:
        def one(number: str, item: Item) -> Item | int:
            if not self.world.following.unfollow(self.api, number):
                return NOT_REGISTERED
            return {"number": number, "carrier": item.get("carrier") or _CARRIER}

        return await self._each(request, one)

    async def _info(self, request: web.Request) -> web.Response:
        def one(number: str, item: Item) -> Item | int:
            if self.world.following.since(self.api, number, self.world.clock()) is None:
                return NOT_REGISTERED
            found = self.find(number)
            return _tracked(found) if found is not None else _nothing(number)

        return await self._each(request, one)

    async def _quota(self, request: web.Request) -> web.Response:
        used = sum(api is self.api for api, _ in self.world.following.numbers)
        left = {"quota_total": _QUOTA, "quota_used": used, "quota_remain": _QUOTA - used}
        return answer({"code": 0, "data": {**left, "today_used": 0, "max_track_daily": _QUOTA}})

    async def _each(
        self, request: web.Request, one: Callable[[str, Item], Item | int]
    ) -> web.Response:
        items = await _items(request)
        if items is None or not 0 < len(items) <= self.batch:
            errors = [{"code": -18010013, "message": "Between 1 and 40 numbers are expected."}]
            return answer({"code": 0, "data": {"errors": errors}})
        accepted, rejected = [], []
        for item in items:
            number = str(item.get("number", ""))
            done = self._checked(number) or one(number, item)
            if isinstance(done, int):
                error = {"code": done, "message": _TEXTS[done]}
                rejected.append({"number": number, "error": error})
            else:
                accepted.append(done)
        return answer({"code": 0, "data": {"accepted": accepted, "rejected": rejected}})

    def _checked(self, number: str) -> int | None:
        if not fits(self.api, number):
            return BAD_NUMBER
        return NO_QUOTA if self.fault(Fault.ITEM_ERROR, number) else None

    def push(self, found: History, secret: str) -> Pushed | None:
        body = dumped({"event": "TRACKING_UPDATED", "data": _tracked(found)})
        sign = hashlib.sha256(body + b"/" + secret.encode()).hexdigest()
        return Pushed(body, {"sign": sign})


async def _items(request: web.Request) -> list[Item] | None:
    try:
        value = json.loads(await request.text())
    except ValueError:
        return None
    good = isinstance(value, list) and all(isinstance(item, dict) for item in value)
    return value if good else None


def _nothing(number: str) -> Item:
    latest = {"status": "NotFound", "sub_status": "NotFound_Other"}
    info: Item = {"latest_status": latest, "latest_event": None, "tracking": {"providers": []}}
    return {"number": number, "carrier": _CARRIER, "track_info": info}


def _tracked(found: History) -> Item:
    parcel, latest = found.parcel, found.latest
    events = [_event(event) for event in found.told(newest_first=True)]
    provider = {"provider": {"key": _CARRIER, "name": "China Post"}, "events": events}
    status = {
        "status": latest.native.code if latest else "NotFound",
        "sub_status": latest.native.second if latest else "NotFound_Other",
    }
    due = found.expected_at.isoformat()
    info = {
        "latest_status": status,
        "latest_event": _event(latest) if latest else None,
        "time_metrics": {"estimated_delivery_date": {"source": "17TRACK", "from": due, "to": due}},
        "tracking": {"providers": [provider]},
    }
    return {"number": parcel.number, "carrier": _CARRIER, "tag": "", "track_info": info}


def _event(event: Event) -> Item:
    place = event.place
    return {
        "time_iso": event.local.isoformat(),
        "time_utc": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "description": event.native.label,
        "location": f"{place.city}, {place.country}",
        "stage": event.native.code,
        "sub_status": event.native.second,
        "address": {
            "country": place.country,
            "state": place.state or None,
            "city": place.city,
            "postal_code": place.postcode or None,
        },
    }
