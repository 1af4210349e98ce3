"""Chain of custody: who held what, in which order, under which seal, and how heavy it was.

Source: docs/fleets.md, "Custody".
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from domain.units import canonical


class CustodyKind(StrEnum):
    """What happened to a batch, a container or a device on its way."""

    PACKED = "PACKED"
    SEALED = "SEALED"
    COLLECTED = "COLLECTED"
    TRANSFERRED = "TRANSFERRED"
    ARRIVED = "ARRIVED"
    SEAL_CHECKED = "SEAL_CHECKED"
    OPENED = "OPENED"
    RECEIVED = "RECEIVED"
    WEIGHED = "WEIGHED"
    TRIAGED = "TRIAGED"
    ERASED = "ERASED"
    REPAIRED = "REPAIRED"
    GRADED = "GRADED"
    LISTED = "LISTED"
    SOLD = "SOLD"
    PARTED = "PARTED"
    RECYCLED = "RECYCLED"
    LOST = "LOST"


class Subject(StrEnum):
    """What has a chain of its own."""

    BATCH = "BATCH"
    CONTAINER = "CONTAINER"
    DEVICE = "DEVICE"


class Holder(StrEnum):
    """Who says that something happened."""

    ORGANISATION = "ORGANISATION"
    CARRIER = "CARRIER"
    MERCHANT = "MERCHANT"
    PLATFORM = "PLATFORM"


class IncidentKind(StrEnum):
    """What does not fit; it is kept, told to both sides, and never mended silently."""

    SEAL_BROKEN = "SEAL_BROKEN"
    CUSTODY_GAP = "CUSTODY_GAP"
    SERIAL_NOT_IN_MANIFEST = "SERIAL_NOT_IN_MANIFEST"
    MASS_BALANCE = "MASS_BALANCE"
    DEVICE_ELSEWHERE = "DEVICE_ELSEWHERE"
    LOST = "LOST"


_K = CustodyKind
_MOVED: Final[Mapping[CustodyKind | None, frozenset[CustodyKind]]] = {
    _K.PACKED: frozenset({_K.SEALED, _K.COLLECTED}),
    _K.SEALED: frozenset({_K.COLLECTED}),
    _K.COLLECTED: frozenset({_K.TRANSFERRED, _K.ARRIVED}),
    _K.TRANSFERRED: frozenset({_K.TRANSFERRED, _K.ARRIVED}),
    _K.ARRIVED: frozenset({_K.SEAL_CHECKED}),
    _K.SEAL_CHECKED: frozenset({_K.OPENED}),
    _K.OPENED: frozenset({_K.RECEIVED}),
}
_WORKED: Final = frozenset(
    {_K.TRIAGED, _K.ERASED, _K.REPAIRED, _K.GRADED, _K.LISTED, _K.SOLD, _K.PARTED, _K.RECYCLED}
)
ENDS: Final = frozenset({_K.SOLD, _K.PARTED, _K.RECYCLED, _K.LOST})
OUT: Final = frozenset({_K.SOLD, _K.PARTED, _K.RECYCLED})
"""With these a batch loses mass to somebody outside."""
_HELD: Final = frozenset({_K.RECEIVED, *_WORKED} - ENDS)
_FOLLOWS: Final[Mapping[Subject, Mapping[CustodyKind | None, frozenset[CustodyKind]]]] = {
    Subject.CONTAINER: {
        **_MOVED,
        None: frozenset({_K.PACKED}),
        _K.PACKED: frozenset({_K.SEALED}),
    },
    Subject.BATCH: {
        **_MOVED,
        None: frozenset({_K.PACKED, _K.COLLECTED}),
        _K.ARRIVED: frozenset({_K.SEAL_CHECKED, _K.OPENED, _K.RECEIVED}),
        **{held: frozenset({*_WORKED, _K.TRANSFERRED}) for held in _HELD},
        _K.SOLD: frozenset(_WORKED),
        _K.PARTED: frozenset(_WORKED),
        _K.RECYCLED: frozenset(_WORKED),
    },
    Subject.DEVICE: {
        None: frozenset({_K.PACKED, _K.COLLECTED, _K.RECEIVED}),
        _K.PACKED: frozenset({_K.PACKED, _K.COLLECTED, _K.RECEIVED}),
        _K.COLLECTED: frozenset({_K.TRANSFERRED, _K.ARRIVED, _K.RECEIVED}),
        _K.TRANSFERRED: frozenset({_K.TRANSFERRED, _K.ARRIVED, _K.RECEIVED, *_WORKED}),
        _K.ARRIVED: frozenset({_K.RECEIVED}),
        **{held: frozenset({*_WORKED, _K.TRANSFERRED}) for held in _HELD},
    },
}
_BY: Final[Mapping[Holder, frozenset[CustodyKind]]] = {
    Holder.ORGANISATION: frozenset({_K.PACKED, _K.SEALED, _K.COLLECTED, _K.WEIGHED, _K.LOST}),
    Holder.CARRIER: frozenset({_K.COLLECTED, _K.TRANSFERRED, _K.ARRIVED, _K.WEIGHED, _K.LOST}),
    Holder.MERCHANT: frozenset(CustodyKind) - {_K.PACKED, _K.SEALED},
    Holder.PLATFORM: frozenset(CustodyKind),
}


def follows(
    subject: Subject, last: CustodyKind | None, sealed: bool = False
) -> frozenset[CustodyKind]:
    """What may happen next; what is weighed or lost is so from any place but an end.

    `last` passes over `WEIGHED`. What has been sealed is opened only after its seal was looked at.
    """
    if last in ENDS and subject is not Subject.BATCH:
        return frozenset()
    found = _FOLLOWS[subject].get(last, frozenset())
    if sealed and last is _K.ARRIVED:
        found = found & {_K.SEAL_CHECKED}
    anywhere = frozenset() if last is None else frozenset({_K.WEIGHED, _K.LOST})
    return found | anywhere


def may_tell(holder: Holder, kind: CustodyKind) -> bool:
    """Whether one may say so: what arrives is told by whoever takes it, never by who sent it."""
    return kind in _BY[holder]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a chain is. Units: `sent_g` the mass when it was closed, `mass_g` the last one."""

    subject: Subject
    last: CustodyKind | None = None
    last_at: datetime | None = None
    seal: str | None = None
    sent_g: int | None = None
    mass_g: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says happened. Units: `mass_g` grams.

    Shapes: `why_gap` is said where something before it was not recorded.
    """

    kind: CustodyKind
    at: datetime
    seal: str | None = None
    mass_g: int | None = None
    why_gap: str | None = None


class CustodyFault(StrEnum):
    """Why an event is not taken."""

    CUSTODY_GAP = "CUSTODY_GAP"
    SEAL_REQUIRED = "SEAL_REQUIRED"
    NOT_YOURS_TO_TELL = "NOT_YOURS_TO_TELL"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    FROM_THE_FUTURE = "FROM_THE_FUTURE"
    CUSTODY_ENDED = "CUSTODY_ENDED"


@dataclass(frozen=True, slots=True)
class Taken:
    """How the chain stands after an event, and what does not fit."""

    standing: Standing
    incidents: tuple[tuple[IncidentKind, Mapping[str, Any]], ...] = field(default_factory=tuple)


_NEED_SEAL: Final = frozenset({_K.SEALED, _K.SEAL_CHECKED})


def took(
    chain: Standing, told: Told, holder: Holder, now: datetime, balance_bp: int = 200
) -> Taken | CustodyFault:
    """What an event makes of a chain.

    A seal that is another than the last one, or a mass that is not what was sent, is an incident
    and not a refusal: it is true, so it is written. A step that was left out is refused, unless it
    is explained, and then an incident as well.
    """
    if fault := _fault(chain, told, holder, now):
        return fault
    incidents: list[tuple[IncidentKind, Mapping[str, Any]]] = []
    if told.kind not in follows(chain.subject, chain.last, chain.seal is not None):
        if not told.why_gap:
            return CustodyFault.CUSTODY_GAP
        after = chain.last.value if chain.last else None
        incidents.append((IncidentKind.CUSTODY_GAP, {"after": after, "why": told.why_gap}))
    if broken(chain.seal, told.seal) and told.kind is not _K.SEALED:
        facts = {"expected": chain.seal, "found": told.seal}
        incidents.append((IncidentKind.SEAL_BROKEN, facts))
    if told.kind is _K.LOST:
        incidents.append((IncidentKind.LOST, {}))
    after_it = _stands(chain, told)
    arrived = told.kind in {_K.ARRIVED, _K.SEAL_CHECKED, _K.OPENED, _K.WEIGHED}
    if arrived and told.mass_g is not None and chain.last in _AFTER_SENT and chain.sent_g:
        balance = mass_balance(chain.sent_g, told.mass_g, 0, balance_bp)
        if not balance.within:
            incidents.append((IncidentKind.MASS_BALANCE, balance.facts()))
    return Taken(after_it, tuple(incidents))


_AFTER_SENT: Final = frozenset({_K.COLLECTED, _K.TRANSFERRED, _K.ARRIVED, _K.SEAL_CHECKED})


def _fault(chain: Standing, told: Told, holder: Holder, now: datetime) -> CustodyFault | None:
    if not may_tell(holder, told.kind):
        return CustodyFault.NOT_YOURS_TO_TELL
    if told.at > now:
        return CustodyFault.FROM_THE_FUTURE
    if chain.last_at is not None and told.at < chain.last_at:
        return CustodyFault.OUT_OF_ORDER
    if chain.last in ENDS and chain.subject is not Subject.BATCH:
        return CustodyFault.CUSTODY_ENDED
    if chain.subject is not Subject.DEVICE and told.kind in _NEED_SEAL and not told.seal:
        return CustodyFault.SEAL_REQUIRED
    return None


def _stands(chain: Standing, told: Told) -> Standing:
    closed = told.kind in {_K.PACKED, _K.SEALED, _K.COLLECTED} or (
        told.kind is _K.WEIGHED and chain.last in {None, _K.PACKED, _K.SEALED}
    )
    opened = told.kind is _K.OPENED
    return Standing(
        chain.subject,
        chain.last if told.kind is _K.WEIGHED else told.kind,
        told.at,
        None if opened else told.seal or chain.seal,
        told.mass_g if closed and told.mass_g is not None else chain.sent_g,
        chain.mass_g if told.mass_g is None else told.mass_g,
    )


def broken(expected: str | None, found: str | None) -> bool:
    """Whether a seal that was looked at is another than the one that was put on."""
    return bool(expected and found) and seal_number(expected) != seal_number(found)


def seal_number(text: str | None) -> str:
    """A seal's number in capitals without separators: the same seal read twice is the same."""
    return "".join(each for each in (text or "").upper() if each.isalnum())


