"""Fixtures for every test: real servers of our own, one transaction per test, a stub queue.

The servers start once for a session, in a temporary folder, without fsync; the processes of
pytest-xdist share them, each with a database and a Valkey database of its own. The migrations run
once, into a template that each database is copied from.
"""

import contextlib
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from urllib.parse import quote

import asyncpg
import dramatiq
import pytest
import redis.asyncio
from dramatiq.brokers.stub import StubBroker
from tortoise.transactions import in_transaction

from boucle.orm import connect, database, exclusive, migrate
from boucle.servers import embedded
from domain.markets.rules import STRICT
from models.markets.rules import install
from models.units import status

dramatiq.set_broker(StubBroker())  # an actor registers on the broker set when it is imported

_TEMPLATE = "boucle_template"
_MAKING_TEMPLATE = 7_204_312
_servers = contextlib.ExitStack()
_urls = pytest.StashKey[tuple[str, str]]()


@contextlib.contextmanager
def _temporary_home() -> Generator[Path]:
    """A folder that the servers' account may enter when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="boucle-test-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the process that the others obey; they are told the addresses."""
    given = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[_urls] = (given["database_url"], given["redis_url"])
    elif not config.option.collectonly:
        home = _servers.enter_context(_temporary_home())
        config.stash[_urls] = _servers.enter_context(embedded(home, durable=False))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a process of pytest-xdist where the servers are."""
    node.workerinput["database_url"], node.workerinput["redis_url"] = node.config.stash[_urls]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers."""
    _servers.close()


def _beside(database_url: str, name: str) -> str:
    return database_url.replace("@/boucle?", f"@/{quote(name)}?")


def _number(config: pytest.Config) -> int:
    """0 for the only process, else the number of the process among those of pytest-xdist."""
    given = getattr(config, "workerinput", None)
    return 0 if given is None else int(given["workerid"].removeprefix("gw")) + 1


async def _template(server: str) -> None:
    """Build the template unless another process did."""
    async with exclusive(server, _MAKING_TEMPLATE) as connection:
        known = "SELECT 1 FROM pg_database WHERE datname = $1"
        if await connection.fetchval(known, _TEMPLATE):
            return
        await connection.execute(f"CREATE DATABASE {_TEMPLATE}_new")
        await migrate(_beside(server, f"{_TEMPLATE}_new"))
        await connection.execute(f"ALTER DATABASE {_TEMPLATE}_new RENAME TO {_TEMPLATE}")


@pytest.fixture(scope="session")
async def database_url(request: pytest.FixtureRequest) -> str:
    """The address of this process's own database, built by the migrations as in production."""
    server, _ = request.config.stash[_urls]
    await _template(server)
    name = f"boucle_test_{_number(request.config)}"
    async with exclusive(server, _MAKING_TEMPLATE) as connection:
        await connection.execute(f"DROP DATABASE IF EXISTS {name}")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    return _beside(server, name)


@pytest.fixture
async def empty_database_url(request: pytest.FixtureRequest) -> AsyncGenerator[str]:
    """The address of a database without tables, for tests of the migrations themselves."""
    server, _ = request.config.stash[_urls]
    name = f"boucle_empty_{_number(request.config)}"
    connection = await connect(server)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name}")
        await connection.execute(f"CREATE DATABASE {name}")
        yield _beside(server, name)
        await connection.execute(f"DROP DATABASE {name}")
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def migrated(database_url: str) -> AsyncGenerator[None]:
    """The pool on this process's database, for the whole session."""
    async with database(database_url):
        yield


@pytest.fixture(autouse=True)
def policy() -> Generator[None]:
    """Rules are read as strictly after a test as before it, and nobody is asked about devices."""
    yield
    install(STRICT)
    status.install(None)
    status.install_locks(None)


@pytest.fixture
async def db(migrated: None) -> AsyncGenerator[None]:
    """One transaction around the test, rolled back at its end."""
    async with in_transaction() as transaction:
        yield
        await transaction.rollback()


@pytest.fixture(scope="session")
async def seeded_tables(migrated: None, database_url: str) -> frozenset[str]:
    """The tables that the migrations left rows in."""
    connection = await connect(database_url)
    try:
        asked = {t: f'SELECT EXISTS (SELECT 1 FROM "{t}")' for t in await _tables(connection)}
        return frozenset([t for t, query in asked.items() if await connection.fetchval(query)])
    finally:
        await connection.close()


@pytest.fixture
async def fresh_db(database_url: str, seeded_tables: frozenset[str]) -> AsyncGenerator[str]:
    """Committed work is allowed: what the test wrote is removed after it. Yields the address."""
    async with _committing(database_url, seeded_tables):
        yield database_url


@pytest.fixture(scope="module")
async def module_db(database_url: str, seeded_tables: frozenset[str]) -> AsyncGenerator[str]:
    """Like `fresh_db`, for all the tests of a module."""
    async with _committing(database_url, seeded_tables):
        yield database_url


@contextlib.asynccontextmanager
async def _committing(database_url: str, kept: frozenset[str]) -> AsyncGenerator[None]:
    yield
    connection = await connect(database_url)
    try:
        await _empty(connection, kept)
    finally:
        await connection.close()


async def _tables(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return [row["tablename"] for row in rows]


async def _empty(connection: asyncpg.Connection, kept: frozenset[str]) -> None:
    tables = [f'"{table}"' for table in await _tables(connection) if table not in kept]
    if tables:
        await connection.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")


@pytest.fixture
async def redis_url(request: pytest.FixtureRequest) -> AsyncGenerator[str]:
    """The address of this process's own Valkey database, emptied after the test."""
    _, server = request.config.stash[_urls]
    url = f"{server}?db={_number(request.config)}"
    yield url
    async with redis.asyncio.from_url(url) as client:
        await client.flushdb()
