"""Which reader takes a file, and what is watched over all its chunks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from domain.offers.amounts import Mark
from domain.offers.lines import FeedFormat, FileCode, LineCode
from integrations.feeds.amazon_json import open_messages
from integrations.feeds.archive import is_workbook
from integrations.feeds.blocks import Source, inspect
from integrations.feeds.contract import Chunk, FileRefused, Raw, Reading, ReadSettings
from integrations.feeds.delimited import open_delimited
from integrations.feeds.detect import Family, family
from integrations.feeds.dialect import Dialect, Translate
from integrations.feeds.dialects import DIALECTS
from integrations.feeds.google_xml import open_items
from integrations.feeds.jsonl import open_objects
from integrations.feeds.normalise import Normaliser
from integrations.feeds.sheet import open_sheet
from integrations.feeds.shopify_jsonl import open_shop
from integrations.feeds.xml_items import records

_MISREAD: Final = r"Ã©|Ã¨|Â[ \x{a0}]"
_MISREAD_OF: Final = 1_000


def read_source(source: Source, settings: ReadSettings) -> Reading:
    """The reading of a file of any format. Raises: FileRefused."""
    match family(source, settings.format):
        case Family.XML:
            return _xml(source, settings)
        case Family.OBJECTS:
            return _objects(source, settings)
        case Family.SHOP:
            return _shop(source, settings)
        case Family.MESSAGES:
            return _messages(source, settings)
        case Family.DELIMITED:
            return _delimited(source, settings)


def read_workbook(path: Path, settings: ReadSettings) -> Reading:
    """The reading of a workbook. Raises: FileRefused."""
    opened = open_sheet(path, settings)
    reading = _reading(opened.format, "utf-8", opened.marks)
    reading.columns, reading.unknown_columns = opened.form.names, opened.form.unknown
    if opened.formulas:
        said = f"{opened.formulas} cells hold formulas: the values stored with them are read"
        reading.warnings.append(said)
    return _watched(reading, opened.raws(settings), "utf-8", settings, opened.marks)


def _delimited(source: Source, settings: ReadSettings) -> Reading:
    opened = open_delimited(source, settings)
    reading = _reading(opened.format, source.encoding, opened.marks)
    reading.separator = opened.separator
    reading.columns, reading.unknown_columns = opened.form.names, opened.form.unknown
    raws = opened.raws(settings)
    return _watched(reading, raws, source.encoding, settings, opened.marks)


def _objects(source: Source, settings: ReadSettings) -> Reading:
    opened = open_objects(source, settings)
    reading = _reading(FeedFormat.NATIVE_JSONL, source.encoding, opened.marks)
    reading.columns, reading.unknown_columns = opened.fields, opened.unknown
    return _watched(reading, opened.raws(), source.encoding, settings, opened.marks, sparse=True)


def _xml(source: Source, settings: ReadSettings) -> Reading:
    opened = open_items(source, settings)
    reading = _reading(
        FeedFormat.GOOGLE_XML, opened.declared or opened.source.encoding, opened.marks
    )
    reading.columns, reading.unknown_columns = opened.fields, opened.unknown
    encoding = opened.source.encoding
    return _watched(reading, records(opened), encoding, settings, opened.marks, sparse=True)


def _shop(source: Source, settings: ReadSettings) -> Reading:
    opened = open_shop(source, settings)
    reading = _reading(FeedFormat.SHOPIFY_JSONL, source.encoding, opened.marks)
    reading.columns = opened.fields
    return _watched(reading, opened.raws(), source.encoding, settings, opened.marks, sparse=True)


def _messages(source: Source, settings: ReadSettings) -> Reading:
    opened = open_messages(source, settings)
    reading = _reading(FeedFormat.AMAZON_JSON, source.encoding, opened.marks)
    reading.columns = opened.fields
    return _watched(reading, opened.raws(), source.encoding, settings, opened.marks, sparse=True)


def _reading(chosen: FeedFormat, encoding: str, marks: dict[str, Mark | None]) -> Reading:
    return Reading(chosen, encoding, None, marks.get("price"), (), (), iter(()))


def _watched(
    reading: Reading,
    raws: Iterable[Raw],
    encoding: str,
    settings: ReadSettings,
    marks: dict[str, Mark | None],
    *,
    sparse: bool = False,
) -> Reading:
    """The reading with its chunks, in the words of its dialect."""
    dialect = DIALECTS[reading.format]
    settings = replace(settings, grade_map={**dialect.grades, **settings.grade_map})
    normaliser = Normaliser(settings, marks, sparse or dialect.sparse)
    watch = _Watch(encoding, reading, normaliser, dialect, dialect.translator(settings))
    reading.chunks = watch.chunks(raws)
    return reading


@dataclass(slots=True)
class _Watch:
    """What is counted over all the chunks of a file, for the rules that hold for it together."""

    encoding: str
    reading: Reading
    normaliser: Normaliser
    dialect: Dialect
    translate: Translate
    lines: int = 0
    undecoded: int = 0
    misread: int = 0

    def chunks(self, raws: Iterable[Raw]) -> Iterator[Chunk]:
        """The chunks of a file. Raises: FileRefused once it turns out to be unusable."""
        if self.dialect.whole is not None and self.dialect.whole in self.reading.columns:
            raws = [_joined(raws)]
        for raw in raws:
            chunk = self.normaliser.chunk(self.translate(raw))
            self._count(raw, chunk)
            if chunk.lines:
                yield chunk
        self._conclude()

    def _count(self, raw: Raw, chunk: Chunk) -> None:
        self.lines += chunk.lines
        self.undecoded += sum(p.code is LineCode.BAD_ENCODING for p in raw.problems)
        if "title" in raw.frame.columns:
            self.misread += int(raw.frame["title"].str.contains(_MISREAD).sum() or 0)

    def _conclude(self) -> None:
        if not self.lines:
            raise FileRefused(FileCode.FEED_EMPTY, "no record")
        if self.undecoded * 100 > self.lines:
            detail = f"{self.undecoded} of {self.lines} lines are not {self.encoding}"
            raise FileRefused(FileCode.FORMAT_UNKNOWN, detail)
        warnings = self.reading.warnings
        warnings += [f"line {line} only sums up the others" for line in self.normaliser.totals]
        if self.misread * _MISREAD_OF > self.lines:
            warnings.append(f"{self.misread} titles look as if read in a wrong encoding")


def open_feed(path: Path, settings: ReadSettings) -> Reading:
    """Open an unpacked feed file and read its records in chunks.

    Raises: FileRefused, here or while the chunks are walked, for a feed that must change nothing.
    """
    if is_workbook(path):
        return read_workbook(path, settings)
    return read_source(inspect(path, settings), settings)


def _joined(raws: Iterable[Raw]) -> Raw:
    """The records of a whole file as one."""
    parts = list(raws)
    return Raw(
        pl.concat([part.frame for part in parts]),
        [problem for part in parts for problem in part.problems],
        sum(part.lost for part in parts),
        sum(part.consumed for part in parts),
        sum(part.physical for part in parts),
    )