@dataclass(frozen=True, slots=True)
class Balance:
    """What went into a batch against what came out of it and what is left. Units: grams."""

    in_g: int
    out_g: int
    stock_g: int
    limit_bp: int

    @property
    def difference_g(self) -> int:
        """What is missing; below 0 where there is more than there was."""
        return self.in_g - self.out_g - self.stock_g

    @property
    def within(self) -> bool:
        """Whether the difference is at most the limit, itself included."""
        return abs(self.difference_g) * 10_000 <= self.in_g * self.limit_bp

    def facts(self) -> dict[str, int]:
        """The same as JSON."""
        facts = {"inG": self.in_g, "outG": self.out_g, "stockG": self.stock_g}
        return facts | {"differenceG": self.difference_g, "limitBp": self.limit_bp}


def mass_balance(in_g: int, out_g: int, stock_g: int, limit_bp: int = 200) -> Balance:
    """The balance of a batch: in = out + stock within 2 %, else an incident. Units: grams."""
    return Balance(in_g, out_g, stock_g, limit_bp)


@dataclass(frozen=True, slots=True)
class Link:
    """One event of a chain as it is stored."""

    n: int
    kind: str
    at: datetime
    actor: str
    data: Mapping[str, Any]
    previous: bytes
    hash: bytes


def event_hash(
    before: bytes, chain: UUID, n: int, kind: str, at: datetime, actor: str, data: Mapping[str, Any]
) -> bytes:
    """The SHA-256 of an event and of the hash before it, over canonical JSON.

    Shapes: `n` counts from 1; `before` is empty for the first.
    """
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    facts = {
        "chain": str(chain), "n": n, "kind": kind, "at": moment, "actor": actor, "data": data,
    }  # fmt: skip
    return hashlib.sha256(before + canonical(facts)).digest()


def broken_at(chain: UUID, links: Iterable[Link], last: bytes) -> int | None:
    """The number of the first event that was changed, left out or moved; None for a whole chain.

    `last` is the hash that the chain says it ends with: one more than the last event was cut off.
    """
    before, n = b"", 0
    for link in links:
        n += 1
        made = event_hash(before, chain, n, link.kind, link.at, link.actor, link.data)
        if link.n != n or link.previous != before or link.hash != made:
            return n
        before = made
    return None if before == last else n + 1
