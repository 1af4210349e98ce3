"""The one place that opens the database, and that changes its tables."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.writer import MigrationWriter

from boucle import roles
from models import TORTOISE_MODULES

_APP = {"models": TORTOISE_MODULES, "migrations": "models.migrations"}
_MIGRATING = 7_204_311  # the advisory lock of the one runner


@dataclass(frozen=True, slots=True)
class Role:
    """Who a process is to PostgreSQL: a name in its lists, and how long it may keep it busy.

    Each wait is shorter than the one around it. `rights` is the database role that it takes as it
    connects; None stays the owner of the tables. `plans` is PostgreSQL's plan_cache_mode. Where
    `tidy` is false, a connection goes back to the pool without a statement that resets it: what
    such a process sets, it sets for a transaction (`SET LOCAL`), and it holds no lock of a session.
    """

    name: str
    statement_seconds: int
    lock_seconds: int
    idle_in_transaction_seconds: int
    rights: str | None = None
    plans: str = "auto"
    tidy: bool = True


# To plan a statement of the API takes longer than to run it, and so does resetting a connection.
APP = Role("boucle-app", 5, 2, 10, roles.APP, plans="force_generic_plan", tidy=False)
WORKER = Role("boucle-worker", 60, 5, 30, roles.SYSTEM)
MIGRATION = Role("boucle-migration", 0, 60, 0)


def tortoise_config(database_url: str, *, pool: int = 10, role: Role = WORKER) -> dict[str, Any]:
    """What Tortoise and its migrations need to know."""
    connection = expand_db_url(database_url)
    credentials = connection["credentials"]
    credentials.setdefault("minsize", 1)
    credentials.setdefault("maxsize", pool)
    credentials["application_name"] = role.name
    if not role.tidy:
        credentials["reset"] = _left_as_it_is
    credentials["server_settings"] = {
        "jit": "off",
        "timezone": "UTC",
        "plan_cache_mode": role.plans,
        "statement_timeout": f"{role.statement_seconds}s",
        "lock_timeout": f"{role.lock_seconds}s",
        "idle_in_transaction_session_timeout": f"{role.idle_in_transaction_seconds}s",
        **({"role": role.rights} if role.rights else {}),
    }
    return {
        "connections": {"default": connection},
        "apps": {"models": _APP},
        "use_tz": True,
        "timezone": "UTC",
    }


async def _left_as_it_is(_connection: asyncpg.Connection) -> None:
    """Nothing to do; asyncpg itself ends a transaction that was left open."""


@asynccontextmanager
async def database(
    database_url: str, pool: int = 10, *, role: Role = WORKER
) -> AsyncGenerator[None]:
    """Open the pool for every task of this process; close it at the end."""
    config = tortoise_config(database_url, pool=pool, role=role)
    context = await Tortoise.init(config, _enable_global_fallback=True)
    try:
        yield
    finally:
        await context.close_connections()


async def migrate(database_url: str, on_step: Callable[[str], object] = str) -> int:
    """Bring the tables up to date, one runner at a time; return how many migrations ran.

    `on_step` is told the name of each migration as it begins.
    Raises: NoRoles.
    """
    async with (
        exclusive(database_url, _MIGRATING) as connection,
        _executor(database_url) as executor,
    ):
        await roles.ensure(connection)
        done: list[str] = []

        def progress(event: str, _app: str, name: str) -> None:
            if event == "apply_start":
                on_step(name)
                done.append(name)

        await executor.migrate(progress=progress)
        return len(done)


async def unapplied(database_url: str) -> list[str]:
    """The names of the migrations that these tables still lack."""
    async with _executor(database_url) as executor:
        return [step.migration.name for step in await executor.plan()]


async def missing_migrations(database_url: str) -> list[MigrationWriter]:
    """The migrations that would make the tables agree with the models; none if they do.

    It reads the migrations of the checkout, not the database.
    """
    async with TortoiseContext() as context:
        await context.init(tortoise_config(database_url, role=MIGRATION), init_connections=False)
        if context.apps is None:
            return []
        return await MigrationAutodetector(context.apps, {"models": dict(_APP)}).changes()


@asynccontextmanager
async def _executor(database_url: str) -> AsyncGenerator[MigrationExecutor]:
    async with TortoiseContext() as context:
        await context.init(tortoise_config(database_url, pool=2, role=MIGRATION))
        yield MigrationExecutor(context.db(), {"models": dict(_APP)})


@asynccontextmanager
async def exclusive(database_url: str, number: int) -> AsyncGenerator[asyncpg.Connection]:
    """A connection that holds one advisory lock of the database until the block ends."""
    connection = await connect(database_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", number)
        yield connection
    finally:
        await connection.close()


async def connect(database_url: str) -> asyncpg.Connection:
    """One connection outside the pool, for what an ORM does not do."""
    return await asyncpg.connect(dsn(database_url), timeout=10)


def dsn(database_url: str, database: str | None = None) -> str:
    """The same address for PostgreSQL's own clients, or that of another `database` beside it."""
    parts = urlsplit(database_url)
    known = {"host", "port", "user", "password", "ssl", "sslmode"}
    query = "&".join(f"{k}={v[-1]}" for k, v in parse_qs(parts.query).items() if k in known)
    name = f"/{database}" if database else parts.path
    return f"postgresql://{parts.netloc}{name}" + (f"?{query}" if query else "")
