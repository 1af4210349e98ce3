"""A server whose sockets and event streams a test can reach, and clients that say exactly what."""

import asyncio
import contextlib
import itertools
import json
import socket
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from boucle import serve
from boucle.edge.answers import NotServed, answer, not_served
from boucle.edge.body import asked_by_body, asked_by_url
from boucle.edge.heads import heads_of
from boucle.edge.live import Identify, Limits, Live
from boucle.edge.operations import Operations
from boucle.edge.socket import Sockets
from boucle.edge.sse import sse_response
from boucle.edge.subscriptions import OnSchema
from integrations.bus import MemoryBus
from models.base import fetchval
from resolvers.context import ANONYMOUS, BadInput, Caller, Context, SignInFirst
from tests.boucle import edge

PROTOCOL = "graphql-transport-ws"
NAP = "SELECT pg_sleep(30)"
OPEN = Limits(per_address=1000, per_key=1000, anonymous_operations=50)
Json = dict[str, Any]
Info = strawberry.Info[Context, None]
seen: Counter[str] = Counter()


@strawberry.type
class Query(edge.Query):
    @strawberry.field
    async def pause(self, seconds: float) -> str:
        seen["began"] += 1
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            seen["cancelled"] += 1
            raise
        return "rested"

    @strawberry.field
    def lots(self, kilobytes: int) -> str:
        return "x" * 1024 * kilobytes

    @strawberry.field
    async def nap(self) -> str:
        return str(await fetchval(NAP))


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def touch(self, seconds: float = 0) -> int:
        await asyncio.sleep(seconds)
        seen["touched"] += 1
        return seen["touched"]


@strawberry.type
class Tick:
    number: int

    @strawberry.field
    def loaders(self, info: Info) -> int:
        info.context.loader(_nothing, key=self.number)
        return len(info.context._loaders)

    @strawberry.field
    def fault(self) -> str | None:
        raise ValueError("secret table name")


async def _nothing(keys: list[int]) -> list[int]:
    return keys


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, to: int = 3, wait: float = 0) -> AsyncGenerator[Tick]:
        seen["open"] += 1
        try:
            for number in range(to):
                info.context.event_id = f"{number}-0"
                yield Tick(number=number)
                await asyncio.sleep(wait)
        finally:
            seen["open"] -= 1

    @strawberry.subscription
    async def news(self, info: Info, topic: str) -> AsyncGenerator[int]:
        bus, after = info.context.bus, info.context.after
        assert bus is not None
        seen["open"] += 1
        try:
            async for event in bus.listen(topic, after):
                info.context.event_id = event.id
                yield event.payload["n"]
        finally:
            seen["open"] -= 1

    @strawberry.subscription
    async def much(self, kilobytes: int, to: int) -> AsyncGenerator[str]:
        for number in range(to):
            yield f"{number} " + "x" * 1024 * kilobytes
            await asyncio.sleep(0)

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int]:
        raise BadInput("There is no such thing.", reason="UNKNOWN", argument="id")
        yield 1

    @strawberry.subscription
    async def broken(self) -> AsyncGenerator[int]:
        yield 1
        raise ValueError("secret table name")

    @strawberry.subscription
    async def away(self) -> AsyncGenerator[int]:
        yield 1
        raise ConnectionRefusedError("10.0.0.7")


SCHEMA = edge.public(strawberry.Schema(Query, Mutation, Subscription))


