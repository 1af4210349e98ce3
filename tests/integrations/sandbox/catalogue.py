"""A small made-up catalogue, and the reference files for the tests that are about them."""

from datetime import date

from domain.money import Currency
from domain.offers.lines import FeedFormat
from integrations.sandbox.merchants import DemoMerchant
from integrations.sandbox.mistakes import Mistake
from integrations.sandbox.variants import DemoVariant


def gtin13(number: int) -> str:
    """A demo GTIN of the restricted range with a right check digit."""
    body = f"20{number:010d}"
    weighed = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body))
    return f"{body}{-weighed % 10}"


def variant(number: int = 1, **changes: object) -> DemoVariant:
    """A phone, or what the changes make of it."""
    fields: dict[str, object] = {
        "gtin": gtin13(number),
        "mpn": f"MP{number}",
        "brand": "Apple",
        "model": f"iPhone {10 + number % 7}",
        "category": "smartphone",
        "attributes": {"storage_gb": 128, "color": "midnight"},
        "release_date": date(2021, 9, 24),
    }
    return DemoVariant(**{**fields, **changes})


def variants(count: int = 300) -> list[DemoVariant]:
    """So many phones."""
    return [variant(number) for number in range(count)]


def merchant(**changes: object) -> DemoMerchant:
    """A merchant without mistakes, or what the changes make of it."""
    fields: dict[str, object] = {
        "slug": "test-shop",
        "country": "FR",
        "kind": "WORKSHOP",
        "markets": ("FR", "DE", "BE"),
        "format": FeedFormat.NATIVE_CSV,
        "encoding": "utf-8",
        "currency": Currency.EUR,
        "mistakes": (),
        "offers": 400,
        "handling_hours": 24,
        "sites": ("nantes",),
        "assortment": (),
        "exposes": frozenset({"etag", "last-modified"}),
    }
    return DemoMerchant(**{**fields, **changes})


EVERY_MISTAKE = tuple(Mistake)
