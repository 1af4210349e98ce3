"""The offers and stock files of Mirakl: codes of columns, states, channels, discounts, levies."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import polars as pl

from domain.catalog import Grade
from domain.money import Currency
from domain.offers.amounts import decimal_mark, parse_amount
from domain.offers.lines import FeedMode, LineCode
from domain.offers.values import fold, parse_date, parse_quantity, sku_key
from integrations.feeds.contract import VALUE_SHOWN, LineProblem, Raw, ReadSettings
from integrations.feeds.dialect import ATTRIBUTE, PER_MARKET, Dialect, Translate
from integrations.feeds.identity import named_product
from integrations.feeds.texts import code_number, each, each_of, hours_of_days, runs_now

NAMES: Final = {
    "sku": "sku",
    "offer_sku": "sku",
    "shop_sku": "sku",
    "product_id": "product_ref",
    "product_id_type": "product_ref_type",
    "description": "title",
    "price": "price",
    "price_additional_info": "note",
    "quantity": "quantity",
    "state": "grade",
    "state_code": "grade",
    "available_start_date": "available_from",
    "available_end_date": "available_until",
    "discount_price": "sale_price",
    "discount_start_date": "sale_from",
    "discount_end_date": "sale_until",
    "leadtime_to_ship": "leadtime",
    "update_delete": "update",
    "warehouse_code": "warehouse",
    "currency_iso_code": "currency",
}
UNUSED: Final = frozenset(
    [
        *("internal_description", "min_quantity_alert", "logistic_class", "discount_ranges"),
        *("price_ranges", "min_order_quantity", "max_order_quantity", "package_quantity"),
        *("ecotax", "gift_wrap", "product_tax_code", "favorite_rank", "allow_quote_requests"),
    ]
)
_CHANNEL: Final = r"\[channel=([a-z]{2})\]"
_SCHEME: Final = r"\[([a-z]{2}_[a-z0-9]{1,20})\]"
PATTERNS: Final = (
    PER_MARKET,
    ATTRIBUTE,
    (re.compile(f"price{_CHANNEL}"), "price[{code}]"),
    (re.compile(f"discount_price{_CHANNEL}"), "sale_price[{code}]"),
    (re.compile(f"discount_start_date{_CHANNEL}"), "sale_from[{code}]"),
    (re.compile(f"discount_end_date{_CHANNEL}"), "sale_until[{code}]"),
    (re.compile(f"producer_id{_SCHEME}"), "producer[{code}]"),
    (re.compile(f"eco_contribution_amount{_SCHEME}"), "levy[{code}]"),
)
STATES: Final = {
    "1": Grade.EXCELLENT,
    "2": Grade.VERY_GOOD,
    "3": Grade.GOOD,
    "4": Grade.FAIR,
}
# What Mirakl calls the mode of an import, and what such a file means to us.
IMPORT_MODES: Final = {
    "NORMAL": FeedMode.DELTA,
    "PARTIAL_UPDATE": FeedMode.PRICES,
    "REPLACE": FeedMode.FULL,
}
_UPDATES: Final = {"": None, "update": None, "delete": "true"}


def _native(raw: Raw, settings: ReadSettings) -> Raw:
    if "warehouse" in raw.frame.columns:
        raw = replace(raw, frame=_over_warehouses(raw.frame))
    columns = {name: raw.frame[name] for name in raw.frame.columns}
    named_product(columns)
    if "grade" in columns:
        columns["grade"] = each(columns["grade"], code_number)
    if "leadtime" in columns:
        columns["handling_hours"] = each(columns.pop("leadtime"), hours_of_days)
    if "update" in columns:
        columns["deleted"] = _deletions(columns.pop("update"), settings)
    suffixes = {name.partition("[")[2] for name in columns if name.startswith("sale_")}
    undated: list[LineProblem] = []
    for suffix in sorted(suffixes, reverse=True):  # those of all channels last: others use them
        undated += _undated(columns, f"[{suffix}" if suffix else "", settings)
        _discounts(columns, f"[{suffix}" if suffix else "", settings)
    _levies(columns, settings)
    problems = [*raw.problems, *dict.fromkeys(undated)]
    return replace(raw, frame=pl.DataFrame(columns), problems=problems)


def _deletions(words: pl.Series, settings: ReadSettings) -> pl.Series:
    """Which lines delete; in a partial update none may, so that any word stays to be refused."""
    partial_update = settings.mode in {FeedMode.PRICES, FeedMode.STOCK}
    known = {"": None} if partial_update else _UPDATES
    return each(words, lambda word: known.get(fold(word), word))


def _undated(
    columns: Mapping[str, pl.Series], suffix: str, settings: ReadSettings
) -> list[LineProblem]:
    """Warnings of discounts that never run, as one of their dates is none."""
    sale = columns.get(f"sale_price{suffix}")
    if sale is None:
        return []
    market = settings.markets[0] if settings.markets else ""
    said = sale.fill_null("").str.strip_chars() != ""
    problems: list[LineProblem] = []
    for name, theirs in (("sale_from", "discount_start_date"), ("sale_until", "discount_end_date")):
        dates = columns.get(f"{name}{suffix}", columns.get(name))
        known = [] if dates is None else dates.drop_nulls().unique().to_list()
        none = [text for text in known if parse_date(text, market).code]
        if dates is None or not none:
            continue
        for row in (said & dates.is_in(none)).fill_null(value=False).arg_true():
            line, sku = int(columns["line"][row]), columns["sku"][row]
            shown = str(dates[row])[:VALUE_SHOWN]
            problems.append(LineProblem(line, sku, theirs, LineCode.DATE_INVALID, shown, False))
    return problems


def _discounts(columns: dict[str, pl.Series], suffix: str, settings: ReadSettings) -> None:
    """The discount in place of the price where its dates run, for one channel or for all."""
    sale = columns.pop(f"sale_price{suffix}", None)
    first, last = (
        columns.pop(f"{name}{suffix}", columns.get(name)) for name in ("sale_from", "sale_until")
    )
    if sale is None:
        return
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(sale))
    market = settings.markets[0] if settings.markets else ""

    def running(price: str | None, begin: str | None, end: str | None) -> str | None:
        runs = price and price.strip() and runs_now(begin or "", end or "", market, settings.now)
        return price if runs else None

    dates = [none if date is None else date for date in (first, last)]
    now = each_of([sale, *dates], running)
    price = columns.get(f"price{suffix}", none)
    columns[f"price{suffix}"] = now.zip_with(now.is_not_null(), price)


def _levies(columns: dict[str, pl.Series], settings: ReadSettings) -> None:
    """The producers and amounts of the schemes as one list."""
    sent = [name for name in columns if name.startswith(("producer[", "levy["))]
    schemes = sorted({name.partition("[")[2].rstrip("]") for name in sent})
    if not schemes:
        return
    height = len(columns["sku"])
    none = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    parts: list[pl.Series] = []
    for scheme in schemes:
        amounts = columns.pop(f"levy[{scheme}]", none)
        mark = settings.decimal or decimal_mark(amounts.drop_nulls().unique().to_list()) or "dot"
        minor = each(amounts, partial(_minor, mark=mark, currency=settings.currency))
        parts += [columns.pop(f"producer[{scheme}]", none), minor]
    columns["eco"] = each_of(parts, partial(_listed, schemes))


def _minor(text: str, mark: str, currency: Currency) -> str:
    """Minor units of a levy, which may be nothing; what is no amount stays, to be refused."""
    if not text.strip("0., "):
        return "0" if text.strip() else ""
    found = parse_amount(text, "comma" if mark == "comma" else "dot", currency)
    return text if found.fatal or found.value is None else str(found.value)


def _listed(schemes: Sequence[str], *parts: str | None) -> str | None:
    pairs = zip(schemes, parts[::2], parts[1::2], strict=True)
    levies = [
        {"scheme": scheme.replace("_", "-"), "producer_id": producer, "amount_minor": minor}
        for scheme, producer, minor in pairs
        if producer or minor
    ]
    return json.dumps(levies) if levies else None


def _over_warehouses(frame: pl.DataFrame) -> pl.DataFrame:
    """One record per SKU with the stock of all its warehouses; a deleted line counts for nothing.

    Shapes: the record has the number of the SKU's first line; a quantity that is none stays, to
    be refused.
    """
    keys = each(frame["sku"].fill_null(""), lambda sku: sku_key(sku.strip()))
    gone = pl.Series([False]).new_from_index(0, frame.height)
    if "update" in frame.columns:
        gone = frame["update"].fill_null("").str.strip_chars().str.to_lowercase() == "delete"
    said = each(frame["quantity"].fill_null(""), _count)
    counts = pl.select(pl.when(gone).then(pl.lit("0")).otherwise(said)).to_series()
    grouped = (
        frame.drop("warehouse", "update", strict=False)
        .with_columns(keys.alias("key"), counts.alias("count"))
        .group_by("key", maintain_order=True)
        .agg(pl.all().exclude("count").first(), pl.col("count"))
    )
    sums = [_sum(counted) for counted in grouped["count"].to_list()]
    return grouped.with_columns(pl.Series("quantity", sums, dtype=pl.String)).drop("key", "count")


def _count(text: str) -> str | None:
    whole = parse_quantity(text)
    return text if whole.code is not None else str(whole.value or 0)


def _sum(counts: Sequence[str]) -> str:
    wrong = [count for count in counts if not (count.isascii() and count.isdigit())]
    return wrong[0] if wrong else str(sum(int(count) for count in counts))


def _translator(settings: ReadSettings) -> Translate:
    return partial(_native, settings=settings)


MIRAKL: Final = Dialect(
    NAMES,
    _translator,
    patterns=PATTERNS,
    unused=UNUSED,
    own=frozenset(
        [
            *("product_id_type", "update_delete", "price_additional_info", "min_quantity_alert"),
            *("available_start_date", "available_end_date", "logistic_class", "discount_price"),
            *("discount_start_date", "discount_end_date", "leadtime_to_ship", "offer_sku"),
            *("warehouse_code", "discount_ranges", "price_ranges", "product_tax_code"),
            *("internal_description", "min_order_quantity", "package_quantity"),
        ]
    ),
    said={"grade": "state"},
    grades=STATES,
    bound=frozenset({"sale_from", "sale_until", "warehouse"}),
    whole="warehouse",
    partial=True,
)
