"""The reference files of the demo, read: its merchants and the variants that they sell."""

import csv
import json
from datetime import date
from typing import Final

from boucle.settings import ROOT
from integrations.sandbox.merchants import DemoMerchant
from integrations.sandbox.variants import DemoVariant

REFERENCE: Final = ROOT / "models" / "reference"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a reference file, as texts."""
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def merchants() -> list[DemoMerchant]:
    """The merchants of the demo."""
    return [DemoMerchant.of(row) for row in rows("demo_merchants.csv")]


def variants() -> list[DemoVariant]:
    """The variants that they sell: those of the reference catalogue."""
    brands = {row["code"]: row["name"] for row in rows("brands.csv")}
    products = {row["slug"]: row for row in rows("products.csv")}
    return [_variant(row, products[row["product"]], brands) for row in rows("variants.csv")]


def _variant(row: dict[str, str], product: dict[str, str], brands: dict[str, str]) -> DemoVariant:
    released = product["release_date"]
    return DemoVariant(
        gtin=row["gtin"],
        mpn=row["mpn"] or None,
        brand=brands[product["brand"]],
        model=product["model"],
        category=product["category"],
        attributes=json.loads(row["attributes"]),
        release_date=date.fromisoformat(released) if released else None,
    )
