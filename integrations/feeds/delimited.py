"""Feeds of separated values, in our own format and in those of Google and Meta."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import polars as pl

from domain.offers.amounts import Mark, decimal_mark
from domain.offers.lines import FeedFormat, FileCode, LineCode
from integrations.feeds.blocks import Source
from integrations.feeds.columns import Layout, layout
from integrations.feeds.contract import FileRefused, Raw, ReadSettings
from integrations.feeds.csv_fast import FastReader, Remembered
from integrations.feeds.csv_slow import SlowReader
from integrations.feeds.dialect import header_key
from integrations.feeds.dialects import DIALECTS, chosen_or_told, columns_told, is_labels, spoken
from integrations.feeds.pieces import Pieces

SEPARATORS: Final = (",", ";", "\t", "|")
SAMPLE: Final = 1_000
MOST_ABOVE: Final = 10
MOST_SLOW: Final = 20_000
MONEY: Final = ("price", "sale_price", "min_price", "max_price")


@dataclass(frozen=True, slots=True)
class Delimited:
    """A delimited file whose header was understood; `start` is the first line after it."""

    format: FeedFormat
    separator: str
    header: tuple[str, ...]
    form: Layout
    marks: dict[str, Mark | None]
    pieces: Pieces

    def raws(self, settings: ReadSettings) -> Iterator[Raw]:
        """The records of the file, a piece at a time."""
        most = settings.max_line_bytes
        fast = FastReader(self.form, self.separator, most, self._remembered(settings))
        slow = SlowReader(self.form, self.separator, settings.max_line_bytes)

        left = 0  # bytes of a piece that is not clean, and not tried again as a whole

        def parse(piece: bytes, line: int, final: bool) -> Raw:
            nonlocal left
            clean = None if settings.careful or left > 0 else fast.read(piece, line)
            if clean is not None:
                return clean
            some = first_lines(piece, MOST_SLOW)
            found = slow.read(some, line, final and len(some) == len(piece))
            left = (left or len(piece)) - found.consumed if len(some) < len(piece) else 0
            return found

        return self.pieces.walk(parse)

    def cells(self, settings: ReadSettings) -> Iterator[tuple[int, list[str]]]:
        """The number and all the values of each record as it came, faulty ones as well as can be.

        Raises: FileRefused, as the readers do.
        """
        slow = SlowReader(self.form, self.separator, settings.max_line_bytes)
        found: list[tuple[int, list[str]]] = []

        def parse(piece: bytes, line: int, final: bool) -> Raw:
            lines = piece.split(b"\n")[:-1]
            at = 0
            for number, values, taken in slow.records(lines, line, final):
                if isinstance(values, LineCode):
                    text = lines[at].decode("utf-8", "replace")
                    found.append((number, text.split(self.separator)))
                elif values:
                    found.append((number, values))
                at += taken
            used = sum(len(text) + 1 for text in lines[:at])
            return Raw(pl.DataFrame(), [], 0, used, at)

        for _ in self.pieces.walk(parse):
            yield from found
            found.clear()

    def _remembered(self, settings: ReadSettings) -> Remembered | None:
        """Lines that depend on others or on the hour, as of a sale, are read anew each time."""
        alone = DIALECTS[self.format].stands_alone(self.form.names)
        if settings.memory is None or not alone:
            return None
        means = replace(settings, memory=None, now=None)
        return Remembered.of(
            settings.memory, self.format, self.separator, self.form, self.marks, means
        )


def first_lines(piece: bytes, count: int) -> bytes:
    """So many of the lines of a piece, all that it has if they are fewer."""
    at = 0
    for _ in range(count):
        at = piece.find(b"\n", at) + 1
        if at in {0, len(piece)}:
            return piece
    return piece[:at]


def open_delimited(source: Source, settings: ReadSettings) -> Delimited:
    """Understand the header of a delimited file and the decimal marks of its first records.

    Raises: FileRefused `FEED_EMPTY`, `HEADER_MISSING`, `FEED_TOO_LARGE`.
    """
    pieces = Pieces(source, settings)
    told_separator = _told_separator(pieces)
    lines = (line.decode("utf-8", "replace") for line in islice(pieces.peek_lines(), MOST_ABOVE))
    separator = settings.separator or told_separator or sniff(first_parted(lines))
    header = _header(pieces, separator, settings)
    keys = {header_key(name) for name in header}
    chosen = chosen_or_told(keys, separator, settings)
    form = layout(header, spoken(chosen, settings), settings)
    pieces.skip_blank()
    _skip_labels(pieces, form, separator, settings)
    if pieces.finished:
        raise FileRefused(FileCode.FEED_EMPTY, "a header and no line")
    marks = _marks(pieces, form, separator, settings)
    return Delimited(chosen, separator, tuple(header), form, marks, pieces)


def _header(pieces: Pieces, separator: str, settings: ReadSettings) -> list[str]:
    """The values of the header, used up: of the first record, or of one below titles or labels.

    Shapes: of headers that follow each other, as for people and for machines, the one counts that
    names the most columns.
    """
    slow = SlowReader(Layout((), (), settings.max_columns, 0), separator, settings.max_line_bytes)
    first, size = slow.first(pieces.buffer)
    header, end, best, used = first, size, 0, size
    for _ in range(MOST_ABOVE):
        named = columns_told(header, separator, settings)
        if best and not named:
            break
        if named > best:
            first, best = header, named
        if named:
            size = used
        try:
            header, end = slow.first(pieces.buffer[used : used + settings.max_line_bytes])
        except FileRefused:
            break
        used += end
    pieces.skip(size)
    return first


def _skip_labels(pieces: Pieces, form: Layout, separator: str, settings: ReadSettings) -> None:
    """Use up a second row of names, as templates have one for people and one for machines."""
    if pieces.finished:
        return
    slow = SlowReader(form, separator, settings.max_line_bytes)
    try:
        values, size = slow.first(pieces.buffer)
    except FileRefused:
        return
    if is_labels(values, form):
        pieces.skip(size)
        pieces.skip_blank()


def sniff(header: str) -> str:
    """The separator that stands most often outside the quotes of a header."""
    outside = "".join(header.split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def first_parted(lines: Iterable[str]) -> str:
    """The first line that a separator stands in: a title above the header has none."""
    return next((line for line in lines if any(each in line for each in SEPARATORS)), "")


def _told_separator(pieces: Pieces) -> str | None:
    """The separator of a `sep=;` line, as spreadsheets write it above the header."""
    line = pieces.line_of_text()
    if not line.lower().startswith(b"sep=") or len(line.rstrip()) > 5:
        return None
    told = line[4:5].decode("utf-8", "replace")
    pieces.skip(len(line) + 1)
    pieces.skip_blank()
    return told or None


def _marks(
    pieces: Pieces, form: Layout, separator: str, settings: ReadSettings
) -> dict[str, Mark | None]:
    """The decimal mark of each column of money, over the first thousand records."""
    slow = SlowReader(form, separator, settings.max_line_bytes)
    sample = b"".join(line + b"\n" for line in islice(pieces.peek_lines(), SAMPLE))
    frame = slow.read(sample, pieces.line, final=True).frame
    money = [name for name in form.names if name.partition("[")[0] in MONEY]
    return {name: decimal_mark(frame[name].drop_nulls().unique().to_list()) for name in money}
