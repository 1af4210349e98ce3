"""Our own format with one JSON object a line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

import polars as pl

from domain.offers.amounts import Mark, decimal_mark
from domain.offers.lines import FeedFormat, FileCode, LineCode
from integrations.feeds.blocks import Source
from integrations.feeds.columns import field_of, require
from integrations.feeds.contract import FileRefused, LineProblem, Raw, ReadSettings
from integrations.feeds.csv_fast import Remembered
from integrations.feeds.delimited import MONEY, SAMPLE
from integrations.feeds.dialect import header_key
from integrations.feeds.frames import is_ours
from integrations.feeds.json_text import Row, as_text, decoded, faulty, frame_of
from integrations.feeds.native import NATIVE
from integrations.feeds.pieces import Pieces


@dataclass(slots=True)
class Objects:
    """A file of JSON objects; `fields` and `unknown` grow as keys are met."""

    settings: ReadSettings
    pieces: Pieces
    remembered: Remembered | None = None
    names: dict[str, str | None] = field(default_factory=dict)
    marks: dict[str, Mark | None] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """Our fields, in the order in which they were met."""
        return tuple(dict.fromkeys(name for name in self.names.values() if name))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Keys that we do not read."""
        unread = (key for key, name in self.names.items() if name is None)
        return tuple(key for key in unread if not is_ours(key))

    def raws(self) -> Iterator[Raw]:
        """The records of the file, a piece at a time."""
        return self.pieces.walk(self.parse)

    def parse(self, piece: bytes, first_line: int, final: bool) -> Raw:
        """The records of whole lines.

        Raises: FileRefused `FEED_TRUNCATED` for a last line that breaks off.
        """
        rows: list[Row] = []
        problems: list[LineProblem] = []
        breaks_off = final and self.pieces.unended
        marks, same = self._marked(piece, first_line)
        known = frozenset() if same is None else frozenset(same["line"])
        for number, found, line in decoded(piece, first_line, breaks_off, self.settings, known):
            if isinstance(found, LineCode):
                problems.append(faulty(number, found, line))
            else:
                rows.append((number, self._named(found)))
        frame, physical = frame_of(rows, self.fields), piece.count(b"\n")
        return Raw(frame, problems, len(problems), len(piece), physical, marks, same)

    def _marked(
        self, piece: bytes, first_line: int
    ) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
        """The marks of the lines to read, and of those that stand behind offers already."""
        if self.remembered is None:
            return None, None
        lines = pl.Series(piece.split(b"\n")[:-1], dtype=pl.Binary)
        marked = self.remembered.marked(lines, first_line)
        chosen = marked["known"]
        fresh, same = (marked.filter(each).select("line", "mark") for each in (~chosen, chosen))
        return fresh, same

    def _named(self, found: Mapping[str, object]) -> dict[str, str | None]:
        named: dict[str, str | None] = {}
        for key, value in found.items():
            if key not in self.names:
                if len(self.names) >= self.settings.max_columns:
                    detail = f"more than {self.settings.max_columns} keys"
                    raise FileRefused(FileCode.FEED_TOO_LARGE, detail)
                self.names[key] = field_of(
                    header_key(key), self.settings.dialect or NATIVE, self.settings
                )
            if (name := self.names[key]) is not None:
                named[name] = as_text(value)
        return named


def open_objects(source: Source, settings: ReadSettings) -> Objects:
    """Understand the keys and the decimal marks of the first records of a file.

    Raises: FileRefused `FEED_EMPTY`, `HEADER_MISSING`, `FEED_TRUNCATED`, `FEED_TOO_LARGE`.
    """
    pieces = Pieces(source, settings)
    opened = Objects(settings, pieces)
    sample = list(islice(pieces.peek_lines(), SAMPLE))
    frame = opened.parse(b"".join(line + b"\n" for line in sample), pieces.line, final=False).frame
    require(opened.fields, settings.dialect or NATIVE, settings)
    money = [name for name in opened.fields if name.partition("[")[0] in MONEY]
    opened.marks = {name: decimal_mark(frame[name].drop_nulls().to_list()) for name in money}
    if settings.memory is not None:
        means = replace(settings, memory=None, now=None)
        opened.remembered = Remembered.of(
            settings.memory, FeedFormat.NATIVE_JSONL, opened.marks, means
        )
    return opened
