"""`boucle run`: everything on one machine, kept alive until Ctrl-C."""

import http.client
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from boucle.examples import OPERATIONS, curl
from boucle.servers import DidNotStart, Server, Started, hold, prepare, start_all
from boucle.servers.processes import Terms, kill_group, spawn
from boucle.session import Run, keys_of, last_run
from boucle.settings import ROOT, BadSetting, Settings
from boucle.supervisor import Program, StopAsked, Supervisor, end_leftovers, stop_on_signals

_API_SECONDS = 60
_TITLES = {"postgres": "PostgreSQL", "valkey": "Valkey"}
_PROBE = b'{"query":"{ __typename }"}'
QUEUES = {
    "worker": ("interactive", "webhooks", "tracking", "mail"),
    "worker-bulk": ("feeds", "bulk"),
}
"""The worker processes, each with its queues: bulk work never stands before a person's."""


def run(settings: Settings, console: Console) -> None:
    """Start everything, tell where it answers, and keep it alive until a signal ends it.

    Raises: InUse, DidNotStart, NoStorage, BadSetting.
    """
    with ExitStack() as stack:
        stack.enter_context(hold(settings.home))
        api = stack.enter_context(_listen(settings))
        settings = _at_port(settings, api.getsockname()[1])
        stack.enter_context(stop_on_signals())
        everything = _Everything(settings, console, api)
        try:
            everything.start()
            everything.watch()
        except StopAsked:
            console.print("[dim]stopping[/]")
        finally:
            everything.stop()
        console.print("stopped; the data stays in " + escape(str(settings.home)))


class _Everything:
    """One run, step by step."""

    def __init__(self, settings: Settings, console: Console, api: socket.socket) -> None:
        self._settings, self._console, self._api = settings, console, api
        self._began = time.monotonic()
        self._logs = settings.home / "logs"
        self._logs.mkdir(mode=0o700, exist_ok=True)
        self._supervisor = Supervisor(self._logs, self._remember)
        self._programs: list[str] = []
        self._address = f"http://{_host_in_url(settings.host)}:{settings.port}"

    def start(self) -> None:
        """Servers, tables, demo, processes; each step says how long it took."""
        if left := self._end_leftovers():
            self._console.print(f"[dim]ended what a killed run left: {', '.join(left)}[/]")
        self._settings = self._complete_settings(*self._start_servers())
        self._remember(self._supervisor)
        with self._step("tables and demo data"):
            self._prepare_data()
        with self._step("API, workers, relay, sender, clock, sandbox, carriers"):
            for program in self._programs_of_run():
                self._programs.append(program.name)
                self._supervisor.start(program)
            self._remember(self._supervisor)
            self._await_api()
        self._greet()

    def watch(self) -> None:
        """Keep everything alive."""

        def tell(name: str, code: int, pause: float) -> None:
            log = escape(str(self._logs / f"{name}.log"))
            self._console.print(
                f"[yellow]{name} ended with code {code}; again in {pause:g} s[/] [dim]{log}[/]"
            )

        self._supervisor.watch(tell)

    def stop(self) -> None:
        """Our processes first, then the servers that they use."""
        for name in self._supervisor.stop(self._programs) + self._supervisor.stop():
            self._console.print(f"[yellow]{name} did not stop and was killed[/]")

    def _end_leftovers(self) -> list[str]:
        before = last_run(self._settings.home)
        services = {} if before is None else before.services
        return end_leftovers({n: s for n, s in services.items() if n not in {"postgres", "valkey"}})

    def _start_servers(self) -> tuple[str, str]:
        """Start those that are ours; return the address of each, empty where it is not ours."""
        settings = self._settings
        if not (settings.embedded_database or settings.embedded_redis):
            return "", ""
        storage, postgres, valkey = prepare(settings.home)
        servers: list[Server] = [valkey] if settings.embedded_redis else []
        servers += [postgres] if settings.embedded_database else []
        started: Started = []
        try:
            with self._step(" and ".join(_TITLES[server.name] for server in reversed(servers))):
                start_all(servers, storage, started)
        finally:
            for server, process in started:
                self._supervisor.adopt(server, process)
        return postgres.url, valkey.url

    def _complete_settings(self, database_url: str, redis_url: str) -> Settings:
        before = last_run(self._settings.home)
        sandbox = _free_port(before.sandbox_port if before else 0)
        carriers = self._settings.carriers_port or _free_port(
            before.carriers_port if before else 0, sandbox
        )
        settings = self._settings.using(
            database_url=str(self._settings.database_url) or database_url,
            redis_url=str(self._settings.redis_url) or redis_url,
            keys=keys_of(self._settings),
        )
        return replace(
            settings,
            sandbox_port=sandbox,
            feed_allowed_hosts=(*settings.feed_allowed_hosts, *_here(sandbox)),
            carriers_port=carriers,
            carrier_allowed_hosts=(*settings.carrier_allowed_hosts, *_here(carriers)),
        )

    def _remember(self, supervisor: Supervisor) -> None:
        environ = self._settings.environ()
        Run(
            pid=os.getpid(),
            url=self._address,
            sandbox_port=self._settings.sandbox_port,
            database_url=environ["DATABASE_URL"],
            redis_url=environ["REDIS_URL"],
            keys=environ["BOUCLE_KEYS"],
            services=supervisor.services(),
            carriers_port=self._settings.carriers_port,
        ).save(self._settings.home)

    def _terms(self, name: str, *, keep: tuple[int, ...] = ()) -> Terms:
        return Terms(
            folder=ROOT,
            log=self._logs / f"{name}.log",
            environ=self._settings.environ() | {"PYTHONUNBUFFERED": "1"},
            keep=keep,
        )

    def _prepare_data(self) -> None:
        """Migrate and load the demo in a process of its own: its memory is gone when it ends."""
        process = spawn(_command("seed"), self._terms("seed"))
        try:
            code = process.wait()
        except BaseException:
            kill_group(process.pid)
            raise
        if code != 0:
            raise DidNotStart(_last_words(self._logs, "seed", code))

    def _programs_of_run(self) -> Iterator[Program]:
        handle = self._api.fileno()
        for number in range(self._settings.api_processes):
            name = f"api-{number + 1}" if number else "api"
            command = _command("serve", "--fd", str(handle))
            yield Program(name, command, self._terms(name, keep=(handle,)))
        for name, queues in QUEUES.items():
            command = _command("worker", *(f"--queue={queue}" for queue in queues))
            yield Program(name, command, self._terms(name))
        live = self._settings.shoppers_live and self._settings.demo_orders_per_hour > 0
        shoppers = ("shoppers",) if live else ()
        for name in ("relay", "sender", "clock", "sandbox", "carriers", *shoppers):
            yield Program(name, _command(name), self._terms(name))

    def _await_api(self) -> None:
        process = next(w.process for w in self._supervisor.watched if w.service.name == "api")
        deadline = time.monotonic() + _API_SECONDS
        while not _answers(_host_in_url(self._settings.host), self._settings.port):
            if (code := process.poll()) is not None or time.monotonic() > deadline:
                raise DidNotStart(_last_words(self._logs, "api", code))
            time.sleep(0.05)

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self._console.print(f"[red]x[/] {title}")
            raise
        self._console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - began:.1f} s[/]")

    def _greet(self) -> None:
        seconds = time.monotonic() - self._began
        self._console.print(
            f"\n[bold]Boucle answers at [link]{self._address}/graphql[/link][/]"
            f" [dim]after {seconds:.1f} s; logs in {escape(str(self._logs))};"
            " Ctrl-C stops everything[/]\n",
            soft_wrap=True,
        )
        self._console.print("[dim]The demo reads its first feeds: offers come in a minute.[/]")
        if self._settings.mail_folder is not None:
            self._console.print(
                f"[dim]No mail leaves: {self._address}/mails shows it, and whom to sign in as.[/]",
                soft_wrap=True,
            )
        for operation in OPERATIONS:
            self._console.print(f"[dim]# {operation.title}[/]")
            print(curl(operation, self._address), flush=True)  # noqa: T201  # copied as one line


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "boucle", *words]


