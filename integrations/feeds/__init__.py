"""Readers of merchants' feeds: whatever the format, the same canonical columns come out.

`open_feed` settles format, encoding and header at once; the records follow in chunks, so memory
stays flat however large the file is.
"""

from pathlib import Path

from integrations.feeds.archive import is_workbook
from integrations.feeds.blocks import inspect
from integrations.feeds.contract import (
    FRAME,
    Chunk,
    FileRefused,
    LineProblem,
    Memory,
    Reading,
    ReadSettings,
)
from integrations.feeds.reading import read_source, read_workbook

__all__ = [
    "FRAME",
    "Chunk",
    "FileRefused",
    "LineProblem",
    "Memory",
    "ReadSettings",
    "Reading",
    "open_feed",
]


def open_feed(path: Path, settings: ReadSettings) -> Reading:
    """Open an unpacked feed file and read its records in chunks.

    Raises: FileRefused, here or while the chunks are walked, for a feed that must change nothing.
    """
    if is_workbook(path):
        return read_workbook(path, settings)
    return read_source(inspect(path, settings), settings)
