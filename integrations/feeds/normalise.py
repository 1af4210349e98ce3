"""Raw records made the canonical columns, whatever format they came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import polars as pl

from domain.offers.amounts import Mark
from domain.offers.grades import folded_words, grade_table
from domain.offers.lines import FeedMode, LineCode
from domain.offers.structures import (
    merged_attributes,
    parse_attributes,
    parse_eco,
    parse_markets,
    parse_shipping,
)
from domain.offers.values import (
    HANDLING_MOST,
    QUANTITY_MOST,
    Battery,
    Parsed,
    clean_text,
    fold,
    parse_battery,
    parse_bool,
    parse_date,
    parse_gtin,
    parse_note,
    parse_quantity,
    parse_sku,
    parse_text,
    parse_title,
    parse_warranty,
    parse_whole,
    sku_key,
    wrong,
)
from integrations.feeds.clean import lanes
from integrations.feeds.contract import FRAME, Chunk, LineProblem, Raw, ReadSettings
from integrations.feeds.grading import GradeReader
from integrations.feeds.lanes import Rows
from integrations.feeds.prices import PriceReader

_TOTALS: Final = folded_words(
    ("total", "totals", "totaux", "somme", "summe", "gesamt", "totale", "suma", "totaal", "sum")
)
_NO_SKU: Final = r"(?i)^\W*$|^\W*(?:grand )?(?:tota|som|sum|gesamt)\w{0,4}\W*$"
_VAT: Final = {
    "standard": "NORMAL",
    "normal": "NORMAL",
    "normale": "NORMAL",
    "regular": "NORMAL",
    "margin": "MARGIN",
    "marge": "MARGIN",
    "differenz": "MARGIN",
}
_MOST_SEQUENCE: Final = 10**17


@dataclass(slots=True)
class Normaliser:
    """Makes the chunks of one feed.

    Shapes: `sparse` says that a record, not the file, decides which fields are sent. `totals`
    collects the lines that only sum up the others.
    """

    settings: ReadSettings
    marks: Mapping[str, Mark | None]
    sparse: bool = False
    totals: list[int] = field(default_factory=list)
    _memory: dict[str, dict[str, Parsed[Any]]] = field(default_factory=dict)
    _grades: GradeReader = field(init=False)
    _prices: PriceReader = field(init=False)

    def __post_init__(self) -> None:
        self._grades = GradeReader(self.settings, grade_table(self.settings.grade_map))
        self._prices = PriceReader(self.settings, self.marks, self.sparse)

    def chunk(self, raw: Raw) -> Chunk:
        """The records of a raw chunk as canonical columns and problems."""
        records = self._records(raw.frame)
        given = self.settings
        grades = self._grades.table
        ways = {} if given.careful else lanes(records.columns, grades, given.claims)
        rows = Rows(records, ways, self._memory)
        frame = self._frame(rows)
        problems, rejected = _problems(rows, frame)
        kept = frame.filter(~rejected) if rejected.any() else frame
        every = sorted([*raw.problems, *problems], key=lambda p: (p.line, p.field or "", p.code))
        skipped = 0 if raw.same is None else raw.same.height
        return Chunk(kept, every, frame.height + raw.lost + skipped, raw.marks, raw.same)

    def _records(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Without the lines that hold nothing, or only the totals of the others."""
        suspects = frame["sku"].fill_null("").str.contains(_NO_SKU).arg_true()
        gone = [row for row in suspects.to_list() if self._is_no_record(frame.row(row, named=True))]
        return frame.filter(~pl.int_range(frame.height, eager=True).is_in(gone)) if gone else frame

    def _is_no_record(self, row: Mapping[str, object]) -> bool:
        held = {name: clean_text(str(text)) for name, text in row.items() if text is not None}
        line = int(held.pop("line", "0"))
        held = {name: text for name, text in held.items() if text}
        if not held:
            return True
        identity = held.keys() & {"product_id", "gtin", "mpn", "grade", "title", "model", "brand"}
        if (
            fold(held.get("sku", "")).removeprefix("grand ").rstrip(" :") in _TOTALS
            and not identity
        ):
            self.totals.append(line)
            return True
        return False

    def _frame(self, rows: Rows) -> pl.DataFrame:
        columns: dict[str, pl.Series] = {"line": rows.raw["line"]}
        columns |= self._identity(rows)
        columns |= self._grades.read(rows, columns["brand"])
        prices = self._prices.read(rows)
        columns |= {
            "price_minor": prices.price_minor,
            "currency": prices.currency,
            "min_price_minor": prices.min_price_minor,
            "max_price_minor": prices.max_price_minor,
            "prices": prices.prices,
        }
        columns |= self._stock(rows)
        columns |= self._delivery(rows)
        columns |= self._dates(rows)
        return pl.DataFrame({name: columns[name] for name in FRAME}).cast(pl.Schema(FRAME))

    def _identity(self, rows: Rows) -> dict[str, pl.Series]:
        text = pl.String()
        allow = self.settings.allow_restricted_gtins
        sku = rows.read("sku", parse_sku, text)
        if sku.null_count():
            unnamed = sku.is_null() & ~rows.failed("sku")
            rows.refuse(unnamed, "sku", LineCode.SKU_MISSING, rows.text("sku"))
        return {
            "sku": sku,
            "sku_key": _keys(sku),
            "deleted": rows.read("deleted", parse_bool, pl.Boolean()).fill_null(value=False),
            "product_id": rows.read("product_id", _product_id, text),
            "gtin": rows.read("gtin", lambda one: parse_gtin(one, allow), text),
            "mpn": rows.read("mpn", parse_text, text),
            "brand": rows.read("brand", parse_text, text),
            "model": rows.read("model", parse_text, text),
            "title": rows.read("title", parse_title, text),
            "attributes": _attributes(rows),
        }

    def _stock(self, rows: Rows) -> dict[str, pl.Series]:
        settings, full = self.settings, self.settings.mode is FeedMode.FULL
        quantity = rows.read("quantity", parse_quantity, pl.Int32())
        if full and (self.sparse or not rows.has("quantity")):
            quantity = quantity.fill_null(min(settings.default_quantity, QUANTITY_MOST))
        warranty = rows.read("warranty_months", parse_warranty, pl.Int16())
        if full and (self.sparse or not rows.has("warranty_months")):
            warranty = warranty.fill_null(settings.default_warranty_months)
        battery = _battery(rows)
        return {
            "quantity": quantity,
            "warranty_months": warranty,
            "battery_new": battery == 0,
            "battery_health": battery.replace({0: None}),
            "vat_scheme": rows.read("vat_scheme", _vat, pl.String()),
            "note": rows.read("note", lambda one: parse_note(one, settings.claims), pl.String()),
        }

    def _delivery(self, rows: Rows) -> dict[str, pl.Series]:
        text = pl.String()
        mark = self.marks.get("shipping") or self.settings.decimal
        currency = self.settings.currency
        markets = rows.read("markets", parse_markets, text)
        if self.settings.mode is FeedMode.FULL and (self.sparse or not rows.has("markets")):
            listed = ",".join(sorted(set(self.settings.markets)))
            markets = markets.fill_null(f"{{{listed}}}")
        return {
            "markets": markets,
            "dispatch_site": rows.read("dispatch_site", parse_text, text),
            "handling_hours": rows.read("handling_hours", _hours, pl.Int16()),
            "shipping": rows.read(
                "shipping", lambda one: parse_shipping(one, mark, currency), text
            ),
            "eco": rows.read("eco", parse_eco, text),
        }

    def _dates(self, rows: Rows) -> dict[str, pl.Series]:
        market = self.settings.markets[0] if self.settings.markets else ""
        names = ("available_from", "available_until", "source_updated_at")
        dates = {
            name: rows.read(name, lambda one: parse_date(one, market), pl.String())
            for name in names
        }
        sequence = rows.read(
            "sequence", lambda one: parse_whole(one, 0, _MOST_SEQUENCE), pl.Int64()
        )
        return dates | {"sequence": sequence}


