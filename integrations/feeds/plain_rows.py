"""The rows of a delimited file of any encoding, whatever their columns mean, and as they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from domain.money import Currency
from domain.offers.lines import FeedMode, FileCode, LineCode
from integrations.feeds.archive import is_workbook
from integrations.feeds.bad_records import mark_of, newline_of
from integrations.feeds.blocks import inspect
from integrations.feeds.columns import Layout
from integrations.feeds.contract import FileRefused, Raw, ReadSettings
from integrations.feeds.csv_slow import SlowReader
from integrations.feeds.delimited import first_parted, sniff
from integrations.feeds.dialect import header_key
from integrations.feeds.fix_file import Said, writer_of
from integrations.feeds.frames import Family, Frame, Kind, Meta, is_ours
from integrations.feeds.json_text import frame_of
from integrations.feeds.pieces import Pieces

_TOP: Final = 5
_SETTINGS: Final = ReadSettings(mode=FeedMode.DELTA, currency=Currency.EUR, markets=())


@dataclass(frozen=True, slots=True)
class PlainRow:
    """A record. Shapes: `cells` under keys of the header, or what is wrong with the whole line."""

    line: int
    cells: dict[str, str] | LineCode
    text: bytes


@dataclass(frozen=True, slots=True)
class PlainRows:
    """A file: how it was written, the keys of its columns, its records."""

    meta: Meta
    header: Frame
    columns: tuple[str, ...]
    rows: list[PlainRow]


def read_rows(path: Path, most: int) -> PlainRows:
    """Read a delimited file whole; columns that we added to a fix file are left out.

    Raises: FileRefused `FEED_EMPTY`, `FORMAT_UNKNOWN`, `HEADER_MISSING`; `FEED_TOO_LARGE` for more
    than `most` records.
    """
    if is_workbook(path):
        raise FileRefused(FileCode.FORMAT_UNKNOWN, "a workbook: save it as CSV")
    source = inspect(path, _SETTINGS)
    pieces = Pieces(source, _SETTINGS)
    top = (line.decode("utf-8", "replace") for line in islice(pieces.peek_lines(), _TOP))
    separator = sniff(first_parted(top))
    open_form = Layout((), (), _SETTINGS.max_columns, 0)
    slow = SlowReader(open_form, separator, _SETTINGS.max_line_bytes)
    names, size = slow.first(pieces.buffer)
    header = Frame(Kind.HEADER, pieces.line, pieces.buffer[:size].removesuffix(b"\n"))
    pieces.skip(size)
    keys = _keys(names)
    least = max((n for n, key in enumerate(keys) if key), default=0) + 1
    reader = SlowReader(Layout((), (), len(keys), least), separator, _SETTINGS.max_line_bytes)
    rows = _rows(pieces, reader, keys, most)
    if not rows:
        raise FileRefused(FileCode.FEED_EMPTY, "a header and no line")
    meta = Meta(Family.DELIMITED, source.encoding, mark_of(source), newline_of(source), separator)
    return PlainRows(meta, header, tuple(key for key in keys if key), rows)


def _keys(names: Sequence[str]) -> list[str]:
    """The keys of columns in their places; nothing for ours and those without a name."""
    keys = [header_key(name) for name in names]
    if twice := [key for n, key in enumerate(keys) if key and key in keys[:n]]:
        raise FileRefused(FileCode.HEADER_MISSING, f"column sent twice: {twice[0][:40]}")
    return ["" if is_ours(name) else key for name, key in zip(names, keys, strict=True)]


def _rows(pieces: Pieces, reader: SlowReader, keys: Sequence[str], most: int) -> list[PlainRow]:
    found: list[PlainRow] = []

    def parse(piece: bytes, first_line: int, final: bool) -> Raw:
        lines = piece.split(b"\n")[:-1]
        at = 0
        for number, values, taken in reader.records(lines, first_line, final):
            text = b"\n".join(lines[at : at + taken])
            at += taken
            if isinstance(values, LineCode):
                found.append(PlainRow(number, values, text))
            elif values:
                cells = {k: v for k, v in zip(keys, values, strict=False) if k}
                found.append(PlainRow(number, cells, text))
        if len(found) > most:
            raise FileRefused(FileCode.FEED_TOO_LARGE, f"more than {most} lines")
        consumed = sum(len(line) + 1 for line in lines[:at])
        return Raw(frame_of([], ()), [], 0, consumed, at)

    for _ in pieces.walk(parse):
        pass
    return found


def fix_file(rows: PlainRows, said: Sequence[tuple[PlainRow, Said]]) -> tuple[str, bytes]:
    """The records that were refused, as they came, with what is wrong beside; its content type."""
    writer = writer_of(rows.meta)
    pieces = [writer.piece(rows.header, Said())]
    pieces += [writer.piece(Frame(Kind.ROW, row.line, row.text), what) for row, what in said]
    return writer.kind.content_type, b"".join([*pieces, writer.end()])
