"""What a device's own refurbishing weighed: from its events to what the impact method takes.

Source: docs/impact.md, "Devices".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from domain.impact import (
    AgeEvidence,
    Indicator,
    InputFault,
    Inputs,
    Leg,
    LegMode,
    Workshop,
)
from domain.impact import Part as Weighed
from domain.impact.engine import years
from domain.impact.factors import FactorSet
from domain.impact.faults import fault
from domain.units.facts import Part, PartOrigin

MOST_LEGS: Final = 20
MOST_ACCESSORIES: Final = 10
SHOWN_AGE: Final = frozenset(
    {
        AgeEvidence.FIRST_ACTIVATION,
        AgeEvidence.INVOICE,
        AgeEvidence.FLEET_RECORD,
        AgeEvidence.DECLARED,
    }
)
"""What may show the first day of a device; the rest is the method's own."""


class KmBasis(StrEnum):
    """Where the kilometres of a way are from."""

    DECLARED = "DECLARED"
    ROUTED = "ROUTED"
    GREAT_CIRCLE = "GREAT_CIRCLE"


@dataclass(frozen=True, slots=True)
class DeclaredLeg:
    """A way that a device went, as its merchant tells it. Units: km, kg."""

    km: Decimal
    mode: LegMode | None = None
    gross_kg: Decimal | None = None
    basis: KmBasis = KmBasis.DECLARED


@dataclass(frozen=True, slots=True)
class Refurbished:
    """What a merchant tells of the refurbishing of a device. None: not told; empty: none.

    Units: kg, kWh. `first_used_on` is the first day of its first life, with what shows it.
    """

    first_used_on: date | None = None
    evidence: AgeEvidence = AgeEvidence.DECLARED
    legs: Sequence[DeclaredLeg] | None = None
    accessories: Sequence[str] | None = None
    packaging_kg: Decimal | None = None
    workshop: Workshop | None = None

    def facts(self) -> dict[str, Any]:
        """The same as JSON, what was not told left out."""
        legs = None if self.legs is None else [_leg_facts(each) for each in self.legs]
        site = self.workshop
        told = {
            "firstUsedOn": self.first_used_on.isoformat() if self.first_used_on else None,
            "firstUsedEvidence": self.evidence.value if self.first_used_on else None,
            "legs": legs,
            "accessories": None if self.accessories is None else list(self.accessories),
            "packagingKg": None if self.packaging_kg is None else str(self.packaging_kg),
            "workshop": {"kwh": str(site.kwh), "country": site.country} if site else None,
        }
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Told:
    """What the register of devices knows of one that is refurbished.

    Shapes: `parts` are the facts of the parts that were replaced since its last life, `refurbished`
    those of the last refurbishing that was told. `bought_on`: by the company that parted with it.
    """

    category: str
    released_on: date | None
    on: date
    parts: Sequence[Mapping[str, Any]] = ()
    refurbished: Mapping[str, Any] | None = None
    bought_on: date | None = None
    battery_new: bool = False


def declared_fault(told: Refurbished, category: str, today: date) -> InputFault | None:
    """The first thing told that cannot be; None where all can. Unknown ones are not taken."""
    if told.first_used_on is not None:
        if told.first_used_on > today:
            return InputFault("firstUsedOn", "FROM_THE_FUTURE")
        if told.evidence not in SHOWN_AGE:
            return InputFault("firstUsedEvidence", "NOT_EVIDENCE")
    if len(told.legs or ()) > MOST_LEGS:
        return InputFault("legs", "TOO_MANY")
    if len(told.accessories or ()) > MOST_ACCESSORIES:
        return InputFault("accessories", "TOO_MANY")
    first = None if told.first_used_on is None else years(told.first_used_on, today)
    return fault(
        Inputs(
            category,
            first_life=first,
            legs=_legs(told.legs),
            accessories=told.accessories,
            packaging_kg=told.packaging_kg,
            workshop=told.workshop,
        )
    )


