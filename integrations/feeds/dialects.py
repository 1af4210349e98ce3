"""The dialect of each format, and which one a header tells."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from domain.offers.lines import FeedFormat
from integrations.feeds.amazon import AMAZON
from integrations.feeds.columns import Layout, field_of
from integrations.feeds.contract import ReadSettings
from integrations.feeds.dialect import Dialect, header_key
from integrations.feeds.google import GOOGLE
from integrations.feeds.listings import LISTINGS
from integrations.feeds.mirakl import MIRAKL
from integrations.feeds.native import NATIVE
from integrations.feeds.shopify import SHOPIFY

DIALECTS: Final[Mapping[FeedFormat, Dialect]] = {
    FeedFormat.NATIVE_CSV: NATIVE,
    FeedFormat.NATIVE_TSV: NATIVE,
    FeedFormat.NATIVE_JSONL: NATIVE,
    FeedFormat.GOOGLE_XML: GOOGLE,
    FeedFormat.GOOGLE_TSV: GOOGLE,
    FeedFormat.META_CSV: GOOGLE,
    FeedFormat.MIRAKL_CSV: MIRAKL,
    FeedFormat.LISTINGS_CSV: LISTINGS,
    FeedFormat.MIRAKL_XLSX: MIRAKL,
    FeedFormat.SPREADSHEET: NATIVE,
    FeedFormat.SHOPIFY_JSONL: NATIVE,
    FeedFormat.SHOPIFY_CSV: SHOPIFY,
    FeedFormat.AMAZON_TSV: AMAZON,
    FeedFormat.AMAZON_JSON: AMAZON,
}
_TOLD: Final = (
    *(FeedFormat.MIRAKL_CSV, FeedFormat.LISTINGS_CSV),
    *(FeedFormat.SHOPIFY_CSV, FeedFormat.AMAZON_TSV),
)
# Amazon's price and quantity file: no column of its own, but no other either, and tabs.
_PRICES_AND_STOCK: Final = frozenset({"sku", "price", "quantity", "leadtime_to_ship"})


def told(keys: Collection[str], separator: str) -> FeedFormat:
    """The format that the columns of a header tell, by those that no other format has."""
    if "sku" not in keys and "id" in keys and SHOPIFY.own.isdisjoint(keys):
        return FeedFormat.GOOGLE_TSV if separator == "\t" else FeedFormat.META_CSV
    if separator == "\t" and "leadtime_to_ship" in keys and _PRICES_AND_STOCK.issuperset(keys):
        return FeedFormat.AMAZON_TSV
    found = max(_TOLD, key=lambda each: len(DIALECTS[each].own.intersection(keys)))
    if not DIALECTS[found].own.isdisjoint(keys):
        return found
    return FeedFormat.NATIVE_TSV if separator == "\t" else FeedFormat.NATIVE_CSV


def chosen_or_told(keys: Collection[str], separator: str, settings: ReadSettings) -> FeedFormat:
    """The format of a text file: as its feed says, or as its header tells."""
    if settings.dialect is not None:
        return FeedFormat.NATIVE_TSV if separator == "\t" else FeedFormat.NATIVE_CSV
    said = None if settings.format is None else as_text(settings.format)
    return said or told(keys, separator)


def spoken(chosen: FeedFormat, settings: ReadSettings) -> Dialect:
    """The words of a file of this format: its own, unless the settings name others."""
    return settings.dialect or DIALECTS[chosen]


def as_text(chosen: FeedFormat) -> FeedFormat | None:
    """The format of a text file whose feed is said to have this one; None to tell it."""
    return _AS_TEXT.get(chosen, chosen)


def as_workbook(chosen: FeedFormat) -> FeedFormat:
    """The format of a workbook with the columns of this one."""
    return _AS_WORKBOOK.get(chosen, chosen)


_AS_TEXT: Final = {FeedFormat.MIRAKL_XLSX: FeedFormat.MIRAKL_CSV, FeedFormat.SPREADSHEET: None}
_AS_WORKBOOK: Final = {
    FeedFormat.MIRAKL_CSV: FeedFormat.MIRAKL_XLSX,
    FeedFormat.NATIVE_CSV: FeedFormat.SPREADSHEET,
    FeedFormat.NATIVE_TSV: FeedFormat.SPREADSHEET,
}


def columns_told(header: Sequence[str], separator: str, settings: ReadSettings) -> int:
    """How many columns a record names, if it is a header: a merchant's key and some other one."""
    keys = [header_key(name) for name in header]
    dialect = spoken(chosen_or_told(keys, separator, settings), settings)
    fields = {field_of(key, dialect, settings) for key in keys if key} - {None}
    return len(fields) if not dialect.keys.isdisjoint(fields) and len(fields) > 1 else 0


def is_labels(values: Sequence[str | None], form: Layout) -> bool:
    """Whether a record holds names of columns once more: words where prices and stock stand.

    Shapes: a name of a column has no digit; a merchant's key that has one is that of a faulty line.
    """
    held = {name: values[index] or "" for index, name in form.fields if index < len(values)}
    told_twice = [held[name] for name in _COUNTED if name in held]
    return (
        len(told_twice) > 1
        and bool(held.get("sku"))
        and not _DIGIT.search(held["sku"])
        and all(text.strip() and not _DIGIT.search(text) for text in told_twice)
    )


_COUNTED: Final = ("price", "quantity", "sale_price", "update", "product_ref_type")
_DIGIT: Final = re.compile(r"\d")
