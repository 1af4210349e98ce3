"""The embedded Valkey: an append-only file, nothing evicted, a socket and a password."""

import contextlib
import signal
import socket
import subprocess
from pathlib import Path
from urllib.parse import quote

from boucle.servers.processes import Terms, clear, spawn
from boucle.servers.storage import Storage, private, write_private


class Valkey:
    """One server with one database."""

    name = "valkey"
    stop_by = signal.SIGTERM

    def __init__(self, storage: Storage, password: str, *, durable: bool) -> None:
        self._storage, self._password, self._durable = storage, password, durable
        self._folder = storage.data / "valkey"
        self._socket = storage.sockets / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find it; it has no query string, so that a client may add one."""
        return f"unix://:{quote(self._password)}@{quote(str(self._socket), safe='/')}"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server, after what a crash left."""
        account = self._storage.account
        private(self._folder, account)
        running = _number(self._folder / "pid")
        clear(self._folder, "valkey-server", signal.SIGTERM, running)
        (self._folder / "pid").unlink(missing_ok=True)
        self._socket.unlink(missing_ok=True)
        config = self._folder / "valkey.conf"
        write_private(config, self._config(), account)
        self._process = spawn(
            [self._storage.programs.valkey, config],
            Terms(
                folder=self._folder,
                log=self._storage.logs / "valkey.log",
                environ={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                account=account,
            ),
        )
        return self._process

    def ready(self) -> bool:
        """Whether it has read its file and answers."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self._socket))
            client.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := client.recv(256)):
                answer += part
            return answer == b"+OK\r\n+PONG\r\n"
        return False

    def complete(self) -> None:
        """Nothing is to be made in an empty server."""

    def settle(self) -> None:
        """Nothing goes on beside it."""

    def _config(self) -> str:
        lines = {
            "port": "0",
            "unixsocket": _quoted(self._socket),
            "unixsocketperm": "700",
            "dir": _quoted(self._folder),
            "pidfile": _quoted(self._folder / "pid"),
            "daemonize": "no",
            "requirepass": self._password,
            "save": '""',
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "maxmemory-policy": "noeviction",
        }
        return "".join(f"{key} {value}\n" for key, value in lines.items())


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _number(path: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return int(path.read_text())
    return None
