"""Amazon's inventory loader and its price and quantity file: codes of columns and conditions."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import polars as pl

from domain.offers.values import fold, narrow
from integrations.feeds.contract import Raw, ReadSettings
from integrations.feeds.dialect import Dialect, Translate
from integrations.feeds.identity import named_product
from integrations.feeds.mirakl import STATES
from integrations.feeds.texts import code_number, each, hours_of_days

NAMES: Final = {
    **dict.fromkeys(("sku", "item_sku", "seller_sku"), "sku"),
    **dict.fromkeys(("product_id", "external_product_id"), "product_ref"),
    **dict.fromkeys(("product_id_type", "external_product_id_type"), "product_ref_type"),
    **dict.fromkeys(("price", "standard_price"), "price"),
    **dict.fromkeys(("currency", "currency_code"), "currency"),
    "minimum_seller_allowed_price": "min_price",
    "maximum_seller_allowed_price": "max_price",
    **dict.fromkeys(("item_condition", "condition_type"), "grade"),
    "quantity": "quantity",
    **dict.fromkeys(("add_delete", "update_delete"), "update"),
    **dict.fromkeys(("item_note", "condition_note"), "note"),
    **dict.fromkeys(("leadtime_to_ship", "handling_time", "fulfillment_latency"), "leadtime"),
    "item_name": "title",
    "brand_name": "brand",
    "part_number": "mpn",
}
UNUSED: Final = frozenset(
    [
        *("will_ship_internationally", "expedited_shipping", "standard_plus", "product_tax_code"),
        *("fulfillment_center_id", "merchant_shipping_group_name", "asin", "business_price"),
        *("quantity_price_type", "sale_price", "sale_start_date", "sale_end_date", "image_url"),
    ]
)
_JOINED: Final = re.compile(r"[\s;_-]+|(?<=[a-z])(?=[A-Z])")
_UPDATES: Final[Mapping[str, str | None]] = {
    **dict.fromkeys(("", "a", "update", "partialupdate"), None),
    **dict.fromkeys(("d", "x", "delete"), "true"),
}


def as_native(raw: Raw) -> Raw:
    """The raw columns under our names: products by their kind, conditions, days, deletions."""
    columns = {name: raw.frame[name] for name in raw.frame.columns}
    named_product(columns)
    if "grade" in columns:
        columns["grade"] = each(columns["grade"], _condition)
    if "leadtime" in columns:
        columns["handling_hours"] = each(columns.pop("leadtime"), hours_of_days)
    if "update" in columns:
        columns["deleted"] = each(
            columns.pop("update"), lambda word: _UPDATES.get(fold(narrow(word)), word)
        )
    return replace(raw, frame=pl.DataFrame(columns))


def _condition(text: str) -> str:
    """A number or word of a condition: `UsedLikeNew` and `Used; Like New` are the same."""
    word = fold(_JOINED.sub(" ", code_number(text)))
    return "new" if word == "new new" else word


def _translator(settings: ReadSettings) -> Translate:
    del settings
    return as_native


AMAZON: Final = Dialect(
    NAMES,
    _translator,
    unused=UNUSED,
    own=frozenset(
        [
            *("item_condition", "add_delete", "item_note", "minimum_seller_allowed_price"),
            *("maximum_seller_allowed_price", "will_ship_internationally", "expedited_shipping"),
            *("fulfillment_center_id", "merchant_shipping_group_name", "standard_plus"),
            *("item_sku", "seller_sku", "external_product_id", "external_product_id_type"),
            *("condition_type", "condition_note", "standard_price", "fulfillment_latency"),
        ]
    ),
    said={"grade": "item-condition"},
    grades=STATES,
)
