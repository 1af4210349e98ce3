"""`/graphql`: one operation in, one JSON answer out.

Source: GraphQL over HTTP; docs/rules/errors.md.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from boucle.edge.accept import EVENT_STREAM, media_type, wants_page
from boucle.edge.answers import (
    GRAPHQL_JSON,
    JSON,
    Answer,
    Code,
    NotServed,
    answer,
    bad_request,
    refusal,
)
from boucle.edge.body import Asked, asked_by_body, asked_by_url, names_operation
from boucle.edge.cache import Cached, cache_headers, not_modified
from boucle.edge.cors import Origins
from boucle.edge.heads import Heads, address_of, heads_of, text
from boucle.edge.leaving import UntilTheyLeave
from boucle.edge.live import Live
from boucle.edge.operations import MutationByGet, Operations
from boucle.edge.outcomes import Outcome, of_refusals
from boucle.edge.sse import sse_response, wants_stream
from resolvers.accounts import caller_of
from resolvers.context import Caller, Refused

Page = Callable[[Request], ASGIApp]


class Endpoint:
    """The ASGI application of `/graphql`.

    `page` is what a browser sees there, `live` answers who accepts `text/event-stream`, and pages
    of `origins` may send queries by GET.
    """

    def __init__(
        self,
        operations: Operations,
        page: Page | None = None,
        *,
        live: Live | None = None,
        origins: Origins | None = None,
    ) -> None:
        self._operations, self._show = operations, page
        self._live, self._origins = live, origins or Origins(())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._respond(scope, receive)
        except NotServed as error:  # before it was known which type is wanted
            response = refusal(error)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive) -> ASGIApp:
        heads, by_url = heads_of(scope), scope["method"] == "GET"
        if not by_url and scope["method"] != "POST":
            raise _method_not_allowed("GET, POST")
        accept = text(heads, b"accept")
        if by_url and wants_page(accept) and not names_operation(scope["query_string"]):
            return self._page(Request(scope, receive))
        kind = media_type(accept, streams=self._live is not None)
        in_json = JSON if kind == EVENT_STREAM else kind
        try:
            asked = await self._asked(scope, receive, heads)
            if self._live is not None and wants_stream(accept):
                request = Request(scope, receive)
                events = await sse_response(request, asked, self._live, only_queries=by_url)
                if events is not None:
                    return events
            outcome = await self._outcome(scope, receive, asked, by_url=by_url)
        except Refused as refused:
            outcome = of_refusals([refused])
        except NotServed as error:
            return refusal(error, in_json)
        if by_url and outcome.public is not None:
            return _public(outcome.public, text(heads, b"if-none-match"), in_json)
        return _response(outcome, in_json)

    async def _asked(self, scope: Scope, receive: Receive, heads: Heads) -> Asked:
        if scope["method"] == "POST":
            return await asked_by_body(heads, receive)
        self._refuse_cross_site(heads)
        return asked_by_url(scope["query_string"])

    async def _outcome(
        self, scope: Scope, receive: Receive, asked: Asked, *, by_url: bool
    ) -> Outcome:
        address = address_of(scope)
        if b"authorization" not in heads_of(scope):
            kept = self._operations.kept(asked, address)
            if kept is not None:
                return kept
        try:
            with UntilTheyLeave(receive):
                return await self._operations.run(
                    asked, _caller(scope), address=address, only_queries=by_url
                )
        except MutationByGet as error:
            raise _method_not_allowed("POST") from error

    def _page(self, request: Request) -> ASGIApp:
        if self._show is None:
            message = "There is no page here."
            raise NotServed(HTTPStatus.NOT_FOUND, Code.BAD_REQUEST, "NOT_FOUND", message)
        return self._show(request)

    def _refuse_cross_site(self, heads: Heads) -> None:
        if heads.get(b"sec-fetch-site") == b"cross-site" and not self._origins.listed(heads):
            message = "A page of another site may not send operations by GET."
            raise NotServed(HTTPStatus.FORBIDDEN, Code.FORBIDDEN, "CROSS_SITE", message)


def authorization(request: HTTPConnection) -> str | None:
    """The one Authorization header of a request. Raises: NotServed where there are several."""
    sent = [value for name, value in request.scope["headers"] if name == b"authorization"]
    if len(sent) > 1:
        raise bad_request("BAD_HEADER", "Send one Authorization header.")
    return sent[0].decode("latin-1") if sent else None


def _caller(scope: Scope) -> Callable[[], Awaitable[Caller]]:
    async def caller() -> Caller:
        return await caller_of(authorization(HTTPConnection(scope)), address_of(scope))

    return caller


def _response(outcome: Outcome, kind: str) -> Answer:
    """The older media type has one status for every well-formed request."""
    status = outcome.status
    if kind != GRAPHQL_JSON and status is HTTPStatus.BAD_REQUEST:
        status = HTTPStatus.OK
    return answer(outcome.body, status, media_type=kind, headers=outcome.headers)


def _public(cached: Cached, if_none_match: str | None, kind: str) -> Answer:
    """The same bytes for everybody, so without what this request cost."""
    headers = cache_headers(cached, anonymous=True)
    if "ETag" in headers and not_modified(if_none_match, cached.etag):
        return Answer(b"", HTTPStatus.NOT_MODIFIED, kind, headers)
    return answer(b'{"data":' + cached.body + b"}", media_type=kind, headers=headers)


def _method_not_allowed(allowed: str) -> NotServed:
    return NotServed(
        HTTPStatus.METHOD_NOT_ALLOWED,
        Code.BAD_REQUEST,
        "METHOD_NOT_ALLOWED",
        f"Send {allowed.replace(', ', ' or ')}.",
        headers={"Allow": allowed},
    )
