"""Whether the events of a unit are what was written: each holds the hash of the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.units import UnitEventKind, event_hash


class Broken(StrEnum):
    """What is wrong with a link."""

    MISSING = "MISSING"
    OUT_OF_PLACE = "OUT_OF_PLACE"
    HASH = "HASH"
    END = "END"


@dataclass(frozen=True, slots=True)
class Link:
    """An event as it is stored."""

    n: int
    kind: str
    at: datetime
    data: Mapping[str, Any]
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """What a walk along the events found. `broken` is the first bad link's number, from 1."""

    length: int
    head: bytes
    broken: int | None = None
    because: Broken | None = None

    @property
    def intact(self) -> bool:
        """Whether every link holds."""
        return self.broken is None


def walk(unit_id: UUID, links: Sequence[Link], length: int, head: bytes) -> Chain:
    """Follow a chain that is to have this length and this last hash; links in order of `n`."""
    before = b""
    for place, link in enumerate(links, 1):
        because = _fault(unit_id, link, place, before)
        if because is not None:
            return Chain(length, head, place, because)
        before = link.hash
    if len(links) < length:
        return Chain(length, head, len(links) + 1, Broken.MISSING)
    if len(links) > length or before != head:
        return Chain(length, head, max(1, len(links)), Broken.END)
    return Chain(length, head)


def _fault(unit_id: UUID, link: Link, place: int, before: bytes) -> Broken | None:
    if link.n != place:
        return Broken.MISSING if link.n > place else Broken.OUT_OF_PLACE
    if link.previous != before:
        return Broken.OUT_OF_PLACE
    if link.kind not in set(UnitEventKind):
        return Broken.HASH
    made = event_hash(before, unit_id, link.n, UnitEventKind(link.kind), link.at, link.data)
    return None if made == link.hash else Broken.HASH
