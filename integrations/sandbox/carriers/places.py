"""Places where parcels are handled, and the way from one country to another."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import takewhile
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
class End:
    """Where a parcel comes from or goes to, as far as it is known."""

    country: str
    postcode: str = ""


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


def route(origin: End, destination: End, *seed: object) -> Route:
    """The way from one end to another: cities are drawn, sites lie on the way.

    Where a postcode is known the city is the one whose own is most like it. The two ends never
    have the same postcode unless both are known.
    Raises: ValueError for a country without places.
    """
    drawn = draws("route", *seed)
    sender = _end(origin, drawn.below(0, 1000), None)
    recipient = _end(destination, drawn.below(1, 1000), sender)
    return Route(
        sender,
        _nearest(sender, places(origin.country, "HUB")),
        _nearest(recipient, places(origin.country, "GATEWAY")),
        _nearest(sender, places(destination.country, "GATEWAY")),
        _nearest(recipient, places(destination.country, "HUB")),
        recipient,
    )


def _end(end: End, draw: int, other: Place | None) -> Place:
    if end.country not in countries():
        raise ValueError(f"no places in {end.country!r}")
    cities = places(end.country)
    if end.postcode:
        likest = max(cities, key=lambda city: _alike(city.postcode, end.postcode))
        return replace(likest, postcode=end.postcode)
    free = [city for city in cities if other is None or city.city != other.city]
    if free:
        return free[draw % len(free)]
    return replace(cities[0], postcode=_next_door(cities[0].postcode))


def _alike(one: str, other: str) -> int:
    """How many characters two postcodes have in common at their beginning."""
    pairs = zip(one.replace(" ", ""), other.replace(" ", "").upper(), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _next_door(postcode: str) -> str:
    """A postcode that differs in its last digit."""
    for at in range(len(postcode) - 1, -1, -1):
        if postcode[at].isdigit():
            digit = (int(postcode[at]) + 1) % 10
            return f"{postcode[:at]}{digit}{postcode[at + 1 :]}"
    return postcode


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
