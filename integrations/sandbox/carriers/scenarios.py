"""What happens to a parcel, and when: kinds of journeys along a route, in nobody's words yet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import Step, natives
from integrations.sandbox.carriers.places import Place, Route, travel
from integrations.sandbox.carriers.tables import rows
from integrations.sandbox.chance import Draws, draws

CHANGE_WITHIN: Final = timedelta(days=30)
"""How far ahead a change of the clocks may lie for a parcel to wait for it."""

AROUND_CHANGE: Final = timedelta(minutes=90)
RECYCLED_AFTER: Final = timedelta(days=100)
"""How long before a parcel another one had its number."""


class Kind(StrEnum):
    """The journeys that a parcel can make."""

    PLAIN = "PLAIN"
    PICKUP_POINT = "PICKUP_POINT"
    ACCESS_POINT = "ACCESS_POINT"
    SECOND_ATTEMPT = "SECOND_ATTEMPT"
    REFUSED = "REFUSED"
    LOST = "LOST"
    DISPOSED = "DISPOSED"
    CUSTOMS_HOLD = "CUSTOMS_HOLD"
    LABEL_UNUSED = "LABEL_UNUSED"
    LATE_SCAN = "LATE_SCAN"
    TIME_CHANGE = "TIME_CHANGE"
    RECYCLED = "RECYCLED"
    DUPLICATES = "DUPLICATES"
    SHUFFLED = "SHUFFLED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of a parcel: so long after its creation, at this place."""

    step: Step
    delay: timedelta
    place: Place


@dataclass(frozen=True, slots=True)
class Journey:
    """A kind of journey as the table has it. Shapes: `share` is its weight in a draw."""

    share: int
    steps: tuple[str, ...]


@cache
def journeys() -> Mapping[Kind, Journey]:
    """All kinds, with how often they are drawn."""
    return {
        Kind(row["kind"]): Journey(int(row["share"]), tuple(row["steps"].split()))
        for row in rows("kinds.csv")
    }


@cache
def kinds(api: TrackingApi, division: str = "") -> tuple[Kind, ...]:
    """The kinds that a carrier has words for."""
    known = natives(api, division)
    return tuple(
        kind
        for kind, journey in journeys().items()
        if all(step in known for name in journey.steps for step in _needed(name))
    )


def drawn_kind(api: TrackingApi, division: str, *seed: object) -> Kind:
    """One of the kinds of a carrier, by their shares."""
    among = [kind for kind in kinds(api, division) if journeys()[kind].share]
    left = draws("kind", *seed).below(0, sum(journeys()[kind].share for kind in among))
    for kind in among:
        left -= journeys()[kind].share
        if left < 0:
            return kind
    return among[-1]


def moments(kind: Kind, way: Route, created_at: datetime, *seed: object) -> Sequence[Moment]:
    """The steps of a parcel by time, the first at its creation or soon after.

    Raises: ValueError for TIME_CHANGE where the clocks of the recipient do not change soon.
    """
    walk = _Walk(way, created_at, draws("moments", *seed))
    found = list(walk.steps(kind))
    return [Moment(step, at - created_at, place) for step, at, place in found]


class _Walk:
    """A parcel on its way: where it is, and what its clock shows."""

    def __init__(self, way: Route, created_at: datetime, drawn: Draws) -> None:
        self._way, self._drawn, self._created = way, drawn, created_at
        self._at, self._place, self._number = created_at, way.sender, 0

    def steps(self, kind: Kind) -> Iterator[tuple[Step, datetime, Place]]:
        for name in journeys()[kind].steps:
            for step in _spelled(name, self._way):
                held = name == "HOLD" and step is Step.CUSTOMS_OUT
                self._to("HOLD_OVER" if held else name, step)
                yield step, self._at, self._place

    def _to(self, name: str, step: Step) -> None:
        self._number = (self._number + 1) % 14
        where = _site(step, self._way)
        if name in _CHANGE:
            self._at = self._around_change(_CHANGE[name])
        elif (hours := _LASTS.get(name) or _LASTS.get(step)) is not None:
            self._at += self._hours(*hours)
        elif (clock := _AT.get(step)) is not None:
            self._at = self._next(clock, where)
        else:
            self._at += travel(self._place, where) + self._hours(1, 6)
        self._place = where

    def _hours(self, least: float, most: float) -> timedelta:
        seconds = self._drawn.between(self._number, int(least * 3600), int(most * 3600))
        return timedelta(seconds=seconds)

    def _next(self, clock: time, place: Place) -> datetime:
        """The next time that the clocks of a place show this, once the parcel can be there."""
        local = (self._at + travel(self._place, place)).astimezone(place.clock)
        days = 0 if local.time() <= clock else 1
        wanted = datetime.combine(local.date() + timedelta(days=days), clock, place.clock)
        return wanted.astimezone(UTC) + timedelta(minutes=self._drawn.below(self._number, 50))

    def _around_change(self, by: timedelta) -> datetime:
        at = self._change() + by
        if at < self._at:
            raise ValueError("the parcel was made too late to be under way at the change")
        return at

    def _change(self) -> datetime:
        found = next_change(self._way.recipient, self._created)
        if found is None:
            days = CHANGE_WITHIN.days
            raise ValueError(f"no clocks change at {self._way.recipient.city} within {days} days")
        return found


