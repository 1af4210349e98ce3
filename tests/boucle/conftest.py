"""Homes for servers that a test starts and kills itself, and an eye on their statements."""

import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import asyncpg
import pytest

from boucle.orm import connect


@pytest.fixture
def home() -> Generator[Path]:
    """An empty home that the servers' account may enter when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="boucle-home-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def onlooker(database_url: str) -> AsyncGenerator[asyncpg.Connection]:
    """A connection that sees every other's statements: the pool's own rights hide them."""
    connection = await connect(database_url)
    yield connection
    await connection.close()
