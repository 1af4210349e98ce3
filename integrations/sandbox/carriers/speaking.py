"""What every simulated carrier does before it answers: who asks, how often, and what goes wrong."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Final

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.faults import WHOLE_ANSWER, Fault
from integrations.sandbox.carriers.faults import Set as SetFault
from integrations.sandbox.carriers.limits import batch
from integrations.sandbox.carriers.parcels import History
from integrations.sandbox.carriers.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAINTENANCE: Final = (
    b"<!DOCTYPE html><html><head><meta charset=utf-8><title>Maintenance</title></head>"
    b"<body><h1>We will be back soon</h1><p>Delivered in a moment.</p></body></html>"
)
_BOMB: Final = (
    b'<?xml version="1.0"?>\n<!DOCTYPE data [\n<!ENTITY a "aaaaaaaaaa">\n'
    + b"".join(b'<!ENTITY %c "%s">\n' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>\n<data>&j;</data>\n"
)
_LARGE_BYTES: Final = 5 * 1024 * 1024
_DRIP_SECONDS: Final = 0.2


class Carrier(ABC):
    """One API. Its subclass knows the paths, the shapes and the carrier's own words."""

    api: ClassVar[TrackingApi]
    xml: ClassVar[bool] = False
    open_paths: ClassVar[frozenset[str]] = frozenset()
    """Paths that need no credential: those that give tokens."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.secrets = world.credentials[self.api]
        self.batch = batch(self.api)

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """The carrier's paths."""

    @abstractmethod
    def credential(self, request: web.Request, text: str) -> str | None:
        """Who asks; None for one that the carrier does not know."""

    @abstractmethod
    def refused(self, request: web.Request) -> web.Response:
        """The answer to a credential that the carrier does not know."""

    @abstractmethod
    def throttled(self, seconds: float) -> web.Response:
        """The answer to one call too many."""

    @abstractmethod
    def broken(self) -> web.Response:
        """The carrier's own words for an error on its side."""

    def forbidden(self) -> web.Response:
        """The answer to a credential that may not do this."""
        return web.json_response({"title": "Forbidden", "status": 403}, status=403)

    def find(self, number: str) -> History | None:
        """What can be told of a number now."""
        return self.world.find(self.api, number)

    def fault(self, fault: Fault, number: str) -> bool:
        """Whether something goes wrong with this number now."""
        return self.world.faults.take([fault], self.api, number) is not None

    def push(self, found: History, secret: str) -> "Pushed | None":
        """What the carrier pushes after the newest event of a parcel; None if it pushes nothing."""
        return None

    def application(self) -> web.Application:
        """The carrier as a web application."""

        @web.middleware
        async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._answer(request, handler)

        app = web.Application(middlewares=[around], client_max_size=1024 * 1024)
        app.add_routes(self.routes())
        return app

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        text = f"{request.path_qs}\n{await request.text()}"
        fault = self.world.faults.take(WHOLE_ANSWER, self.api, text)
        if fault is not None:
            return await self._faulty(fault, request, handler)
        return await self._served(request, handler, text)

    async def _served(
        self, request: web.Request, handler: Handler, text: str
    ) -> web.StreamResponse:
        if request.match_info.http_exception is not None:
            return await handler(request)
        if request.path.partition(f"/{self.api.lower()}")[2] in self.open_paths:
            return await handler(request)
        credential = self.credential(request, text)
        if credential is None:
            return self.refused(request)
        wait = self.world.quotas.spend(self.api, credential, self.world.clock())
        return await handler(request) if wait is None else self.throttled(wait)

    async def _faulty(
        self, fault: SetFault, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        if (ready := self._ready(fault, request)) is not None:
            return ready
        if fault.fault is Fault.HANG:
            await asyncio.sleep(fault.seconds)
            return web.Response(status=504)
        if fault.fault is Fault.SLOW:
            await asyncio.sleep(fault.seconds)
        answer = await self._served(request, handler, await request.text())
        if fault.fault is Fault.SLOW or not isinstance(answer, web.Response):
            return answer
        body = answer.body if isinstance(answer.body, bytes) else b""
        head = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
        if fault.fault is Fault.TRUNCATED:
            return await _cut(request, body, head["Content-Type"])
        return await _drip(request, body, head, fault.seconds)

    def _ready(self, fault: SetFault, request: web.Request) -> web.Response | None:
        """The whole answer of a fault that needs no look at the real one."""
        own = "text/xml" if self.xml else "application/json"
        if (page := _PAGES.get(fault.fault)) is not None:
            status, kind, body = page
            return web.Response(status=status, body=body, content_type=kind or own)
        answers: dict[Fault, Callable[[], web.Response]] = {
            Fault.WRONG_SHAPE: lambda: web.Response(
                body=_WRONG_XML if self.xml else _WRONG, content_type=own
            ),
            Fault.ERROR_500: self.broken,
            Fault.QUOTA: lambda: self.throttled(fault.seconds),
            Fault.UNAUTHORIZED: lambda: self.refused(request),
            Fault.FORBIDDEN: self.forbidden,
        }
        answered = answers.get(fault.fault)
        return answered() if answered else None


_WRONG: Final = (
    b'{"shipments":"DELIVERED","output":[],"parcels":{"status":"DELIVERED"},"data":null}'
)
_WRONG_XML: Final = b"<delivered><DELIVERED/></delivered>"
_PAGES: Final[Mapping[Fault, tuple[int, str, bytes]]] = {
    Fault.MAINTENANCE_200: (200, "text/html", MAINTENANCE),
    Fault.MAINTENANCE_503: (503, "text/html", MAINTENANCE),
    Fault.HTML_500: (500, "text/html", MAINTENANCE),
    Fault.NOT_THE_TYPE: (200, "", b"OK delivered"),
    Fault.EMPTY_BODY: (200, "", b""),
    Fault.TOO_LARGE: (200, "", b" " * _LARGE_BYTES),
    Fault.XML_BOMB: (200, "text/xml", _BOMB),
}
"""Status, type and body; without a type it is the carrier's own."""


class Pushed:
    """A push, ready to be sent. Shapes: `body` is what was signed."""

    __slots__ = ("body", "headers")

    def __init__(self, body: bytes, headers: Mapping[str, str]) -> None:
        self.body = body
        self.headers = {"Content-Type": "application/json", **headers}


def dumped(value: Any) -> bytes:
    """JSON as the carriers write it: UTF-8, no blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def answer(value: Any, status: int = 200, **headers: str) -> web.Response:
    """A JSON answer. Shapes: underscores of header names become hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return web.Response(
        body=dumped(value), status=status, content_type="application/json", headers=named
    )


async def json_object(request: web.Request) -> dict[str, Any] | None:
    """The body of a request if it is a JSON object."""
    try:
        value = json.loads(await request.text())
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


async def _cut(request: web.Request, body: bytes, kind: str) -> web.StreamResponse:
    """Promise the whole body, send half of it and hang up."""
    if (transport := request.transport) is not None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        transport.write(head.encode() + body[: len(body) // 2])
        await asyncio.sleep(0.01)
        transport.close()
    return web.Response()


async def _drip(
    request: web.Request, body: bytes, headers: dict[str, str], seconds: float
) -> web.StreamResponse:
    """Send the body byte by byte, for so long at most."""
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    steps = max(1, int(seconds / _DRIP_SECONDS))
    size = max(1, -(-len(body) // steps))
    for at in range(0, len(body), size):
        await response.write(body[at : at + size])
        await asyncio.sleep(_DRIP_SECONDS)
    return response
