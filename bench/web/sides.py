"""The servers that are measured, each one process: ours, the naive one, and two floors.

python -m bench.web.sides NAME DATABASE_URL FD
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from boucle import serve
from boucle.asgi import POOL, create_app
from boucle.collecting import settle
from boucle.orm import dsn
from boucle.settings import Settings
from boucle.telemetry import set_up_logs

SESSION = {"jit": "off", "plan_cache_mode": "force_generic_plan"}
ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 30
OURS, NAIVE, CACHED, RAW, BYTES = "boucle", "naive", "naive_cached", "select_json", "constant"
# What is lifted or off while both sides are measured; a bar on a cache turns it on by itself.
OFF = {"BOUCLE_RATE_LIMITS": "off", "BOUCLE_CACHE_MB": "0", "BOUCLE_ENV": "development"}


@dataclass(slots=True)
class Side:
    """A running server."""

    name: str
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    def resident_mb(self) -> float:
        """Memory of the process, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def cpu_seconds(self) -> float:
        """What the process has computed since it began."""
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(name: str, database_url: str, **environ: str) -> Generator[Side]:
    """One server process of this kind, until the block ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        fd, port = listening.fileno(), listening.getsockname()[1]
        command = [sys.executable, "-m", "bench.web.sides", name, database_url, str(fd)]
        process = subprocess.Popen(
            command, cwd=ROOT, pass_fds=[fd], env={**os.environ, **OFF, **environ},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _await(process, port)
            yield Side(name, port, process)
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def relaying(database_url: str, **environ: str) -> Generator[None]:
    """The relay, whose heartbeats tell a process that what it keeps is fresh."""
    environ = {**os.environ, **OFF, "DATABASE_URL": database_url, **environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "boucle", "relay"], cwd=ROOT, env=environ,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as probe:
                head = f"GET /ready HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
                probe.sendall(head.encode())
                if probe.recv(64).startswith(b"HTTP/1.1 "):
                    return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"The server of process {process.pid} did not start.")


def select_json(database_url: str, statement: str) -> Starlette:
    """One statement of the database, its bytes as the answer: `slug` of the variables goes in."""
    pool: list[asyncpg.Pool] = []

    async def respond(request: Request) -> Response:
        asked = orjson.loads(await request.body())["variables"]
        text = await pool[0].fetchval(statement, asked["market"], asked["slug"])
        return Response(text, media_type="application/json")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        pool.append(
            await asyncpg.create_pool(
                dsn(database_url), min_size=1, max_size=POOL, server_settings=SESSION
            )
        )
        yield
        await pool[0].close()

    return Starlette(routes=[Route("/graphql", respond, methods=["POST"])], lifespan=lifespan)


def constant() -> ASGIApp:
    """The same bytes for every request."""
    body = orjson.dumps({"data": {"constant": "x" * 1800}})

    async def respond(_request: Request) -> Response:
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/graphql", respond, methods=["POST"])])


def application(name: str, database_url: str, settings: Settings) -> ASGIApp:
    """The application of a side. Raises: KeyError for a name that is none."""

    def naive(*, caches: bool) -> Any:
        module = import_module("bench.naive.app")  # its enums are those of our schema, made anew
        return module.create_app(database_url, POOL, caches=caches)

    made: dict[str, Any] = {
        OURS: lambda: create_app(settings),
        NAIVE: lambda: naive(caches=False),
        CACHED: lambda: naive(caches=True),
        RAW: lambda: select_json(
            database_url, (Path(__file__).parent / "detail.sql").read_text(encoding="utf-8")
        ),
        BYTES: constant,
    }
    app: ASGIApp = made[name]()
    return app


def main() -> None:
    """Serve one side on an open socket until a signal."""
    name, database_url, fd = sys.argv[1:]
    settings = Settings.load(os.environ | {"DATABASE_URL": database_url})
    set_up_logs(settings.log_level)
    app = application(name, database_url, settings)
    if name == OURS:
        settle()
        config = serve.config(settings, app)
    else:
        config = uvicorn.Config(
            app, loop="uvloop", http="httptools", ws="none", lifespan="on", log_config=None,
            access_log=False, backlog=2048,
        )  # fmt: skip
    server = uvicorn.Server(config)
    server.run(sockets=[socket.socket(fileno=int(fd))])


if __name__ == "__main__":
    main()
