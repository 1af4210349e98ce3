"""Ways to read a feed in a test."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from domain.money import Currency
from domain.offers.lines import FeedMode
from integrations.feeds.contract import LineProblem, Reading, ReadSettings
from integrations.feeds.reading import open_feed

DATA = Path(__file__).parents[2] / "data" / "feeds"
FULL = ReadSettings(mode=FeedMode.FULL, currency=Currency.EUR, markets=("FR",))
DELTA = replace(FULL, mode=FeedMode.DELTA)


@dataclass(frozen=True)
class Read:
    """All of a feed."""

    reading: Reading
    frame: pl.DataFrame
    problems: list[LineProblem]
    lines: int

    def column(self, name):
        return dict(zip(self.frame["sku"], self.frame[name], strict=True))

    def row(self, sku):
        return self.frame.row(by_predicate=pl.col("sku") == sku, named=True)

    def codes(self):
        """The problems as `line field CODE`, with `?` behind those that let the line pass."""
        return [
            f"{p.line} {p.field or '-'} {p.code.value}{'' if p.fatal else '?'}"
            for p in self.problems
        ]


def read(path, settings=FULL, **changes):
    reading = open_feed(path, replace(settings, **changes))
    chunks = list(reading.chunks)
    return Read(
        reading,
        pl.concat([chunk.frame for chunk in chunks]),
        [problem for chunk in chunks for problem in chunk.problems],
        sum(chunk.lines for chunk in chunks),
    )


def golden(name, settings=FULL, **changes):
    return read(DATA / name, settings, **changes)
