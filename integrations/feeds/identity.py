"""Which product a line names, where one column says what kind of number another one holds."""

from typing import Final
from uuid import UUID

import polars as pl

from domain.offers.values import fold, narrow
from integrations.feeds.texts import each_of

_KINDS: Final = {
    **dict.fromkeys(("ean", "ean8", "ean13", "ean14", "gtin", "upc", "upc a", "jan"), "gtin"),
    **dict.fromkeys(("3", "4"), "gtin"),
    "mpn": "mpn",
    "sku": "product_id",
    **dict.fromkeys(("isbn", "asin", "shop sku", "1", "2"), ""),
}


def named_product(columns: dict[str, pl.Series]) -> None:
    """Put `product_ref` under the field that `product_ref_type` says, in place.

    Shapes: an EAN, GTIN, JAN or UPC is a GTIN; an MPN is one; an operator's SKU is our product id.
    ISBN, ASIN and the merchant's own SKU name no product of ours. A number whose kind is not said
    is a GTIN or a product id as it looks; a kind that nobody knows leaves it as a product id, to
    be refused.
    """
    if "product_ref" not in columns:
        columns.pop("product_ref_type", None)
        return
    refs = columns.pop("product_ref")
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(refs))
    kinds = columns.pop("product_ref_type", none)
    for name in ("gtin", "mpn", "product_id"):
        found = each_of([kinds, refs], lambda kind, ref, name=name: _part(kind, ref, name))
        own = columns.get(name)
        columns[name] = found if own is None else found.zip_with(found.is_not_null(), own)


def _part(kind: str | None, ref: str | None, name: str) -> str | None:
    plain = narrow(ref or "")
    if not plain:
        return None
    said = fold(narrow(kind or "")).removesuffix(".0")
    field = _KINDS.get(said.replace("-", " "), "product_id") if said else _looks(plain)
    return ref if field == name else None


def _looks(ref: str) -> str:
    try:
        UUID(ref)
    except ValueError:
        return "gtin"
    return "product_id"
