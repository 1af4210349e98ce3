"""The fields of Google Merchant Center and of Meta's catalogue, led to ours."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import polars as pl

from domain.offers.values import fold, parse_date, parse_whole
from integrations.feeds.contract import ReadSettings
from integrations.feeds.structures import storage_of

_SOLD: Final = frozenset({"in stock", "available for order", "instock"})
_GONE: Final = frozenset(
    {"out of stock", "preorder", "backorder", "discontinued", "sold out", "outofstock"}
)
_TAG: Final = re.compile(r"<[a-zA-Z/!][^>]*>")
MOST_HANDLING_DAYS: Final = 60


def as_native(frame: pl.DataFrame, settings: ReadSettings) -> pl.DataFrame:
    """The raw columns under our names: stock from availability, the price that runs now."""
    columns = {name: frame[name] for name in frame.columns}
    if "availability" in columns:
        columns["quantity"] = _quantities(columns, settings)
    if "sale_price" in columns and "price" in columns:
        columns["price"] = _prices(columns, settings)
    if "gtin" in columns:
        columns["gtin"] = columns["gtin"].str.strip_chars(" ,").str.split(",").list.first()
    if "title" in columns:
        columns["title"] = _each(columns["title"], plain_text)
    if "size" in columns:
        columns["attributes[storage_gb]"] = _each(columns["size"], storage_of)
    if "max_handling_time" in columns:
        columns["handling_hours"] = _each(columns["max_handling_time"], _hours)
    for name in ("availability", "sale_price", "sale_price_effective_date", "size"):
        columns.pop(name, None)
    columns.pop("max_handling_time", None)
    return pl.DataFrame(columns)


def plain_text(text: str) -> str:
    """The words of a text that may hold HTML."""
    if "<" not in text and "&" not in text:
        return text
    return html.unescape(_TAG.sub(" ", text))


def _quantities(columns: dict[str, pl.Series], settings: ReadSettings) -> pl.Series:
    """Pieces in stock as texts; an availability that nobody knows stays, to be refused."""
    states = columns["availability"]
    counted = columns.get(
        "quantity", pl.Series([None], dtype=pl.String).new_from_index(0, len(states))
    )
    default = str(settings.default_quantity)
    pairs = pl.DataFrame({"state": states, "counted": counted})
    distinct = pairs.unique()
    said = [_quantity(state, count, default) for state, count in distinct.iter_rows()]
    table = distinct.with_columns(pl.Series("quantity", said, dtype=pl.String))
    joined = pairs.join(
        table, on=["state", "counted"], how="left", nulls_equal=True, maintain_order="left"
    )
    return joined["quantity"]


def _quantity(state: str | None, count: str | None, default: str) -> str | None:
    word = fold(state or "")
    if word in _GONE:
        return "0"
    if word in _SOLD:
        return count if count and count.strip() else default
    return state if word else count


def _prices(columns: dict[str, pl.Series], settings: ReadSettings) -> pl.Series:
    sale = columns["sale_price"]
    runs = sale.fill_null("").str.strip_chars() != ""
    if "sale_price_effective_date" in columns:
        dates = columns["sale_price_effective_date"].fill_null("")
        known = {text: _runs(text, settings.now) for text in dates.unique().to_list()}
        open_now = [text for text, running in known.items() if running]
        runs = runs & dates.is_in(open_now)
    return sale.zip_with(runs, columns["price"])


def _runs(dates: str, now: datetime | None) -> bool:
    """Whether a sale with these dates runs now; one without dates always does."""
    if not dates.strip():
        return True
    first, _, last = dates.partition("/")
    begin, end = parse_date(first, "").value, parse_date(last, "").value
    if now is None or begin is None or end is None:
        return False
    return datetime.fromisoformat(begin) <= now.astimezone(UTC) <= datetime.fromisoformat(end)


def _hours(days: str) -> str:
    """Hours to hand over, from days; what is no number of days stays, to be refused."""
    whole = parse_whole(
        days.lower().removesuffix("days").removesuffix("day"), 0, MOST_HANDLING_DAYS
    )
    return days if whole.value is None else str(24 * whole.value)


def _each(texts: pl.Series, say: Callable[[str], str | None]) -> pl.Series:
    """What is said of each text, asked once per distinct one."""
    distinct = texts.drop_nulls().unique()
    table = pl.DataFrame(
        {
            "text": distinct,
            "said": pl.Series([say(text) for text in distinct.to_list()], dtype=pl.String),
        }
    )
    asked = pl.DataFrame({"text": texts})
    return asked.join(table, on="text", how="left", maintain_order="left")["said"]
