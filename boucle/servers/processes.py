"""Child processes: started so that they die with us, stopped surely, found again after a crash.

Linux does both jobs best: the kernel signals a child whose parent died, and `/proc` tells which
process works in which folder. Elsewhere a killed supervisor may leave its children behind.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a process runs as, when that is not us."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Terms:
    """Where and as whom a process runs, and the signal that it gets when this process dies."""

    folder: Path
    log: Path
    environ: Mapping[str, str]
    account: Account | None = None
    dies_by: signal.Signals = signal.SIGTERM
    keep: tuple[int, ...] = ()


def spawn(command: Sequence[str | Path], terms: Terms) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, tied to the life of this one.

    Call it from the main thread: the kernel takes the end of a thread for the end of the parent.
    """
    account = terms.account
    with terms.log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  # our own programs, no shell
            [str(word) for word in command],
            cwd=terms.folder,
            env=terms.environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=terms.keep,
            preexec_fn=_tie_to_parent(os.getpid(), terms.dies_by),  # noqa: PLW1509  # two calls
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            umask=0o077,
        )


def _tie_to_parent(parent: int, number: signal.Signals) -> Callable[[], None]:
    def tie() -> None:
        if _prctl is not None:
            _prctl(_SET_PDEATHSIG, int(number), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return tie


def stop(process: subprocess.Popen[bytes], by: signal.Signals, seconds: float) -> bool:
    """Ask a child to end and wait; past `seconds` kill its whole group. False if it was killed."""
    if process.poll() is not None:
        return True
    process.send_signal(by)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill_group(process.pid)
        process.wait(5)
        return False
    return True


def kill_group(group: int) -> None:
    """End what is left of the session that `spawn` opened."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def working_in(folder: Path, program: str) -> list[int]:
    """The processes of `program` whose working folder is `folder`: a server's own, no other's."""
    found = []
    for entry in _PROC.glob("[0-9]*"):
        try:
            at, runs = (entry / "cwd").readlink(), (entry / "exe").readlink()
        except OSError:
            continue
        if at == folder and runs.name.removesuffix(" (deleted)") == program:
            found.append(int(entry.name))
    return sorted(found)


def clear(folder: Path, program: str, by: signal.Signals, first: int | None) -> None:
    """Stop the processes that a killed supervisor left at work in `folder`.

    `first` is asked to end; a second later, or at once where it is gone, the rest is killed.
    """
    left = working_in(folder, program)
    if first in left:
        _signal(first, by)
        left = _wait_gone(folder, program, 1.0)
    for pid in left:
        _signal(pid, signal.SIGKILL)
    if left and (stuck := _wait_gone(folder, program, 5.0)):
        raise Stuck(f"{program} still works in {folder} and does not end: process {stuck[0]}")


class Stuck(Exception):
    """A process of an earlier run does not end, not even when killed."""


def _wait_gone(folder: Path, program: str, seconds: float) -> list[int]:
    deadline = time.monotonic() + seconds
    while (left := working_in(folder, program)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


def _signal(pid: int | None, number: signal.Signals) -> None:
    try:
        if pid is not None:
            os.kill(pid, number)
    except ProcessLookupError:
        return


def session_of(leader: int, word: str) -> list[int]:
    """The processes of the session that `leader` opened and whose command has `word`."""
    found = []
    for entry in _PROC.glob("[0-9]*"):
        try:
            session = (entry / "stat").read_text().rpartition(")")[2].split()[3]
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if session == str(leader) and word.encode() in command:
            found.append(int(entry.name))
    return found


def born(pid: int) -> str | None:
    """A mark that tells this process from a later one of the same number; None if it is gone."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]
