"""Homes for servers that a test starts and kills itself."""

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Generator[Path]:
    """An empty home that the servers' account may enter when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="boucle-home-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)
