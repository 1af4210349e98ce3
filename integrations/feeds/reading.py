"""Which reader takes a file, and what is watched over all its chunks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from domain.offers.amounts import Mark
from domain.offers.lines import FeedFormat, FileCode, LineCode
from integrations.feeds.blocks import Source, inspect
from integrations.feeds.contract import Chunk, FileRefused, Raw, Reading, ReadSettings
from integrations.feeds.delimited import open_delimited
from integrations.feeds.detect import Family, family
from integrations.feeds.expand import spread_prices
from integrations.feeds.google import as_native
from integrations.feeds.google_xml import open_items
from integrations.feeds.jsonl import open_objects
from integrations.feeds.normalise import Normaliser

_MISREAD: Final = r"Ã©|Ã¨|Â[ \x{a0}]"
_MISREAD_OF: Final = 1_000


def read_source(source: Source, settings: ReadSettings) -> Reading:
    """The reading of a file of any format. Raises: FileRefused."""
    match family(source, settings.format):
        case Family.XML:
            return _xml(source, settings)
        case Family.OBJECTS:
            return _objects(source, settings)
        case Family.DELIMITED:
            return _delimited(source, settings)


def _delimited(source: Source, settings: ReadSettings) -> Reading:
    opened = open_delimited(source, settings)
    reading = _reading(opened.format, source.encoding, opened.marks)
    reading.separator = opened.separator
    reading.columns, reading.unknown_columns = opened.form.names, opened.form.unknown
    normaliser = Normaliser(settings, opened.marks)
    reading.chunks = _Watch(source, settings, reading, normaliser).chunks(opened.raws(settings))
    return reading


def _objects(source: Source, settings: ReadSettings) -> Reading:
    opened = open_objects(source, settings)
    reading = _reading(FeedFormat.NATIVE_JSONL, source.encoding, opened.marks)
    reading.columns, reading.unknown_columns = opened.fields, opened.unknown
    normaliser = Normaliser(settings, opened.marks, sparse=True)
    reading.chunks = _Watch(source, settings, reading, normaliser).chunks(opened.raws())
    return reading


def _xml(source: Source, settings: ReadSettings) -> Reading:
    opened = open_items(source, settings)
    reading = _reading(FeedFormat.GOOGLE_XML, opened.declared or source.encoding, opened.marks)
    reading.columns, reading.unknown_columns = opened.fields, opened.unknown
    normaliser = Normaliser(settings, opened.marks, sparse=True)
    reading.chunks = _Watch(source, settings, reading, normaliser).chunks(opened.raws())
    return reading


def _reading(chosen: FeedFormat, encoding: str, marks: dict[str, Mark | None]) -> Reading:
    return Reading(chosen, encoding, None, marks.get("price"), (), (), iter(()))


@dataclass(slots=True)
class _Watch:
    """What is counted over all the chunks of a file, for the rules that hold for it together."""

    source: Source
    settings: ReadSettings
    reading: Reading
    normaliser: Normaliser
    lines: int = 0
    undecoded: int = 0
    misread: int = 0

    def chunks(self, raws: Iterable[Raw]) -> Iterator[Chunk]:
        """The chunks of a file. Raises: FileRefused once it turns out to be unusable."""
        for raw in raws:
            chunk = self.normaliser.chunk(self._native(raw))
            self._count(raw, chunk)
            if chunk.lines:
                yield chunk
        self._conclude()

    def _native(self, raw: Raw) -> Raw:
        if self.reading.format.of_google:
            return replace(raw, frame=as_native(raw.frame, self.settings))
        return spread_prices(raw, self.settings.currency)

    def _count(self, raw: Raw, chunk: Chunk) -> None:
        self.lines += chunk.lines
        self.undecoded += sum(p.code is LineCode.BAD_ENCODING for p in raw.problems)
        if "title" in raw.frame.columns:
            self.misread += int(raw.frame["title"].str.contains(_MISREAD).sum() or 0)

    def _conclude(self) -> None:
        if not self.lines:
            raise FileRefused(FileCode.FEED_EMPTY, "no record")
        if self.undecoded * 100 > self.lines:
            detail = f"{self.undecoded} of {self.lines} lines are not {self.source.encoding}"
            raise FileRefused(FileCode.FORMAT_UNKNOWN, detail)
        warnings = self.reading.warnings
        warnings += [f"line {line} only sums up the others" for line in self.normaliser.totals]
        if self.misread * _MISREAD_OF > self.lines:
            warnings.append(f"{self.misread} titles look as if read in a wrong encoding")


def open_feed(path: Path, settings: ReadSettings) -> Reading:
    """Open an unpacked feed file and read its records in chunks.

    Raises: FileRefused, here or while the chunks are walked, for a feed that must change nothing.
    """
    return read_source(inspect(path, settings), settings)
