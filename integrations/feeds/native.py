"""Our own format: the names of our fields, in any order."""

from functools import partial
from typing import Final

from integrations.feeds.contract import ReadSettings
from integrations.feeds.dialect import Dialect, Translate
from integrations.feeds.expand import spread_prices

NAMES: Final = {
    name: name
    for name in (
        *("sku", "product_id", "gtin", "mpn", "brand", "model", "title", "grade", "condition"),
        *("battery", "attributes", "price", "price_minor", "currency", "vat_scheme", "min_price"),
        *("min_price_minor", "max_price", "max_price_minor", "prices", "quantity", "note"),
        *("warranty_months", "markets", "dispatch_site", "handling_hours", "shipping", "eco"),
        *("available_from", "available_until", "source_updated_at", "sequence", "deleted"),
    )
} | {"delete": "deleted"}


def _translator(settings: ReadSettings) -> Translate:
    return partial(spread_prices, default=settings.currency)


NATIVE: Final = Dialect(NAMES, _translator)
