"""What ends is started again; what is stopped leaves nothing behind."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from boucle.servers.processes import Terms, born, session_of
from boucle.supervisor import (
    Program,
    StopAsked,
    Supervisor,
    alive,
    end_leftovers,
    stop_on_signals,
)

SLEEPS = "import time; time.sleep(60)"
FORKS = "import os, time; os.fork(); time.sleep(60)"
DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('deaf', flush=True); time.sleep(60)"
)


@pytest.fixture
def supervisor(tmp_path: Path):
    changes: list[dict[str, tuple[int, str | None]]] = []
    one = Supervisor(tmp_path, lambda s: changes.append(s.services()))
    one.changes = changes
    yield one
    one.stop()


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Program]:
    def of(code: str) -> Program:
        terms = Terms(folder=tmp_path, log=tmp_path / "p.log", environ=dict(os.environ))
        return Program("p", [sys.executable, "-c", code, "boucle"], terms)

    return of


def _watch(supervisor: Supervisor, ends: int) -> list[tuple[str, int, float]]:
    """Watch until that many ends were told and mended."""
    told: list[tuple[str, int, float]] = []

    class Enough(BaseException):
        pass

    def tell(name: str, code: int, pause: float) -> None:
        if len(told) == ends:
            raise Enough
        told.append((name, code, pause))

    with pytest.raises(Enough):
        supervisor.watch(tell)
    return told


def _eventually(fact: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 5
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(fact())


def test_what_keeps_ending_is_started_again_ever_later(supervisor, program) -> None:
    supervisor.start(program("raise SystemExit(3)"))

    assert _watch(supervisor, 2) == [("p", 3, 0.25), ("p", 3, 0.5)]
    assert len(supervisor.changes) == 2
    assert supervisor.changes[0] != supervisor.changes[1]


def test_a_stop_leaves_no_child_of_a_child(supervisor, program) -> None:
    process = supervisor.start(program(FORKS))
    assert _eventually(lambda: len(session_of(process.pid, "boucle")) == 2)

    assert supervisor.stop() == []

    assert _eventually(lambda: not session_of(process.pid, "boucle"))
    assert supervisor.watched == []


def test_what_does_not_hear_is_killed(supervisor, program, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("boucle.supervisor._GRACE_SECONDS", 0.3)
    process = supervisor.start(program(DEAF))
    assert _eventually(lambda: "deaf" in (tmp_path / "p.log").read_text())

    assert supervisor.stop() == ["p"]
    assert process.returncode == -signal.SIGKILL


def test_only_the_named_services_are_stopped(supervisor, program) -> None:
    process = supervisor.start(program(SLEEPS))

    supervisor.stop(["q"])

    assert process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_asks_once_and_the_second_changes_nothing(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_on_signals():
        with pytest.raises(StopAsked):
            os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)

    assert signal.getsignal(number) is before


def test_leftovers_are_ended_and_a_reused_number_is_not(supervisor, program) -> None:
    process = supervisor.start(program(FORKS))
    assert _eventually(lambda: len(session_of(process.pid, "boucle")) == 2)

    assert end_leftovers({"p": (process.pid, "another birth")}) == []
    assert process.poll() is None

    assert end_leftovers({"p": (process.pid, born(process.pid))}) == ["p"]
    assert _eventually(lambda: not session_of(process.pid, "boucle"))
    assert process.wait(5) == -signal.SIGKILL


def test_a_leader_may_be_gone_and_its_children_are_still_found(supervisor, program) -> None:
    process = supervisor.start(program(FORKS))
    assert _eventually(lambda: len(session_of(process.pid, "boucle")) == 2)
    mark = born(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    assert end_leftovers({"p": (process.pid, mark)}) == ["p"]
    assert _eventually(lambda: not session_of(process.pid, "boucle"))


def test_a_long_log_moves_aside_and_its_writer_goes_on(supervisor, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("boucle.supervisor._LONGEST_LOG", 3)
    log = tmp_path / "p.log"
    with log.open("ab") as writer:
        writer.write(b"before")
        writer.flush()
        supervisor._shorten_logs()
        writer.write(b"after")

    assert (log.read_bytes(), (tmp_path / "p.log.1").read_bytes()) == (b"after", b"before")


def test_a_process_is_known_by_number_and_birth() -> None:
    assert alive(os.getpid(), born(os.getpid()))
    assert not alive(os.getpid(), "another birth")
    assert not alive(os.getpid(), None)
