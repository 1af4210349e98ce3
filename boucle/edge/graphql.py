"""`/graphql`: one operation in, one JSON answer out.

Source: GraphQL over HTTP; docs/rules/errors.md.
"""

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from boucle.edge.accept import media_type, wants_page
from boucle.edge.answers import (
    GRAPHQL_JSON,
    RETRY_SECONDS,
    Code,
    NotServed,
    answer,
    bad_request,
)
from boucle.edge.body import asked_by_body, asked_by_url
from boucle.edge.operations import MutationByGet, Operations, Outcome, refused_outcome
from resolvers.accounts import caller_of
from resolvers.context import Caller, Forbidden, Refused, SignInFirst

Page = Callable[[Request], Response]

_STATUS = {SignInFirst.code: HTTPStatus.UNAUTHORIZED, Forbidden.code: HTTPStatus.FORBIDDEN}
_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": str(RETRY_SECONDS)},
}


class Endpoint:
    """The ASGI application of `/graphql`; `page` is what a browser sees there."""

    def __init__(self, operations: Operations, page: Page | None = None) -> None:
        self._operations, self._show = operations, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        accept = ",".join(request.headers.getlist("accept")) or None
        if request.method == "POST":
            kind = media_type(accept)
            outcome = await self._outcome(request, by_url=False)
        elif request.method != "GET":
            raise _method_not_allowed("GET, POST")
        elif "query" not in request.query_params and wants_page(accept):
            return self._page(request)
        else:
            kind = media_type(accept)
            _refuse_cross_site(request)
            outcome = await self._outcome(request, by_url=True)
        return _response(outcome, kind)

    async def _outcome(self, request: Request, *, by_url: bool) -> Outcome:
        asked = asked_by_url(request) if by_url else await asked_by_body(request)

        async def caller() -> Caller:
            return await caller_of(authorization(request), address(request))

        try:
            return await self._operations.run(asked, caller, only_queries=by_url)
        except MutationByGet as error:
            raise _method_not_allowed("POST") from error
        except Refused as refused:
            status = _STATUS.get(refused.code, HTTPStatus.BAD_REQUEST)
            return refused_outcome(refused, status)

    def _page(self, request: Request) -> Response:
        if self._show is None:
            message = "There is no page here."
            raise NotServed(HTTPStatus.NOT_FOUND, Code.BAD_REQUEST, "NOT_FOUND", message)
        return self._show(request)


def authorization(request: Request) -> str | None:
    """The one Authorization header of a request. Raises: NotServed where there are several."""
    sent = request.headers.getlist("authorization")
    if len(sent) > 1:
        raise bad_request("BAD_HEADER", "Send one Authorization header.")
    return sent[0] if sent else None


def address(request: Request) -> str | None:
    """The IP address that a request came from; behind proxies that are trusted, what they say."""
    return request.client.host if request.client else None


def _refuse_cross_site(request: Request) -> None:
    if request.headers.get("sec-fetch-site", "") == "cross-site":
        message = "A page of another site may not send operations by GET."
        raise NotServed(HTTPStatus.FORBIDDEN, Code.FORBIDDEN, "CROSS_SITE", message)


def _response(outcome: Outcome, kind: str) -> Response:
    """The older media type has one status for every well-formed request."""
    status = outcome.status
    if kind != GRAPHQL_JSON and status is HTTPStatus.BAD_REQUEST:
        status = HTTPStatus.OK
    return answer(outcome.body, status, media_type=kind, headers=_HEADERS.get(status))


def _method_not_allowed(allowed: str) -> NotServed:
    return NotServed(
        HTTPStatus.METHOD_NOT_ALLOWED,
        Code.BAD_REQUEST,
        "METHOD_NOT_ALLOWED",
        f"Send {allowed.replace(', ', ' or ')}.",
        headers={"Allow": allowed},
    )