@contextmanager
def _listen(settings: Settings) -> Iterator[socket.socket]:
    """The API's socket: callers wait in its queue while a process of the API is replaced."""
    try:
        family = socket.getaddrinfo(settings.host, settings.port)[0][0]
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        name = "BOUCLE_HOST" if isinstance(error, socket.gaierror) else "BOUCLE_PORT"
        problem = f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}"
        raise BadSetting(name, problem) from error
    with listener:
        yield listener


def _at_port(settings: Settings, port: int) -> Settings:
    """The settings with the port that was found where any free one was asked for."""
    if settings.port == port:
        return settings
    public_url = settings.public_url.removesuffix(":0")
    changed = public_url != settings.public_url
    return replace(
        settings, port=port, public_url=f"{public_url}:{port}" if changed else public_url
    )


def _free_port(before: int, *taken: int) -> int:
    """The port of the last run while it is free, else any free one; none of those taken."""
    for port in (before, 0, 0):
        try:
            with socket.create_server(("127.0.0.1", port)) as listener:
                found = int(listener.getsockname()[1])
        except OSError:
            continue
        if found not in taken:
            return found
    return 0


def _here(port: int) -> tuple[str, str]:
    return f"127.0.0.1:{port}", f"localhost:{port}"


def _host_in_url(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104  # names every address; a URL needs one
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _answers(host: str, port: int) -> bool:
    """Whether the API answers an operation."""
    connection = http.client.HTTPConnection(host.strip("[]"), port, timeout=2)
    try:
        connection.request("POST", "/graphql", _PROBE, {"Content-Type": "application/json"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _last_words(logs: Path, name: str, code: int | None) -> str:
    log = logs / f"{name}.log"
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:]) if log.exists() else ""
    why = "does not answer" if code is None else f"ended with code {code}"
    return f"{name} {why}; see {log}\n{tail}"
