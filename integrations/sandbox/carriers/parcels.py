"""Parcels of the simulator: what was registered, and what a carrier can tell of it at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from domain.shipments import AFTER_TERMINAL, TERMINAL, ShipmentReason, ShipmentStatus
from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import BACK, DIVISIONS, HANDED_OVER, Native, Step, natives
from integrations.sandbox.carriers.numbers import division_of, made_at
from integrations.sandbox.carriers.places import End, Place, Route, area, countries, route
from integrations.sandbox.carriers.scenarios import (
    RECYCLED_AFTER,
    Kind,
    drawn_kind,
    kinds,
    moments,
)
from integrations.sandbox.chance import draws

KEPT: Final = timedelta(days=120)
"""How long after its creation a parcel can be played from its number alone."""

_NAMES: Final = ("DUPONT", "SCHMIDT", "GARCIA", "ROSSI", "JANSEN", "SMITH", "NOWAK", "TANAKA")
_LANES: Final[dict[TrackingApi, tuple[str, tuple[str, ...]]]] = {
    TrackingApi.LA_POSTE: ("FR", ("BE", "DE", "ES", "CH")),
    TrackingApi.CHRONOPOST: ("FR", ("BE", "ES", "IT", "GB")),
    TrackingApi.DHL_UNIFIED: ("DE", ("FR", "NL", "AT", "CH")),
    TrackingApi.DHL_PARCEL_DE: ("DE", ("AT", "FR", "NL", "PL")),
    TrackingApi.DHL_EXPRESS: ("CN", ("FR", "DE", "GB", "US")),
    TrackingApi.UPS: ("FR", ("DE", "US", "GB", "PL")),
    TrackingApi.FEDEX: ("FR", ("US", "JP", "DE", "GB")),
    TrackingApi.GLS: ("DE", ("AT", "FR", "IT", "HU")),
    TrackingApi.POSTNL: ("NL", ("BE", "DE", "FR", "GB")),
    TrackingApi.ROYAL_MAIL: ("GB", ("IE", "FR", "DE", "US")),
    TrackingApi.MONDIAL_RELAY: ("FR", ("BE", "ES", "NL", "LU")),
    TrackingApi.USPS: ("US", ("CA", "GB", "JP", "FR")),
    TrackingApi.AFTERSHIP: ("ES", ("PT", "FR", "IT", "DE")),
    TrackingApi.EASYPOST: ("US", ("CA", "GB", "FR", "JP")),
    TrackingApi.SEVENTEEN_TRACK: ("CN", ("FR", "DE", "ES", "US")),
}


def home(api: TrackingApi) -> str:
    """The country where a carrier is at home."""
    return _LANES[api][0]


@dataclass(frozen=True, slots=True)
class Registration:
    """A parcel as the simulator was told of it.

    Shapes: countries are ISO 3166-1 alpha-2. `division` is that of DHL Unified. `speed` says how
    many times faster than real parcels it travels. Raises: ValueError for what cannot be played.
    """

    api: TrackingApi
    number: str
    kind: Kind
    origin: str
    destination: str
    created_at: datetime
    speed: float = 1.0
    division: str = ""
    reference: str = ""
    origin_postcode: str = ""
    destination_postcode: str = ""

    def __post_init__(self) -> None:
        if self.created_at.tzinfo is None:
            raise ValueError("createdAt must have an offset")
        if not 0 < self.speed <= 1_000_000:
            raise ValueError("speed must be above 0, and at most 1000000")
        if self.division not in (DIVISIONS if self.api is TrackingApi.DHL_UNIFIED else ("",)):
            raise ValueError(f"{self.api} has no division {self.division!r} that is played")
        if self.kind not in kinds(self.api, self.division):
            raise ValueError(f"{self.api} has no words for {self.kind}")
        if unknown := {self.origin, self.destination} - set(countries()):
            raise ValueError(f"no places in {', '.join(sorted(unknown))}")
        if self.kind is Kind.CUSTOMS_HOLD and area(self.origin) == area(self.destination):
            raise ValueError("no customs lie between origin and destination")
        life(self, older=False)

    @property
    def way(self) -> Route:
        """The route of the parcel: of the same number, always the same."""
        return route(*self.ends, self.api, self.number)

    @property
    def ends(self) -> tuple[End, End]:
        """Where it comes from, and where it goes."""
        return (
            End(self.origin, self.origin_postcode),
            End(self.destination, self.destination_postcode),
        )

    @property
    def recipient(self) -> str:
        """Who signs for it."""
        return _NAMES[draws("name", self.number).below(0, len(_NAMES))]

    @property
    def grams(self) -> int:
        """Its weight."""
        return draws("weight", self.number).between(0, 18, 95) * 10


@dataclass(frozen=True, slots=True)
class Event:
    """A step as the carrier knows it. Shapes: `older` is of a parcel that had the number before."""

    step: Step
    native: Native
    at: datetime
    place: Place
    position: int
    older: bool = False

    @property
    def local(self) -> datetime:
        """Its time by the clocks of its place, with their offset."""
        return self.at.astimezone(self.place.clock)

    @property
    def back(self) -> bool:
        """Whether the parcel was on its way back."""
        return self.step in BACK


@dataclass(frozen=True, slots=True)
class History:
    """What a carrier can tell of a parcel at a time. Shapes: `events` oldest first."""

    parcel: Registration
    events: tuple[Event, ...]
    expected_at: datetime = field(compare=False)

    @property
    def latest(self) -> Event | None:
        """The newest event."""
        return self.events[-1] if self.events else None

    @property
    def handed_over(self) -> Event | None:
        """The event by which the recipient, or the sender, got the parcel."""
        for event in reversed(self.of_now):
            if event.step in HANDED_OVER or event.step is Step.RETURNED:
                return event
        return None

    @property
    def of_now(self) -> tuple[Event, ...]:
        """The events without those of an older parcel of this number."""
        return tuple(event for event in self.events if not event.older)

    def told(self, *, newest_first: bool, events: Sequence[Event] | None = None) -> list[Event]:
        """The events in the carrier's order, with the mischief of the parcel's kind."""
        found = list(self.events if events is None else events)
        if self.parcel.kind is Kind.DUPLICATES:
            found = [event for event in found for _ in range(2)]
        if self.parcel.kind is Kind.SHUFFLED:
            found.sort(key=lambda event: draws(self.parcel.number, event.position).digest)
        return found[::-1] if newest_first else found

    def reading(self) -> tuple[ShipmentStatus, ShipmentReason | None]:
        """How the marketplace should read it: the newest status, none after a terminal one."""
        status, reason = ShipmentStatus.UNKNOWN, None
        for event in self.of_now:
            told = event.native.status
            if told is not None and (status not in TERMINAL or told in AFTER_TERMINAL):
                status, reason = told, event.native.reason
        return status, reason


def history(parcel: Registration, now: datetime) -> History:
    """What happened until now, and when the carrier expects to deliver."""
    ahead = life(parcel, older=False)
    before = life(parcel, older=True) if parcel.kind is Kind.RECYCLED else ()
    seen = [event for event in (*before, *ahead) if event.at <= now]
    ends = [event.at for event in ahead if event.step in _ENDS]
    expected = ends[0] if ends else parcel.created_at + timedelta(days=4) / parcel.speed
    return History(parcel, tuple(seen), expected)


_ENDS: Final = frozenset({*HANDED_OVER, Step.AT_PICKUP, Step.ACCESS_POINT, Step.REFUSED})


@lru_cache(maxsize=65_536)
def life(parcel: Registration, *, older: bool) -> tuple[Event, ...]:
    """All that will ever be told of a parcel, or of the older one that had its number."""
    words = natives(parcel.api, parcel.division)
    kind = Kind.PLAIN if older else parcel.kind
    born = parcel.created_at - RECYCLED_AFTER if older else parcel.created_at
    names = (parcel.api, parcel.number, "older" if older else "")
    way = route(*parcel.ends[::-1], *names) if older else parcel.way
    steps = [m for m in moments(kind, way, born, *names) if (w := words.get(m.step)) and w.code]
    return tuple(
        Event(
            step=moment.step,
            native=words[moment.step],
            at=_to_second(born + moment.delay / parcel.speed),
            place=moment.place,
            position=position - (1000 if older else 0),
            older=older,
        )
        for position, moment in enumerate(steps)
    )


def _to_second(at: datetime) -> datetime:
    """The whole second at or after a time: carriers write no parts of one."""
    return (at + timedelta(microseconds=999_999)).replace(microsecond=0)


def derived(
    api: TrackingApi, number: str, now: datetime, speed: float = 1.0
) -> Registration | None:
    """The parcel of a number that nobody registered, as the number itself tells.

    None where the number holds no time of creation, or one that is too long ago or still to come.
    """
    born = made_at(api, number)
    if born is None or not born <= now <= born + KEPT:
        return None
    division = division_of(api, number)
    kind = drawn_kind(api, division, api, number)
    home, abroad = _LANES[api]
    drawn = draws("lane", api, number)
    if kind is Kind.CUSTOMS_HOLD:
        abroad = tuple(other for other in abroad if area(other) != area(home))
        kind = kind if abroad else Kind.PLAIN
    if kind is Kind.CUSTOMS_HOLD or (abroad and drawn.below(0, 100) < 30):
        destination = abroad[drawn.below(1, len(abroad))]
    else:
        destination = home
    return Registration(api, number, kind, home, destination, born, speed, division)
