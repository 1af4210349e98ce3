"""Servers of its own, with fsync on, and the real processes, to be killed and started again."""

import asyncio
import contextlib
import shutil
import signal
import socket
import subprocess  # noqa: TC003
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from functools import partial
from pathlib import Path

from aiohttp import web

from boucle.house import vault_of
from boucle.orm import database, migrate
from boucle.servers import Started, await_ready, passwords, prepare, start_all
from boucle.servers.processes import Terms, kill_group, spawn, stop
from boucle.settings import ROOT, Settings
from models.vault import Vault

WORKERS = 3
SENDERS = 2
SERVERS = 2
POLL = 0.02


class Rig:
    """PostgreSQL, Valkey, workers, senders, a relay and a clock in a folder of their own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.storage, self.postgres, self.valkey = prepare(home, durable=True)
        self._servers: Started = []
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._environ: dict[str, str] = {}
        self.vault = Vault()
        self.ports: dict[str, int] = {}

    def start_servers(self) -> None:
        """PostgreSQL and Valkey. Outside an event loop: making the cluster runs one."""
        start_all([self.valkey, self.postgres], self.storage, self._servers)

    async def make_tables(self, allowed: str) -> None:
        """The tables; feeds are fetched from the address `allowed`, and events sent to it."""
        settings = Settings.load(
            {
                "BOUCLE_HOME": str(self.home),
                "BOUCLE_FEED_ALLOWED_HOSTS": allowed,
                "BOUCLE_WEBHOOK_ALLOWED_HOSTS": allowed,
                "BOUCLE_RULES_STRICT": "false",
                "BOUCLE_PUBLIC_URL": "http://boucle.test",
                "BOUCLE_PAYMENTS": "simulator",
                "BOUCLE_RATE_LIMITS": "off",
            }
        ).using(
            database_url=self.postgres.url,
            redis_url=self.valkey.url,
            keys=passwords(self.home).keys,
        )
        self.vault = vault_of(settings)
        self._environ = settings.environ() | {"PYTHONUNBUFFERED": "1"}
        await migrate(self.postgres.url)

    def start_processes(self) -> None:
        """The workers, the senders, the relay and the clock."""
        for name in (*self.workers, *self.senders, "relay", "clock"):
            self._spawn(name)

    async def start_servers_of_api(self) -> list[str]:
        """Processes that serve requests; their addresses, once they answer."""
        self.ports = {f"serve-{number}": _free_port() for number in range(SERVERS)}
        for name in self.ports:
            self._spawn(name)
        for name in self.ports:
            await until(partial(self._answers, name), 60)
        return [f"http://127.0.0.1:{port}" for port in self.ports.values()]

    async def _answers(self, name: str) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.ports[name])
        except OSError:
            return False
        writer.close()
        return True

    @property
    def workers(self) -> list[str]:
        """The names of the worker processes."""
        return [f"worker-{number}" for number in range(WORKERS)]

    @property
    def senders(self) -> list[str]:
        """The names of the processes that send events."""
        return [f"sender-{number}" for number in range(SENDERS)]

    def kill(self, names: list[str]) -> None:
        """kill -9, then new ones at once, as a supervisor does."""
        for name in names:
            kill_group(self._processes[name].pid)
            self._processes[name].wait(10)
        for name in names:
            self._spawn(name)

    async def kill_valkey(self, away: float, *, wiped: bool) -> None:
        """kill -9, then a new one after some seconds; `wiped` without what it had stored."""
        process = next(p for server, p in self._servers if server is self.valkey)
        process.kill()
        process.wait(10)
        await asyncio.sleep(away)
        if wiped:
            shutil.rmtree(self.storage.data / "valkey" / "appendonlydir", ignore_errors=True)
        started = self.valkey.start()
        at = next(n for n, (server, _) in enumerate(self._servers) if server is self.valkey)
        self._servers[at] = (self.valkey, started)
        await_ready(self.valkey, started, self.storage.logs / "valkey.log")

    def ended(self) -> list[str]:
        """Processes that ended though nobody killed them."""
        return [name for name, process in self._processes.items() if process.poll() is not None]

    def stop(self) -> None:
        """End what was started, by its number."""
        for process in self._processes.values():
            kill_group(process.pid)
            process.wait(10)
        for server, process in self._servers:
            stop(process, server.stop_by, 20)

    def _spawn(self, name: str) -> None:
        kind = name.partition("-")[0]
        words = ["--threads", "4"] if kind == "worker" else []
        port = {"BOUCLE_PORT": str(self.ports[name])} if name in self.ports else {}
        environ = self._environ | port
        terms = Terms(folder=ROOT, log=self.storage.logs / f"{name}.log", environ=environ)
        command = [sys.executable, "-m", "boucle", kind, *words]
        self._processes[name] = spawn(command, terms)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _end(number: int, _frame: object) -> None:
    """End as at an exit: what was started is ended first. The kernel alone ends none of it."""
    raise SystemExit(128 + number)


@contextlib.contextmanager
def servers() -> Generator[Rig]:
    """A rig whose servers answer; all of it is gone afterwards, also when this is told to end."""
    folder = Path(tempfile.mkdtemp(prefix="boucle-faults-", dir="/tmp"))
    folder.chmod(0o711)
    made = Rig(folder / "home")
    before = signal.signal(signal.SIGTERM, _end)
    try:
        made.start_servers()
        yield made
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        made.stop()
        shutil.rmtree(made.storage.data, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, before)


@contextlib.asynccontextmanager
async def opened(made: Rig, application: web.Application) -> AsyncGenerator[str]:
    """The tables, the pool on them, and the address where `application` answers."""
    runner = web.AppRunner(application, access_log=None)
    try:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        await made.make_tables(f"{host}:{port}")
        async with database(made.postgres.url, pool=6):
            yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float) -> float | None:
    """Wait until `holds` does; how long it took, None if it did not come true in time."""
    began = time.monotonic()
    while not await holds():
        if time.monotonic() - began > seconds:
            return None
        await asyncio.sleep(POLL)
    return time.monotonic() - began
