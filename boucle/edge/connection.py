"""One client on one socket, from the handshake to the close frame.

Source: the graphql-transport-ws protocol,
https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import structlog
from starlette.types import Receive, Send

from boucle.edge.answers import Code
from boucle.edge.body import Asked
from boucle.edge.errors import AWAY
from boucle.edge.frames import (
    Close,
    CloseCode,
    Complete,
    Init,
    Malformed,
    Message,
    Ping,
    Pong,
    Subscribe,
    parse,
)
from boucle.edge.live import Live, Seat
from boucle.edge.outgoing import Outgoing, TooSlow, Waiting
from boucle.edge.subscriptions import (
    Expelled,
    Operation,
    expelling,
    failed_before,
    look_again,
    subscribe,
    told,
)
from boucle.telemetry import request_bound
from domain.accounts.roles import CallerKind
from resolvers.context import Caller, Context

log = structlog.get_logger()

CLOSE_SECONDS = 1.0


@dataclass(slots=True, eq=False)
class Running:
    """An operation under way, until its last message was sent."""

    id: str
    streams: bool = False
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Connection:
    """Reads, runs and sends until something ends it; then everything it began stops."""

    def __init__(
        self,
        live: Live,
        seat: Seat,
        authorization: str | None,
        address: str | None,
        receive: Receive,
        send: Send,
    ) -> None:
        self._address = address
        self._live, self._limits, self._seat = live, live.limits, seat
        self._authorization = authorization
        self._receive, self._send = receive, send
        limits = live.limits
        self._outgoing = Outgoing(limits.waiting, limits.waiting_bytes, limits.slow_seconds)
        self._ended: asyncio.Future[Close | None] = asyncio.get_running_loop().create_future()
        self._caller: Caller | None = None
        self._initialised = False
        self._running: dict[str, Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._received: deque[float] = deque(maxlen=limits.messages)
        self._identify = expelling(lambda: live.identify(self._authorization, address))

    async def run(self) -> None:
        """Serve until the end, and say why in the close frame."""
        for part in (self._read(), self._write(), self._await_init(), self._stop_with_server()):
            self._begin(part)
        try:
            close = await self._ended
        finally:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if close is not None:
            log.info("socket.closed", code=int(close.code), reason=close.reason)
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._send(
                    {"type": "websocket.close", "code": int(close.code), "reason": close.reason}
                )

    def _end(self, code: CloseCode | None, reason: str = "") -> None:
        """End the connection; None says that the client has left. The first reason counts."""
        if not self._ended.done():
            self._ended.set_result(None if code is None else Close.of(code, reason))

    def _begin(self, part: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(part))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, part: Coroutine[Any, Any, None]) -> None:
        try:
            await part
        except Expelled as error:
            self._end(CloseCode.FORBIDDEN, str(error))
        except TooSlow:
            self._end(CloseCode.TRY_AGAIN_LATER, "Read faster, or ask for less.")
        except OSError:
            self._end(None)
        except Exception:
            log.exception("socket.fault")
            self._end(CloseCode.FAULT, "Something failed on our side.")

    # Reading

    async def _read(self) -> None:
        while not self._ended.done():
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                self._end(None)
            elif self._within_limits(event):
                try:
                    self._take(parse(event))
                except Malformed as error:
                    self._end(CloseCode.BAD_MESSAGE, str(error))

    def _within_limits(self, event: Any) -> bool:
        limits, now = self._limits, asyncio.get_running_loop().time()
        received = self._received
        if len(received) == limits.messages and now - received[0] < limits.messages_seconds:
            self._end(CloseCode.TOO_MANY, "Too many messages in a short time.")
        elif len(event.get("text") or event.get("bytes") or "") > limits.message_bytes:
            self._end(CloseCode.TOO_BIG, f"A message is over {limits.message_bytes} bytes.")
        received.append(now)
        return not self._ended.done()

    def _take(self, message: Message) -> None:
        match message:
            case Init():
                self._take_init(message)
            case Ping(payload):
                self._put({"type": "pong"} | ({} if payload is None else {"payload": payload}))
            case Pong():
                return
            case Subscribe():
                self._take_subscribe(message)
            case Complete(operation_id):
                self._drop(operation_id)

    def _take_init(self, init: Init) -> None:
        if self._initialised:
            self._end(CloseCode.TOO_MANY, "Too many initialisation requests")
            return
        self._initialised = True
        self._authorization = init.authorization or self._authorization
        self._begin(self._admit())

    def _take_subscribe(self, asked: Subscribe) -> None:
        caller = self._caller
        if caller is None:
            self._end(CloseCode.NOT_ACKNOWLEDGED, "Unauthorized")
        elif asked.id in self._running:
            self._end(CloseCode.DUPLICATE_ID, f"Subscriber for {asked.id} already exists")
        elif not self._live.stopping.is_set():
            limits = self._limits
            most = limits.anonymous_operations if _nobody(caller) else limits.operations
            if len(self._running) >= most:
                self._refuse(asked.id, most)
            else:
                running = self._running[asked.id] = Running(asked.id)
                running.task = self._begin(self._serve(running, asked, caller))

    def _refuse(self, operation_id: str, most: int) -> None:
        message = f"Complete an operation first: {most} at once on a socket."
        extensions = {"code": Code.RATE_LIMITED.value, "reason": "TOO_MANY_OPERATIONS"}
        errors = [{"message": message, "extensions": extensions}]
        self._put({"id": operation_id, "type": "error", "payload": errors})

    def _drop(self, operation_id: str) -> None:
        running = self._running.pop(operation_id, None)
        if running is not None and running.task is not None:
            running.task.cancel()
            self._outgoing.forget(f"operation {operation_id}")

    # Who is there

    async def _await_init(self) -> None:
        await asyncio.sleep(self._limits.init_seconds)
        if not self._initialised:
            self._end(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout")

    async def _admit(self) -> None:
        try:
            async with asyncio.timeout(self._limits.init_seconds):
                caller = await self._identify()
        except AWAY:
            self._end(CloseCode.TRY_AGAIN_LATER, "Try again in a moment.")
            return
        if not self._seat.own(caller):
            self._end(CloseCode.TRY_AGAIN_LATER, "Too many connections with this key.")
            return
        self._caller = caller
        self._put({"type": "connection_ack"})
        if not _nobody(caller):
            self._begin(self._look_again(caller))

    async def _look_again(self, caller: Caller) -> None:
        while True:
            caller = await look_again(self._identify, caller, self._limits.recheck_seconds)
            self._caller = caller

    # Running

    async def _serve(self, running: Running, asked: Subscribe, caller: Caller) -> None:
        with request_bound():
            try:
                operation = await self._live.served.ready(
                    _without_hash(asked.asked), caller, self._address
                )
                if operation.subscribes:
                    await self._stream(running, operation)
                else:
                    await self._once(running, operation)
            except (Expelled, TooSlow):
                raise
            except Exception as error:  # noqa: BLE001 - `told` logs what nobody foresaw
                self._last(running, {"type": "error", "payload": told(error)})

    async def _once(self, running: Running, operation: Operation) -> None:
        outcome = await self._live.served.run(operation, self._identify)
        if failed_before(outcome):
            self._last(running, {"type": "error", "payload": outcome.body["errors"]})
        else:
            self._next(running, outcome.body)
            self._last(running, {"type": "complete"})

    async def _stream(self, running: Running, operation: Operation) -> None:
        running.streams = True
        after = (operation.asked.extensions or {}).get("lastEventId")

        def prepare(context: Context) -> Context:
            context.bus = self._live.bus
            context.after = after if isinstance(after, str) else None
            return context

        answers = await subscribe(self._live.served, operation, self._identify, prepare)
        async with aclosing(answers):
            async for each in answers:
                more = {"eventId": each.event_id} if each.event_id else {}
                extensions = {**each.body.get("extensions", {}), **more}
                self._next(running, {**each.body, "extensions": extensions})
        self._last(running, {"type": "complete"})

    # Sending

    def _next(self, running: Running, payload: dict[str, Any]) -> None:
        message = {"id": running.id, "type": "next", "payload": payload}
        of = f"operation {running.id}"
        self._outgoing.put(Waiting(orjson.dumps(message).decode(), of, newest=running.streams))

    def _last(self, running: Running, message: dict[str, Any]) -> None:
        """Send the last message of an operation; its id is free again when it was sent."""

        def sent() -> None:
            if self._running.get(running.id) is running:
                del self._running[running.id]

        text = orjson.dumps({"id": running.id, **message}).decode()
        self._outgoing.put(Waiting(text, f"operation {running.id}", sent=sent))

    def _put(self, message: dict[str, Any]) -> None:
        kind: str = message["type"]
        self._outgoing.put(Waiting(orjson.dumps(message).decode(), kind, newest=kind == "pong"))

    async def _write(self) -> None:
        await self._outgoing.pump(self._send_text)

    async def _send_text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def _stop_with_server(self) -> None:
        """Before the process ends: streams stop, what runs may finish, its answers are sent."""
        await self._live.stopping.wait()
        running = list(self._running.values())
        finishing = {each.task for each in running if each.task and not each.streams}
        for each in running:
            if each.streams:
                self._drop(each.id)
        try:
            async with asyncio.timeout(self._limits.drain_seconds):
                if finishing:
                    await asyncio.wait(finishing)
                await self._outgoing.sent_all()
        except TimeoutError:
            log.warning("socket.not_drained", running=len(self._running))
        self._end(CloseCode.RESTARTING, "Service restart")


def _nobody(caller: Caller) -> bool:
    return caller.kind is CallerKind.ANONYMOUS


def _without_hash(asked: Asked) -> Asked:
    """As if no hash were sent: automatic documents are not for sockets, registered ones are."""
    return replace(asked, named=None) if asked.named and asked.named.automatic else asked
