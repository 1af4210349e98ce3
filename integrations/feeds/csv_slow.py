"""Delimited text read record by record, with the line of every fault."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

import polars as pl

from domain.offers.lines import FileCode, LineCode
from domain.offers.values import parse_sku
from integrations.feeds.columns import Layout
from integrations.feeds.contract import VALUE_SHOWN, FileRefused, LineProblem, Raw

MOST_LINES_OF_A_RECORD: Final = 500
_UNDECODED = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Quoting:
    """What a record with quotation marks looks like under a separator.

    Shapes: a first line is `whole`, or `unfinished` where a quoted value goes on; a line within
    such a value `closes` the record, or `stays` within that value or another one.
    """

    whole: re.Pattern[str]
    unfinished: re.Pattern[str]
    closes: re.Pattern[str]
    stays: re.Pattern[str]

    @classmethod
    def by(cls, separator: str) -> "Quoting":
        """The patterns for files with this separator."""
        mark = re.escape(separator)
        inner = r'[^"]*+(?:""[^"]*+)*+'
        quoted = f'"{inner}'
        value = rf'(?:{quoted}"|(?!")[^{mark}\n]*+)'
        return cls(
            re.compile(f"{value}(?:{mark}{value})*+"),
            re.compile(f"(?:{value}{mark})*+{quoted}"),
            re.compile(f'{inner}"(?:{mark}{value})*+'),
            re.compile(f'{inner}(?:"{mark}(?:{value}{mark})*+{quoted})?+'),
        )


@dataclass(slots=True)
class SlowReader:
    """Reads pieces of one file; a record cut by the end of a piece is left for the next.

    Shapes: `most` is the bytes a line or a record may have. A value that is open behind one of
    the lines `open` is open behind the last of them, whichever record it belongs to: so no line is
    looked at again for each of the records that do not end.
    """

    form: Layout
    separator: str
    most: int
    quoting: Quoting = field(init=False)
    open: range = range(0)
    ends: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.quoting = Quoting.by(self.separator)

    def read(self, piece: bytes, first_line: int, final: bool) -> Raw:
        """The records of a piece that ends with a line feed.

        Raises: FileRefused `FEED_TOO_LARGE` for a line over the limit.
        """
        rows: list[list[str | None]] = []
        problems: list[LineProblem] = []
        lines = piece.split(b"\n")[:-1]
        at = 0
        for number, values, taken in self.records(lines, first_line, final):
            at += taken
            if isinstance(values, LineCode):
                problems.append(self._problem(values, lines[at - taken], number))
            elif values:
                rows.append([number, *self._mapped(values)])  # type: ignore[list-item]
        schema = {"line": pl.Int32()} | dict.fromkeys(self.form.names, pl.String())
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        consumed = sum(len(line) + 1 for line in lines[:at])
        return Raw(frame, problems, len(problems), consumed, at)

    def records(
        self, lines: Sequence[bytes], first_line: int, final: bool
    ) -> Iterator[tuple[int, list[str] | LineCode, int]]:
        """The number of each record, its values or what is wrong with it, and its lines.

        Raises: FileRefused `FEED_TOO_LARGE` for a line over the limit.
        """
        at, self.open, self.ends = 0, range(0), []
        while at < len(lines):
            values, taken = self._record(lines, at, first_line + at, final)
            if taken == 0:
                return
            yield first_line + at, values, taken
            at += taken

    def first(self, text: bytes) -> tuple[list[str], int]:
        """The values of the record that a text starts with, such as a header, and its bytes.

        Raises: FileRefused `HEADER_MISSING` if it cannot be read.
        """
        lines = text.split(b"\n", MOST_LINES_OF_A_RECORD)
        self.open, self.ends = range(0), []
        values, taken = self._split(lines, 0, final=True)
        if isinstance(values, LineCode):
            raise FileRefused(FileCode.HEADER_MISSING, "the header cannot be read", line=1)
        return values, sum(len(line) + 1 for line in lines[:taken])

    def _record(
        self, lines: Sequence[bytes], at: int, number: int, final: bool
    ) -> tuple[list[str] | LineCode, int]:
        """The values of a record and its lines; no line if more of the file is needed."""
        if len(lines[at]) > self.most:
            detail = f"a line of more than {self.most} bytes"
            raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=number)
        if not lines[at].strip():
            return [], 1
        values, taken = self._split(lines, at, final)
        if isinstance(values, LineCode) or taken == 0:
            return values, taken
        if not self._fits(values):
            return (LineCode.COLUMN_COUNT, 1) if taken == 1 else (LineCode.BAD_QUOTES, 1)
        if any(_UNDECODED.search(value) for value in values):
            return LineCode.BAD_ENCODING, taken
        return values, taken

    def _fits(self, values: Sequence[str]) -> bool:
        beyond = values[self.form.width :]
        return len(values) >= self.form.least and not any(value.strip() for value in beyond)

    def _split(
        self, lines: Sequence[bytes], at: int, final: bool
    ) -> tuple[list[str] | LineCode, int]:
        text = lines[at].decode("utf-8", "surrogateescape")
        if '"' not in text:
            return text.split(self.separator), 1
        if self.quoting.whole.fullmatch(text):
            return self._values(text), 1
        if not self.quoting.unfinished.fullmatch(text):
            return LineCode.BAD_QUOTES, 1
        return self._continued(lines, at, final)

    def _continued(
        self, lines: Sequence[bytes], at: int, final: bool
    ) -> tuple[list[str] | LineCode, int]:
        """A record whose quoted value goes on: to its end, or refused on its first line alone."""
        last = at if at not in self.open else self.open[-1]
        size = self._size(lines, at, last)
        if size > self.most:
            return LineCode.BAD_QUOTES, 1
        for end in range(last + 1, at + MOST_LINES_OF_A_RECORD):
            if end >= len(lines):
                return (LineCode.BAD_QUOTES, 1) if final else ([], 0)
            size += len(lines[end]) + 1
            if size > self.most:
                break
            if b'"' in lines[end]:
                text = lines[end].decode("utf-8", "surrogateescape")
                if self.quoting.closes.fullmatch(text):
                    whole = b"\n".join(lines[at : end + 1]).decode("utf-8", "surrogateescape")
                    return self._values(whole), end - at + 1
                if not self.quoting.stays.fullmatch(text):
                    break
            self.open = range(at, end + 1)
        return LineCode.BAD_QUOTES, 1

    def _size(self, lines: Sequence[bytes], first: int, last: int) -> int:
        if first == last:
            return len(lines[first])
        if not self.ends:
            self.ends = list(accumulate(len(line) + 1 for line in lines))
        return self.ends[last] - self.ends[first] + len(lines[first])

    def _values(self, text: str) -> list[str] | LineCode:
        try:
            return next(csv.reader([text], delimiter=self.separator))
        except csv.Error:
            return LineCode.FIELD_TOO_LONG

    def _mapped(self, values: Sequence[str]) -> list[str | None]:
        return [
            values[index] or None if index < len(values) else None for index, _ in self.form.fields
        ]

    def _problem(self, code: LineCode, line: bytes, number: int) -> LineProblem:
        """The problem with what can be told of the SKU, for the merchant to find the line."""
        text = line.decode("utf-8", "replace")
        values = text.split(self.separator)
        index = next((index for index, name in self.form.fields if name == "sku"), 0)
        sku = parse_sku(values[index].strip('"')).value if index < len(values) else None
        return LineProblem(number, sku, None, code, text[:VALUE_SHOWN], fatal=True)
