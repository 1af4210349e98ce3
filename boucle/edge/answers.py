"""Answers of the edge: always JSON, always a code of the closed list."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
RETRY_SECONDS = 1

_CONTENT_TYPES = {kind: f"{kind}; charset=utf-8".encode("ascii") for kind in (JSON, GRAPHQL_JSON)}


class Code(StrEnum):
    """Why a request is not served. Source: docs/rules/errors.md."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_REQUEST = "BAD_REQUEST"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class NotServed(Exception):
    """A request ends here: a status, a code of the closed list and a finer reason."""

    def __init__(
        self,
        status: HTTPStatus,
        code: Code,
        reason: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.error = {
            "message": message,
            "extensions": {"code": code.value, "reason": reason, **facts},
        }


def bad_request(reason: str, message: str) -> NotServed:
    """What was sent cannot be read as a request."""
    return NotServed(HTTPStatus.BAD_REQUEST, Code.BAD_REQUEST, reason, message)


def unavailable(reason: str, message: str) -> NotServed:
    """The request was fine and another try may succeed."""
    return NotServed(
        HTTPStatus.SERVICE_UNAVAILABLE,
        Code.UNAVAILABLE,
        reason,
        message,
        headers={"Retry-After": str(RETRY_SECONDS)},
        retryAfter=RETRY_SECONDS,
    )


class Answer(Response):
    """A JSON body that is ready to be sent, made without the work of the general response.

    Shapes: `body` is UTF-8; `media_type` is one of our two.
    """

    def __init__(
        self,
        body: bytes,
        status: int,
        media_type: str = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status_code = int(status)
        self.body = body
        self.background = None
        self.raw_headers = [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", _CONTENT_TYPES[media_type]),
        ]
        for name, value in (headers or {}).items():
            self.raw_headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))


def answer(
    body: Any,
    status: int = HTTPStatus.OK,
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A JSON body; bytes are sent as they are."""
    ready = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer(ready, status, media_type, headers)


def refusal(refused: NotServed, media_type: str = JSON) -> Answer:
    """The answer to a request that is not served."""
    body = {"errors": [refused.error]}
    return answer(body, refused.status, media_type=media_type, headers=refused.headers)


def not_served(request: Request, error: Exception) -> Response:
    """The answer to a request that ended with `NotServed`."""
    if not isinstance(error, NotServed):
        raise error
    return refusal(error)


def http_problem(request: Request, error: Exception) -> Response:
    """The answer to a request that no route took: 404, 405 and their like."""
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    extensions = {"code": Code.BAD_REQUEST.value, "reason": status.name}
    body = {"errors": [{"message": f"{status.phrase}.", "extensions": extensions}]}
    return answer(body, status, headers=error.headers)
