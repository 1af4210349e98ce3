"""Columns of texts made values: clean ones all at once, the others once per distinct text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeVar

import polars as pl

from domain.offers.lines import LineCode
from domain.offers.values import Parsed
from integrations.feeds.contract import VALUE_SHOWN

T = TypeVar("T")
Scalar = Callable[[str], Parsed[T]]
LaneOf = Callable[[pl.Expr], pl.Expr]

MOST_REMEMBERED: Final = 50_000

PROBLEM: Final = pl.Schema(
    {
        "row": pl.UInt32(),
        "field": pl.String(),
        "code": pl.String(),
        "value": pl.String(),
        "fatal": pl.Boolean(),
    }
)


@dataclass(slots=True)
class Rows:
    """The raw columns of some records, what is clean in them, and the problems found so far.

    Shapes: `lanes` lead from a column to the expression of its clean values, which answers as
    the rule would or leaves null. `memory` keeps what the rules said of texts of earlier chunks.
    """

    raw: pl.DataFrame
    lanes: Mapping[str, LaneOf] = field(default_factory=dict)
    memory: dict[str, dict[str, Parsed[Any]]] = field(default_factory=dict)
    found: list[pl.DataFrame] = field(default_factory=list)
    _clean: pl.DataFrame = field(init=False)

    def __post_init__(self) -> None:
        chosen = [name for name in self.raw.columns if name in self.lanes]
        self._clean = self.raw.select(self.lanes[name](pl.col(name)) for name in chosen)

    @property
    def height(self) -> int:
        """How many records."""
        return self.raw.height

    def has(self, name: str) -> bool:
        """Whether the feed sends this column."""
        return name in self.raw.columns

    def text(self, name: str) -> pl.Series:
        """A raw column, all null if the feed does not send it."""
        return self.raw[name] if self.has(name) else self.nothing(pl.String())

    def nothing(self, dtype: pl.DataType) -> pl.Series:
        """A column without a value."""
        return self.same(None, dtype)

    def same(self, value: str | bool | None, dtype: pl.DataType) -> pl.Series:
        """A column with one value."""
        return pl.Series([value], dtype=dtype).new_from_index(0, self.height)

    def clean(self, name: str, dtype: pl.DataType) -> pl.Series:
        """The values that the lane of a column could read."""
        return self._clean[name] if name in self._clean.columns else self.nothing(dtype)

    def read(self, name: str, scalar: Scalar[T], dtype: pl.DataType) -> pl.Series:
        """A raw column as values: those of its lane all at once, the others by the rule."""
        if not self.has(name):
            return self.nothing(dtype)
        texts, values = self.raw[name], self.clean(name, dtype)
        if texts.null_count() == values.null_count():
            return values.cast(dtype)
        rest = (values.is_null() & texts.is_not_null()).arg_true()
        memory = self.memory.setdefault(name, {})
        answers = self.answers(texts.gather(rest), scalar, dtype, memory)
        self.report(rest, name, answers)
        if rest.len() == self.height:
            return answers["value"]
        return values.cast(dtype).scatter(rest, answers["value"])

    def answers(
        self,
        texts: pl.Series,
        scalar: Scalar[T],
        dtype: pl.DataType,
        memory: dict[str, Parsed[Any]],
    ) -> pl.DataFrame:
        """What the rule says of each text: `text`, `value`, `code`, `fatal`, in the same order."""
        distinct = texts.unique().to_list()
        if len(memory) > MOST_REMEMBERED:
            memory.clear()
        for text in distinct:
            if text not in memory:
                memory[text] = scalar(text)
        said = [memory[text] for text in distinct]
        table = pl.DataFrame(
            {
                "text": pl.Series(distinct, dtype=pl.String()),
                "value": pl.Series([_plain(one.value) for one in said], dtype=dtype),
                "code": pl.Series([one.code for one in said], dtype=pl.String()),
                "fatal": pl.Series([one.fatal for one in said], dtype=pl.Boolean()),
            }
        )
        left = pl.DataFrame({"text": texts})
        return left.join(table, on="text", how="left", maintain_order="left")

    def report(self, rows: pl.Series, name: str, answers: pl.DataFrame) -> None:
        """Keep the problems among the answers for these rows."""
        if answers["code"].null_count() == answers.height:
            return
        problems = answers.select(
            rows.cast(pl.UInt32).alias("row"),
            pl.lit(name).alias("field"),
            pl.col("code"),
            pl.when(pl.col("text") != "")
            .then(pl.col("text").str.slice(0, VALUE_SHOWN))
            .alias("value"),
            pl.col("fatal"),
        ).filter(pl.col("code").is_not_null())
        self.found.append(problems)

    def refuse(self, where: pl.Series, name: str, code: LineCode, shown: pl.Series) -> None:
        """Reject the rows where this holds, showing what they sent."""
        rows = where.arg_true()
        if rows.is_empty():
            return
        height = rows.len()
        answers = pl.DataFrame(
            {
                "text": shown.gather(rows).cast(pl.String),
                "code": [code.value] * height,
                "fatal": [True] * height,
            }
        )
        self.report(rows, name, answers)

    def problems(self) -> pl.DataFrame:
        """All that was found, in the order of the rows."""
        if not self.found:
            return pl.DataFrame(schema=PROBLEM)
        return pl.concat(self.found).unique().sort("row", "field", "code", "fatal")

    def failed(self, *names: str) -> pl.Series:
        """Whether a row has a fatal problem in one of these fields."""
        mask = self.same(value=False, dtype=pl.Boolean())
        for part in self.found:
            chosen = part.filter(pl.col("fatal") & pl.col("field").is_in(names))
            if chosen.height:
                mask = mask.scatter(chosen["row"], values=True)
        return mask


def _plain(value: object) -> object:
    """An enum member as the text that a column holds."""
    return value.value if isinstance(value, StrEnum) else value
