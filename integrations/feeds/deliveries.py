"""Google's `shipping`: what delivery costs to a country, and how long it takes.

As text it is `FR::Standard:4.90 EUR`, country, region, service and price, perhaps with the least
and most days to hand over and the least and most days under way: `FR::Standard:4.90 EUR:0:1:2:3`.
Several stand behind each other with commas. In XML each part is an element.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.money import Currency
from domain.offers.structures import MOST_CARRIERS
from domain.offers.values import HANDLING_MOST, clean_text

PARTS: Final = (
    *("country", "region", "service", "price", "min_handling_time", "max_handling_time"),
    *("min_transit_time", "max_transit_time"),
)
_BETWEEN: Final = re.compile(r",\s*(?=[A-Za-z]{2}:)")
_DAYS: Final = re.compile(r"\d{1,2}", re.ASCII)
_AMOUNT: Final = re.compile(r"(\d{1,4}(?:[.,]\d{1,2})?)(?: ?([A-Z]{3}))?", re.ASCII)
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class Delivery:
    """One way of delivery as written."""

    country: str
    service: str
    price: str
    handling_days: str
    transit_days: str


def as_text(parts: Mapping[str, str]) -> str:
    """The parts of an element as the text that says the same; colons within them are left out."""
    return ":".join(parts.get(name, "").replace(":", " ").strip() for name in PARTS)


def deliveries(text: str) -> Iterator[Delivery]:
    """Each way of delivery of a text."""
    for one in _BETWEEN.split(text):
        parts = [clean_text(part) for part in one.split(":")]
        parts += [""] * (len(PARTS) - len(parts))
        yield Delivery(parts[0].upper(), parts[2], parts[3], parts[5], parts[7])


def shipping_of(text: str, markets: Sequence[str], currency: Currency) -> str | None:
    """The ways to the one market of a feed as our list; None where nothing whole is said.

    Shapes: a way without a plain price in the feed's currency, or without the days under way,
    promises nothing that we can show, and is left out; so are all where a feed has several
    markets, as our list holds for each.
    """
    if len(markets) != 1:
        return None
    ways = [
        {
            "carrier": way.service[:_LONGEST].strip() or "standard",
            "delay_hours": str(24 * int(way.transit_days)),
            "price": found[1],
        }
        for way in deliveries(text)
        if way.country == markets[0]
        and _DAYS.fullmatch(way.transit_days)
        and (found := _AMOUNT.fullmatch(way.price))
        and found[2] in {None, currency.value}
    ]
    return json.dumps(ways[:MOST_CARRIERS]) if ways else None


def slowest_handling(text: str, markets: Sequence[str]) -> str | None:
    """The most days that handing over takes on any way to the markets of a feed."""
    days = [
        int(way.handling_days)
        for way in deliveries(text)
        if way.country in markets and _DAYS.fullmatch(way.handling_days)
    ]
    return str(max(days)) if days and 24 * max(days) <= HANDLING_MOST else None
