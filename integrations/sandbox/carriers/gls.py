"""GLS Group, Track and Trace v1."""

import re
from typing import Any, ClassVar, Final

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import natives
from integrations.sandbox.carriers.credentials import LIVES, basic
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.numbers import fits
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.speaking import Carrier, answer

STATUSES: Final = (
    "PREADVICE",
    "PLANNEDPICKUP",
    "INPICKUP",
    "NOTPICKEDUP",
    "INTRANSIT",
    "INWAREHOUSE",
    "INDELIVERY",
    "DELIVEREDPS",
    "DELIVERED",
    "NOTDELIVERED",
    "CANCELED",
    "FINAL",
)
"""All statuses of a parcel; the sandbox parcels QAS_0000001 to QAS_0000012 show one each."""

_SANDBOX: Final = re.compile(r"QAS_00000(0[1-9]|1[0-2])")
_ROOT: Final = "/track-and-trace-v1/tracking"


class Gls(Carrier):
    """Token, and `GET …/tracking/simple/trackids/{n1,n2…}` with up to 10 numbers."""

    api: ClassVar = TrackingApi.GLS
    open_paths: ClassVar = frozenset({"/oauth2/v2/token"})

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/oauth2/v2/token", self._token),
            web.get(_ROOT + "/simple/trackids/{ids}", self._track),
            web.get(_ROOT + "/simple/references/{references}", self._by_reference),
            web.get(_ROOT + "/events/codes", self._codes),
        ]

    def credential(self, request: web.Request, text: str) -> str | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        good = scheme == "Bearer" and self.world.tokens.holds(self.api, token, self.world.clock())
        return self.secrets["client_id"] if good else None

    def refused(self, request: web.Request) -> web.Response:
        expired = request.headers.get("Authorization", "").startswith("Bearer ")
        code = "steps.jwt.TokenExpired" if expired else "steps.jwt.FailedToDecode"
        return _fault(401, "Invalid access token", code)

    def throttled(self, seconds: float) -> web.Response:
        text = "Rate limit quota violation. Quota limit exceeded."
        return _fault(429, text, "policies.ratelimit.QuotaViolation")

    def broken(self) -> web.Response:
        return _problem(500, "Internal Server Error", "An unexpected error occurred.")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = basic(request.headers.get("Authorization")) or (
            form.get("client_id"),
            form.get("client_secret"),
        )
        if given != (self.secrets["client_id"], self.secrets["client_secret"]):
            return answer({"error": "invalid_client"}, 401)
        if form.get("grant_type") != "client_credentials":
            return answer({"error": "unsupported_grant_type"}, 400)
        token = self.world.tokens.give(self.api, self.world.clock())
        lives = int(LIVES[self.api].total_seconds())
        return answer({"token_type": "Bearer", "access_token": token, "expires_in": lives})

    async def _track(self, request: web.Request) -> web.Response:
        numbers = request.match_info["ids"].split(",")
        if len(numbers) > self.batch:
            return _problem(400, "Bad Request", "E_400_02: a maximum of 10 ids is allowed.")
        return answer({"parcels": [self._parcel(number, request) for number in numbers]})

    async def _by_reference(self, request: web.Request) -> web.Response:
        references = request.match_info["references"].split(",")
        if len(references) > self.batch:
            return _problem(400, "Bad Request", "E_400_02: a maximum of 10 ids is allowed.")
        items: list[dict[str, Any]] = []
        for reference in references:
            found = self.world.by_reference(self.api, reference)
            items += [_item(each, reference, request) for each in found]
            if not found:
                items.append(_error(reference, "E_404_01", "Resource Not Found"))
        return answer({"parcels": items})

    async def _codes(self, request: web.Request) -> web.Response:
        codes = {n.code: n.label for n in natives(self.api).values() if n.code}
        rows = [{"code": code, "description": text} for code, text in sorted(codes.items())]
        return answer({"codes": rows})

    def _parcel(self, number: str, request: web.Request) -> dict[str, Any]:
        if (sandbox := _SANDBOX.fullmatch(number)) is not None:
            return self._shown(number, STATUSES[int(sandbox[1]) - 1])
        if self.fault(Fault.ITEM_ERROR, number):
            return _error(number, "E_500_01", "Internal Server Error")
        if not fits(self.api, number):
            return _error(number, "E_400_01", "Bad Request")
        found = self.find(number)
        if found is None:
            return _error(number, "E_404_01", "Resource Not Found")
        return _item(found, number, request)

    def _shown(self, number: str, status: str) -> dict[str, Any]:
        stamp = f"{self.world.clock():%Y-%m-%dT00:00:00+0000}"
        head = {"requested": number, "unitno": number, "status": status}
        return {**head, "statusDateTime": stamp, "events": []}


def _fault(status: int, text: str, code: str) -> web.Response:
    return answer({"fault": {"faultstring": text, "detail": {"errorcode": code}}}, status)


def _problem(status: int, title: str, detail: str) -> web.Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    response = answer({**body, "instance": "/tracking/simple"}, status)
    response.content_type = "application/problem+json"
    return response


def _error(number: str, code: str, message: str) -> dict[str, Any]:
    return {"requested": number, "errorCode": code, "errorMessage": message}


def _item(found: History, requested: str, request: web.Request) -> dict[str, Any]:
    latest, german = found.latest, request.headers.get("Accept-Language", "EN").startswith("DE")
    item: dict[str, Any] = {
        "requested": requested,
        "unitno": found.parcel.number,
        "status": latest.native.level if latest else "PREADVICE",
        "statusDateTime": _stamp(latest) if latest else "",
    }
    if request.query.get("showEvents", "true") != "false":
        item["events"] = [_event(e, german=german) for e in found.told(newest_first=True)]
    return item


def _event(event: Event, *, german: bool) -> dict[str, str]:
    native = event.native
    return {
        "code": native.code,
        "city": event.place.city,
        "postalCode": event.place.postcode,
        "country": event.place.country,
        "description": native.home if german else native.label,
        "eventDateTime": _stamp(event),
    }


def _stamp(event: Event) -> str:
    return event.local.strftime("%Y-%m-%dT%H:%M:%S%z")
