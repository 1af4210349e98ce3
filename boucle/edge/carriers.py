"""`POST /webhooks/carriers/{api}/{account_id}`: a carrier or an aggregator tells us by itself.

Source: docs/tracking.md, "Pushes".
"""

import asyncio
from http import HTTPStatus
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import Code, NotServed, answer, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.heads import address_of
from domain.shipments.carriers import TrackingApi
from integrations.carriers.pushed import Pushed
from resolvers.shipments import pushes as resolvers

log = structlog.get_logger()

MOST_BYTES = 1024 * 1024
BODY_SECONDS = 10.0
_CLOSE = {"Connection": "close"}


async def take_push(request: Request) -> Response:
    """Store a push whose proof fits, once; 200 for one that came before, and for any number."""
    api, account_id = _named(request)
    body = await _body(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        taken = await resolvers.take(account_id, Pushed(api, headers, body))
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    match taken:
        case resolvers.Stored():
            return answer({"stored": True})
        case resolvers.Confirmed(secret):
            return answer({"secret": secret})
        case resolvers.BadProof():
            log.warning("carrier.push_refused", api=api, address=address_of(request.scope))
            raise NotServed(
                HTTPStatus.UNAUTHORIZED,
                Code.UNAUTHENTICATED,
                "BAD_SIGNATURE",
                "The proof of this push does not fit.",
                headers={"WWW-Authenticate": "Signature"},
            )
        case resolvers.UnknownAccount():
            raise NotServed(
                HTTPStatus.NOT_FOUND,
                Code.BAD_REQUEST,
                "NOT_FOUND",
                "Nothing is pushed to this address.",
            )


def _named(request: Request) -> tuple[TrackingApi | None, UUID | None]:
    """The API and the account that the path names, as far as it names any."""
    name = request.path_params["api"].upper()
    api = TrackingApi(name) if name in TrackingApi.__members__ else None
    try:
        return api, UUID(request.path_params["account_id"])
    except ValueError:
        return api, None


async def _body(request: Request) -> bytes:
    """The raw bytes, once. Raises: NotServed for too many, or too slow."""
    pieces = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                pieces += piece
                if len(pieces) > MOST_BYTES:
                    raise NotServed(
                        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                        Code.BAD_REQUEST,
                        "BODY_TOO_LARGE",
                        f"The body is over {MOST_BYTES} bytes.",
                        headers=_CLOSE,
                    )
    except TimeoutError as error:
        raise NotServed(
            HTTPStatus.REQUEST_TIMEOUT,
            Code.BAD_REQUEST,
            "BODY_TOO_SLOW",
            f"The body did not arrive within {BODY_SECONDS:g} seconds.",
            headers=_CLOSE,
        ) from error
    return bytes(pieces)