def inputs_of(told: Told, factors: FactorSet, indicator: Indicator = Indicator.GWP) -> Inputs:
    """The device as the method takes it: its age, its new parts, ways and workshop."""
    said = told.refurbished or {}
    life, evidence = _first_life(told, said)
    workshop = said.get("workshop")
    known = said.get("accessories")
    ways = said.get("legs")
    packaging = said.get("packagingKg")
    return Inputs(
        told.category,
        indicator,
        first_life=life,
        evidence=evidence,
        parts=_parts(told, factors),
        accessories=None if known is None else tuple(known),
        legs=None if ways is None else tuple(_leg_of(each) for each in ways),
        packaging_kg=None if packaging is None else Decimal(packaging),
        workshop=Workshop(Decimal(workshop["kwh"]), workshop["country"]) if workshop else None,
        released_on=told.released_on if told.released_on and told.released_on <= told.on else None,
        refurbished_on=told.on,
    )


def _first_life(told: Told, said: Mapping[str, Any]) -> tuple[Decimal | None, AgeEvidence]:
    """Years and what shows them: what the merchant tells, else what the company's books say."""
    if day := said.get("firstUsedOn"):
        first = date.fromisoformat(day)
        if first <= told.on:
            evidence = AgeEvidence(said.get("firstUsedEvidence", AgeEvidence.DECLARED))
            return years(first, told.on), evidence
    if told.bought_on is not None and told.bought_on <= told.on:
        return years(told.bought_on, told.on), AgeEvidence.FLEET_RECORD
    return None, AgeEvidence.SCENARIO


def _parts(told: Told, factors: FactorSet) -> tuple[Weighed, ...] | None:
    """The parts as they weigh; a battery that the offer said is new counts once."""
    found = [_weighed(each, told.category, factors) for each in told.parts]
    if told.battery_new and not any(each.kind == "BATTERY" for each in found):
        found.append(_battery(told.category, factors, second_hand=False))
    return tuple(found) or None


def _weighed(facts: Mapping[str, Any], category: str, factors: FactorSet) -> Weighed:
    """One part. Where nobody knows where it came from, it is taken as new."""
    kind = facts.get("part") or Part.OTHER.value
    used = facts.get("origin") == PartOrigin.SECOND_HAND
    factor, share = _amount(facts.get("factor")), _amount(facts.get("massShare"))
    if factor is not None:
        return Weighed(kind, Decimal(1), used, factor, facts.get("evidence") or "")
    if kind == Part.BATTERY:
        return _battery(category, factors, second_hand=used)
    if kind == Part.STORAGE and facts.get("capacityGb"):
        drive = "HDD" if facts.get("spinning") else "SSD"
        return Weighed(drive, Decimal(facts["capacityGb"]), used)
    return Weighed(kind, Decimal(1), used, mass_share=share)


def _battery(category: str, factors: FactorSet, *, second_hand: bool) -> Weighed:
    """A battery of the usual mass of its category; one without such a mass has no factor."""
    mass = factors.get("MASS_BATTERY", category)
    if mass is None:
        return Weighed("BATTERY_WITHOUT_MASS", Decimal(1), second_hand)
    return Weighed("BATTERY", mass.value, second_hand)


def _amount(text: Any) -> Decimal | None:
    try:
        return None if text is None else Decimal(str(text))
    except InvalidOperation:
        return None


def _legs(legs: Sequence[DeclaredLeg] | None) -> tuple[Leg, ...] | None:
    return None if legs is None else tuple(Leg(x.km, x.mode, x.gross_kg) for x in legs)


def _leg_facts(leg: DeclaredLeg) -> dict[str, Any]:
    told = {
        "km": str(leg.km),
        "mode": leg.mode.value if leg.mode else None,
        "grossKg": None if leg.gross_kg is None else str(leg.gross_kg),
        "basis": leg.basis.value,
    }
    return {name: value for name, value in told.items() if value is not None}


def _leg_of(facts: Mapping[str, Any]) -> Leg:
    mode, gross = facts.get("mode"), facts.get("grossKg")
    return Leg(
        Decimal(facts["km"]),
        LegMode(mode) if mode else None,
        None if gross is None else Decimal(gross),
    )
