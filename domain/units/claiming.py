"""Who may have a device in which place: what becomes of a claim, from what is known of its numbers.

A number is something that somebody says. What decides is who had the device last, and whether
anybody has had it in hand since.
Source: docs/passports.md, "Claims".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.units import Identifier, IdentifierKind, Place, SupplyChannel, UnitEventKind


@dataclass(frozen=True, slots=True)
class Party:
    """Who holds a device: one of these, or the two sides of a sale or of a trade-in."""

    merchant_id: UUID | None = None
    customer_id: UUID | None = None
    organisation_id: UUID | None = None

    def of(self, place: Place) -> "Party":
        """The side that says what it has: the seller, or whoever gives the device away."""
        if place is Place.TRADE_IN:
            return Party(customer_id=self.customer_id)
        if place is Place.FLEET:
            return Party(organisation_id=self.organisation_id)
        return Party(merchant_id=self.merchant_id)

    def within(self, other: "Party") -> bool:
        """Whether somebody is meant, and each who is meant is among the others."""
        named = [
            (self.merchant_id, other.merchant_id),
            (self.customer_id, other.customer_id),
            (self.organisation_id, other.organisation_id),
        ]
        meant = [(mine, theirs) for mine, theirs in named if mine is not None]
        return bool(meant) and all(mine == theirs for mine, theirs in meant)


@dataclass(frozen=True, slots=True)
class Claim:
    """A device that is to be in a place. `code` of its passport shows that it was handed over."""

    place: Place
    place_id: UUID
    of: Party
    category: str | None
    variant_id: UUID | None
    channel: SupplyChannel | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The identity is spoken for in another place; whose it is is nobody's business."""

    key: str
    place: Place


LAPSES: Final[Mapping[Place, timedelta]] = {
    Place.STOCK: timedelta(days=90),
    Place.FLEET: timedelta(days=365),
}
"""How long a claim lasts that no sale or trade-in ends; what is noted of the device renews it."""

IN_HAND: Final = frozenset(
    set(UnitEventKind)
    - {
        UnitEventKind.DECLARED,
        UnitEventKind.TRADED_IN,
        UnitEventKind.OFFERED,
        UnitEventKind.SOLD,
        UnitEventKind.CASE_OPENED,
    }
)
"""What can only be said of a device that was there."""

BOARD: Final = frozenset({IdentifierKind.IMEI, IdentifierKind.IMEI2, IdentifierKind.MEID})
"""Numbers of the main board: they name the device before any other."""
SHARED: Final = frozenset({IdentifierKind.MEDIUM})
"""What is no place's alone: a disk moves from one device to another."""
_RANK: Final = list(IdentifierKind)


