"""Places where parcels are handled, and the way from one country to another."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from integrations.sandbox.carriers.tables import rows
from integrations.sandbox.chance import draws

ROAD_KM: Final = 1800
"""Legs up to this long go by road, longer ones by air."""

_ROAD_KM_PER_HOUR, _AIR_KM_PER_HOUR = 62.0, 700.0
_ROAD_STOP, _AIR_STOP = timedelta(hours=2), timedelta(hours=9)


@dataclass(frozen=True, slots=True)
class Country:
    """A country as the carriers name it. Shapes: `area` is its customs territory."""

    code: str
    alpha3: str
    name_en: str
    name_de: str
    area: str


@dataclass(frozen=True, slots=True)
class Place:
    """A city with a site of the carriers. Shapes: `code` is that of its service area."""

    code: str
    city: str
    country: str
    postcode: str
    state: str
    zone: str
    latitude: float
    longitude: float
    roles: frozenset[str]

    @property
    def clock(self) -> ZoneInfo:
        """The time zone of the place."""
        return ZoneInfo(self.zone)

    def km_to(self, other: "Place") -> float:
        """The distance on the globe. Units: kilometres."""
        lat1, lat2 = math.radians(self.latitude), math.radians(other.latitude)
        east = math.radians(other.longitude - self.longitude)
        a = math.sin((lat2 - lat1) / 2) ** 2
        a += math.cos(lat1) * math.cos(lat2) * math.sin(east / 2) ** 2
        return 2 * 6371 * math.asin(min(1.0, math.sqrt(a)))


@dataclass(frozen=True, slots=True)
class Route:
    """The sites on the way of a parcel, from its sender to its recipient."""

    sender: Place
    origin_hub: Place
    exit: Place
    entry: Place
    delivery_hub: Place
    recipient: Place

    @property
    def abroad(self) -> bool:
        """Whether the parcel crosses a border."""
        return self.sender.country != self.recipient.country

    @property
    def customs(self) -> bool:
        """Whether it crosses that of a customs territory."""
        return area(self.sender.country) != area(self.recipient.country)


@cache
def countries() -> Mapping[str, Country]:
    """The countries that parcels travel between, by ISO 3166-1 alpha-2 code."""
    return {row["code"]: Country(**row) for row in rows("countries.csv")}


@cache
def places(country: str, role: str = "CITY") -> Sequence[Place]:
    """The places of a country that have a role, in the order of the table."""
    return [place for place in _all() if place.country == country and role in place.roles]


def area(country: str) -> str:
    """The customs territory of a country."""
    return countries()[country].area


def travel(start: Place, end: Place) -> timedelta:
    """How long a parcel takes from site to site, handling included."""
    km = start.km_to(end)
    if km <= ROAD_KM:
        return _ROAD_STOP + timedelta(hours=km / _ROAD_KM_PER_HOUR)
    return _AIR_STOP + timedelta(hours=km / _AIR_KM_PER_HOUR)


def route(origin: str, destination: str, *seed: object) -> Route:
    """The way from one country to another: cities are drawn, sites lie on the way.

    Raises: ValueError for a country without places.
    """
    for country in (origin, destination):
        if country not in countries():
            raise ValueError(f"no places in {country!r}")
    drawn = draws("route", *seed)
    starts, ends = places(origin), places(destination)
    sender = starts[drawn.below(0, len(starts))]
    recipient = ends[drawn.below(1, len(ends))]
    return Route(
        sender,
        _nearest(sender, places(origin, "HUB")),
        _nearest(recipient, places(origin, "GATEWAY")),
        _nearest(sender, places(destination, "GATEWAY")),
        _nearest(recipient, places(destination, "HUB")),
        recipient,
    )


def _nearest(place: Place, among: Sequence[Place]) -> Place:
    return min(among, key=place.km_to)


@cache
def _all() -> Sequence[Place]:
    return [
        Place(
            **{k: row[k] for k in ("code", "city", "country", "postcode", "state", "zone")},
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            roles=frozenset(row["roles"].split("|")),
        )
        for row in rows("places.csv")
    ]
