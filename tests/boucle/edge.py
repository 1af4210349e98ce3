"""A small schema and clients of the application, for the tests of the edge."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import httpx
import strawberry
from starlette.applications import Starlette

from boucle.asgi import create_app
from boucle.settings import Settings
from domain.accounts import make
from models.accounts import ApiKey
from resolvers.context import BadInput, Context
from schema.rules import PUBLIC, ruled

Info = strawberry.Info[Context, None]


@ruled(PUBLIC)
@strawberry.type
class Node:
    name: str = "n"

    @strawberry.field(metadata={"rule": PUBLIC})
    def inner(self) -> "Node":
        return Node()


@strawberry.type
class Query:
    @strawberry.field(metadata={"rule": PUBLIC})
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field(metadata={"rule": PUBLIC})
    def node(self) -> Node:
        return Node()

    @strawberry.field(metadata={"rule": PUBLIC})
    def double(self, n: int) -> int:
        return 2 * n

    @strawberry.field(metadata={"rule": PUBLIC})
    def price(self, amount: Decimal) -> Decimal:
        return amount

    @strawberry.field(metadata={"rule": PUBLIC})
    def thing(self, of: strawberry.relay.GlobalID) -> str:
        return of.node_id

    @strawberry.field(metadata={"rule": PUBLIC})
    def merchant(self, info: Info) -> str | None:
        return str(info.context.merchant_id("feeds:read"))

    @strawberry.field(metadata={"rule": PUBLIC})
    def refused(self) -> str | None:
        raise BadInput("Give one of the two.", reason="INVALID_FILTER", argument="filters")

    @strawberry.field(metadata={"rule": PUBLIC})
    def fault(self) -> str | None:
        raise ValueError("secret table name")

    @strawberry.field(metadata={"rule": PUBLIC})
    def away(self) -> str:
        raise ConnectionRefusedError("10.0.0.7")

    @strawberry.field(metadata={"rule": PUBLIC})
    async def slow(self) -> str:
        await asyncio.sleep(30)
        return "late"


@strawberry.type
class Mutation:
    @strawberry.mutation(metadata={"rule": PUBLIC})
    def touch(self) -> int:
        return 1


def public(schema: strawberry.Schema) -> strawberry.Schema:
    """A schema of which anybody may ask for everything."""
    for shape in schema._schema.type_map.values():
        for field in getattr(shape, "fields", {}).values():
            if (own := field.extensions.get("strawberry-definition")) is not None:
                own.metadata = {**own.metadata, "rule": PUBLIC}
    return schema


SCHEMA = public(strawberry.Schema(Query, Mutation))


def settings(database_url: str, redis_url: str = "", **more: str) -> Settings:
    """Settings of an application under test."""
    given = {
        "BOUCLE_HOME": "/tmp/boucle-edge",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url or "redis://127.0.0.1:1/0",
        "BOUCLE_RATE_LIMITS": "off",
    }
    return Settings.load({**given, **more})


@asynccontextmanager
async def client_of(app: Starlette) -> AsyncGenerator[httpx.AsyncClient]:
    """A client that calls the application in this task, so inside the test's transaction."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@asynccontextmanager
async def serving(
    database_url: str, redis_url: str = "", *, seconds: float = 10, **more: str
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of an application with the small schema."""
    app = create_app(settings(database_url, redis_url, **more), SCHEMA, request_seconds=seconds)
    async with client_of(app) as client:
        yield client


async def key(
    merchant_id: UUID | None,
    *scopes: str,
    expired: bool = False,
    revoked: bool = False,
    organisation_id: UUID | None = None,
) -> tuple[str, ApiKey]:
    """A key of a merchant, or of an organisation: its text and its row."""
    now = datetime.now(UTC)
    issued = make(secrets.token_bytes(12), secrets.token_bytes(32), live=True)
    row = await ApiKey.create(
        prefix=issued.prefix,
        secret_sha256=issued.sha256,
        merchant_id=merchant_id,
        organisation_id=organisation_id,
        scopes=list(scopes),
        expires_at=now + timedelta(days=-1 if expired else 1),
        revoked_at=now - timedelta(hours=1) if revoked else None,
    )
    return issued.text, row
