"""Our own format with one JSON object a line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import polars as pl

from domain.offers.amounts import Mark, decimal_mark
from domain.offers.lines import FileCode, LineCode
from integrations.feeds.blocks import Source
from integrations.feeds.columns import field_of, require
from integrations.feeds.contract import VALUE_SHOWN, FileRefused, LineProblem, Raw, ReadSettings
from integrations.feeds.delimited import MONEY, SAMPLE
from integrations.feeds.dialect import header_key
from integrations.feeds.native import NATIVE
from integrations.feeds.pieces import Pieces
from integrations.feeds.structures import canonical

Row = tuple[int, Mapping[str, str | None]]


@dataclass(slots=True)
class Objects:
    """A file of JSON objects; `fields` and `unknown` grow as keys are met."""

    settings: ReadSettings
    pieces: Pieces
    names: dict[str, str | None] = field(default_factory=dict)
    marks: dict[str, Mark | None] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """Our fields, in the order in which they were met."""
        return tuple(dict.fromkeys(name for name in self.names.values() if name))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Keys that we do not read."""
        return tuple(key for key, name in self.names.items() if name is None)

    def raws(self) -> Iterator[Raw]:
        """The records of the file, a piece at a time."""
        return self.pieces.walk(self.parse)

    def parse(self, piece: bytes, first_line: int, final: bool) -> Raw:
        """The records of whole lines.

        Raises: FileRefused `FEED_TRUNCATED` for a last line that breaks off.
        """
        rows: list[Row] = []
        problems: list[LineProblem] = []
        lines = piece.split(b"\n")[:-1]
        for number, line in enumerate(lines, first_line):
            if len(line) > self.settings.max_line_bytes:
                detail = f"a line of more than {self.settings.max_line_bytes} bytes"
                raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=number)
            if not line.strip():
                continue
            found = self._record(line)
            if isinstance(found, LineCode):
                if final and number == first_line + len(lines) - 1 and self.pieces.unended:
                    raise FileRefused(FileCode.FEED_TRUNCATED, "a record breaks off", line=number)
                shown = line.decode("utf-8", "replace")[:VALUE_SHOWN]
                problems.append(LineProblem(number, None, None, found, shown, fatal=True))
            else:
                rows.append((number, found))
        return Raw(frame_of(rows, self.fields), problems, len(problems), len(piece), len(lines))

    def _record(self, line: bytes) -> dict[str, str | None] | LineCode:
        try:
            found = _DECODER.decode(line.decode("utf-8"))
        except UnicodeDecodeError:
            return LineCode.BAD_ENCODING
        except (ValueError, RecursionError):
            return LineCode.BAD_QUOTES
        if not isinstance(found, dict):
            return LineCode.BAD_QUOTES
        return self._named(found)

    def _named(self, found: Mapping[str, object]) -> dict[str, str | None]:
        named: dict[str, str | None] = {}
        for key, value in found.items():
            if key not in self.names:
                self.names[key] = field_of(header_key(key), NATIVE, self.settings)
            if (name := self.names[key]) is not None:
                named[name] = _as_text(value)
        return named


def open_objects(source: Source, settings: ReadSettings) -> Objects:
    """Understand the keys and the decimal marks of the first records of a file.

    Raises: FileRefused `FEED_EMPTY`, `HEADER_MISSING`, `FEED_TRUNCATED`, `FEED_TOO_LARGE`.
    """
    pieces = Pieces(source, settings)
    opened = Objects(settings, pieces)
    sample = list(islice(pieces.peek_lines(), SAMPLE))
    frame = opened.parse(b"".join(line + b"\n" for line in sample), pieces.line, final=False).frame
    if len(opened.names) > settings.max_columns:
        raise FileRefused(FileCode.FEED_TOO_LARGE, f"more than {settings.max_columns} keys")
    require(opened.fields, NATIVE, settings)
    money = [name for name in opened.fields if name.partition("[")[0] in MONEY]
    opened.marks = {name: decimal_mark(frame[name].drop_nulls().to_list()) for name in money}
    return opened


def frame_of(rows: Sequence[Row], fields: Sequence[str]) -> pl.DataFrame:
    """Records that each hold some of the fields, as raw columns; there is always a SKU."""
    columns = [
        pl.Series(name, [held.get(name) for _, held in rows], dtype=pl.String)
        for name in dict.fromkeys(("sku", *fields))
    ]
    return pl.DataFrame([pl.Series("line", [line for line, _ in rows], dtype=pl.Int32), *columns])


def unambiguous(text: str) -> str:
    """A number as text; its point is a decimal mark, so it must not look like thousands."""
    whole, _, fraction = text.partition(".")
    return f"{text}0" if len(fraction) == _GROUP and whole.lstrip("-").isdigit() else text


_GROUP: Final = 3
_DECODER: Final = json.JSONDecoder(parse_float=unambiguous, parse_int=str)


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    return canonical(value)
