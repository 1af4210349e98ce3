"""Feeds of separated values, in our own format and in those of Google and Meta."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from domain.offers.amounts import Mark, decimal_mark
from domain.offers.lines import FeedFormat, FileCode
from integrations.feeds.blocks import Source
from integrations.feeds.columns import Layout, header_key, layout
from integrations.feeds.contract import FileRefused, Raw, ReadSettings
from integrations.feeds.csv_fast import FastReader, Remembered
from integrations.feeds.csv_slow import SlowReader
from integrations.feeds.pieces import Pieces

SEPARATORS: Final = (",", ";", "\t", "|")
SAMPLE: Final = 1_000
MONEY: Final = ("price", "sale_price", "min_price", "max_price")


@dataclass(frozen=True, slots=True)
class Delimited:
    """A delimited file whose header was understood; `start` is the first line after it."""

    format: FeedFormat
    separator: str
    form: Layout
    marks: dict[str, Mark | None]
    pieces: Pieces

    def raws(self, settings: ReadSettings) -> Iterator[Raw]:
        """The records of the file, a piece at a time."""
        most = settings.max_line_bytes
        fast = FastReader(self.form, self.separator, most, self._remembered(settings))
        slow = SlowReader(self.form, self.separator, settings.max_line_bytes)

        def parse(piece: bytes, line: int, final: bool) -> Raw:
            clean = fast.read(piece, line)
            return clean if clean is not None else slow.read(piece, line, final)

        return self.pieces.walk(parse)

    def _remembered(self, settings: ReadSettings) -> Remembered | None:
        """A line of Google's may change its meaning with the hour of a sale: it is read anew."""
        if settings.memory is None or self.format.of_google:
            return None
        means = replace(settings, memory=None, now=None)
        return Remembered.of(
            settings.memory, self.format, self.separator, self.form, self.marks, means
        )


def open_delimited(source: Source, settings: ReadSettings) -> Delimited:
    """Understand the header of a delimited file and the decimal marks of its first records.

    Raises: FileRefused `FEED_EMPTY`, `HEADER_MISSING`, `FEED_TOO_LARGE`.
    """
    pieces = Pieces(source, settings)
    told = _told_separator(pieces)
    first = pieces.line_of_text()
    separator = settings.separator or told or sniff(first.decode("utf-8", "replace"))
    unread = Layout((), (), settings.max_columns, 0)
    header, taken = SlowReader(unread, separator, settings.max_line_bytes).first(pieces.buffer)
    pieces.skip(taken)
    chosen = _format(header, separator, settings)
    form = layout(header, chosen.of_google, settings)
    pieces.skip_blank()
    if pieces.finished:
        raise FileRefused(FileCode.FEED_EMPTY, "a header and no line")
    return Delimited(chosen, separator, form, _marks(pieces, form, separator, settings), pieces)


def sniff(header: str) -> str:
    """The separator that stands most often outside the quotes of a header."""
    outside = "".join(header.split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def _told_separator(pieces: Pieces) -> str | None:
    """The separator of a `sep=;` line, as spreadsheets write it above the header."""
    line = pieces.line_of_text()
    if not line.lower().startswith(b"sep=") or len(line.rstrip()) > 5:
        return None
    told = line[4:5].decode("utf-8", "replace")
    pieces.skip(len(line) + 1)
    pieces.skip_blank()
    return told or None


def _format(header: list[str], separator: str, settings: ReadSettings) -> FeedFormat:
    if settings.format is not None:
        return settings.format
    keys = {header_key(name) for name in header}
    if "sku" not in keys and "id" in keys:
        return FeedFormat.GOOGLE_TSV if separator == "\t" else FeedFormat.META_CSV
    return FeedFormat.NATIVE_TSV if separator == "\t" else FeedFormat.NATIVE_CSV


def _marks(
    pieces: Pieces, form: Layout, separator: str, settings: ReadSettings
) -> dict[str, Mark | None]:
    """The decimal mark of each column of money, over the first thousand records."""
    slow = SlowReader(form, separator, settings.max_line_bytes)
    sample = b"".join(line + b"\n" for line in islice(pieces.peek_lines(), SAMPLE))
    frame = slow.read(sample, pieces.line, final=True).frame
    money = [name for name in form.names if name.partition("[")[0] in MONEY]
    return {name: decimal_mark(frame[name].drop_nulls().unique().to_list()) for name in money}
