"""The API as an ASGI application: its routes, and what lives as long as it does."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route

from boucle.edge.answers import NotServed, http_problem, not_served
from boucle.edge.graphql import Endpoint
from boucle.edge.health import Health
from boucle.edge.middleware import Edge
from boucle.edge.operations import REQUEST_SECONDS, Operations
from boucle.edge.uploads import push_feed_file
from boucle.orm import APP, database
from boucle.pages import graphiql
from boucle.pages import routes as pages
from boucle.settings import Settings
from models.kept import SERVING_SECONDS, keep_for
from resolvers.context import PROCESS_SEAL, Seal

POOL = 10


def create_app(
    settings: Settings,
    schema: strawberry.Schema | None = None,
    *,
    request_seconds: float = REQUEST_SECONDS,
) -> Starlette:
    """The application; `schema` stands in for the whole one."""
    seal = Seal(settings.keys[0].value) if settings.keys else PROCESS_SEAL
    operations = Operations(schema or import_module("schema.root").schema, request_seconds, seal)
    health = Health(settings)
    page = None if settings.production else graphiql
    routes: list[BaseRoute] = [
        Route("/graphql", Endpoint(operations, page)),
        Route("/v1/feeds/{feed_id}/files", push_feed_file, methods=["POST"]),
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
        Route("/metrics", health.metrics),
        *pages(settings, operations.ask),
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Edge, allowed_hosts=settings.allowed_hosts, patterns=_patterns(routes))
        ],
        exception_handlers={NotServed: not_served, HTTPException: http_problem},
        lifespan=_lifespan(settings, health),
    )
    app.router.redirect_slashes = False  # such a redirect would be made of the Host header
    return app


def _patterns(routes: Sequence[BaseRoute]) -> dict[Any, str]:
    """The path of each route by its endpoint: a request is counted under it."""
    found = {route.endpoint: route.path for route in routes if isinstance(route, Route)}
    return found | {route.app: route.path for route in routes if isinstance(route, Mount)}


def _lifespan(
    settings: Settings, health: Health
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with database(str(settings.database_url), POOL, role=APP):
            await health.migrated()
            keep_for(SERVING_SECONDS)
            try:
                yield
            finally:
                keep_for(0)

    return lifespan
