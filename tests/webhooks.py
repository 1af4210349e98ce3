"""Endpoints for tests, a counterpart that answers as it is told, and a sender that may call it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import orjson
from aiohttp import web

from domain.partners.selections import Owner, Selected
from domain.partners.webhooks import EndpointState
from domain.topics import Topic
from integrations.webhooks import sending
from models.base import execute, fetch, fetchrow, new_id, transaction
from models.events import Event, emit
from models.partners import endpoints
from models.vault import Vault
from workers.partners.sending import Sender

SECRET = bytes(range(32))
VAULT = Vault([("test", bytes(range(1, 33)))])
SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict:
        return orjson.loads(self.body)


@dataclass(slots=True)
class Sink:
    """A local counterpart: what it got, and how it answers by path."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answers: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(
        default_factory=dict
    )
    under_way: Counter[str] = field(default_factory=Counter)
    most_at_once: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.place}{path}"

    def ids(self, path: str = "/") -> list[str]:
        return [each.id for each in self.got if each.path == path]

    async def take(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append(Got(path, headers, body))
        self.under_way[path] += 1
        self.most_at_once[path] = max(self.most_at_once[path], self.under_way[path])
        try:
            return await self.answers.get(path, well)(request)
        finally:
            self.under_way[path] -= 1


async def well(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="thanks")


async def silent(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def broken(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=500, text="oh no")


async def elsewhere(request: web.Request) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": f"http://{request.host}/inside"})


async def dropping(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def told(status: int, **headers: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return answer


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    """A counterpart on a free port of this machine."""
    made = Sink()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()


async def nothing_selected(*_: object) -> Selected:
    return Selected(problem="NOT_SERVED")


@asynccontextmanager
async def sender(*places: str, **settings) -> AsyncIterator[Sender]:
    """A sender that may call these places, and gives up soon."""
    async with sending(allowed=places, resolver=settings.pop("resolver", None)) as http:
        settings = {"select": nothing_selected, "seconds": SECONDS} | settings
        yield Sender(http, VAULT, **settings)


async def endpoint(
    owner: UUID | Owner,
    url: str,
    topics: tuple[Topic, ...] = tuple(Topic),
    *,
    state: EndpointState = EndpointState.ACTIVE,
    vault: Vault = VAULT,
    **given: object,
) -> UUID:
    """An endpoint of a merchant, or of an `Owner`, verified unless it is pending."""
    of = owner if isinstance(owner, Owner) else Owner(owner)
    endpoint_id = new_id()
    said = {"description": "", "selections": {}, "scopes": []} | given
    wanted = endpoints.Given(url=url, topics=[topic.value for topic in topics], **said)
    closed = vault.close(SECRET, endpoints.secret_cell(endpoint_id))
    await endpoints.add(endpoint_id, of, wanted, "echo-this", closed)
    if state is not EndpointState.PENDING:
        await execute(
            "UPDATE webhook_endpoint SET state = $2, verified_at = now() - interval '1 hour' "
            "WHERE id = $1",
            endpoint_id,
            state.value,
        )
    return endpoint_id


async def happen(owner_id: UUID, count: int = 1, topic: Topic = Topic.FEED_HELD) -> list[UUID]:
    """Events of a merchant, committed."""
    async with transaction():
        return [
            await emit(Event(topic, owner_id, "FeedRun", new_id(), n, {"n": n}))
            for n in range(count)
        ]


async def delivery(endpoint_id: UUID) -> dict:
    """The only delivery of an endpoint."""
    row = await fetchrow("SELECT * FROM webhook_delivery WHERE endpoint_id = $1", endpoint_id)
    assert row is not None
    return dict(row)


async def states(endpoint_id: UUID) -> Counter[str]:
    rows = await fetch("SELECT state FROM webhook_delivery WHERE endpoint_id = $1", endpoint_id)
    return Counter(row["state"] for row in rows)


async def health(endpoint_id: UUID) -> dict:
    row = await fetchrow("SELECT * FROM webhook_endpoint WHERE id = $1", endpoint_id)
    assert row is not None
    return dict(row)


async def hasten() -> None:
    """Let time pass for what waits: every retry is due, every circuit may be tried."""
    waiting = "state IN ('QUEUED', 'RETRYING')"
    await execute(f"UPDATE webhook_delivery SET due_at = now() WHERE {waiting}")
    await execute("UPDATE webhook_endpoint SET open_until = now() WHERE open_until > now()")
