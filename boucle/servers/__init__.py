"""PostgreSQL and Valkey from wheels, for a machine that has neither.

The programs are started by us, not by the wheels' own Python layers: the data lies where we
say, no account is made, and a killed server comes back. `storage` says where things lie.
"""

import base64
import fcntl
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from boucle.servers.postgres import Postgres
from boucle.servers.processes import stop
from boucle.servers.storage import NoStorage, Storage, locate, write_private
from boucle.servers.valkey import Valkey

_START_SECONDS = 60
_LET_GO_SECONDS = 2
STOP_SECONDS = 20
BOTH = frozenset({"postgres", "valkey"})


class Server(Protocol):
    """What the supervisor knows of a server. `start` first removes what a crash left."""

    @property
    def name(self) -> str: ...
    @property
    def stop_by(self) -> signal.Signals: ...
    @property
    def url(self) -> str: ...
    def start(self) -> subprocess.Popen[bytes]: ...
    def ready(self) -> bool: ...
    def complete(self) -> None: ...
    def settle(self) -> None: ...


Started = list[tuple[Server, subprocess.Popen[bytes]]]


class DidNotStart(Exception):
    """A server ended or stayed silent; the message names its log."""


class InUse(Exception):
    """Another process works with this home. `pid` is 0 if it did not say who it is."""

    def __init__(self, home: Path, pid: int) -> None:
        super().__init__(f"{home} is in use by process {pid}" if pid else f"{home} is in use")
        self.pid = pid


@dataclass(frozen=True, slots=True)
class Passwords:
    """What the first start of a home makes up, kept in its file `secrets.json` of mode 0600."""

    postgres: str
    valkey: str
    keys: str


@contextmanager
def hold(home: Path) -> Generator[None]:
    """Keep this home to this process; the kernel lets go when the process ends, however it ends.

    Raises: InUse.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _locked(handle):
            text = os.pread(handle, 20, 0).decode()
            raise InUse(home, int(text) if text.isdigit() else 0)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Whether the lock was had. A killed process lets go only once the kernel has ended it."""
    deadline = time.monotonic() + _LET_GO_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        else:
            return True


def passwords(home: Path) -> Passwords:
    """The secrets of this home, made up on the first call."""
    path = home / "secrets.json"
    if not path.exists():
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        made = Passwords(secrets.token_hex(24), secrets.token_hex(24), f"k1:{key}")
        write_private(path, json.dumps(asdict(made)))
    return Passwords(**json.loads(path.read_text()))


def prepare(home: Path, *, durable: bool = True) -> tuple[Storage, Postgres, Valkey]:
    """The servers of this home, not yet started.

    Raises: NoStorage.
    """
    storage = locate(home)
    if (storage.data / "postgres").exists() and not (home / "secrets.json").exists():
        raise NoStorage(
            f"{home / 'secrets.json'} is gone, and the data in {storage.data} opens with it only:"
            " put it back, or choose another BOUCLE_HOME"
        )
    own = passwords(home)
    return (
        storage,
        Postgres(storage, own.postgres, durable=durable),
        Valkey(storage, own.valkey, durable=durable),
    )


def await_ready(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a started server answers, then complete it.

    Raises: DidNotStart.
    """
    deadline = time.monotonic() + _START_SECONDS
    while not server.ready():
        if (code := process.poll()) is not None or time.monotonic() > deadline:
            why = "does not answer" if code is None else f"ended with code {code}"
            raise DidNotStart(f"{server.name} {why}; see {log}")
        time.sleep(0.005)
    server.complete()


@contextmanager
def embedded(
    home: Path, *, durable: bool = True, only: Collection[str] = BOTH
) -> Generator[tuple[str, str]]:
    """Run the servers of this home for the length of a block; yields the URLs of both.

    Raises: InUse, DidNotStart, NoStorage.
    """
    with hold(home):
        storage, postgres, valkey = prepare(home, durable=durable)
        running: Started = []
        try:
            start_all([s for s in (valkey, postgres) if s.name in only], storage, running)
            yield postgres.url, valkey.url
        finally:
            for server, process in running:
                stop(process, server.stop_by, STOP_SECONDS)
                server.settle()


def start_all(
    servers: Sequence[Server],
    storage: Storage,
    running: Started,
) -> None:
    """Start the servers beside each other and wait for all; `running` gets each as it starts.

    Put Valkey first: it starts while PostgreSQL makes its cluster.
    """
    for server in servers:
        running.append((server, server.start()))
    for server, process in running:
        await_ready(server, process, storage.logs / f"{server.name}.log")
