"""Clean delimited text read as columns, as fast as the machine allows.

It reads a piece only if every record is one line, well quoted and of the full width; anything
else is left to `csv_slow`, which comes to the same records for the same bytes.
"""

import re
from dataclasses import dataclass
from typing import Final

import polars as pl

from integrations.feeds.columns import Layout
from integrations.feeds.contract import Raw

_ABSENT: Final = "\x01"  # a separator that no line has, so that each line is one text


@dataclass(frozen=True, slots=True)
class FastReader:
    """Reads clean pieces of one file; `most` is the bytes a line may have."""

    form: Layout
    separator: str
    most: int

    def read(self, piece: bytes, first_line: int) -> Raw | None:
        """The records of whole lines, or None if the slow reader must look at them.

        Shapes: `piece` ends with a line feed; its first line has the number `first_line`.
        """
        try:
            lines = self._regular(piece)
            return None if lines is None else self._columns(piece, first_line, lines)
        except pl.exceptions.PolarsError:
            return None

    def _regular(self, piece: bytes) -> int | None:
        """How many lines there are, if each is one record, well quoted and of the full width."""
        schema = pl.Schema({"line": pl.String()})
        column = pl.read_csv(
            piece,
            has_header=False,
            schema=schema,
            separator=_ABSENT,
            quote_char=None,
            infer_schema=False,
        )
        line = pl.col("line")
        fit = line.str.contains(self._record()) & (line.str.len_bytes() <= self.most)
        fits = column.lazy().select(fit.fill_null(self.form.width == 1).all()).collect().item()
        return column.height if fits and column.height == piece.count(b"\n") else None

    def _record(self) -> str:
        mark = re.escape(self.separator)
        value = rf'(?:"(?:[^"]|"")*"|[^"{mark}]*)'
        return f"^{value}(?:{mark}{value}){{{self.form.width - 1}}}$"

    def _columns(self, piece: bytes, first_line: int, lines: int) -> Raw | None:
        form = self.form
        frame = pl.read_csv(
            piece,
            has_header=False,
            schema=pl.Schema({f"c{index}": pl.String() for index in range(form.width)}),
            columns=[index for index, _ in form.fields],
            separator=self.separator,
            infer_schema=False,
        )
        if frame.height != lines:
            return None
        named = frame.select(
            pl.int_range(first_line, first_line + lines, dtype=pl.Int32).alias("line"),
            *(pl.col(f"c{index}").alias(name) for index, name in form.fields),
        )
        return Raw(named, [], 0, len(piece), lines)
