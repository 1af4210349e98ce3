"""How tests, the demo and people at work steer the simulator: JSON under `/control`.

Only this machine may: other addresses are refused, and so are other host names, by which a page in
a browser could be led here.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from yarl import URL

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.credentials import CREDENTIALS
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.parcels import Registration, life
from integrations.sandbox.carriers.scenarios import Kind, kinds
from integrations.sandbox.carriers.speaking import answer, json_object

if TYPE_CHECKING:
    from integrations.sandbox.carriers.simulator import CarrierSimulator

MOST_AT_ONCE: Final = 1000
_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Asked = Mapping[str, Any]


def add_control(app: web.Application, simulator: "CarrierSimulator") -> None:
    """Add the routes of the control."""
    control = _Control(simulator)
    sub = web.Application(middlewares=[_here_only], client_max_size=8 * 1024 * 1024)
    sub.add_routes(
        [
            web.get("/carriers", control.carriers),
            web.get("/parcels", control.parcel),
            web.post("/parcels", control.register),
            web.get("/clock", control.clock),
            web.post("/clock", control.set_clock),
            web.get("/faults", control.faults),
            web.post("/faults", control.add_fault),
            web.delete("/faults", control.clear_faults),
            web.post("/callbacks", control.call_back),
            web.get("/pushes", control.pushes),
        ]
    )
    app.add_subapp("/control", sub)


@web.middleware
async def _here_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        here = ip_address(request.remote or "").is_loopback
    except ValueError:
        here = False
    if not here or URL(f"http://{request.host}").host not in _HOSTS:
        return answer({"error": "only this machine may"}, 403)
    try:
        return await handler(request)
    except (KeyError, TypeError, ValueError) as error:
        text = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        return answer({"error": text}, 400)


class _Control:
    """The routes."""

    def __init__(self, simulator: "CarrierSimulator") -> None:
        self._simulator = simulator

    async def carriers(self, request: web.Request) -> web.Response:
        return answer(
            {
                api: {
                    "url": f"/{api.lower()}",
                    "credentials": CREDENTIALS[api],
                    "kinds": kinds(api, "express" if api is TrackingApi.DHL_UNIFIED else ""),
                }
                for api in self._simulator.carriers
            }
        )

    async def register(self, request: web.Request) -> web.Response:
        asked = await _body(request)
        many = asked.get("parcels", [asked])
        if not isinstance(many, list) or not 0 < len(many) <= MOST_AT_ONCE:
            raise ValueError(f"from 1 to {MOST_AT_ONCE} parcels are taken at once")
        done = [self._shown(self._register(one)) for one in many]
        return answer({"parcels": done} if "parcels" in asked else done[0], 201)

    def _register(self, asked: Any) -> Registration:
        if not isinstance(asked, dict):
            raise TypeError("a parcel is an object")
        api, speed = TrackingApi(asked["api"]), asked.get("speed")
        parcel = self._simulator.register(
            api,
            _text(asked, "number"),
            Kind(asked.get("kind", Kind.PLAIN)),
            origin=_text(asked, "origin"),
            destination=_text(asked, "destination"),
            created_at=_time(asked, "createdAt"),
            speed=None if speed is None else float(speed),
            division=_text(asked, "division"),
            reference=_text(asked, "reference") or "",
            origin_postcode=_text(asked, "originPostcode") or "",
            destination_postcode=_text(asked, "destinationPostcode") or "",
        )
        if asked.get("follow") is True:
            self._simulator.follow(api, parcel.number)
        return parcel

    async def parcel(self, request: web.Request) -> web.Response:
        api, number = TrackingApi(request.query["api"]), request.query["number"]
        parcel = self._simulator.world.parcel(api, number)
        if parcel is None:
            return answer({"error": "no such parcel"}, 404)
        return answer(self._shown(parcel))

    def _shown(self, parcel: Registration) -> dict[str, Any]:
        now = self._simulator.clock()
        return {
            "api": parcel.api,
            "number": parcel.number,
            "kind": parcel.kind,
            "origin": parcel.origin,
            "destination": parcel.destination,
            "createdAt": parcel.created_at.isoformat(),
            "speed": parcel.speed,
            "division": parcel.division,
            "scenario": [
                {
                    "step": event.step,
                    "delaySeconds": (event.at - parcel.created_at).total_seconds(),
                    "at": event.at.isoformat(),
                    "happened": event.at <= now,
                    "code": [p for p in (event.native.code, event.native.second) if p],
                    "place": event.place.city,
                    "country": event.place.country,
                }
                for event in life(parcel, older=False)
            ],
        }

    async def clock(self, request: web.Request) -> web.Response:
        return answer({"now": self._simulator.clock().isoformat()})

    async def set_clock(self, request: web.Request) -> web.Response:
        asked, clock = await _body(request), self._simulator.clock
        if (to := _time(asked, "now")) is not None:
            clock.set(to)
        if (seconds := asked.get("shiftSeconds")) is not None:
            clock.shift(timedelta(seconds=float(seconds)))
        if (rate := asked.get("rate")) is not None:
            if not 0 <= float(rate) <= 1_000_000:
                raise ValueError("rate must be from 0 to 1000000")
            clock.speed_up(float(rate))
        return answer({"now": clock().isoformat()})

    async def faults(self, request: web.Request) -> web.Response:
        found = self._simulator.world.faults.listed()
        return answer(
            {
                "faults": [
                    {"fault": f.fault, "api": f.api, "number": f.number, "left": f.left}
                    for f in found
                ]
            }
        )

    async def add_fault(self, request: web.Request) -> web.Response:
        asked = await _body(request)
        api, times = _text(asked, "api"), asked.get("times")
        self._simulator.fault(
            Fault(asked["fault"]),
            TrackingApi(api) if api else None,
            _text(asked, "number"),
            times=None if times is None else int(times),
            seconds=float(asked.get("seconds", 3600.0)),
        )
        return await self.faults(request)

    async def clear_faults(self, request: web.Request) -> web.Response:
        api = request.query.get("api")
        self._simulator.mend(TrackingApi(api) if api else None)
        return await self.faults(request)

    async def call_back(self, request: web.Request) -> web.Response:
        asked = await _body(request)
        api, number = TrackingApi(asked["api"]), _text(asked, "number")
        only = asked.get("only") is True
        self._simulator.call_back(api, str(asked["url"]), str(asked["secret"]), number, only=only)
        return answer({"api": api, "url": asked["url"], "number": number}, 201)

    async def pushes(self, request: web.Request) -> web.Response:
        sent = self._simulator.pushes.sent
        rows = [{"api": s.api, "number": s.number, "status": s.status} for s in sent]
        return answer({"pushes": rows})


async def _body(request: web.Request) -> dict[str, Any]:
    asked = await json_object(request)
    if asked is None:
        raise ValueError("the body must be a JSON object")
    return asked


def _text(asked: Asked, name: str) -> str | None:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must be a string")
    return value


def _time(asked: Asked, name: str) -> datetime | None:
    text = _text(asked, name)
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{name} must have an offset")
    return found
