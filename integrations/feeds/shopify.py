"""Shopify's products: a variant is an offer, and its product says what all variants share."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from domain.offers.headers import word_field
from domain.offers.structures import storage_of
from domain.offers.values import clean_text, fold, narrow
from integrations.feeds.columns import field_of
from integrations.feeds.contract import Raw, ReadSettings
from integrations.feeds.dialect import ATTRIBUTE, PER_MARKET, Dialect, Translate, header_key
from integrations.feeds.json_text import Row, frame_of

OPTIONS: Final = (1, 2, 3)
NAMES: Final = {
    **dict.fromkeys(("handle", "url_handle"), "handle"),
    **dict.fromkeys(("variant_sku", "sku"), "sku"),
    **dict.fromkeys(("variant_price", "price"), "price"),
    **dict.fromkeys(("variant_inventory_qty", "inventory_quantity", "inventoryquantity"), "stock"),
    **dict.fromkeys(("variant_barcode", "barcode"), "gtin"),
    "title": "title",
    "vendor": "brand",
    "status": "status",
    "tags": "tags",
    **{f"option{n}_name": f"name[{n}]" for n in OPTIONS},
    **{f"option{n}_value": f"value[{n}]" for n in OPTIONS},
}
UNUSED: Final = frozenset(
    [
        *("body_(html)", "description", "product_category", "type", "published", "image_src"),
        *("published_on_online_store", "option1_linked_to", "option2_linked_to", "gift_card"),
        *("option3_linked_to", "variant_grams", "variant_inventory_tracker", "image_position"),
        *("variant_inventory_policy", "variant_fulfillment_service", "image_alt_text"),
        *("variant_compare_at_price", "compare_at_price", "variant_requires_shipping"),
        *("variant_taxable", "seo_title", "seo_description", "variant_image", "variant_tax_code"),
        *("variant_weight_unit", "cost_per_item", "id", "__parentid", "compareatprice"),
        *("selectedoptions", "producttype", "metafields"),
    ]
)
# What one row says of a product holds for its other variants.
SHARED: Final = ("title", "brand", "status", "tags", *(f"name[{n}]" for n in OPTIONS))
_METAFIELD: Final = re.compile(r"(?:.*\()?(product|variant)\.metafields\.([a-z0-9_.]+)\)?")
MOST_FACETS: Final = 10_000
_WITHOUT_OPTIONS: Final = "default title"
_HIDDEN: Final = frozenset({"archived", "draft", "unlisted"})
_FACETS: Final = frozenset({"grade", "battery", "warranty_months"})
_TOLD_APART: Final = re.compile(r"([^:]{1,40})[:](.+)")


@dataclass(slots=True)
class Facets:
    """Which field an option, metafield or tag tells, each asked once in a file."""

    settings: ReadSettings
    known: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def of(self, kind: str, name: str) -> str | None:
        """The field of a facet: as mapped, or as its own name says.

        Shapes: a mapping names it `option:Condition`, `metafield:custom.grade` or `tag:grade`.
        """
        asked = kind, name
        if asked not in self.known:
            if len(self.known) > MOST_FACETS:
                self.known.clear()
            self.known[asked] = self._field(kind, name)
        return self.known[asked]

    def _field(self, kind: str, name: str) -> str | None:
        found = field_of(header_key(f"{kind}:{name}"), SHOPIFY, self.settings)
        if found is not None:
            return found
        meant = word_field(name.rpartition(".")[2])
        meant = "grade" if meant == "condition" else meant  # shops sell refurbished by this word
        known = meant is not None and (meant in _FACETS or meant.startswith("attributes["))
        return meant if known and meant not in self.settings.mapping.values() else None


def offer_of(
    variant: Mapping[str, str | None],
    options: Mapping[str, str],
    told: Mapping[str, str],
    facets: Facets,
) -> dict[str, str | None]:
    """A variant and what its product shares with it, under our names.

    Shapes: `variant` has raw fields; `options` are names and values; `told` are fields and values
    of metafields, which go before those of options, and these before those of tags.
    """
    shown = [value for value in options.values() if fold(value) != _WITHOUT_OPTIONS]
    title = " ".join([variant.get("title") or "", *shown]).strip()
    said: dict[str, str] = {}
    tags = [("tag", name, value) for name, value in _tags(variant.get("tags"))]
    for kind, name, value in [*tags, *(("option", *each) for each in options.items())]:
        meant = facets.of(kind, name)
        said |= {meant: value} if meant else {}
    said |= told
    if (size := said.get("attributes[storage_gb]")) is not None:
        said["attributes[storage_gb]"] = storage_of(size) or size
    own = {name: variant.get(name) for name in ("price", "gtin", "brand")}
    extra = {name: value for name, value in variant.items() if name not in _RAW and value}
    sku = narrow(variant.get("sku") or "") or None
    return own | extra | said | {"sku": sku, "title": title or None, "quantity": _stock(variant)}


def _stock(variant: Mapping[str, str | None]) -> str | None:
    """Pieces for sale: none of a product that is not shown, none of what was oversold."""
    if fold(variant.get("status") or "") in _HIDDEN:
        return "0"
    count = variant.get("stock")
    return "0" if count and re.fullmatch(r"\s*-\d+\s*", count) else count


def _tags(text: str | None) -> Iterator[tuple[str, str]]:
    for tag in (text or "").split(","):
        if found := _TOLD_APART.fullmatch(clean_text(tag)):
            yield found[1], found[2]


@dataclass(slots=True)
class _Rows:
    """The rows of a product export; a row that leaves out what its product says takes it over."""

    facets: Facets
    handle: str | None = None
    shared: dict[str, str] = field(default_factory=dict)

    def native(self, raw: Raw) -> Raw:
        """The variants among the rows; the others hold pictures only."""
        rows: list[Row] = []
        for row in raw.frame.iter_rows(named=True):
            line = int(row.pop("line"))
            held = self._whole({name: text for name, text in row.items() if text})
            if held.get("sku") or held.get("price") or held.get("stock"):
                rows.append((line, self._offer(held)))
        fields = dict.fromkeys(name for _, held in rows for name in held)
        return replace(raw, frame=frame_of(rows, list(fields)))

    def _whole(self, held: dict[str, str]) -> dict[str, str]:
        handle = held.get("handle")
        if handle is None or handle != self.handle:
            self.handle, self.shared = handle, {}
        kept = {n: text for n, text in held.items() if n in SHARED or n.startswith("metafield[")}
        self.shared |= {name: text for name, text in kept.items() if name not in self.shared}
        return self.shared | held

    def _offer(self, held: Mapping[str, str]) -> dict[str, str | None]:
        options = {
            held[f"name[{n}]"]: held[f"value[{n}]"]
            for n in OPTIONS
            if f"name[{n}]" in held and f"value[{n}]" in held
        }
        told: dict[str, str] = {}
        for name, value in held.items():
            if name.startswith("metafield["):
                meant = self.facets.of("metafield", name[10:-1])
                told |= {meant: value} if meant else {}
        plain = {n: text for n, text in held.items() if not n.startswith("metafield[")}
        return offer_of(plain, options, told, self.facets)


_RAW: Final = frozenset(
    [
        *("sku", "title", "brand", "status", "tags", "stock", "handle", "price", "gtin"),
        *(f"{part}[{n}]" for part in ("name", "value") for n in OPTIONS),
    ]
)


def _translator(settings: ReadSettings) -> Translate:
    return _Rows(Facets(settings)).native


SHOPIFY: Final = Dialect(
    NAMES,
    _translator,
    patterns=(PER_MARKET, ATTRIBUTE, (_METAFIELD, "metafield[{1}]")),
    unused=UNUSED,
    own=frozenset(
        [
            *("handle", "url_handle", "variant_sku", "variant_price", "variant_barcode"),
            *("variant_inventory_qty", "option1_name", "option1_value"),
        ]
    ),
    said={"sku": "Variant SKU", "price": "Variant Price", "quantity": "Variant Inventory Qty"},
    graded=frozenset({"grade", "condition", "tags", "value[1]", "metafield[custom.grade]"}),
    bound=frozenset({"handle"}),
    sparse=True,
)
