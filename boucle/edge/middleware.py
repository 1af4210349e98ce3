"""Around every request: its id, its host, its headers, its place in the logs and metrics."""

import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boucle.edge.answers import Code, answer
from boucle.telemetry import HTTP_REQUESTS, HTTP_SECONDS, request_bound
from models.base import new_id

log = structlog.get_logger()

AT_ONCE = 512
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_QUIET = ("/health/", "/metrics", "/static/")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Accept, Authorization, Origin",
}

_STATIC = "public, max-age=3600"


class Edge:
    """The outermost layer of ours. What rises through it becomes a JSON answer."""

    def __init__(
        self, app: ASGIApp, allowed_hosts: tuple[str, ...], patterns: Mapping[Any, str]
    ) -> None:
        self._app, self._hosts, self._patterns = app, allowed_hosts, patterns
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope).get("x-request-id", "")
        with request_bound(sent if _REQUEST_ID.fullmatch(sent) else None) as request_id:
            scope["request_id"] = request_id
            cached = scope["path"].startswith("/static/")
            headers = _HEADERS | {"Cache-Control": _STATIC} if cached else _HEADERS
            sender = _Sender(send, {**headers, "X-Request-Id": request_id})
            await self._observed(scope, receive, sender)

    async def _observed(self, scope: Scope, receive: Receive, send: "_Sender") -> None:
        began = time.perf_counter()
        self._under_way += 1
        try:
            await self._answered(scope, receive, send)
        finally:
            self._under_way -= 1
            route = self._patterns.get(scope.get("endpoint"), "other")
            _tell(scope, route, send.status, time.perf_counter() - began)

    async def _answered(self, scope: Scope, receive: Receive, send: "_Sender") -> None:
        if refusal := self._refusal(scope):
            await refusal(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
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
        health = scope["path"].startswith("/health/")
        if not health and not self._host_allowed(scope):
            message = "This host name is not served here."
            return _problem(HTTPStatus.BAD_REQUEST, Code.BAD_REQUEST, "HOST_NOT_ALLOWED", message)
        if not health and self._under_way > AT_ONCE:
            message = "Too many requests at once. Try again."
            return _problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                Code.RATE_LIMITED,
                "OVERLOADED",
                message,
                retryAfter=1,
            )
        return None

    def _host_allowed(self, scope: Scope) -> bool:
        if "*" in self._hosts:
            return True
        sent = Headers(scope=scope).getlist("host")
        if len(sent) != 1:
            return False
        host = re.sub(r":[0-9]{1,5}$", "", sent[0].lower())
        return any(
            host == known.lower() or (known.startswith("*.") and host.endswith(known[1:].lower()))
            for known in self._hosts
        )


class _Sender:
    """Adds our headers to an answer and remembers its status; 0 before there is one."""

    def __init__(self, send: Send, headers: Mapping[str, str]) -> None:
        self._send, self._headers = send, headers
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)


def _problem(status: HTTPStatus, code: Code, reason: str, message: str, **facts: Any) -> ASGIApp:
    extensions = {"code": code.value, "reason": reason, **facts}
    headers = {"Retry-After": str(facts["retryAfter"])} if "retryAfter" in facts else None
    body = {"errors": [{"message": message, "extensions": extensions}]}
    return answer(body, status, headers=headers)


def _tell(scope: Scope, route: str, status: int, seconds: float) -> None:
    """Count the request under its route's pattern: a path is the client's text."""
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    HTTP_REQUESTS.labels(method, route, str(status)).inc()
    HTTP_SECONDS.labels(route).observe(seconds)
    if not scope["path"].startswith(_QUIET):
        log.info(
            "http.answered", method=method, route=route, status=status, ms=round(seconds * 1e3, 1)
        )
