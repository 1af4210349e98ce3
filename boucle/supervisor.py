"""Keep a set of processes alive: start, watch, start again, stop.

Each service runs in a session of its own and dies with the supervisor. One that ends is started
again after a pause that doubles while it keeps ending.
"""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Protocol

from boucle.servers.processes import Terms, born, kill_group, session_of, spawn

_FIRST_PAUSE, _LONGEST_PAUSE, _STEADY_SECONDS = 0.25, 30.0, 60.0
_GRACE_SECONDS = 28.0
_LONGEST_LOG = 16 * 1024 * 1024
_TICK = 0.2


class Service(Protocol):
    """What is kept alive. `start` cleans up after the process before."""

    @property
    def name(self) -> str: ...
    @property
    def stop_by(self) -> signal.Signals: ...
    def start(self) -> subprocess.Popen[bytes]: ...


@dataclass(frozen=True, slots=True)
class Program:
    """A service that is one command of ours."""

    name: str
    command: Sequence[str]
    terms: Terms
    stop_by: signal.Signals = signal.SIGTERM

    def start(self) -> subprocess.Popen[bytes]:
        """Start the command."""
        return spawn(self.command, self.terms)


class StopAsked(BaseException):
    """Someone wants the run to end: Ctrl-C, SIGTERM, or the terminal was closed."""


@dataclass(slots=True)
class Watched:
    """A service, its present process, and how often it ended lately."""

    service: Service
    process: subprocess.Popen[bytes]
    since: float
    ends: int = 0
    again_at: float | None = None


class Supervisor:
    """The processes of one run. `on_change` is told whenever one of them is replaced."""

    def __init__(self, logs: Path, on_change: Callable[["Supervisor"], None]) -> None:
        self.watched: list[Watched] = []
        self._logs, self._on_change = logs, on_change
        self._asked = threading.Event()

    def start(self, service: Service) -> subprocess.Popen[bytes]:
        """Start one service and keep it."""
        process = service.start()
        self.adopt(service, process)
        return process

    def adopt(self, service: Service, process: subprocess.Popen[bytes]) -> None:
        """Keep a service that was started before."""
        self.watched.append(Watched(service, process, time.monotonic()))

    def services(self) -> dict[str, tuple[int, str | None]]:
        """The process of each service, and the mark that tells it from a later one."""
        return {w.service.name: (w.process.pid, born(w.process.pid)) for w in self.watched}

    def watch(self, on_end: Callable[[str, int, float], None]) -> None:
        """Start again what ends, until `StopAsked` is raised.

        `on_end` is told the service, its exit code, and the seconds until it starts again.
        """
        checked = time.monotonic()
        while True:
            for entry in self.watched:
                self._look_after(entry, on_end)
            if time.monotonic() - checked > _STEADY_SECONDS:
                self._shorten_logs()
                checked = time.monotonic()
            self._asked.wait(_TICK)

    def _look_after(self, entry: Watched, on_end: Callable[[str, int, float], None]) -> None:
        now = time.monotonic()
        if entry.again_at is None and (code := entry.process.poll()) is not None:
            kill_group(entry.process.pid)
            entry.ends = 0 if now - entry.since > _STEADY_SECONDS else entry.ends
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**entry.ends)
            entry.ends, entry.again_at = entry.ends + 1, now + pause
            on_end(entry.service.name, code, pause)
        if entry.again_at is not None and now >= entry.again_at:
            entry.process = entry.service.start()
            entry.since, entry.again_at = time.monotonic(), None
            self._on_change(self)

    def _shorten_logs(self) -> None:
        """Move a long log aside; its writer appends, so it goes on at the start of the file."""
        for log in self._logs.glob("*.log"):
            if log.stat().st_size > _LONGEST_LOG:
                log.with_suffix(".log.1").write_bytes(log.read_bytes())
                with log.open("r+b") as file:
                    file.truncate(0)

    def stop(self, names: Sequence[str] | None = None) -> list[str]:
        """End the services, all at once, or only `names`; return those that had to be killed."""
        chosen = [w for w in self.watched if names is None or w.service.name in names]
        for entry in chosen:
            if entry.process.poll() is None:
                entry.process.send_signal(entry.service.stop_by)
        deadline = time.monotonic() + _GRACE_SECONDS
        killed = []
        for entry in chosen:
            try:
                entry.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                killed.append(entry.service.name)
            kill_group(entry.process.pid)
            entry.process.wait(5)
            self.watched.remove(entry)
        return killed


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Turn the signals that end a run into one StopAsked; later ones change nothing."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise StopAsked

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_leftovers(services: dict[str, tuple[int, str | None]]) -> list[str]:
    """Kill what a killed run left of its services; return their names.

    A process is ours if it is of the session that the service opened and runs `boucle`; a number
    that was given to another process since has another birth mark.
    """
    found = []
    for name, (pid, mark) in services.items():
        if born(pid) in {None, mark} and session_of(pid, "boucle"):
            kill_group(pid)
            found.append(name)
    return found


def alive(pid: int, mark: str | None) -> bool:
    """Whether the process that had this number and birth mark still lives."""
    return mark is not None and born(pid) == mark
