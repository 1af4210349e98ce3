"""Around every request: its id, its host, its headers, its place in the logs and metrics."""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boucle.edge.accept import EVENT_STREAM
from boucle.edge.answers import Code, answer
from boucle.edge.cors import Origins, Pairs
from boucle.edge.heads import heads_of
from boucle.edge.hosts import Hosts
from boucle.telemetry import HTTP_REQUESTS, HTTP_SECONDS, answered
from models.base import new_id

log = structlog.get_logger()

AT_ONCE = 512
_STREAM = EVENT_STREAM.encode()
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_QUIET = ("/health/", "/metrics", "/static/")
_HEADERS: Pairs = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept, Authorization, Origin"),
)
_STATIC: Pairs = tuple(
    (name, b"public, max-age=3600" if name == b"cache-control" else value)
    for name, value in _HEADERS
)


class Edge:
    """The outermost layer of ours. What rises through it becomes a JSON answer.

    Shapes: `patterns` is a route's path by its endpoint; `direct` are applications by exact path,
    called without a search among the routes.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed_hosts: tuple[str, ...],
        patterns: Mapping[Any, str],
        *,
        direct: Mapping[str, ASGIApp] | None = None,
        origins: Origins | None = None,
    ) -> None:
        self._app, self._direct, self._patterns = app, direct or {}, patterns
        self._hosts, self._origins = Hosts(allowed_hosts), origins or Origins(())
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        heads = heads_of(scope)
        sent = heads.get(b"x-request-id")
        known = sent if sent is not None and _REQUEST_ID.fullmatch(sent) else _request_id()
        request_id = scope["request_id"] = known.decode("ascii")
        headers = _STATIC if scope["path"].startswith("/static/") else _HEADERS
        shared = self._origins.shared(heads)
        sender = _Sender(send, (*headers, *shared, (b"x-request-id", known)), self._streams)
        tokens = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._observed(scope, receive, sender)
        finally:
            structlog.contextvars.reset_contextvars(**tokens)

    def _streams(self) -> None:
        """A stream has begun: it lasts, and who opens streams limits their number."""
        self._under_way -= 1

    async def _observed(self, scope: Scope, receive: Receive, send: "_Sender") -> None:
        began = time.perf_counter()
        self._under_way += 1
        path = scope["path"]
        app = self._direct.get(path)
        try:
            await self._answered(app or self._app, scope, receive, send)
        finally:
            if not send.streams:
                self._under_way -= 1
            route = path if app else self._patterns.get(scope.get("endpoint"), "other")
            _tell(scope, route, send.status, time.perf_counter() - began)

    async def _answered(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: "_Sender"
    ) -> None:
        if refusal := self._refusal(scope) or self._origins.preflight(scope):
            await refusal(scope, receive, send)
            return
        try:
            await app(scope, receive, send)
        except ClientDisconnect:
            log.info("http.client_left")
        except Exception:  # nothing above us answers in JSON
            error_id = str(new_id())
            log.exception("http.fault", error_id=error_id)
            if send.status == 0:
                await _problem(
                    HTTPStatus.INTERNAL_SERVER_ERROR,
                    Code.INTERNAL_SERVER_ERROR,
                    "FAULT",
                    "Something failed on our side.",
                    errorId=error_id,
                )(scope, receive, send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        if self._under_way <= AT_ONCE and self._hosts.allow(scope):
            return None
        if scope["path"].startswith("/health/"):
            return None
        if not self._hosts.allow(scope):
            message = "This host name is not served here."
            return _problem(HTTPStatus.BAD_REQUEST, Code.BAD_REQUEST, "HOST_NOT_ALLOWED", message)
        return _problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            Code.RATE_LIMITED,
            "OVERLOADED",
            "Too many requests at once. Try again.",
            retryAfter=1,
        )


class _Sender:
    """Adds our headers to an answer and remembers its status; 0 before there is one."""

    __slots__ = ("_began", "_headers", "_send", "status", "streams")

    def __init__(self, send: Send, headers: Pairs, began: Callable[[], None]) -> None:
        self._send, self._headers, self._began = send, headers, began
        self.status = 0
        self.streams = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = message["headers"] = list(message.get("headers", ()))
            names = {name for name, _ in given}
            given += [pair for pair in self._headers if pair[0] not in names]
            if any(n == b"content-type" and v.startswith(_STREAM) for n, v in given):
                self.streams = True
                self._began()
        await self._send(message)


def _request_id() -> bytes:
    """The text of a UUID version 7, made in one go. Source: RFC 9562, 5.7."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    h = b"%032x" % value
    return b"-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


def _problem(status: HTTPStatus, code: Code, reason: str, message: str, **facts: Any) -> ASGIApp:
    extensions = {"code": code.value, "reason": reason, **facts}
    headers = {"Retry-After": str(facts["retryAfter"])} if "retryAfter" in facts else None
    body = {"errors": [{"message": message, "extensions": extensions}]}
    return answer(body, status, headers=headers)


_counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}


def _tell(scope: Scope, route: str, status: int, seconds: float) -> None:
    """Count the request under its route's pattern: a path is the client's text."""
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    known = _counted.get((method, route, status))
    if known is None:
        known = HTTP_REQUESTS.labels(method, route, str(status)), HTTP_SECONDS.labels(route)
        _counted[method, route, status] = known
    known[0].inc()
    known[1].observe(seconds)
    if not scope["path"].startswith(_QUIET):
        answered(scope["request_id"], method, route, status, round(seconds * 1e3, 1))
