"""The records of a feed as they came: all their cells, under the header of the file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from integrations.feeds.archive import is_workbook
from integrations.feeds.blocks import inspect
from integrations.feeds.contract import ReadSettings
from integrations.feeds.delimited import open_delimited
from integrations.feeds.sheet import open_sheet


@dataclass(frozen=True, slots=True)
class Records:
    """A file with a header, and its rows with their numbers; `rows` can be walked once."""

    header: Sequence[str]
    separator: str
    rows: Iterator[tuple[int, list[str]]]


def records_of(path: Path, settings: ReadSettings) -> Records:
    """The rows of a workbook or a file of separated values. Raises: FileRefused."""
    if is_workbook(path):
        sheet = open_sheet(path, settings)
        return Records(sheet.header, ";", sheet.cells())
    opened = open_delimited(inspect(path, settings), settings)
    return Records(opened.header, opened.separator, opened.cells(settings))
