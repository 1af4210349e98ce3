"""Prices of several markets in one cell, spread over a column per market."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import polars as pl

from domain.money import Currency
from domain.offers.lines import LineCode
from domain.offers.structures import canonical
from integrations.feeds.contract import VALUE_SHOWN, LineProblem, Raw

_FIELDS: Final = {"price": "price", "min": "min_price", "max": "max_price", "currency": "currency"}


def spread_prices(raw: Raw, default: Currency) -> Raw:
    """The records with `prices` spread; a record whose list cannot be read is rejected.

    Shapes: a JSON list of objects with `market`, `price` or `price_minor`, and perhaps
    `currency`, `min`, `max`.
    """
    if "prices" not in raw.frame.columns:
        return raw
    read = [_cells(text, default) for text in raw.frame["prices"].to_list()]
    bad = [row for row, cells in enumerate(read) if cells is None]
    sent = sorted({name for cells in read if cells for name in cells})
    added = [
        pl.Series(name, [cells.get(name) if cells else None for cells in read], dtype=pl.String)
        for name in sent
    ]
    rows = pl.int_range(raw.frame.height, eager=True)
    kept = raw.frame.drop("prices", *sent, strict=False).with_columns(added)
    problems = [_problem(raw.frame.row(row, named=True)) for row in bad]
    return replace(
        raw,
        frame=kept.filter(~rows.is_in(bad)),
        problems=[*raw.problems, *problems],
        lost=raw.lost + len(bad),
    )


def _problem(row: Mapping[str, object]) -> LineProblem:
    line, sku = int(str(row["line"])), row["sku"]
    shown = str(row["prices"])[:VALUE_SHOWN]
    named = None if sku is None else str(sku)
    return LineProblem(line, named, "prices", LineCode.BAD_QUOTES, shown, fatal=True)


def _cells(text: str | None, default: Currency) -> dict[str, str] | None:
    """The cells that a list stands for; None if it cannot be read."""
    if text is None or not text.strip():
        return {}
    try:
        found = json.loads(text, parse_float=str, parse_int=str)
        canonical(found).encode()  # JSON can write half a letter, which nothing can hold
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list):
        return None
    cells: dict[str, str] = {}
    for item in found:
        market = str(item.get("market", "")).upper() if isinstance(item, dict) else ""
        if len(market) != 2 or not (market.isascii() and market.isalpha()):
            return None
        cells |= {f"{name}[{market}]": one for name, one in _named(item, default).items()}
    return cells


def _named(item: Mapping[str, object], default: Currency) -> dict[str, str]:
    named = {
        ours: str(item[theirs]) for theirs, ours in _FIELDS.items() if item.get(theirs) is not None
    }
    minor = str(item.get("price_minor") or "")
    if minor.isascii() and minor.isdigit():
        code = named.get("currency", default.value)
        digits = Currency(code).digits if code in Currency.__members__ else 2
        padded = minor.zfill(digits + 1)
        named["price"] = f"{padded[:-digits]}.{padded[-digits:]}" if digits else padded
    return named