@dataclass(frozen=True, slots=True)
class Holder:
    """A present holder of a device, in one passport of it. `in_hand`: it was there since."""

    id: UUID
    unit_id: UUID
    passport: int
    party: Party
    place: Place
    place_id: UUID
    in_hand: bool
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """A number that is spoken for, by which holder, until when."""

    key: str
    place: Place
    place_id: UUID
    party_id: UUID
    unit_id: UUID
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the numbers of a batch.

    Shapes: `units` the unit of each number; `live` by number, `spoken` the same by unit; `holders`
    by unit, present ones; `passports` how many a unit has; `boards` the units that a number of
    `BOARD` points to.
    """

    units: Mapping[str, UUID] = field(default_factory=dict)
    live: Mapping[str, Live] = field(default_factory=dict)
    spoken: Mapping[UUID, Sequence[Live]] = field(default_factory=dict)
    holders: Mapping[UUID, Sequence[Holder]] = field(default_factory=dict)
    passports: Mapping[UUID, int] = field(default_factory=dict)
    boards: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Granted:
    """A claim that holds. `unit_id` None: a device that nobody knew.

    `passport` None: a new one. `follows` is whom it comes from; `same` says that it is there
    already; `leaves` is the holder of this place in another passport. `displaced` lost the device;
    `moved` are the kinds of numbers of another device that were met on this one, `points` the
    numbers that name this one from now on.
    """

    unit_id: UUID | None
    passport: int | None
    follows: Holder | None
    same: bool
    leaves: Holder | None
    displaced: tuple[Live, ...]
    moved: tuple[IdentifierKind, ...]
    points: frozenset[str]


def decide(
    claim: Claim, identifiers: Sequence[Identifier], known: Known, now: datetime
) -> Granted | Elsewhere:
    """What becomes of a claim.

    The strongest number names the device: those of the board, then the maker's serial number, then
    others. A serial number of a device with another board names that device no more. Whoever has
    the device, or shows its passport, goes on with the passport; anybody else begins a new one.
    """
    ranked = sorted(identifiers, key=lambda each: _RANK.index(each.kind))
    unit = _unit(ranked, known)
    taken = _spoken(claim, ranked, unit, known, now)
    displaced: dict[UUID, Live] = {}
    for live in taken:
        if not _yields(live, claim, known):
            return Elsewhere(live.key, live.place)
        displaced[live.party_id] = live
    holders = known.holders.get(unit, ()) if unit else ()
    there = [e for e in holders if (e.place, e.place_id) == (claim.place, claim.place_id)]
    ours = _ours(claim, holders, there)
    moved = [each for each in ranked if known.units.get(each.key) not in {None, unit}]
    return Granted(
        unit_id=unit,
        passport=ours.passport if ours else None,
        follows=ours,
        same=ours in there,
        leaves=next((each for each in there if each is not ours), None),
        displaced=tuple(displaced.values()),
        moved=tuple(each.kind for each in moved),
        points=frozenset(
            each.key for each in ranked if each not in moved or _had(claim, each.key, known)
        ),
    )


def _unit(ranked: Sequence[Identifier], known: Known) -> UUID | None:
    board = any(each.kind in BOARD for each in ranked)
    for each in ranked:
        found = known.units.get(each.key)
        if found is None or each.kind in SHARED:
            continue
        if board and each.kind not in BOARD and found in known.boards:
            continue
        return found
    return None


def _spoken(
    claim: Claim, ranked: Sequence[Identifier], unit: UUID | None, known: Known, now: datetime
) -> list[Live]:
    """Claims that stand, of other places, on these numbers or on this device."""
    here = (claim.place, claim.place_id)
    keys = {each.key for each in ranked if each.kind not in SHARED}
    found = [known.live[key] for key in sorted(keys & known.live.keys())]
    found += known.spoken.get(unit, ()) if unit is not None else ()
    return [
        live
        for live in found
        if (live.place, live.place_id) != here and (live.until is None or live.until > now)
    ]


def _yields(live: Live, claim: Claim, known: Known) -> bool:
    """Whether a claim makes way.

    The one who has the device alone may move it. A claim with nothing in hand makes way for whoever
    had the device last.
    """
    if live.place is Place.SALE:
        return False
    holders = known.holders.get(live.unit_id, ())
    holder = next((each for each in holders if each.id == live.party_id), None)
    if holder is None:
        return True
    claimant = claim.of.of(claim.place)
    if holder.party == claimant:
        return True
    if holder.in_hand:
        return False
    return any(each.id != holder.id and _tied(claim, each) for each in holders)


def _shown(claim: Claim, holder: Holder) -> bool:
    return claim.code is not None and claim.code == holder.code


def _tied(claim: Claim, holder: Holder) -> bool:
    return _shown(claim, holder) or claim.of.of(claim.place).within(holder.party)


def _ours(claim: Claim, holders: Sequence[Holder], there: Sequence[Holder]) -> Holder | None:
    """The present holder from whom the claim goes on, the latest first: by the code, if shown."""
    shown = [each for each in holders if _shown(claim, each)]
    tied = [each for each in holders if _tied(claim, each)]
    return max(shown or there or tied, key=lambda each: each.passport, default=None)


def _had(claim: Claim, key: str, known: Known) -> bool:
    """Whether the claimant had the other device that a number points to."""
    unit = known.units.get(key)
    return unit is None or any(_tied(claim, each) for each in known.holders.get(unit, ()))