def next_change(place: Place, after: datetime) -> datetime | None:
    """When the clocks of a place change next, to the hour; None if not soon."""
    hour = after.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    offset = after.astimezone(place.clock).utcoffset()
    for _ in range(CHANGE_WITHIN // timedelta(hours=1)):
        hour += timedelta(hours=1)
        if hour.astimezone(place.clock).utcoffset() != offset:
            return hour
    return None


def _needed(name: str) -> Sequence[Step]:
    return () if name == "BORDER" else _SPELLED.get(name, ()) or (Step(name),)


_LASTS: Final[Mapping[str, tuple[float, float]]] = {
    "ANNOUNCED": (0.03, 0.05),
    "ACCEPTED": (3, 9),
    "CUSTOMS_HELD": (2, 5),
    "HOLD_OVER": (40, 70),
    "DELIVERED": (1, 8),
    "ABSENT": (1, 8),
    "REFUSED": (1, 8),
    "ACCESS_POINT": (1, 8),
    "RETURNING": (20, 30),
    "CANCELLED": (2, 20),
    "LATE_SCAN": (3, 4),
    "LOST": (90, 160),
    "DISPOSED": (90, 160),
}
"""Hours from the step before, by step or by the word of the table."""

_AT: Final[Mapping[str, time]] = {
    "OUT": time(7, 40),
    "AT_PICKUP": time(10, 30),
    "COLLECTED": time(17, 15),
}
"""When a step happens by the clocks of its place."""

_CHANGE: Final = {"BEFORE_CHANGE": -AROUND_CHANGE, "AFTER_CHANGE": AROUND_CHANGE}
_SPELLED: Final[Mapping[str, tuple[Step, ...]]] = {
    "HOLD": (Step.CUSTOMS_IN, Step.CUSTOMS_HELD, Step.CUSTOMS_OUT),
    "BEFORE_CHANGE": (Step.DEST_HUB,),
    "AFTER_CHANGE": (Step.DEST_HUB,),
    "LATE_SCAN": (Step.DEST_HUB,),
}


def _spelled(name: str, way: Route) -> Iterator[Step]:
    """The steps that a word of the table stands for on this route."""
    if name == "HOLD" and way.abroad:
        yield from (Step.EXPORTED, Step.IMPORTED)
    if name != "BORDER":
        yield from _needed(name)
        return
    if way.abroad:
        yield from (Step.EXPORTED, Step.IMPORTED)
    if way.customs:
        yield from (Step.CUSTOMS_IN, Step.CUSTOMS_OUT)


_SITES: Final[Mapping[Step, str]] = {
    Step.ANNOUNCED: "sender",
    Step.ACCEPTED: "sender",
    Step.RETURNED: "sender",
    Step.CANCELLED: "sender",
    Step.ORIGIN_HUB: "origin_hub",
    Step.RETURN_HUB: "origin_hub",
    Step.EXPORTED: "exit",
    Step.IMPORTED: "entry",
    Step.CUSTOMS_IN: "entry",
    Step.CUSTOMS_HELD: "entry",
    Step.CUSTOMS_OUT: "entry",
    Step.DEST_HUB: "delivery_hub",
    Step.LOST: "delivery_hub",
    Step.DISPOSED: "delivery_hub",
}


def _site(step: Step, way: Route) -> Place:
    site: Place = getattr(way, _SITES.get(step, "recipient"))
    return site
