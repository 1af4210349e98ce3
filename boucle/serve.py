"""The API's server: uvicorn, with a limit to how long a client may take over a request's head."""

import asyncio
import socket
from typing import Any

import orjson
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from boucle.asgi import create_app
from boucle.settings import Settings
from boucle.telemetry import set_up_logs

HEAD_SECONDS = 5.0
WRITE_SECONDS = 30.0
HEAD_BYTES = 64 * 1024
KEEP_ALIVE_SECONDS = 5
GRACE_SECONDS = 20


class HeadTooLarge(Exception):
    """The lines before the body are over the limit."""


class Deadline(HttpToolsProtocol):
    """Closes connections that begin a request and do not finish its head, or do not read.

    A kept connection may be silent for as long as uvicorn allows; the body's time is the
    application's.
    """

    head_seconds = HEAD_SECONDS
    write_seconds = WRITE_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_due: asyncio.TimerHandle | None = None
        self._write_due: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._too_large = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        _disarm(self._head_due)
        _disarm(self._write_due)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        self._await_head()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        _disarm(self._head_due)
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        _disarm(self._write_due)
        self._write_due = self.loop.call_later(self.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        _disarm(self._write_due)
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer in JSON, like everything else, and close."""
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
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        backlog=2048,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
