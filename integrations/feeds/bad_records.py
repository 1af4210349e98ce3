"""Rejected records of a file of separated values, with their own quotation marks."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from domain.offers.lines import FeedFormat, LineCode
from domain.offers.values import sku_key
from integrations.feeds.blocks import Source
from integrations.feeds.columns import Layout
from integrations.feeds.contract import Raw, ReadSettings
from integrations.feeds.csv_slow import MOST_LINES_OF_A_RECORD, SlowReader
from integrations.feeds.delimited import Delimited, open_delimited
from integrations.feeds.frames import Family, Frame, Kind, Meta, is_ours
from integrations.feeds.wanted import Wanted

_MARKS: Final = {"utf-8": "efbbbf", "utf-16-le": "fffe", "utf-16-be": "feff"}
_UNREADABLE: Final = frozenset({LineCode.BAD_QUOTES, LineCode.FIELD_TOO_LONG})
_SAMPLE: Final = 65_536
_UTF8: Final = ("utf-8", "surrogateescape")


def newline_of(source: Source) -> str:
    """How the lines of a file end, as its first one does."""
    with source.path.open("rb") as file:
        text = file.read(_SAMPLE).decode(source.encoding, "replace")
    at = min((at for at in (text.find("\r"), text.find("\n")) if at >= 0), default=-1)
    if at < 0 or text[at] == "\n":
        return "\n"
    return "\r\n" if text[at : at + 2] == "\r\n" else "\r"


def mark_of(source: Source) -> str:
    """The byte order mark of a file in hexadecimal digits, nothing where there is none."""
    return _MARKS[source.encoding] if source.skip else ""


def bad_records(source: Source, settings: ReadSettings, wanted: Wanted) -> Iterator[Frame]:
    """What stands above the records of a file, then the wanted ones.

    Shapes: rows that make up one record with a wanted one come too, as does the row that says what
    a product of several rows is.
    Raises: FileRefused, as the readers do.
    """
    opened = open_delimited(source, settings)
    cut = _Cut(opened, settings, wanted)
    mirakl = opened.format is FeedFormat.MIRAKL_CSV
    yield Meta(
        Family.DELIMITED,
        source.encoding,
        mark_of(source),
        newline_of(source),
        opened.separator,
        mirakl,
    ).frame()
    yield from cut.head()
    if "warehouse" in opened.form.names:
        keys = {cut.value("sku", row) for row in cut.records()}
        again = open_delimited(source, settings)
        yield from _Cut(again, settings, Wanted(None)).of_keys(keys, wanted)
    elif opened.format is FeedFormat.SHOPIFY_CSV:
        everything = _Cut(opened, settings, Wanted(None))
        yield from everything.of_products(wanted)
    else:
        yield from (cut.frame(row) for row in cut.records())


@dataclass(frozen=True, slots=True)
class _Row:
    """A record: its number, its values or what is wrong with it, and its text as it came."""

    line: int
    values: Sequence[str] | LineCode
    text: bytes


@dataclass(slots=True)
class _Cut:
    """A file of which some records are taken."""

    opened: Delimited
    settings: ReadSettings
    wanted: Wanted
    slow: SlowReader = field(init=False)
    own: list[int] = field(init=False)

    def __post_init__(self) -> None:
        form, separator = self.opened.form, self.opened.separator
        self.slow = SlowReader(form, separator, self.settings.max_line_bytes)
        names = enumerate(self.opened.header)
        self.own = [index for index, name in names if not is_ours(name)]

    def head(self) -> Iterator[Frame]:
        """Titles, labels and the header, as they came."""
        anything = Layout((), (), self.settings.max_columns, 0)
        loose = SlowReader(anything, self.opened.separator, self.settings.max_line_bytes)
        lines = self.opened.pieces.above.split(b"\n")[:-1]
        above: list[_Row] = []
        at = 0
        for _, values, taken in loose.records(lines, 1, final=True):
            above.append(_Row(0, values, b"\n".join(lines[at : at + taken])))
            at += taken
        told = list(self.opened.header)
        header = next((row for row in above if row.values == told), above[-1])
        for row in above:
            if row is header:
                yield Frame(Kind.HEADER, 0, self._fitted(row))
            else:
                yield Frame(Kind.TEXT, 0, row.text + b"\n")

    def records(self) -> Iterator[_Row]:
        """The wanted records."""
        found: list[_Row] = []

        def parse(piece: bytes, line: int, final: bool) -> Raw:
            used, physical = self._taken(piece, line, final, found)
            return Raw(pl.DataFrame(), [], 0, used, physical)

        for _ in self.opened.pieces.walk(parse):
            yield from found
            found.clear()

    def _taken(self, piece: bytes, line: int, final: bool, found: list[_Row]) -> tuple[int, int]:
        """The bytes and lines of a piece that are done with; one that goes on is left for later."""
        count = piece.count(b"\n")
        numbers = self.wanted.within(line, line + count)
        if not numbers:
            return len(piece), count
        lines = piece.split(b"\n")[:-1]
        beyond = line
        for number in numbers:
            if number < beyond:
                continue
            at = number - line
            few = lines[at : at + MOST_LINES_OF_A_RECORD]
            record = next(self.slow.records(few, number, final), None)
            if record is None:
                return sum(len(each) + 1 for each in lines[:at]), at
            _, values, size = record
            beyond = number + size
            if values:
                found.append(_Row(number, values, b"\n".join(lines[at : at + size])))
        return len(piece), count

    def frame(self, row: _Row, kind: Kind = Kind.ROW) -> Frame:
        """A record that errors can be written behind."""
        return Frame(kind, row.line, self._fitted(row))

    def _fitted(self, row: _Row) -> bytes:
        """The text of a record with as many cells as the header, as it came where that can be."""
        separator, width = self.opened.separator, len(self.opened.header)
        text = row.text.decode(*_UTF8)
        if isinstance(row.values, LineCode) and row.values in _UNREADABLE:
            values = text.split(separator)
            return self._written(values).encode(*_UTF8)
        values = next(csv.reader([text], delimiter=separator), [])
        beyond = any(value.strip() for value in values[width:])
        if len(self.own) < width or (len(values) > width and not beyond):
            return self._written(values).encode(*_UTF8)
        return (text + separator * (width - len(values))).encode(*_UTF8)

    def _written(self, values: Sequence[str]) -> str:
        """Cells anew, without those of ours."""
        kept = [values[index] if index < len(values) else "" for index in self.own]
        more = values[len(self.opened.header) :]
        kept += more if any(value.strip() for value in more) else []
        out = io.StringIO()
        csv.writer(out, delimiter=self.opened.separator, lineterminator="").writerow(kept)
        return out.getvalue()

    def value(self, name: str, row: _Row) -> str:
        """A field of a record, to compare."""
        index = next(index for index, each in self.opened.form.fields if each == name)
        if isinstance(row.values, LineCode) or index >= len(row.values):
            return ""
        return sku_key(row.values[index].strip())

    def of_keys(self, keys: set[str], wanted: Wanted) -> Iterator[Frame]:
        """The records whose SKU is one of these: all of them make up one record."""
        for row in self.records():
            if row.line in wanted:
                yield self.frame(row)
            elif self.value("sku", row) in keys - {""}:
                yield self.frame(row, Kind.BESIDE)

    def of_products(self, wanted: Wanted) -> Iterator[Frame]:
        """Wanted rows, each behind the first row of its product, which says what it is."""
        first: _Row | None = None
        for row in self.records():
            if first is None or self.value("handle", row) != self.value("handle", first):
                first, told = row, False
            if row.line not in wanted:
                continue
            if not told and first is not row:
                yield self.frame(first, Kind.BESIDE)
            told = True
            yield self.frame(row)
