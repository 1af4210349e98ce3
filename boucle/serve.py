"""The API's server: uvicorn, with a limit to how long a client may take over a request's head."""

import asyncio
import socket
from typing import Any, cast

import orjson
import uvicorn
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from boucle.asgi import create_app
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
        self.sending = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @property
    def lingers(self) -> bool:
        """Whether what the client still sends is thrown away."""
        return self._due is not None

    def write(self, data: bytes) -> None:
        """Send, unless the end was sent already."""
        if self._due is None:
            self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether nothing more can be answered."""
        return self.lingers or self._transport.is_closing()

    def close(self) -> None:
        """Close, after `LINGER_SECONDS` at most."""
        if self.sending and not self.is_closing() and self._transport.can_write_eof():
            self._due = self._loop.call_later(LINGER_SECONDS, self._transport.abort)
            self._transport.write_eof()
            self._transport.resume_reading()
        else:
            self._transport.close()

    def lost(self) -> None:
        """There is nothing left to close."""
        _disarm(self._due)


class Deadline(HttpToolsProtocol):
    """Closes connections that begin a request and do not finish its head, or do not read.

    A kept connection may be silent for as long as uvicorn allows; the body's time is the
    application's.
    """

    head_seconds = HEAD_SECONDS
    write_seconds = WRITE_SECONDS
    _lingering: Lingering

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_due: asyncio.TimerHandle | None = None
        self._write_due: asyncio.TimerHandle | None = None
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
        _disarm(self._write_due)
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

    def pause_writing(self) -> None:
        super().pause_writing()
        _disarm(self._write_due)
        self._write_due = self.loop.call_later(self.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        _disarm(self._write_due)
        super().resume_writing()

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


def _disarm(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def serve(settings: Settings, fd: int | None = None) -> None:
    """Serve the API until a signal, on the open socket `fd` or on the settings' host and port."""
    set_up_logs(settings.log_level)
    server = uvicorn.Server(config(settings, create_app(settings)))
    server.run(sockets=None if fd is None else [socket.socket(fileno=fd)])


def config(settings: Settings, app: Any) -> uvicorn.Config:
    """How uvicorn serves `app`."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=Deadline,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=2048,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
