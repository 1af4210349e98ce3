"""Which servers a command works with: those it is given, those of a running `boucle run`, its own.

What a run has started is written to `run.json` in the home (mode 0600, it holds passwords). The
file outlives the run; whether the run lives is told by the lock of the home.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from boucle.servers import BOTH, InUse, embedded, hold, passwords
from boucle.servers.storage import write_private
from boucle.settings import Settings


@dataclass(slots=True)
class Run:
    """A run of the supervisor. `services`: process id and birth mark of each, by name."""

    pid: int
    url: str
    sandbox_port: int
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    keys: str = field(repr=False)
    services: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    carriers_port: int = 0

    def save(self, home: Path) -> None:
        """Replace what the home says of the last run."""
        write_private(home / "run.json", json.dumps(asdict(self), indent=1))


def last_run(home: Path) -> Run | None:
    """The run that lives or the one before; None if there was none, or its file is damaged."""
    try:
        stored: dict[str, Any] = json.loads((home / "run.json").read_text())
        return Run(**stored)
    except (OSError, ValueError, TypeError):
        return None


def holder(home: Path) -> int | None:
    """The process that works with this home, 0 if unknown; None if nobody does."""
    if not (home / "lock").exists():
        return None
    try:
        with hold(home):
            return None
    except InUse as use:
        return use.pid


def running(home: Path) -> Run | None:
    """The run that lives."""
    pid, run = holder(home), last_run(home)
    return run if run is not None and run.pid == pid else None


def keys_of(settings: Settings) -> str:
    """The encryption keys as one setting; those of the home where the environment has none."""
    given = settings.environ()["BOUCLE_KEYS"]
    return given or passwords(settings.home).keys


@contextmanager
def connected(settings: Settings) -> Generator[Settings]:
    """The settings with servers that answer for the length of the block.

    An address in the environment wins, then a living run of this home; embedded servers are
    started for what is still missing.
    Raises: InUse, DidNotStart, NoStorage.
    """
    missing = {
        *(["postgres"] if settings.embedded_database else []),
        *(["valkey"] if settings.embedded_redis else []),
    }
    if missing and (run := running(settings.home)) is not None:
        yield _fill(settings, run.database_url, run.redis_url, run.keys)
    elif missing:
        with embedded(settings.home, only=missing & BOTH) as (database_url, redis_url):
            yield _fill(settings, database_url, redis_url, keys_of(settings))
    else:
        yield _fill(settings, "", "", keys_of(settings))


def _fill(settings: Settings, database_url: str, redis_url: str, keys: str) -> Settings:
    return settings.using(
        database_url=str(settings.database_url) or database_url,
        redis_url=str(settings.redis_url) or redis_url,
        keys=settings.environ()["BOUCLE_KEYS"] or keys,
    )
