"""Workbooks, XLSX, XLS and ODS, with the columns of our own format, mapped ones, or Mirakl's."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from domain.offers.amounts import Mark, decimal_mark
from domain.offers.lines import FeedFormat, FileCode
from integrations.feeds.archive import Contents, look_into
from integrations.feeds.body import Limits
from integrations.feeds.cells import column_of, text_of
from integrations.feeds.columns import Layout, layout
from integrations.feeds.contract import FileRefused, Raw, ReadSettings
from integrations.feeds.delimited import MONEY, SAMPLE
from integrations.feeds.dialect import header_key
from integrations.feeds.dialects import (
    as_workbook,
    chosen_or_told,
    columns_told,
    is_labels,
    spoken,
)
from integrations.feeds.sheet_rows import MOST_ROWS, Cells, sheet_rows

MOST_ABOVE: Final = 50
BATCH: Final = 5_000
_SEPARATOR: Final = ";"  # what tells formats apart as text, tabs for one


@dataclass(slots=True)
class Sheet:
    """A sheet whose header was understood; `top` is the number of its row.

    Shapes: `merged` are ranges of cells that show one value, from row and column to row and
    column, counted from 0; `errors` are cells such as `#N/A`.
    """

    path: Path
    name: str
    format: FeedFormat
    top: int
    header: tuple[str, ...]
    form: Layout
    errors: frozenset[tuple[int, int]] = frozenset()
    formulas: int = 0
    marks: dict[str, Mark | None] = field(default_factory=dict)

    def raws(self, settings: ReadSettings) -> Iterator[Raw]:
        """The records of the sheet in batches, each with the number of its row.

        Raises: FileRefused `FEED_TOO_LARGE` for more rows than are read.
        """
        rows: list[list[Any]] = []
        for number, cells in self.rows():
            if number - self.top > min(MOST_ROWS, settings.max_lines):
                detail = f"more than {MOST_ROWS} rows"
                raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=number)
            if any(cell not in {"", None} for cell in cells):
                rows.append([number, *self._texts(cells)])
            if len(rows) >= BATCH:
                yield self._raw(rows)
                rows = []
        yield self._raw(rows)

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """The number and all the values of each record as texts."""
        for number, cells in self.rows():
            if any(cell not in {"", None} for cell in cells):
                yield number, [text_of(cell, "") or "" for cell in cells]

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """The number and the cells of each row below the header, labels left out."""
        with closing(sheet_rows(self.path, self.name, 0, self.errors)) as found:
            for _, number, cells in found:
                if number > self.top and not (
                    number == self.top + 1 and is_labels(_shown(cells), self.form)
                ):
                    yield number, cells

    def _texts(self, cells: Cells) -> list[str | None]:
        return [
            text_of(cells[index], name) if index < len(cells) else None
            for index, name in self.form.fields
        ]

    def _raw(self, rows: list[list[Any]]) -> Raw:
        schema = {"line": pl.Int32()} | dict.fromkeys(self.form.names, pl.String())
        return Raw(pl.DataFrame(rows, schema=schema, orient="row"), [], 0, 0, len(rows))


def open_sheet(path: Path, settings: ReadSettings) -> Sheet:
    """Find the sheet and the header of a workbook, and the decimal marks of its first rows.

    Shapes: the sheet is the one named by the feed, else the first visible one with a header within
    its first rows; the header is the row that names most columns, so titles may stand above it.
    Raises: FileRefused `FORMAT_UNKNOWN`, `FEED_TRUNCATED`, `ARCHIVE_BOMB`, `FEED_TOO_LARGE`,
    `HEADER_MISSING`, `FEED_EMPTY`.
    """
    contents = look_into(path, Limits())
    heads: dict[str, list[tuple[int, Cells]]] = {}
    with closing(sheet_rows(path, settings.sheet or "", SAMPLE)) as found:
        for name, number, cells in found:
            heads.setdefault(name, []).append((number, cells))
    if not heads:
        raise FileRefused(FileCode.FEED_EMPTY, _no_sheet(settings))
    name, top = _header(heads, settings)
    rows = dict(heads[name])
    header = _trimmed(_shown(rows[top]))
    keys = {header_key(name) for name in header}
    chosen = as_workbook(chosen_or_told(keys, _SEPARATOR, settings))
    form = layout(header, spoken(chosen, settings), settings)
    sheet = Sheet(path, name, chosen, top, tuple(header), form, *_flaws(contents, name))
    below = [cells for number, cells in heads[name] if number > top]
    if not any(any(cell not in {"", None} for cell in cells) for cells in below):
        raise FileRefused(FileCode.FEED_EMPTY, "a header and no line")
    sheet.marks = _marks(below, form)
    return sheet


def _no_sheet(settings: ReadSettings) -> str:
    return f"no sheet named {settings.sheet}" if settings.sheet else "no cell with a value"


def _flaws(contents: Contents, name: str) -> tuple[frozenset[tuple[int, int]], int]:
    """The cells of a sheet that hold errors, and how many cells hold formulas."""
    member = contents.sheets.get(name, "content.xml")
    errors = frozenset(column_of(place) for place in contents.errors.get(member, ()))
    return errors, contents.formulas.get(member, 0)


def _header(
    heads: Mapping[str, list[tuple[int, Cells]]], settings: ReadSettings
) -> tuple[str, int]:
    """The first sheet with a header and the row of that; without one, its first row with words."""
    first: tuple[str, int] | None = None
    for name, rows in heads.items():
        best, top = 0, 0
        for number, cells in rows[:MOST_ABOVE]:
            shown = _shown(cells)
            if first is None and any(shown):
                first = name, number
            named = columns_told(shown, _SEPARATOR, settings)
            if named > best:
                best, top = named, number
        if best:
            return name, top
    if first is None:
        raise FileRefused(FileCode.FEED_EMPTY, "no cell with a value")
    return first


def _shown(cells: Cells) -> list[str]:
    return [text_of(cell, "") or "" for cell in cells]


def _trimmed(header: list[str]) -> list[str]:
    while header and not header[-1].strip():
        header.pop()
    return header


def _marks(rows: Sequence[Cells], form: Layout) -> dict[str, Mark | None]:
    """The decimal mark of each column of money, told by the cells that are texts."""
    money = [(at, name) for at, name in form.fields if name.partition("[")[0] in MONEY]
    return {
        name: decimal_mark(
            {cells[at] for cells in rows if at < len(cells) and isinstance(cells[at], str)}
        )
        for at, name in money
    }