class Server(serve.Server):
    """Tells when it listens, and leaves the signals to pytest."""

    capture_signals = contextlib.nullcontext

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config, live)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def served(
    app: Any, live: Live, protocol: type = serve.LiveSocket, **config: Any
) -> AsyncGenerator[tuple[int, Server]]:
    """A server on a free port; its lifespan is the test's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = serve.config(edge.settings("postgres://localhost/x"), app)
        made.lifespan, made.loop, made.ws = "off", "none", protocol
        for name, value in config.items():
            setattr(made, name, value)
        server = Server(made, live)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        await server.up.wait()
        try:
            yield listener.getsockname()[1], server
        finally:
            server.should_exit = True
            await task


async def stream(request: Request, live: Live) -> Response:
    """What the HTTP view does with a request for events."""
    by_url = request.method == "GET"
    try:
        if by_url:
            asked = asked_by_url(request.scope["query_string"])
        else:
            asked = await asked_by_body(heads_of(request.scope), request.receive)
        found = await sse_response(request, asked, live, only_queries=by_url)
    except SignInFirst as refused:
        return answer({"errors": [{"extensions": refused.extensions()}]}, 401)
    return found or answer({"json": True})


def app_of(live: Live, origins: tuple[str, ...] = (), hosts: tuple[str, ...] = ("*",)) -> Starlette:
    """An application of sockets and streams."""

    async def streamed(request: Request) -> Response:
        return await stream(request, live)

    routes = [
        WebSocketRoute("/graphql", Sockets(live, origins=origins, hosts=hosts)),
        Route("/graphql", streamed, methods=["GET", "POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={NotServed: not_served})


@dataclass(slots=True)
class Site:
    """One server, on which each test has an application with limits of its own."""

    port: int = 0
    bus: MemoryBus = field(default_factory=MemoryBus)
    lives: dict[str, Live] = field(default_factory=dict)
    _apps: dict[str, Starlette] = field(default_factory=dict)
    _numbers: itertools.count = field(default_factory=itertools.count)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        first, _, rest = scope["path"][1:].partition("/")
        await self._apps[first]({**scope, "path": f"/{rest}"}, receive, send)

    def mount(
        self,
        limits: Limits = OPEN,
        identify: Identify | None = None,
        seconds: float = 5,
        operations: Operations | None = None,
        **how: Any,
    ) -> str:
        """Add an application; returns the address of its `/graphql` without the scheme."""

        async def nobody(_authorization: str | None, _address: str | None) -> Caller:
            return ANONYMOUS

        name = f"app{next(self._numbers)}"
        live = Live(
            OnSchema(operations or Operations(SCHEMA, seconds)),
            bus=self.bus,
            limits=limits,
            identify=identify or nobody,
        )
        self.lives[name], self._apps[name] = live, app_of(live, **how)
        return f"127.0.0.1:{self.port}/{name}/graphql"

    def live(self, address: str) -> Live:
        """What the connections to an address share."""
        return self.lives[address.split("/")[1]]


class Talk:
    """A client of the protocol that says exactly what a test says."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self) -> Json:
        async with asyncio.timeout(5):
            heard: Json = json.loads(await self.socket.recv())
            return heard

    async def begin(self, authorization: str | None = None) -> None:
        payload = {} if authorization is None else {"payload": {"authorization": authorization}}
        await self.say(type="connection_init", **payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def ask(self, name: str, query: str, **more: Any) -> None:
        await self.say(type="subscribe", id=name, payload={"query": query, **more})

    async def closed(self) -> tuple[int, str]:
        """The code and reason with which the server closes; what it says before is left aside."""
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code or 0, self.socket.close_reason or ""


@asynccontextmanager
async def talk(address: str, **how: Any) -> AsyncGenerator[Talk]:
    """A socket with the handshake done."""
    how = {"subprotocols": [PROTOCOL], "compression": None, "proxy": None} | how
    async with connect(f"ws://{address}", **how) as made:
        yield Talk(made)


async def refused(address: str, **how: Any) -> tuple[int, Json]:
    """The status and the body with which a handshake is refused."""
    with pytest.raises(InvalidStatus) as caught:
        async with talk(address, **how):
            pass
    return caught.value.response.status_code, json.loads(caught.value.response.body or b"{}")


async def nothing_open() -> None:
    """Wait until no subscription of an earlier test is left, and count anew."""
    await until(lambda: seen["open"] == 0)
    seen.clear()


async def until(holds: Callable[[], bool], seconds: float = 3) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never held"
        await asyncio.sleep(0.01)
