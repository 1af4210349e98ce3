"""Inputs that cannot be: each with the field and a code, never a silent default.

Source: docs/impact.md, "Inputs".
"""

from collections.abc import Iterator
from decimal import Decimal

from domain.impact import InputFault, Inputs

MOST_YEARS = Decimal(40)
MOST_KM = Decimal(60_000)


def fault(inputs: Inputs) -> InputFault | None:
    """The first input that cannot be; None where all can."""
    return next(_faults(inputs), None)


def _faults(inputs: Inputs) -> Iterator[InputFault]:
    if not inputs.category:
        yield InputFault("category", "MISSING")
    life = inputs.first_life
    if life is not None and not 0 <= life <= MOST_YEARS:
        yield InputFault("firstLife", "NEGATIVE" if life < 0 else "TOO_LARGE")
    released, done = inputs.released_on, inputs.refurbished_on
    if released and done and released > done:
        yield InputFault("refurbishedOn", "BEFORE_RELEASE")
    for name, day in (("releasedOn", released), ("refurbishedOn", done)):
        if day and inputs.as_of and day > inputs.as_of:
            yield InputFault(name, "IN_FUTURE")
    yield from _parts(inputs)
    yield from _legs(inputs)
    amounts = {
        "packagingKg": inputs.packaging_kg,
        "workshop.kwh": inputs.workshop.kwh if inputs.workshop else None,
        "cleaningKg": inputs.cleaning_kg,
    }
    for name, value in amounts.items():
        if value is not None and value < 0:
            yield InputFault(name, "NEGATIVE")


def _legs(inputs: Inputs) -> Iterator[InputFault]:
    for n, leg in enumerate(inputs.legs or ()):
        if not 0 <= leg.km <= MOST_KM:
            yield InputFault(f"legs[{n}].km", "NEGATIVE" if leg.km < 0 else "TOO_LARGE")
        if leg.gross_kg is not None and leg.gross_kg <= 0:
            yield InputFault(f"legs[{n}].grossKg", "NOT_POSITIVE")


def _parts(inputs: Inputs) -> Iterator[InputFault]:
    for n, part in enumerate(inputs.parts or ()):
        if part.quantity <= 0:
            yield InputFault(f"parts[{n}].quantity", "NOT_POSITIVE")
        if part.factor is not None and part.factor < 0:
            yield InputFault(f"parts[{n}].factor", "NEGATIVE")
        if part.factor is not None and not part.evidence:
            yield InputFault(f"parts[{n}].evidence", "MISSING")
