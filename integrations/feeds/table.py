"""The first records of a file as they stand there, before anybody said what its columns mean."""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl

from domain.catalog import Grade
from domain.offers.headers import is_field, word_field
from domain.offers.lines import FeedFormat, FeedMode, FileCode
from integrations.feeds.amazon_json import open_messages
from integrations.feeds.archive import is_workbook, look_into
from integrations.feeds.blocks import Source, blocks, inspect
from integrations.feeds.body import MIB, Limits
from integrations.feeds.cells import text_of
from integrations.feeds.contract import FileRefused, Raw, ReadSettings
from integrations.feeds.delimited import MOST_ABOVE, first_parted, sniff
from integrations.feeds.detect import Family, family
from integrations.feeds.dialect import header_key
from integrations.feeds.dialects import as_workbook, chosen_or_told, columns_told
from integrations.feeds.google_xml import Items, open_items
from integrations.feeds.json_text import as_text
from integrations.feeds.sheet import MOST_ABOVE as ROWS_ABOVE
from integrations.feeds.sheet_rows import sheet_rows
from integrations.feeds.shopify_jsonl import open_shop

SAMPLE: Final = 1_000
START: Final = MIB
ENCODINGS: Final = ("cp1252", "cp1250", "cp1253", "cp1254", "cp1257", "cp932", "cp949", "koi8-r")
Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Some records of a file under the names of its columns.

    Shapes: `rows` pair the number of a line with its cells, at most 1,000; `encoding` is the one
    that the texts are read in, and `sure` says that the file itself tells it. `fixed` says that the
    format names its own columns, so that nothing need be mapped but those `beside` them.
    """

    format: FeedFormat
    encoding: str
    header: tuple[str, ...]
    header_line: int
    rows: list[Row]
    separator: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    sure: bool = True
    fixed: bool = False
    beside: frozenset[str] = frozenset()


def open_table(path: Path, settings: ReadSettings) -> Table:
    """The table of a file of any format. Raises: FileRefused for what is none."""
    if is_workbook(path):
        return _workbook(path, settings)
    source = inspect(path, settings)
    kind = family(source, settings.format)
    if kind is Family.DELIMITED:
        return _delimited(source, settings)
    return _objects(source, settings) if kind is Family.OBJECTS else _named(source, kind, settings)


def proposed_encoding(start: bytes, usual: str) -> str:
    """The encoding in which bytes that are no UTF-8 make the most sense: the usual one if it does.

    A proposal for a person to look at: several encodings may read the same bytes.
    """
    found = [name for name in dict.fromkeys((usual, *ENCODINGS)) if _makes_sense(start, name)]
    return found[0] if found else usual


def _makes_sense(start: bytes, encoding: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        text = decoder.decode(start)
    except (LookupError, UnicodeDecodeError):
        return False
    return all(letter.isprintable() or letter in "\t\r\n\xa0" for letter in set(text))


def _delimited(source: Source, settings: ReadSettings) -> Table:
    sure = source.valid or source.skip > 0
    if not sure:
        with source.path.open("rb") as file:
            encoding = proposed_encoding(file.read(START), source.encoding)
        source = Source(source.path, encoding, 0, valid=False)
    text = next(blocks(source, START), b"").decode("utf-8", "replace")
    whole, _, rest = text.rpartition("\n")
    text = text if source.path.stat().st_size < START else whole or rest
    told = text[4:5] if text[:4].lower() == "sep=" and text[5:6] in {"", "\n"} else ""
    above = 1 if told else 0
    text = text.partition("\n")[2] if told else text
    separator = settings.separator or told or sniff(first_parted(text.split("\n")[:MOST_ABOVE]))
    records = list(_records(text, separator, above))
    at = _header(records[:MOST_ABOVE], separator, settings)
    line, header = records[at]
    keys = {header_key(name) for name in header}
    chosen = chosen_or_told(keys, separator, settings)
    rows = records[at + 1 : at + 1 + SAMPLE]
    return Table(
        chosen, source.encoding, _trimmed(header), line, rows, separator=separator, sure=sure
    )


def _records(text: str, separator: str, above: int) -> Iterator[Row]:
    """The records of a text that are not blank, each with its first physical line.

    Raises: FileRefused `FEED_EMPTY` where there is none.
    """
    reader = csv.reader(StringIO(text), delimiter=separator)
    found, line = 0, above
    try:
        for cells in reader:
            first, line = line + 1, reader.line_num + above
            if any(cell.strip() for cell in cells):
                found += 1
                yield first, cells
    except csv.Error:
        pass  # a cell over the limit: what came before it is shown
    if not found:
        raise FileRefused(FileCode.FEED_EMPTY, "no record")


def _header(records: Sequence[Row], separator: str, settings: ReadSettings) -> int:
    """Which record names the columns.

    The one that a reader would take, else that with the most words that mean a field of ours, else
    that with the most words.
    """
    told = [columns_told(cells, separator, settings) for _, cells in records]
    words = [sum(word_field(cell) is not None for cell in cells) for _, cells in records]
    filled = [sum(bool(cell.strip()) for cell in cells) for _, cells in records]
    counts = told if any(told) else words if max(words) > 1 else filled
    return counts.index(max(counts))


def _trimmed(header: Sequence[str]) -> tuple[str, ...]:
    names = [" ".join(name.replace("\ufeff", "").split()) for name in header]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _workbook(path: Path, settings: ReadSettings) -> Table:
    look_into(path, Limits())
    sheets: dict[str, list[Row]] = {}
    with closing(sheet_rows(path, settings.sheet or "", SAMPLE)) as found:
        for name, number, cells in found:
            texts = [text_of(cell, "") or "" for cell in cells]
            if any(texts):
                sheets.setdefault(name, []).append((number, texts))
    if not sheets:
        raise FileRefused(FileCode.FEED_EMPTY, "no cell with a value")
    named = {name: _most_named(rows[:ROWS_ABOVE], settings) for name, rows in sheets.items()}
    sheet = max(named, key=lambda name: named[name])
    rows = sheets[sheet]
    at = _header(rows[:ROWS_ABOVE], ";", settings)
    line, header = rows[at]
    keys = {header_key(name) for name in header}
    chosen = as_workbook(chosen_or_told(keys, ";", settings))
    below = rows[at + 1 :]
    names = tuple(sheets)
    return Table(chosen, "utf-8", _trimmed(header), line, below, sheet=sheet, sheets=names)


def _most_named(rows: Sequence[Row], settings: ReadSettings) -> int:
    """How many columns the best row of a sheet names."""
    told = (columns_told(cells, ";", settings) for _, cells in rows)
    words = (sum(word_field(cell) is not None for cell in cells) for _, cells in rows)
    return max(*told, *words)


def _objects(source: Source, settings: ReadSettings) -> Table:
    """JSON lines: the keys that are met are the columns."""
    names: dict[str, None] = {}
    found: list[tuple[int, dict[str, Any]]] = []
    text = next(blocks(source, START), b"")
    for number, line in enumerate(text.split(b"\n")[:SAMPLE], 1):
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(said, dict):
            names |= dict.fromkeys(said)
            found.append((number, said))
    if not found:
        raise FileRefused(FileCode.FORMAT_UNKNOWN, "no line is a JSON object")
    rows = [(number, [as_text(said.get(name)) or "" for name in names]) for number, said in found]
    return Table(FeedFormat.NATIVE_JSONL, source.encoding, tuple(names), 0, rows)


_KINDS: Final = {
    Family.XML: (FeedFormat.GOOGLE_XML, open_items),
    Family.SHOP: (FeedFormat.SHOPIFY_JSONL, open_shop),
    Family.MESSAGES: (FeedFormat.AMAZON_JSON, open_messages),
}


def _named(source: Source, kind: Family, settings: ReadSettings) -> Table:
    """Formats that name their fields themselves; what they hold beside these is a column, too."""
    lenient = replace(settings, mode=FeedMode.DELTA, fixed_grade=Grade.GOOD, mapping={})
    chosen, open_it = _KINDS[kind]
    opened: Any = open_it(source, lenient)
    frame = _first(opened)
    beside = _beside(getattr(opened, "names", {}))
    if beside:
        frame = _first(open_it(source, replace(lenient, mapping=beside)))
    frame = frame.head(SAMPLE)
    said: Mapping[str, str] = {field: name for name, field in beside.items()}
    names = [name for name in frame.columns if name != "line"]
    rows = [
        (row[0], [text or "" for text in row[1:]])
        for row in frame.select(["line", *names]).iter_rows()
    ]
    header = tuple(said.get(name, name) for name in names)
    return Table(chosen, source.encoding, header, 0, rows, fixed=True, beside=frozenset(beside))


def _first(opened: Any) -> pl.DataFrame:
    """The first records of an opened file."""
    with closing(opened.parsed() if isinstance(opened, Items) else opened.raws()) as raws:
        first: Raw = next(raws)
    return first.frame


def _beside(names: Mapping[str, str | None]) -> dict[str, str]:
    """A field for each name of a file that is read as none, so that its values can be shown."""
    local = [re.sub(r"\A\{.*\}", "", name) for name, field in names.items() if field is None]
    fields = {name: f"attributes[{name}]" for name in dict.fromkeys(local)}
    return {name: field for name, field in fields.items() if is_field(field)}
