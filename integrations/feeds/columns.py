"""Which column of a feed is which field of ours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.offers.lines import FeedMode, FileCode
from domain.offers.values import fold
from integrations.feeds.contract import FileRefused, ReadSettings

NATIVE: Final = {
    name: name
    for name in (
        *("sku", "product_id", "gtin", "mpn", "brand", "model", "title", "grade", "condition"),
        *("battery", "attributes", "price", "price_minor", "currency", "vat_scheme", "min_price"),
        *("min_price_minor", "max_price", "max_price_minor", "prices", "quantity", "note"),
        *("warranty_months", "markets", "dispatch_site", "handling_hours", "shipping", "eco"),
        *("available_from", "available_until", "source_updated_at", "sequence", "deleted"),
    )
} | {"delete": "deleted"}

GOOGLE: Final = {
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
}
GOOGLE_UNUSED: Final = frozenset(
    [
        *("description", "link", "mobile_link", "image_link", "additional_image_link", "shipping"),
        *("identifier_exists", "item_group_id", "google_product_category", "product_type", "size"),
        *("certification", "energy_efficiency_class", "min_handling_time", "shipping_weight"),
        *("fb_product_category", "material", "pattern", "gender", "age_group", "shipping_label"),
        *("custom_label_0", "custom_label_1", "custom_label_2", "custom_label_3"),
        *("custom_label_4", "ads_redirect", "adult", "multipack", "is_bundle", "tax"),
    ]
)
_PER_MARKET: Final = re.compile(r"(price|min_price|max_price|currency)\[([a-z]{2})\]")
_ATTRIBUTE: Final = re.compile(r"attributes?\[([a-z][a-z0-9_]{0,62})\]")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of a delimited file are.

    Shapes: `fields` pairs a column's index with our field; `width` counts the columns of the
    header, `least` those up to the last that has a name.
    """

    fields: tuple[tuple[int, str], ...]
    unknown: tuple[str, ...]
    width: int
    least: int

    @property
    def names(self) -> tuple[str, ...]:
        """Our fields, in the order of the file."""
        return tuple(name for _, name in self.fields)


def header_key(name: str) -> str:
    """A column's name to compare: no case, no accents, `_` for spaces, no prefix of Google."""
    return fold(name.replace("\ufeff", "")).removeprefix("g:").strip().replace(" ", "_")


def field_of(key: str, google: bool, settings: ReadSettings) -> str | None:
    """The field that a column holds, or None if we do not read it."""
    if settings.grade_column is not None and key == header_key(settings.grade_column):
        return "grade"
    if (known := (GOOGLE if google else NATIVE).get(key)) is not None:
        covered = known == "grade" and settings.grade_column is not None
        return None if covered else known
    if found := _PER_MARKET.fullmatch(key):
        return f"{found[1]}[{found[2].upper()}]"
    if found := _ATTRIBUTE.fullmatch(key):
        return f"attributes[{found[1]}]"
    return None


def layout(header: Sequence[str], google: bool, settings: ReadSettings) -> Layout:
    """Where our fields are in a file with this header.

    Raises: FileRefused `FEED_TOO_LARGE` for too many columns, `HEADER_MISSING` for a column sent
    twice and for required columns that are not there.
    """
    if len(header) > settings.max_columns:
        detail = f"{len(header)} columns, at most {settings.max_columns}"
        raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=1)
    keys = [header_key(name) for name in header]
    fields: dict[str, int] = {}
    unknown: list[str] = []
    for index, key in enumerate(keys):
        name = field_of(key, google, settings) if key else None
        repeated = name in fields if name else key in keys[:index]
        if key and repeated and not (google and key in GOOGLE_UNUSED):
            raise FileRefused(FileCode.HEADER_MISSING, f"column sent twice: {header[index]}")
        if name:
            fields[name] = index
        elif key and not (google and key in GOOGLE_UNUSED):
            unknown.append(header[index].strip())
    require(fields, google, settings)
    least = max(index for index, key in enumerate(keys) if key) + 1
    places = tuple((index, name) for name, index in fields.items())
    return Layout(places, tuple(unknown), len(header), least)


def require(fields: Sequence[str] | dict[str, int], google: bool, settings: ReadSettings) -> None:
    """Refuse a feed whose columns cannot say what its mode needs.

    Raises: FileRefused `HEADER_MISSING`, with the names as the format writes them.
    """
    missing = [] if "sku" in fields else ["id" if google else "sku"]
    priced = any(name in fields for name in ("price", "price_minor", "prices"))
    priced = priced or any(name.startswith("price[") for name in fields)
    if settings.mode in {FeedMode.FULL, FeedMode.PRICES} and not priced:
        missing.append("price")
    stocked = "quantity" in fields or "availability" in fields
    if settings.mode is FeedMode.STOCK and not stocked:
        missing.append("availability" if google else "quantity")
    graded = settings.fixed_grade is not None or "grade" in fields or "condition" in fields
    if settings.mode is FeedMode.FULL and not graded:
        missing.append(settings.grade_column or ("condition" if google else "grade"))
    if missing:
        raise FileRefused(FileCode.HEADER_MISSING, "missing: " + ", ".join(missing))