def _keys(sku: pl.Series) -> pl.Series:
    keys = sku.str.to_lowercase()
    other = (sku.str.len_bytes() != sku.str.len_chars()).fill_null(value=False).arg_true()
    if other.is_empty():
        return keys
    folded = pl.Series([sku_key(text) for text in sku.gather(other)], dtype=pl.String())
    return keys.scatter(other, folded)


def _attributes(rows: Rows) -> pl.Series:
    """The object of attributes, with those of single columns put over it."""
    base = rows.read("attributes", parse_attributes, pl.String())
    names = sorted(name for name in rows.raw.columns if name.startswith("attributes["))
    if not names:
        return base
    keys = [name.removeprefix("attributes[").removesuffix("]") for name in names]
    parts = pl.DataFrame([base.alias("base"), *(rows.text(name) for name in names)])
    distinct = parts.unique()
    merged = [
        merged_attributes(first, dict(zip(keys, single, strict=True)))
        for first, *single in distinct.iter_rows()
    ]
    table = distinct.with_columns(pl.Series("merged", merged, dtype=pl.String()))
    joined = parts.join(
        table, on=parts.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    return joined["merged"]


def _battery(rows: Rows) -> pl.Series:
    """The health of the battery in percent, 0 for a new one."""

    def scalar(text: str) -> Parsed[int]:
        found: Parsed[Battery] = parse_battery(text)
        if found.value is None:
            return Parsed(None, found.code, found.fatal)
        return Parsed(0 if found.value.new else found.value.health)

    return rows.read("battery", scalar, pl.Int16())


def _product_id(text: str) -> Parsed[str]:
    plain = clean_text(text)
    try:
        return Parsed(str(UUID(plain)) if plain else None)
    except ValueError:
        return wrong(LineCode.PRODUCT_UNKNOWN)


def _vat(text: str) -> Parsed[str]:
    word = fold(text)
    if not word:
        return Parsed()
    return Parsed(_VAT[word]) if word in _VAT else wrong(LineCode.PRICE_INVALID)


def _hours(text: str) -> Parsed[int]:
    return parse_whole(text, 0, HANDLING_MOST)


def _problems(rows: Rows, frame: pl.DataFrame) -> tuple[list[LineProblem], pl.Series]:
    """The problems by line, and which records they reject; a deletion needs its SKU only."""
    found = rows.problems()
    rejected = rows.same(value=False, dtype=pl.Boolean())
    if not found.height:
        return [], rejected
    deleted = frame["deleted"].gather(found["row"])
    found = found.filter(~deleted | (found["field"] == "sku"))
    fatal = found.filter(pl.col("fatal"))["row"].unique()
    if fatal.len():
        rejected = rejected.scatter(fatal, values=True)
    named = found.with_columns(
        frame["line"].gather(found["row"]).alias("line"),
        frame["sku"].gather(found["row"]).alias("sku"),
    )
    order = ("line", "sku", "field", "code", "value", "fatal")
    return [
        LineProblem(line, sku, name, LineCode(code), value, fatal)
        for line, sku, name, code, value, fatal in named.select(order).iter_rows()
    ], rejected
