"""The API on a real socket of this machine, in the process and on the pool of the tests."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from typing import Any

import uvicorn
from starlette.applications import Starlette

from boucle import serve
from boucle.settings import Settings


class Server(uvicorn.Server):
    """Tells when it listens, and leaves the signals to pytest."""

    capture_signals = contextlib.nullcontext

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@contextlib.asynccontextmanager
async def listening(
    settings: Settings, app: Starlette, protocol: Any = serve.Deadline
) -> AsyncGenerator[int]:
    """The port of a server without the lifespan: the tests' own pool serves it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = serve.config(settings, app)
        config.http, config.lifespan, config.loop = protocol, "off", "none"
        server = Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        await server.up.wait()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await task
