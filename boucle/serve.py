"""The API's server: uvicorn, with limits to how long a client may take to send or to read."""

import asyncio
import socket
from collections import deque
from typing import Any, cast

import orjson
import uvicorn
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from boucle.asgi import create_app
from boucle.collecting import settle
from boucle.edge.live import Limits, Live
from boucle.settings import Settings
from boucle.telemetry import set_up_logs

HEAD_SECONDS = 5.0
WRITE_SECONDS = 30.0
HEAD_BYTES = 64 * 1024
KEEP_ALIVE_SECONDS = 5
LINGER_SECONDS = 2.0
_BESIDE_HEADER = len(": \r\n")
GRACE_SECONDS = 20


class HeadTooLarge(Exception):
    """The lines before the body are over the limit."""


class Lingering:
    """A transport that closes for writing first while its client is still sending.

    Closed at once, with bytes unread, the socket would be reset, and a client that has not read
    its answer yet would lose it. Source: RFC 9112, 9.6.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._due: asyncio.TimerHandle | None = None
        self._held: list[bytes] = []
        self.sending = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @property
    def lingers(self) -> bool:
        """Whether what the client still sends is thrown away."""
        return self._due is not None

    def write(self, data: bytes) -> None:
        """Send, unless the end was sent already; what is written in one go leaves together."""
        if self._due is None:
            self._held.append(data)
            if len(self._held) == 1:
                self._loop.call_soon(self._flush)

    def is_closing(self) -> bool:
        """Whether nothing more can be answered."""
        return self.lingers or self._transport.is_closing()

    def close(self) -> None:
        """Close, after `LINGER_SECONDS` at most."""
        self._flush()
        if self.sending and not self.is_closing() and self._transport.can_write_eof():
            self._due = self._loop.call_later(LINGER_SECONDS, self._transport.abort)
            self._transport.write_eof()
            self._transport.resume_reading()
        else:
            self._transport.close()

    def _flush(self) -> None:
        if self._held and not self._transport.is_closing():
            self._transport.write(b"".join(self._held))
        self._held.clear()

    def lost(self) -> None:
        """There is nothing left to close."""
        _disarm(self._due)


class MustRead(asyncio.Protocol):
    """Ends the connection of a peer that leaves what was written unread for `write_seconds`."""

    write_seconds = WRITE_SECONDS
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _write_due: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        _disarm(self._write_due)
        self._write_due = self.loop.call_later(self.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        _disarm(self._write_due)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        _disarm(self._write_due)
        super().connection_lost(exc)


class Deadline(MustRead, HttpToolsProtocol):
    """Closes connections that begin a request and do not finish its head, or do not read.

    A kept connection may be silent for as long as uvicorn allows; the body's time is the
    application's.
    """

    head_seconds = HEAD_SECONDS
    _lingering: Lingering

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_due: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._too_large = self._unread = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._lingering = Lingering(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", self._lingering))
        self._await_head()

    def data_received(self, data: bytes) -> None:
        if not self._lingering.lingers and not self._unread:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lingering.lost()
        _disarm(self._head_due)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        self._lingering.sending = True
        self._await_head()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + _BESIDE_HEADER)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        _disarm(self._head_due)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._lingering.sending = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer in JSON, like everything else, and close.

        Requests before the wrong bytes are answered first, and then nothing is.
        """
        before: RequestResponseCycle | None = self.cycle
        if before is not None and not before.response_complete:
            if not before.more_body:
                before.keep_alive, self._unread = False, True
                return
            if before.response_started or self.pipeline:
                self.transport.abort()
                return
        status, reason = (431, "HEAD_TOO_LARGE") if self._too_large else (400, "BAD_HTTP")
        message = "The head is too large." if self._too_large else "This is not HTTP."
        extensions = {"code": "BAD_REQUEST", "reason": reason}
        body = orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})
        head = (
            b"content-type: application/json; charset=utf-8\r\n"
            b"x-content-type-options: nosniff\r\ncache-control: no-store\r\n"
            b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        )
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()

    def _await_head(self) -> None:
        _disarm(self._head_due)
        self._head_due = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES:
            self._too_large = True
            raise HeadTooLarge


class LiveSocket(MustRead, WebSocketsSansIOProtocol):
    """A socket whose peer must read and answer pings, and which the application closes.

    At shutdown the application says goodbye when it has finished what runs; here is only the end of
    its time. Its close frame does not wait for a peer that does not read.
    """

    goodbye_seconds = GRACE_SECONDS - 2.0
    most_frames = 100
    frames_seconds = 10.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._goodbye_due: asyncio.TimerHandle | None = None
        self._frames: deque[float] = deque(maxlen=self.most_frames)
        self._failed = False

    def connection_lost(self, exc: Exception | None) -> None:
        _disarm(self._goodbye_due)
        super().connection_lost(exc)

    def handle_ping(self) -> None:
        if self._counted():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._counted():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if self._counted():
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        try:
            if self.curr_msg_data_type == "text":
                b"".join(self.frames).decode()
        except UnicodeDecodeError:
            self._fail(1007, "This is not UTF-8.")
        else:
            super().send_receive_event_to_app()

    def keepalive_timeout(self) -> None:
        self.transport.abort()

    def shutdown(self) -> None:
        if self.handshake_complete and not self.close_sent:
            self._goodbye_due = self.loop.call_later(self.goodbye_seconds, self.transport.abort)
        else:
            super().shutdown()

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            self.writable.set()
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # a refusal is an answer too, and no error

    def _counted(self) -> bool:
        """Whether one more frame that is no message of its own is within the limit."""
        now = self.loop.time()
        full = len(self._frames) == self.most_frames
        if full and now - self._frames[0] < self.frames_seconds:
            self._fail(4429, "Too many frames in a short time.")
        self._frames.append(now)
        return not self._failed

    def _fail(self, code: int, reason: str) -> None:
        if not self._failed:
            self._failed = self.close_sent = True
            self.conn.fail(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()


class Server(uvicorn.Server):
    """Tells live connections that it stops, before it waits for them."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._live.stop()
        await super().shutdown(sockets)


def _disarm(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def serve(settings: Settings, fd: int | None = None) -> None:
    """Serve the API until a signal, on the open socket `fd` or on the settings' host and port."""
    set_up_logs(settings.log_level)
    app = create_app(settings)
    settle()
    server = Server(config(settings, app), app.state.live)
    server.run(sockets=None if fd is None else [socket.socket(fileno=fd)])


def config(settings: Settings, app: Any) -> uvicorn.Config:
    """How uvicorn serves `app`. Pings go out where a socket is idle; an unanswered one ends it."""
    limits = Limits()
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=Deadline,
        ws=LiveSocket,
        ws_max_size=limits.message_bytes,
        ws_ping_interval=limits.heartbeat_seconds,
        ws_ping_timeout=limits.heartbeat_seconds,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        backlog=2048,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
