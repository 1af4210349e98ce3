"""What is said on the bus."""

import re
from dataclasses import dataclass
from typing import Any

KEPT_SECONDS = 300
_ID = re.compile(r"([0-9]{1,15})-([0-9]{1,6})")
_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was said. `id` is that of a Redis stream: milliseconds, a number in them."""

    id: str
    topic: str
    payload: dict[str, Any]

    @property
    def stamp(self) -> int:
        """The id as a number, to compare."""
        return stamp(self.id)


def stamp(event_id: str) -> int:
    """An id as a number of the same order. Raises: ValueError for a text that is no id."""
    found = _ID.fullmatch(event_id)
    if found is None:
        raise ValueError("not the id of an event")
    return int(found[1]) * _PER_MS + int(found[2])


def id_of(number: int) -> str:
    """The id of a stamp."""
    return f"{number // _PER_MS}-{number % _PER_MS}"


def missed(event: Event, count: int) -> Event:
    """The event, standing for `count` earlier ones that were not delivered."""
    return Event(event.id, event.topic, event.payload | {"missed": count})
