"""What every reader of a feed takes and gives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import polars as pl

from domain.catalog import Grade
from domain.money import Currency
from domain.offers.amounts import Mark
from domain.offers.lines import FeedFormat, FeedMode, FileCode, LineCode

if TYPE_CHECKING:
    from domain.impact.linter import Readers
    from integrations.feeds.dialect import Dialect

VALUE_SHOWN: Final = 80

FRAME: Final[Mapping[str, pl.DataType]] = MappingProxyType(
    {
        "line": pl.Int32(),
        "sku": pl.String(),
        "sku_key": pl.String(),
        "deleted": pl.Boolean(),
        "product_id": pl.String(),
        "gtin": pl.String(),
        "mpn": pl.String(),
        "brand": pl.String(),
        "model": pl.String(),
        "title": pl.String(),
        "grade": pl.String(),
        "battery_new": pl.Boolean(),
        "battery_health": pl.Int16(),
        "attributes": pl.String(),
        "price_minor": pl.Int64(),
        "currency": pl.String(),
        "vat_scheme": pl.String(),
        "min_price_minor": pl.Int64(),
        "max_price_minor": pl.Int64(),
        "prices": pl.String(),
        "quantity": pl.Int32(),
        "warranty_months": pl.Int16(),
        "markets": pl.String(),
        "dispatch_site": pl.String(),
        "handling_hours": pl.Int16(),
        "shipping": pl.String(),
        "note": pl.String(),
        "eco": pl.String(),
        "available_from": pl.String(),
        "available_until": pl.String(),
        "source_updated_at": pl.String(),
        "sequence": pl.Int64(),
    }
)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of the lines that stand behind stored offers.

    Shapes: `marks` are 64-bit hashes of whole lines as they came, seeded by everything that
    decides what a line means; `salt` is the caller's part of that, such as a merchant's defaults.
    """

    salt: str
    marks: pl.Series = field(default_factory=lambda: pl.Series("mark", [], dtype=pl.Int64))


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How a merchant's feed is to be read.

    Shapes: a `format` of None is detected. `encoding` is used only for a file that is not UTF-8;
    `decimal` only for amounts like `1.234` in a column that does not settle its mark. `grade_map`
    leads the merchant's words to grades, over the default table; `grade_column` names the column
    that holds them, among other words if it is `title`; `mapping` leads the merchant's columns to
    our fields, or to nothing for those to leave out. `sheet` names the sheet of a workbook. `now`
    tells which sale prices run; without it a dated one is left out. `memory` remembers the lines
    of earlier files, which need not be read again. `dialect` names the columns of a file that is no
    feed of offers, such as a fleet. `claims` tells which notes make a claim that may not be made.
    `careful` reads record by record and value by
    value, which says the same and takes longer: the measure of the faster ways.
    """

    mode: FeedMode
    currency: Currency
    markets: tuple[str, ...]
    format: FeedFormat | None = None
    encoding: str = "cp1252"
    separator: str | None = None
    decimal: Mark | None = None
    grade_map: Mapping[str, Grade] = field(default_factory=dict)
    fixed_grade: Grade | None = None
    grade_column: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    default_quantity: int = 1
    default_warranty_months: int = 12
    allow_restricted_gtins: bool = False
    new_allowed_brands: frozenset[str] = frozenset()
    now: datetime | None = None
    max_lines: int = 2_000_000
    max_line_bytes: int = 1_048_576
    max_columns: int = 200
    block_bytes: int = 8 * 1_048_576
    memory: Memory | None = field(default=None, compare=False)
    careful: bool = False
    claims: "Readers | None" = field(default=None, compare=False, repr=False)
    dialect: "Dialect | None" = field(default=None, compare=False, repr=False)

    @property
    def grade_in_title(self) -> bool:
        """Whether the grade is looked for among the words of titles."""
        return (self.grade_column or "").strip().casefold() == "title"


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with a line; a fatal problem rejects it."""

    line: int
    sku: str | None
    field: str | None
    code: LineCode
    value: str | None
    fatal: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some records of a feed: those that stand in `frame`, and the problems of any of them.

    Shapes: `frame` has the columns of `FRAME`; null means not sent. `line` is the first physical
    line of a record, the header being on line 1; in XML it is the place among the items. `lines`
    counts the records read, those rejected included.
    """

    frame: pl.DataFrame
    problems: list[LineProblem]
    lines: int
    marks: pl.DataFrame | None = None
    same: pl.DataFrame | None = None


@dataclass(slots=True)
class Reading:
    """A feed opened: how it is written, and its records as they are read.

    Shapes: `chunks` can be walked once, and raises `FileRefused` where the file turns out to be
    broken; `warnings` is complete when the walk is.
    """

    format: FeedFormat
    encoding: str
    separator: str | None
    decimal: Mark | None
    columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    chunks: Iterator[Chunk]
    warnings: list[str] = field(default_factory=list)


class FileRefused(Exception):
    """The whole feed cannot be used, and changes no offer."""

    def __init__(
        self, code: FileCode, detail: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Raw:
    """Records as texts under the names of our fields, before any value is read.

    Shapes: `frame` has `line` and one text column per field sent. `problems` are those of records
    that are in no frame, `lost` says how many records that is. `consumed` bytes were used, which
    hold `physical` lines. `marks` and `same` are as in `Chunk`.
    """

    frame: pl.DataFrame
    problems: list[LineProblem]
    lost: int
    consumed: int
    physical: int
    marks: pl.DataFrame | None = None
    same: pl.DataFrame | None = None
