"""What is known of a device, as the register keeps it: equal devices are one class.

A class says nothing of an indicator or of a factor set, so that a later set can restate it.
Source: docs/impact.md, "Register".
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from domain.canonical import canonical, sha256
from domain.impact import AgeEvidence, Indicator, Inputs, Leg, LegMode, Part, Workshop
from domain.impact.engine import years

OLDEST: Final = Decimal(10)
"""Years of a model above which no set of ours tells two devices apart."""
Document = Mapping[str, Any]


def document(inputs: Inputs) -> dict[str, Any]:
    """The facts of a device as a canonical document: days become the age of the model."""
    age = inputs.model_years
    if age is None and inputs.released_on and inputs.refurbished_on:
        age = max(Decimal(0), years(inputs.released_on, inputs.refurbished_on))
    known = inputs.first_life is not None
    facts = {
        "category": inputs.category,
        "household": 1 if inputs.household else None,
        "first_life": _text(inputs.first_life),
        "evidence": inputs.evidence.value if known else None,
        "model_years": None if known or age is None else _text(min(age, OLDEST)),
        "parts": _each(inputs.parts, _part),
        "accessories": None if inputs.accessories is None else sorted(inputs.accessories),
        "legs": _each(inputs.legs, _leg),
        "packaging_kg": _text(inputs.packaging_kg),
        "workshop": _workshop(inputs.workshop),
        "cleaning_kg": _text(inputs.cleaning_kg),
    }
    return _there(facts)


def key(facts: Document) -> str:
    """The hash by which a class is known."""
    return sha256(canonical(facts))


def inputs_of(facts: Document, indicator: Indicator) -> Inputs:
    """The device of a document, as the method takes it."""
    workshop = facts.get("workshop")
    return Inputs(
        facts["category"],
        indicator,
        first_life=_number(facts.get("first_life")),
        evidence=AgeEvidence(facts.get("evidence", AgeEvidence.SCENARIO)),
        parts=_list(facts.get("parts"), _part_of),
        accessories=_list(facts.get("accessories"), str),
        legs=_list(facts.get("legs"), _leg_of),
        packaging_kg=_number(facts.get("packaging_kg")),
        workshop=Workshop(Decimal(workshop["kwh"]), workshop["country"]) if workshop else None,
        cleaning_kg=_number(facts.get("cleaning_kg")),
        household=bool(facts.get("household")),
        model_years=_number(facts.get("model_years")),
    )


def _there(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _text(value: Decimal | None) -> str | None:
    """A number without what does not tell it apart: `3.0` and `3` are one."""
    if value is None:
        return None
    return format(value.normalize() if value else Decimal(0), "f")


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _each(values: Sequence[Any] | None, write: Any) -> list[dict[str, Any]] | None:
    """The members as documents, in an order of their own."""
    if values is None:
        return None
    return sorted((_there(write(each)) for each in values), key=canonical)


def _list(values: Sequence[Any] | None, read: Any) -> tuple[Any, ...] | None:
    return None if values is None else tuple(read(each) for each in values)


def _part(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "quantity": _text(part.quantity),
        "second_hand": 1 if part.second_hand else None,
        "factor": _text(part.factor),
        "evidence": part.evidence,
        "mass_share": _text(part.mass_share),
    }


def _part_of(facts: Document) -> Part:
    return Part(
        facts["kind"],
        Decimal(facts["quantity"]),
        bool(facts.get("second_hand")),
        _number(facts.get("factor")),
        facts.get("evidence"),
        _number(facts.get("mass_share")),
    )


def _leg(leg: Leg) -> dict[str, Any]:
    return {
        "km": _text(leg.km),
        "mode": leg.mode.value if leg.mode else None,
        "gross_kg": _text(leg.gross_kg),
    }


def _leg_of(facts: Document) -> Leg:
    mode = facts.get("mode")
    return Leg(
        Decimal(facts["km"]), LegMode(mode) if mode else None, _number(facts.get("gross_kg"))
    )


def _workshop(workshop: Workshop | None) -> dict[str, Any] | None:
    if workshop is None:
        return None
    return {"kwh": _text(workshop.kwh), "country": workshop.country}
