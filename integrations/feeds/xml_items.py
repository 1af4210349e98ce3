"""The items of Google's XML, as columns as long as the file can be cut without a parser."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl
from lxml import etree

from domain.offers.lines import FeedFormat
from integrations.feeds.contract import FileRefused, LineProblem, Raw
from integrations.feeds.csv_fast import Remembered
from integrations.feeds.google import GOOGLE
from integrations.feeds.google_xml import LEAST_ITEM, SEVERAL, Items, check_number
from integrations.feeds.json_text import Row, frame_of
from integrations.feeds.xml_pieces import Context, NotPlain, cut
from integrations.feeds.xml_plain import Plain

LEARNED: Final = 200


def records(items: Items) -> Iterator[Raw]:
    """The records of a file in batches; from where it cannot be cut, by the parser of XML.

    Raises: FileRefused, as `Items.batches` does.
    """
    done = 0
    if _is_cuttable(items):
        try:
            for raw in ItemReader(items).raws():
                done += raw.physical
                yield raw
        except NotPlain:
            pass
        else:
            return
    yield from items.parsed(done)


def _is_cuttable(items: Items) -> bool:
    """Whether the letters of the file are UTF-8."""
    utf8 = items.source.encoding == "utf-8" and items.declared in {None, "utf-8", "utf8"}
    return utf8 and not items.settings.careful


@dataclass(slots=True)
class ItemReader:
    """Reads the items of a file that can be cut into them, plain ones all at once."""

    items: Items
    context: Context = field(init=False)
    plain: Plain = field(init=False)
    remembered: Remembered | None = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        if self.items.context is None:
            raise NotPlain
        self.context = self.items.context
        self.plain = Plain(self.context, SEVERAL, self._several)
        self.remembered = _remembered(self.items, self.context)

    def raws(self) -> Iterator[Raw]:
        """The records of the file, a block at a time; `physical` counts the items.

        Raises: NotPlain from where the file must be parsed; FileRefused `FEED_TOO_LARGE`.
        """
        settings = self.items.settings
        most = max(settings.max_line_bytes, LEAST_ITEM)
        for pieces in cut(self.items.source, self.context, settings.block_bytes, most):
            check_number(self.number + len(pieces), self.items.settings)
            yield self._raw(pl.Series("item", pieces, dtype=pl.String))
            self.number += len(pieces)

    def _raw(self, pieces: pl.Series) -> Raw:
        first, count = self.number + 1, pieces.len()
        if self.remembered is None:
            numbers = pl.int_range(first, first + count, dtype=pl.Int32, eager=True)
            frame, problems = self._read(pieces, numbers)
            return Raw(frame, problems, len(problems), 0, count)
        marked = self.remembered.marked(pieces, first)
        known = marked["known"]
        fresh = marked.filter(~known).select("line", "mark")
        frame, problems = self._read(pieces.filter(~known), fresh["line"])
        same = marked.filter(known).select("line", "mark")
        return Raw(frame, problems, len(problems), 0, count, _lasting(frame, fresh), same)

    def _read(
        self, pieces: pl.Series, numbers: pl.Series
    ) -> tuple[pl.DataFrame, list[LineProblem]]:
        """The records of pieces, plain ones as columns and the others by the parser."""
        if not self.plain.fields:
            self._parsed(pieces.head(LEARNED), numbers.head(LEARNED))
        suited = self.plain.suits(pieces, self.items.settings.max_line_bytes)
        chosen = pieces.filter(suited)
        frame, twice = self.plain.read(chosen, list(dict.fromkeys(("sku", *self.items.fields))))
        odd = ~suited
        if twice.any():
            odd = odd.scatter(suited.arg_true().filter(twice), values=True)
            frame = frame.filter(~twice)
        frame = frame.select(numbers.filter(~odd).alias("line"), pl.all())
        if not odd.any():
            return frame, []
        rows, problems = self._parsed(pieces.filter(odd), numbers.filter(odd))
        parsed = frame_of(rows, self.items.fields)
        return pl.concat([frame, parsed], how="diagonal").sort("line"), problems

    def _parsed(self, pieces: pl.Series, numbers: pl.Series) -> tuple[list[Row], list[LineProblem]]:
        rows: list[Row] = []
        problems: list[LineProblem] = []
        found = self.context.items(pieces.to_list())
        for number, item in zip(numbers.to_list(), found, strict=True):
            record = self._record(number, item)
            if isinstance(record, LineProblem):
                problems.append(record)
            else:
                rows.append((number, record))
        self.plain.learn(found[:LEARNED], self.items.names)
        return rows, problems

    def _record(self, number: int, item: etree._Element) -> dict[str, str] | LineProblem:
        try:
            return self.items.record(number, item)
        except FileRefused:
            raise NotPlain from None  # the parser of the whole file tells the line

    def _several(self, text: str) -> str | None:
        """What elements read together say, by the parser."""
        [item] = self.context.items([f"<{self.context.tag}>{text}"])
        record = self._record(0, item)
        if isinstance(record, LineProblem):
            raise NotPlain
        return record.get(SEVERAL)


def _remembered(items: Items, context: Context) -> Remembered | None:
    settings = items.settings
    if settings.memory is None:
        return None
    means = replace(settings, memory=None, now=None)
    return Remembered.of(settings.memory, FeedFormat.GOOGLE_XML, context, items.marks, means)


def _lasting(frame: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
    """The marks of items that mean the same at another hour; those with dates of a sale do not."""
    dated = [name for name in GOOGLE.bound if name in frame.columns]
    if not dated:
        return fresh
    bound = frame.filter(pl.any_horizontal(pl.col(dated).is_not_null()))["line"]
    return fresh.filter(~pl.col("line").is_in(bound.implode()))
