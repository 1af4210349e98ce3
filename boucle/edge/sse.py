"""One operation as server-sent events, each stream with a connection of its own.

Source: GraphQL over Server-Sent Events, "Distinct connections mode",
https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md; the HTML standard, 9.2.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from http import HTTPStatus

import orjson
import structlog
from graphql import OperationType
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from boucle.edge.accept import EVENT_STREAM, ranges_of
from boucle.edge.answers import GRAPHQL_JSON, JSON, Code, NotServed, unavailable
from boucle.edge.body import Asked
from boucle.edge.heads import address_of
from boucle.edge.live import Live, Seat
from boucle.edge.outgoing import Outgoing, TooSlow, Waiting
from boucle.edge.subscriptions import (
    Answer,
    Identify,
    NotStarted,
    Operation,
    expelling,
    look_again,
    subscribe,
    told,
    within,
)
from domain.accounts.roles import CallerKind
from resolvers.context import Caller, Context

log = structlog.get_logger()

LONGEST_EVENT_ID = 128
RETRY_AFTER = 5
_HEARTBEAT = ":\n\n"
_COMPLETE = "event: complete\ndata: \n\n"


def wants_stream(accept: str | None) -> bool:
    """Whether a client names server-sent events among what it can read."""
    return bool(accept) and ranges_of(accept or "").get(EVENT_STREAM, 0) > 0


def _wants_json(accept: str | None) -> bool:
    ranges = ranges_of(accept or "")
    return any(ranges.get(kind, 0) > 0 for kind in (JSON, GRAPHQL_JSON, "application/*", "*/*"))


async def sse_response(
    request: Request, asked: Asked, live: Live, *, only_queries: bool = False
) -> Response | None:
    """The operation's answers as a stream; None if this request is to be answered in JSON.

    That is so unless `Accept` names event streams, and for a query or a mutation as long as it
    names JSON too. `only_queries` holds for GET, which may also subscribe.
    Raises: NotServed; Refused for a key that opens nothing.
    """
    accept = ",".join(request.headers.getlist("accept")) or None
    if not wants_stream(accept):
        return None
    authorization, address = _authorization(request), address_of(request.scope)
    async with within(live.served.seconds):
        caller = await live.identify(authorization, address)
    try:
        operation: Operation | NotStarted = await live.served.ready(asked, caller, address)
    except NotStarted as refused:
        operation = refused
    streams = isinstance(operation, Operation) and operation.subscribes
    if not streams and _wants_json(accept):
        return None
    if only_queries and isinstance(operation, Operation):
        _refuse_mutation(operation)
    seat = _seat(live, request.scope)
    if not seat.own(caller):
        seat.leave()
        raise _too_many("Too many connections with this key.")
    identify = expelling(lambda: live.identify(authorization, address))
    answers = _answers(live, operation, identify, _last_event_id(request, asked))
    watch = partial(_watch, identify, caller, live.limits.recheck_seconds)
    return EventStream(live, seat, answers, watch if streams else None)


def _authorization(request: Request) -> str | None:
    sent = request.headers.getlist("authorization")
    if len(sent) > 1:
        raise NotServed(
            HTTPStatus.BAD_REQUEST, Code.BAD_REQUEST, "BAD_HEADER", "Send one Authorization header."
        )
    return sent[0] if sent else None


def _refuse_mutation(operation: Operation) -> None:
    if operation.found.kind is OperationType.MUTATION:
        raise NotServed(
            HTTPStatus.METHOD_NOT_ALLOWED,
            Code.BAD_REQUEST,
            "METHOD_NOT_ALLOWED",
            "Send POST.",
            headers={"Allow": "POST"},
        )


def _seat(live: Live, scope: Scope) -> Seat:
    if live.stopping.is_set():
        raise unavailable("TRY_AGAIN", "This process is about to stop. Try again.")
    seat = live.seat(scope, stream=True)
    if seat is None:
        raise _too_many("Too many connections from your address, or in all.")
    return seat


def _too_many(message: str) -> NotServed:
    return NotServed(
        HTTPStatus.TOO_MANY_REQUESTS,
        Code.RATE_LIMITED,
        "TOO_MANY_CONNECTIONS",
        message,
        headers={"Retry-After": str(RETRY_AFTER)},
        retryAfter=RETRY_AFTER,
    )


def _last_event_id(request: Request, asked: Asked) -> str | None:
    sent = request.headers.get("last-event-id") or (asked.extensions or {}).get("lastEventId")
    return sent if isinstance(sent, str) and len(sent) <= LONGEST_EVENT_ID else None


async def _answers(
    live: Live, operation: Operation | NotStarted, identify: Identify, after: str | None
) -> AsyncGenerator[Answer]:
    if isinstance(operation, NotStarted):
        yield Answer(None, {"errors": operation.told})
    elif operation.subscribes:

        def prepare(context: Context) -> Context:
            context.bus, context.after = live.bus, after
            return context

        answers = await subscribe(live.served, operation, identify, prepare)
        async with aclosing(answers):
            async for each in answers:
                yield each
    else:
        outcome = await live.served.run(operation, identify)
        yield Answer(None, outcome.body)


class EventStream(Response):
    """A response that lasts as long as the operation and the client.

    `watch`, of a subscription, raises what ends it before it is complete.
    """

    media_type = EVENT_STREAM

    def __init__(
        self,
        live: Live,
        seat: Seat,
        answers: AsyncGenerator[Answer],
        watch: Callable[[], Awaitable[None]] | None,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._live, self._seat, self._answers, self._watch = live, seat, answers, watch
        limits = live.limits
        self._outgoing = Outgoing(limits.waiting, limits.waiting_bytes, limits.slow_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the operation completes, the client leaves or the server stops."""
        tasks: list[asyncio.Task[None]] = []
        try:
            start = {"status": self.status_code, "headers": self.raw_headers}
            await send({"type": "http.response.start", **start})
            ends = [self._beat(), self._follow(), self._pump(send), _left(receive)]
            if self._watch is not None:
                ends += [self._stopped(), self._watched(self._watch)]
            tasks = [asyncio.create_task(each) for each in ends]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._answers.aclose()
            self._seat.leave()
        await send({"type": "http.response.body", "body": b""})

    async def _follow(self) -> None:
        """Every answer, then `complete`: without it a client tries again, and may."""
        try:
            async for each in self._answers:
                self._put(_next(each), newest=True)
            await self._end()
        except TooSlow:
            return
        except Exception as error:  # noqa: BLE001 - `told` logs what nobody foresaw
            await self._end(error)

    async def _watched(self, watch: Callable[[], Awaitable[None]]) -> None:
        try:
            await watch()
        except Exception as error:  # noqa: BLE001 - as above
            await self._end(error)

    async def _end(self, error: Exception | None = None) -> None:
        """Say why, if there is a reason, and that it is over; what may be tried again is not."""
        if error is not None:
            self._put(_next(Answer(None, {"errors": told(error)})))
        self._put("" if isinstance(error, NotServed) else _COMPLETE)
        await self._outgoing.sent_all()

    async def _pump(self, send: Send) -> None:
        async def sent(text: str) -> None:
            body = text.encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})

        with suppress(TooSlow, OSError):
            await self._outgoing.pump(sent)

    async def _beat(self) -> None:
        """Comments keep proxies from closing a silent stream; the first opens it."""
        while True:
            if not self._outgoing:
                self._put(_HEARTBEAT)
            await asyncio.sleep(self._live.limits.heartbeat_seconds)

    async def _stopped(self) -> None:
        await self._live.stopping.wait()

    def _put(self, text: str, *, newest: bool = False) -> None:
        self._outgoing.put(Waiting(text, newest=newest))


async def _watch(identify: Identify, caller: Caller, seconds: float) -> None:
    """Look at who follows, from time to time. Raises: Expelled."""
    while caller.kind is not CallerKind.ANONYMOUS:
        caller = await look_again(identify, caller, seconds)
    await asyncio.Future()  # nobody in particular has no end


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _next(answer: Answer) -> str:
    event_id = f"id: {answer.event_id}\n" if answer.event_id else ""
    return f"event: next\n{event_id}data: {orjson.dumps(answer.body).decode()}\n\n"
