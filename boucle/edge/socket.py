"""`/graphql` over a WebSocket: the handshake, then one connection of the protocol.

Source: RFC 6455, 4.2 and 10.2; docs/api.md, "Live".
"""

import re
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from boucle.edge.answers import Code, answer
from boucle.edge.connection import Connection
from boucle.edge.heads import address_of
from boucle.edge.live import Live

SUBPROTOCOL = "graphql-transport-ws"
RETRY_AFTER = 5


class Sockets:
    """The ASGI application of `/graphql` for sockets.

    `origins` are pages of other sites that may open one, such as `https://shop.example`; `hosts`
    are the names under which we are served, as in the settings.
    """

    def __init__(
        self, live: Live, *, origins: tuple[str, ...] = (), hosts: tuple[str, ...] = ("*",)
    ) -> None:
        self._live, self._origins, self._hosts = live, origins, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if refusal := self._refusal(scope):
            await refusal(scope, receive, send)
            return
        if (seat := self._live.seat(scope)) is None:
            await _too_many()(scope, receive, send)
            return
        try:
            await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
            authorization = Headers(scope=scope).get("authorization")
            await Connection(
                self._live, seat, authorization, address_of(scope), receive, send
            ).run()
        except OSError:
            return  # the client left in the middle of a message
        finally:
            seat.leave()

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if self._live.stopping.is_set():
            return _stopping()
        if not _host_allowed(headers, self._hosts):
            return _problem("HOST_NOT_ALLOWED", "This host name is not served here.")
        if not _origin_allowed(headers, self._origins):
            message = "Pages of this origin may not open sockets."
            return _problem("ORIGIN_NOT_ALLOWED", message, HTTPStatus.FORBIDDEN, Code.FORBIDDEN)
        if SUBPROTOCOL not in scope.get("subprotocols", ()):
            return _problem("SUBPROTOCOL_UNKNOWN", f"Speak the subprotocol {SUBPROTOCOL}.")
        if len(headers.getlist("authorization")) > 1:
            return _problem("BAD_HEADER", "Send one Authorization header.")
        return None


def _host_allowed(headers: Headers, hosts: tuple[str, ...]) -> bool:
    if "*" in hosts:
        return True
    sent = headers.getlist("host")
    host = re.sub(r":[0-9]{1,5}$", "", sent[0].lower()) if len(sent) == 1 else ""
    return any(
        host == known.lower() or (known.startswith("*.") and host.endswith(known[1:].lower()))
        for known in hosts
    )


def _origin_allowed(headers: Headers, origins: tuple[str, ...]) -> bool:
    """No origin is no browser; our own pages have the host that is asked; others are listed."""
    sent = headers.getlist("origin")
    if not sent:
        return True
    origin = sent[0].lower()
    own = origin in {f"{scheme}://{headers.get('host', '').lower()}" for scheme in _SCHEMES}
    return len(sent) == 1 and (own or origin in {known.lower() for known in origins})


_SCHEMES = ("http", "https")


def _problem(
    reason: str,
    message: str,
    status: HTTPStatus = HTTPStatus.BAD_REQUEST,
    code: Code = Code.BAD_REQUEST,
    retry_after: int | None = None,
) -> Response:
    extensions: dict[str, object] = {"code": code.value, "reason": reason}
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    if retry_after is not None:
        extensions["retryAfter"] = retry_after
        headers["Retry-After"] = str(retry_after)
    body = {"errors": [{"message": message, "extensions": extensions}]}
    return answer(body, status, headers=headers)


def _stopping() -> Response:
    message = "This process is about to stop. Try again."
    status = HTTPStatus.SERVICE_UNAVAILABLE
    return _problem("TRY_AGAIN", message, status, Code.UNAVAILABLE, 1)


def _too_many() -> Response:
    message = "Too many connections from your address, or in all."
    status = HTTPStatus.TOO_MANY_REQUESTS
    return _problem("TOO_MANY_CONNECTIONS", message, status, Code.RATE_LIMITED, RETRY_AFTER)
