"""The API as an ASGI application: its routes, and what lives as long as it does."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from boucle.certificates import install_certificates
from boucle.edge.answers import NotServed, http_problem, not_served
from boucle.edge.cors import Origins
from boucle.edge.graphql import Endpoint
from boucle.edge.health import Health
from boucle.edge.jwks import jwks
from boucle.edge.live import Limits, Live
from boucle.edge.middleware import Edge
from boucle.edge.operations import REQUEST_SECONDS, Operations
from boucle.edge.services import Services
from boucle.edge.socket import Sockets
from boucle.edge.subscriptions import OnSchema
from boucle.house import make_house
from boucle.labels import label_desk
from boucle.law import install_rules
from boucle.orm import APP, database
from boucle.pages import graphiql
from boucle.pages import routes as pages
from boucle.payments import tills
from boucle.selections import examiner
from boucle.settings import Settings
from integrations.bus import Bus
from integrations.receipts import printed
from models.base import readers
from models.kept import SERVING_SECONDS, keep_for
from resolvers.accounts.house import house, install
from resolvers.context import PROCESS_SEAL, Seal
from resolvers.orders.payments import install as install_tills
from resolvers.partners.terms import WebhookTerms
from resolvers.partners.terms import install as install_terms
from resolvers.shipments.labels import install as install_desk
from resolvers.trade_in.papers import install as install_receipts

POOL, READERS = 12, 6


def create_app(
    settings: Settings,
    schema: strawberry.Schema | None = None,
    *,
    request_seconds: float = REQUEST_SECONDS,
    bus: Bus | None = None,
    limits: Limits | None = None,
) -> Starlette:
    """The application; `schema` stands in for the whole one.

    `bus` stands in for the one that the settings name; `limits` are those of live connections,
    which `app.state.live.stop()` ends.
    """
    seal = Seal(settings.keys[0].value) if settings.keys else PROCESS_SEAL
    served: strawberry.Schema = schema or import_module("schema.root").schema
    services = Services.of(settings, served)
    operations = Operations(
        served,
        request_seconds,
        seal,
        rates=services.rates,
        documents=services.documents,
        cache=services.cache if settings.cache_mb else None,
        method=services.method,
        open_schema=not settings.production,
    )
    operations.usage = services.usage
    health = Health(settings)
    live = Live(OnSchema(operations), bus=bus or services.bus, limits=limits)
    install(make_house(settings))
    install_rules(settings)
    install_certificates(settings)
    install_receipts(printed)
    install_terms(WebhookTerms(frozenset(settings.webhook_allowed_hosts), examiner(operations)))
    page = None if settings.production else graphiql
    origins = Origins(settings.cors_origins)
    graphql = Endpoint(operations, page, live=live, origins=origins)
    routes: list[BaseRoute] = [
        Route("/graphql", graphql),
        WebSocketRoute(
            "/graphql",
            Sockets(live, origins=settings.cors_origins, hosts=settings.allowed_hosts),
        ),
        Route("/v1/feeds/{feed_id}/files", _late("uploads", "push_feed_file"), methods=["POST"]),
        Route(
            "/v1/organisation/files",
            _late("uploads", "take_organisation_file"),
            methods=["POST"],
        ),
        Route("/v1/audit-log", _late("exports", "audit_log")),
        Route("/v1/bulk/files", _late("bulk", "stage_file"), methods=["POST"]),
        Route("/v1/bulk/{id}/result", _late("bulk", "read_result"), methods=["GET"]),
        Route("/v1/offers:batch", _late("offers", "change_offers"), methods=["POST"]),
        Route("/v1/offers/{sku}", _late("offers", "change_offer"), methods=["PATCH"]),
        Route("/v1/trade-in/bids:import", _late("trade_in", "import_bids"), methods=["POST"]),
        Route("/v1/feed-runs/{run_id}/report", _late("downloads", "feed_run_report")),
        Route("/v1/feed-runs/{run_id}/fix-file", _late("downloads", "feed_run_fix_file")),
        Route("/v1/fleet-imports/{run_id}/report", _late("downloads", "fleet_import_report")),
        Route("/v1/fleet-imports/{run_id}/fix-file", _late("downloads", "fleet_import_fix_file")),
        Route("/v1/reports/{report_id}", _late("reports", "read_report")),
        Route("/v1/labels/{label_id}", _late("labels", "label_document")),
        Route("/v1/attachments", _late("attachments", "take_attachment"), methods=["POST"]),
        Route("/documents/{token}", _late("documents", "read_document")),
        Route("/certificates/keys.json", _late("certificates", "keys")),
        Route("/certificates/verify", _late("certificates", "verify"), methods=["POST"]),
        Route("/certificates/{code}.json", _late("certificates", "envelope")),
        Route("/certificates/{code}.pdf", _late("certificates", "paper")),
        Route("/certificates/{code}.svg", _late("certificates", "qr")),
        Route("/webhooks/payments/{provider}", _late("payments", "hear"), methods=["POST"]),
        Route("/sandbox/payments/{ref}", _late("payments", "bank_page"), methods=["GET", "POST"]),
        Route(
            "/webhooks/carriers/{api}/{account_id}",
            _late("carriers", "take_push"),
            methods=["POST"],
        ),
        Route("/.well-known/jwks.json", jwks),
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
        Route("/metrics", health.metrics),
        *pages(settings, operations.ask),
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(
                Edge,
                allowed_hosts=settings.allowed_hosts,
                patterns=_patterns(routes),
                direct={"/graphql": graphql},
                origins=origins,
            )
        ],
        exception_handlers={NotServed: not_served, HTTPException: http_problem},
        lifespan=_lifespan(settings, health, services),
    )
    app.state.live, app.state.seal = live, seal
    app.router.redirect_slashes = False  # such a redirect would be made of the Host header
    return app


def _late(module: str, name: str) -> Callable[[Request], Awaitable[Response]]:
    """A handler whose module is loaded when the first request comes: what it needs is large."""

    async def handle(request: Request) -> Response:
        response: Response = await getattr(import_module(f"boucle.edge.{module}"), name)(request)
        return response

    return handle


def _patterns(routes: Sequence[BaseRoute]) -> dict[Any, str]:
    """The path of each route by its endpoint: a request is counted under it."""
    found = {route.endpoint: route.path for route in routes if isinstance(route, Route)}
    return found | {route.app: route.path for route in routes if isinstance(route, Mount)}


def _lifespan(
    settings: Settings, health: Health, services: Services
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with (
            database(str(settings.database_url), POOL, role=APP),
            readers(READERS),
            tills(settings) as money,
            label_desk(settings) as desk,
        ):
            install_tills(money)
            install_desk(desk)
            if await health.migrated():
                await house().signing.ready(datetime.now(UTC))
            keep_for(SERVING_SECONDS)
            services.start()
            try:
                yield
            finally:
                await services.aclose()
                keep_for(0)

    return lifespan
