"""The invented merchants of the sandbox, as the rows of their reference file describe them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.money import Currency
from domain.offers.lines import FeedFormat
from integrations.sandbox.mistakes import Mistake

LANGUAGES: Final = {
    "AT": "de",
    "BE": "fr",
    "DE": "de",
    "ES": "es",
    "FR": "fr",
    "GB": "en",
    "IT": "it",
    "JP": "ja",
    "NL": "nl",
    "PL": "pl",
    "PT": "pt",
    "SE": "en",
    "US": "en",
}


@dataclass(frozen=True, slots=True)
class DemoMerchant:
    """What the sandbox needs to know of a merchant.

    Shapes: `assortment` holds category codes and `brand:code`, empty means everything; `exposes`
    holds the headers that its server sends, and `gzip`.
    """

    slug: str
    country: str
    kind: str
    markets: tuple[str, ...]
    format: FeedFormat
    encoding: str
    currency: Currency
    mistakes: tuple[Mistake, ...]
    offers: int
    handling_hours: int
    sites: tuple[str, ...] = ()
    assortment: tuple[str, ...] = ()
    exposes: frozenset[str] = frozenset()

    @property
    def language(self) -> str:
        """The language in which it writes."""
        return LANGUAGES.get(self.country, "en")

    @classmethod
    def of(cls, row: Mapping[str, str]) -> "DemoMerchant":
        """Read a row of the reference file. Raises: ValueError, KeyError for a bad one."""
        return cls(
            slug=row["slug"],
            country=row["country"],
            kind=row["kind"],
            markets=_words(row["markets"]),
            format=FeedFormat(row["format"]),
            encoding=row["encoding"],
            currency=Currency(row["currency"]),
            mistakes=tuple(Mistake(word) for word in _words(row["mistakes"])),
            offers=int(row["offers"]),
            handling_hours=int(row["handling_hours"]),
            sites=tuple(site.partition(":")[0] for site in _words(row["sites"])),
            assortment=_words(row["assortment"]),
            exposes=frozenset(_words(row["exposes"])) - {"none"},
        )


@dataclass(frozen=True, slots=True)
class DemoShipping:
    """A merchant's default delivery to one market."""

    market: str
    carrier: str
    delay_hours: int
    price_minor: int


def shipping_of(row: Mapping[str, str]) -> list[DemoShipping]:
    """The default deliveries in a row of the reference file."""
    return [DemoShipping(**each) for each in json.loads(row["shipping"])]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split("|") if word)
