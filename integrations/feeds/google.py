"""The fields of Google Merchant Center and of Meta's catalogue, led to ours."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

import polars as pl

from domain.offers.structures import storage_of
from domain.offers.values import fold
from integrations.feeds.contract import ReadSettings
from integrations.feeds.deliveries import shipping_of, slowest_handling
from integrations.feeds.dialect import Dialect, Translate
from integrations.feeds.texts import each, each_of, hours_of_days, plain_text, runs_now

_SOLD: Final = frozenset({"in stock", "available for order", "instock"})
_GONE: Final = frozenset(
    {"out of stock", "preorder", "backorder", "discontinued", "sold out", "outofstock"}
)
NAMES: Final = {
    "id": "sku",
    "title": "title",
    "price": "price",
    "sale_price": "sale_price",
    "sale_price_effective_date": "sale_price_effective_date",
    "availability": "availability",
    "condition": "condition",
    "gtin": "gtin",
    "mpn": "mpn",
    "brand": "brand",
    "color": "attributes[color]",
    "size": "size",
    "quantity": "quantity",
    "quantity_to_sell_on_facebook": "quantity",
    "sell_on_google_quantity": "quantity",
    "max_handling_time": "max_handling_time",
    "shipping": "deliveries",
}
UNUSED: Final = frozenset(
    [
        *("description", "link", "mobile_link", "image_link", "additional_image_link"),
        *("identifier_exists", "item_group_id", "google_product_category", "product_type", "size"),
        *("certification", "energy_efficiency_class", "min_handling_time", "shipping_weight"),
        *("fb_product_category", "material", "pattern", "gender", "age_group", "shipping_label"),
        *("custom_label_0", "custom_label_1", "custom_label_2", "custom_label_3"),
        *("custom_label_4", "ads_redirect", "adult", "multipack", "is_bundle", "tax"),
    ]
)


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
        columns["title"] = each(columns["title"], plain_text)
    if "size" in columns:
        columns["attributes[storage_gb]"] = each(columns["size"], storage_of)
    _delivery(columns, settings)
    for name in ("availability", "sale_price", "sale_price_effective_date", "size"):
        columns.pop(name, None)
    return pl.DataFrame(columns)


def _delivery(columns: dict[str, pl.Series], settings: ReadSettings) -> None:
    """The hours to hand over, and the deliveries to the feed's market, in place."""
    days = columns.pop("max_handling_time", None)
    if (deliveries := columns.pop("deliveries", None)) is not None:
        told = partial(shipping_of, markets=settings.markets, currency=settings.currency)
        columns["shipping"] = each(deliveries, told)
        slowest = each(deliveries, partial(slowest_handling, markets=settings.markets))
        days = slowest if days is None else days.zip_with(days.is_not_null(), slowest)
    if days is not None:
        columns["handling_hours"] = each(days, hours_of_days)


def _quantities(columns: dict[str, pl.Series], settings: ReadSettings) -> pl.Series:
    """Pieces in stock as texts; an availability that nobody knows stays, to be refused."""
    states = columns["availability"]
    counted = columns.get(
        "quantity", pl.Series([None], dtype=pl.String).new_from_index(0, len(states))
    )
    default = str(settings.default_quantity)
    return each_of([states, counted], lambda state, count: _quantity(state, count, default))


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
    return bool(first.strip() and last.strip()) and runs_now(first, last, "", now)


def _translator(settings: ReadSettings) -> Translate:
    return lambda raw: replace(raw, frame=as_native(raw.frame, settings))


GOOGLE: Final = Dialect(
    NAMES,
    _translator,
    unused=UNUSED,
    said={"sku": "id", "quantity": "availability", "grade": "condition"},
    bound=frozenset({"sale_price_effective_date"}),
)
