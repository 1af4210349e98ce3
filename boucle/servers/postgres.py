"""The embedded PostgreSQL: made once, started in a moment, back by itself after any kill."""

import asyncio
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import asyncpg

from boucle.servers.processes import Terms, clear, spawn
from boucle.servers.storage import NoStorage, Storage, private, write_private

NAME = "boucle"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "max_locks_per_transaction": "256",  # a migration, or a test, touches each table and index
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "jit": "off",
    "autovacuum_naptime": "15s",  # the first imports multiply the tables; plans need figures
    "timezone": "UTC",
    "log_timezone": "UTC",
    "cluster_name": NAME,
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_FLEETING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",  # figures taken of a table before the rows of a test are worse than none
}


class Postgres:
    """One cluster, reached by a socket, with the role and the database `boucle`.

    A new cluster is put onto the disk beside its first start, not before it: until `settle`
    returns, a machine that loses power may lose the cluster, which then held nothing for long.

    The role may make databases and roles and owns what it makes; it is no superuser, so that row
    level security binds it where a table forces it.
    """

    name = "postgres"
    stop_by = signal.SIGINT

    def __init__(self, storage: Storage, password: str, *, durable: bool) -> None:
        self._storage, self._password = storage, password
        self._settings = _SETTINGS | (_DURABLE if durable else _FLEETING)
        self._cluster = storage.data / "postgres"
        self._marker = storage.data / "postgres.ready"
        self._log = storage.logs / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._syncing: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find the database `boucle`."""
        sockets = quote(str(self._storage.sockets), safe="/")
        return f"asyncpg://{NAME}:{quote(self._password)}@/{NAME}?host={sockets}"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server, after making the cluster and after what a crash left."""
        self._recover()
        new = not self._cluster.exists()
        if new:
            self._create()
        self._refuse_other_version()
        command: list[str | Path] = [self._storage.programs.postgres, "-D", self._cluster]
        command += ["-k", self._storage.sockets]
        for key, value in self._settings.items():
            command += ["-c", f"{key}={value}"]
        self._process = self._spawn(command)
        if new and self._settings["fsync"] == "on":
            sync: list[str | Path] = [
                self._storage.programs.initdb,
                "--sync-only",
                "-D",
                self._cluster,
            ]
            self._syncing = self._spawn(sync)
        return self._process

    def ready(self) -> bool:
        """Whether it takes connections; the server says so in its own pid file."""
        if self._process is None:
            return False
        lines = _lines(self._cluster / "postmaster.pid")
        return (
            len(lines) > 7
            and lines[0].strip() == str(self._process.pid)
            and lines[7].strip() == "ready"
        )

    def complete(self) -> None:
        """Make the role and the database where this was not done yet."""
        if not self._marker.exists():
            asyncio.run(self._make_database())
            self._marker.touch()

    def settle(self) -> None:
        """Wait until a new cluster is on the disk."""
        if self._syncing is not None:
            self._syncing.wait()

    def _recover(self) -> None:
        """End the processes of a killed run and remove the files that would stop a new one."""
        for cluster in (self._cluster, self._unfinished):
            lines = _lines(cluster / "postmaster.pid")
            first = int(lines[0]) if lines and lines[0].strip().isdigit() else None
            clear(cluster, "postgres", signal.SIGINT, first)
            (cluster / "postmaster.pid").unlink(missing_ok=True)
        for left in self._storage.sockets.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    @property
    def _unfinished(self) -> Path:
        return self._storage.data / "postgres.new"

    def _create(self) -> None:
        """Make the cluster beside its place, so that a half-made one is never started."""
        shutil.rmtree(self._unfinished, ignore_errors=True)
        self._marker.unlink(missing_ok=True)
        private(self._unfinished, self._storage.account)
        password = self._storage.sockets / "password"
        write_private(password, f"{self._password}\n", self._storage.account)
        try:
            code = self._spawn(
                [
                    *(self._storage.programs.initdb, "-D", self._unfinished, "-U", "postgres"),
                    *("-E", "UTF8", "--no-locale", "--locale-provider=builtin"),
                    *("--builtin-locale=C.UTF-8", "-A", "scram-sha-256"),
                    *("--pwfile", password, "--no-instructions", "--no-sync"),
                ]
            ).wait(120)
        finally:
            password.unlink(missing_ok=True)
        if code != 0:
            raise NoStorage(f"PostgreSQL cannot make its cluster; see {self._log}")
        self._unfinished.replace(self._cluster)

    def _spawn(self, command: list[str | Path]) -> subprocess.Popen[bytes]:
        return spawn(
            command,
            Terms(
                folder=self._storage.sockets,
                log=self._log,
                environ={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                account=self._storage.account,
                dies_by=signal.SIGINT,
            ),
        )

    def _refuse_other_version(self) -> None:
        found = (self._cluster / "PG_VERSION").read_text().strip()
        installed = self._storage.programs.postgres.parents[1] / "share" / "postgres.bki"
        wanted = _lines(installed)[0].removeprefix("# PostgreSQL").strip()
        if found != wanted:
            raise NoStorage(
                f"{self._cluster} was made by PostgreSQL {found}, installed is {wanted}:"
                " dump it with the old release, or choose another BOUCLE_HOME"
            )

    async def _make_database(self) -> None:
        connection = await asyncpg.connect(
            host=str(self._storage.sockets),
            user="postgres",
            password=self._password,
            database="postgres",
        )
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", NAME):
                await connection.execute(
                    f"CREATE ROLE {NAME} LOGIN CREATEDB CREATEROLE PASSWORD '{self._password}'"
                )
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", NAME):
                await connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")
        finally:
            await connection.close()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
