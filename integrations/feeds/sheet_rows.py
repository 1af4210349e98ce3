"""The rows of a workbook, as a process of its own reads them."""

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from domain.offers.lines import FileCode
from integrations.feeds.archive import PASSWORD
from integrations.feeds.cells import Cell
from integrations.feeds.contract import FileRefused

CHILD: Final = Path(__file__).with_name("sheet_child.py")
MOST_ROWS: Final = 100_000
MEGABYTES: Final = 1_536
CPU_SECONDS: Final = 60
SECONDS: Final = 120
ERROR: Final = "#N/A"

Cells = list[Cell]
Place = tuple[int, int]


def sheet_rows(
    path: Path, sheet: str, heads: int, errors: Iterable[Place] = ()
) -> Generator[tuple[str, int, Cells]]:
    """Each row with the name of its sheet and its number, the first being 1.

    Shapes: an empty `sheet` is every visible one; `heads` bounds the rows of each, 0 does not.
    `errors` are the cells of the sheet that hold an error, by row and column from 0. A value that
    is merged downwards stands in all its rows.
    Raises: FileRefused for what cannot be read within memory and time.
    """
    shown = _Shown("", [], errors)
    child = _said(path, sheet, heads)
    try:
        for said in child:
            if isinstance(said, dict):
                shown = _Shown(said["sheet"], said["merged"], errors)
            else:
                yield shown.name, *shown.row(said)
    finally:
        child.close()


@dataclass(slots=True)
class _Shown:
    """The rows of a sheet as a person sees them."""

    name: str
    ranges: Sequence[Sequence[Place]]
    errors: Iterable[Place]
    number: int = 0
    merged: dict[int, list[Place]] = field(default_factory=dict)
    wrong: dict[int, list[int]] = field(default_factory=dict)
    held: dict[int, Cell] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row, column in self.errors:
            self.wrong.setdefault(row, []).append(column)
        for (top, column), (bottom, _) in self.ranges:
            if bottom > top:
                for row in range(top, min(bottom, top + MOST_ROWS) + 1):
                    self.merged.setdefault(row, []).append((column, top))

    def row(self, cells: Cells) -> tuple[int, Cells]:
        """The number of the next row, and its cells with what merging and errors make of them."""
        for column in self.wrong.get(self.number, ()):
            if column < len(cells):
                cells[column] = ERROR
        for column, top in self.merged.get(self.number, ()):
            if column < len(cells):
                if top == self.number:
                    self.held[column] = cells[column]
                cells[column] = self.held.get(column, "")
        self.number += 1
        return self.number, cells


def _said(path: Path, sheet: str, heads: int) -> Generator[Any]:
    """What the child says: a sheet as an object, a row as a list. It ends with this iterator."""
    limits = [str(heads), str(MEGABYTES), str(CPU_SECONDS)]
    command = [sys.executable, "-I", str(CHILD), str(path.resolve()), sheet, *limits]
    child = subprocess.Popen(  # noqa: S603 (our own interpreter and script)
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
    )
    clock = threading.Timer(SECONDS, child.kill)
    clock.start()
    try:
        for line in child.stdout or ():
            said = json.loads(line)
            if isinstance(said, dict) and "failed" in said:
                raise _refused(said)
            if isinstance(said, dict) and "ended" in said:
                return
            yield said
        raise FileRefused(FileCode.FEED_TOO_LARGE, "a workbook that takes too much memory or time")
    finally:
        clock.cancel()
        child.kill()
        child.communicate()


def _refused(said: Mapping[str, Any]) -> FileRefused:
    match said["failed"]:
        case "password":
            return FileRefused(FileCode.FORMAT_UNKNOWN, PASSWORD)
        case "memory":
            return FileRefused(FileCode.FEED_TOO_LARGE, "a workbook that takes too much memory")
        case _:
            detail = f"the workbook is damaged: {said.get('detail', '')}"
            return FileRefused(FileCode.FORMAT_UNKNOWN, detail[:200])
