"""Clean delimited text read as columns, as fast as the machine allows.

It reads a piece only if every record is one line, well quoted and of the full width; anything
else is left to `csv_slow`, which comes to the same records for the same bytes.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from integrations.feeds.columns import Layout
from integrations.feeds.contract import Memory, Raw

_ABSENT: Final = "\x01"  # a separator that no line has, so that each line is one text


@dataclass(frozen=True, slots=True)
class Remembered:
    """The lines that need not be read again: their marks, and the seed that marks are made with."""

    seed: int
    marks: pl.Series

    @classmethod
    def of(cls, memory: Memory, *meaning: object) -> Self:
        """Marks seeded by the caller's salt and by what decides how a line is read.

        The version of the hash is part of the seed: a library that hashes otherwise forgets
        everything, once.
        """
        salt = repr((pl.__version__, memory.salt, *meaning)).encode()
        digest = hashlib.sha256(salt).digest()
        return cls(int.from_bytes(digest[:8], "big"), memory.marks)

    def marked(self, lines: pl.Series, first_line: int) -> pl.DataFrame:
        """`line`, `mark` and `known` of each line."""
        mark = lines.hash(self.seed).reinterpret(signed=True).alias("mark")
        number = pl.int_range(first_line, first_line + lines.len(), dtype=pl.Int32, eager=True)
        known = mark.is_in(self.marks.implode()).alias("known")
        return pl.DataFrame([number.alias("line"), mark, known])


@dataclass(frozen=True, slots=True)
class FastReader:
    """Reads clean pieces of one file; `most` is the bytes a line may have."""

    form: Layout
    separator: str
    most: int
    remembered: Remembered | None = None

    def read(self, piece: bytes, first_line: int) -> Raw | None:
        """The records of whole lines, or None if the slow reader must look at them.

        Shapes: `piece` ends with a line feed; its first line has the number `first_line`.
        """
        try:
            lines = self._lines(piece)
            if lines.len() != piece.count(b"\n"):
                return None
            if self.remembered is None:
                return self._whole(piece, lines, first_line)
            return self._rest(piece, lines, self.remembered.marked(lines, first_line))
        except pl.exceptions.PolarsError:
            return None

    def _whole(self, piece: bytes, lines: pl.Series, first_line: int) -> Raw | None:
        if not self._regular(lines):
            return None
        last = first_line + lines.len()
        numbers = pl.int_range(first_line, last, dtype=pl.Int32, eager=True)
        frame = self._columns(piece, numbers)
        return None if frame is None else Raw(frame, [], 0, len(piece), lines.len())

    def _rest(self, piece: bytes, lines: pl.Series, marked: pl.DataFrame) -> Raw | None:
        """The records whose lines are not remembered; the others were read as records once."""
        known = marked["known"]
        rest = lines.filter(~known) if known.any() else lines
        if not self._regular(rest):
            return None
        marks = marked.filter(~known).select("line", "mark")
        body = piece if rest.len() == lines.len() else _joined(rest)
        frame = self._columns(body, marks["line"])
        if frame is None:
            return None
        same = marked.filter(known).select("line", "mark")
        return Raw(frame, [], 0, len(piece), lines.len(), marks, same)

    def _lines(self, piece: bytes) -> pl.Series:
        frame = pl.read_csv(
            piece,
            has_header=False,
            schema=pl.Schema({"line": pl.String()}),
            separator=_ABSENT,
            quote_char=None,
            infer_schema=False,
        )
        return frame["line"]

    def _regular(self, lines: pl.Series) -> bool:
        """Whether each line is one record, well quoted and of the full width."""
        line = pl.col("line")
        fit = line.str.contains(self._record()) & (line.str.len_bytes() <= self.most)
        every = fit.fill_null(self.form.width == 1).all()
        return bool(lines.to_frame().lazy().select(every).collect().item())

    def _record(self) -> str:
        mark = re.escape(self.separator)
        value = rf'(?:"(?:[^"]|"")*"|[^"{mark}]*)'
        return f"^{value}(?:{mark}{value}){{{self.form.width - 1}}}$"

    def _columns(self, piece: bytes, numbers: pl.Series) -> pl.DataFrame | None:
        form = self.form
        if not numbers.len():
            fields = {name: pl.String() for name in form.names}
            return pl.DataFrame(schema={"line": pl.Int32(), **fields})
        frame = pl.read_csv(
            piece,
            has_header=False,
            schema=pl.Schema({f"c{index}": pl.String() for index in range(form.width)}),
            columns=[index for index, _ in form.fields],
            separator=self.separator,
            infer_schema=False,
        )
        if frame.height != numbers.len():
            return None
        named = (pl.col(f"c{index}").alias(name) for index, name in form.fields)
        return frame.select(numbers.alias("line"), *named)


def _joined(lines: pl.Series) -> bytes:
    return ("\n".join(lines.fill_null("").to_list()) + "\n").encode()
