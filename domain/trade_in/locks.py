"""Locks that keep a device its former owner's, and what opens each.

Source: docs/rules/trade-in.md, "Locks".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.units.status import Lock as LockKind
from domain.units.status import LockState

__all__ = ["Lock", "LockKind", "LockState", "merged", "that_are_on"]


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock and how it stands."""

    kind: LockKind
    state: LockState


def merged(*said: Iterable[Lock]) -> tuple[Lock, ...]:
    """What several sources say together, one lock a kind: an ON outweighs all, an OFF a nothing."""
    weight = {LockState.ON: 2, LockState.OFF: 1, LockState.UNKNOWN: 0}
    found: dict[LockKind, LockState] = {}
    for lock in (each for source in said for each in source):
        before = found.get(lock.kind, LockState.UNKNOWN)
        found[lock.kind] = max(before, lock.state, key=weight.__getitem__)
    return tuple(Lock(kind, found[kind]) for kind in LockKind if kind in found)


def that_are_on(locks: Iterable[Lock]) -> tuple[LockKind, ...]:
    """The kinds that hold a device, in the order of the enum."""
    on = {lock.kind for lock in locks if lock.state is LockState.ON}
    return tuple(kind for kind in LockKind if kind in on)
