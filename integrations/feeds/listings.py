"""Listings in the way of Back Market: states that are numbers, warranties, up to three shippers.

The number 0 is a grade, the second best of all, and 9 the best.
"""

import json
import re
from dataclasses import replace
from functools import partial
from typing import Final

import polars as pl

from domain.catalog import Grade
from domain.offers.values import fold, narrow, parse_bool
from integrations.feeds.contract import Raw, ReadSettings
from integrations.feeds.dialect import Dialect, Translate
from integrations.feeds.texts import code_number, each, each_of

SHIPPERS: Final = (1, 2, 3)
NAMES: Final = {
    "sku": "sku",
    "product_id": "product_id",
    **dict.fromkeys(("ean", "gtin", "upc"), "gtin"),
    "title": "title",
    "brand": "brand",
    "mpn": "mpn",
    "quantity": "quantity",
    "price": "price",
    "currency": "currency",
    "min_price": "min_price",
    "max_price": "max_price",
    "grade": "grade",
    "state": "state",
    "warranty_delay": "warranty_months",
    "comment": "note",
    "new_battery": "new_battery",
    **dict.fromkeys(("market", "markets", "country"), "markets"),
    **{f"shipper_{n}": f"shipper[{n}]" for n in SHIPPERS},
    **{f"shipping_price_{n}": f"fee[{n}]" for n in SHIPPERS},
    **{f"shipping_delay_{n}": f"delay[{n}]" for n in SHIPPERS},
}
UNUSED: Final = frozenset(
    ["backmarket_id", "listing_id", "id", *(f"shipper_display_{n}" for n in SHIPPERS)]
)
STATES: Final = {
    "9": Grade.PREMIUM,
    "0": Grade.EXCELLENT,
    "1": Grade.VERY_GOOD,
    "2": Grade.GOOD,
    "3": Grade.FAIR,
    "4": Grade.FAIR,
    "stallone": Grade.FAIR,
}
_LOCALE: Final = re.compile(r"\b[a-z]{2}[-_]([a-z]{2})\b", re.IGNORECASE)


def _native(raw: Raw, settings: ReadSettings) -> Raw:
    columns = {name: raw.frame[name] for name in raw.frame.columns}
    for name in ("grade", "state"):
        if name in columns:
            columns[name] = each(columns[name], code_number)
    if (states := columns.pop("state", None)) is not None:
        words = columns.get("grade", states)
        said = words.fill_null("").str.strip_chars() != ""
        columns["grade"] = words.zip_with(said, states)
    if "new_battery" in columns:
        columns["battery"] = each(columns.pop("new_battery"), _battery)
    if "markets" in columns:
        columns["markets"] = each(columns["markets"], lambda text: _LOCALE.sub(r"\1", text))
    _shippers(columns)
    return replace(raw, frame=pl.DataFrame(columns))


def _battery(text: str) -> str | None:
    """`new` for a yes; a word that is neither yes nor no stays, to be refused."""
    said = parse_bool(text)
    if said.code is not None:
        return text
    return "new" if said.value else None


def _shippers(columns: dict[str, pl.Series]) -> None:
    """The shippers as one list; a delay without one is the time to hand over."""
    sent = [name for name in columns if name.startswith(("shipper[", "fee[", "delay["))]
    if not sent:
        return
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(columns["sku"]))
    parts = [
        columns.pop(f"{name}[{n}]", none) for n in SHIPPERS for name in ("shipper", "fee", "delay")
    ]
    columns["shipping"] = each_of(parts, _listed)
    alone = each_of([parts[0], parts[2]], lambda shipper, delay: None if shipper else delay)
    if alone.null_count() < len(alone):
        columns["handling_hours"] = alone


def _listed(*parts: str | None) -> str | None:
    shippers = [
        {"carrier": carrier, "delay_hours": _plain(delay), "price": _plain(fee)}
        for carrier, fee, delay in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        if carrier and fold(carrier)
    ]
    return json.dumps(shippers) if shippers else None


def _plain(text: str | None) -> str | None:
    return narrow(text) or None if text else None


def _translator(settings: ReadSettings) -> Translate:
    return partial(_native, settings=settings)


LISTINGS: Final = Dialect(
    NAMES,
    _translator,
    unused=UNUSED,
    own=frozenset(
        [
            *("backmarket_id", "warranty_delay", "new_battery", "listing_id"),
            *(f"{name}_{n}" for name in ("shipper", "shipper_display") for n in SHIPPERS),
            *(f"{name}_{n}" for name in ("shipping_price", "shipping_delay") for n in SHIPPERS),
        ]
    ),
    said={"grade": "state"},
    grades=STATES,
    graded=frozenset({"grade", "state"}),
)
