"""Inputs that cannot be: each with the field and a code, never a silent default.

Source: docs/impact.md, "Inputs".
"""

from collections.abc import Iterator
from decimal import Decimal

from domain.impact import InputFault, Inputs

MOST_YEARS = Decimal(40)
MOST_KM = Decimal(60_000)
MOST = Decimal(100_000)
"""Of any other amount: GB, kg, kWh, or kg CO2e of a part."""


def fault(inputs: Inputs) -> InputFault | None:
    """The first input that cannot be; None where all can."""
    return next(_faults(inputs), None)


def _faults(inputs: Inputs) -> Iterator[InputFault]:
    if not inputs.category:
        yield InputFault("category", "MISSING")
    yield from _ages(inputs)
    yield from _parts(inputs)
    yield from _legs(inputs)
    amounts = {
        "packagingKg": inputs.packaging_kg,
        "workshop.kwh": inputs.workshop.kwh if inputs.workshop else None,
        "cleaningKg": inputs.cleaning_kg,
    }
    for name, value in amounts.items():
        if value is not None and not 0 <= value <= MOST:
            yield InputFault(name, "NEGATIVE" if value < 0 else "TOO_LARGE")


def _ages(inputs: Inputs) -> Iterator[InputFault]:
    life = inputs.first_life
    if life is not None and not 0 <= life <= MOST_YEARS:
        yield InputFault("firstLife", "NEGATIVE" if life < 0 else "TOO_LARGE")
    if inputs.model_years is not None and inputs.model_years < 0:
        yield InputFault("refurbishedOn", "BEFORE_RELEASE")
    released, done = inputs.released_on, inputs.refurbished_on
    if released and done and released > done:
        yield InputFault("refurbishedOn", "BEFORE_RELEASE")
    for name, day in (("releasedOn", released), ("refurbishedOn", done)):
        if day and inputs.as_of and day > inputs.as_of:
            yield InputFault(name, "IN_FUTURE")


def _legs(inputs: Inputs) -> Iterator[InputFault]:
    for n, leg in enumerate(inputs.legs or ()):
        if not 0 <= leg.km <= MOST_KM:
            yield InputFault(f"legs[{n}].km", "NEGATIVE" if leg.km < 0 else "TOO_LARGE")
        mass = leg.gross_kg
        if mass is not None and not 0 < mass <= MOST:
            yield InputFault(f"legs[{n}].grossKg", "NOT_POSITIVE" if mass <= 0 else "TOO_LARGE")


def _parts(inputs: Inputs) -> Iterator[InputFault]:
    for n, part in enumerate(inputs.parts or ()):
        size = part.quantity
        if not 0 < size <= MOST:
            yield InputFault(f"parts[{n}].quantity", "NOT_POSITIVE" if size <= 0 else "TOO_LARGE")
        own = part.factor
        if own is not None and not 0 <= own <= MOST:
            yield InputFault(f"parts[{n}].factor", "NEGATIVE" if own < 0 else "TOO_LARGE")
        if part.factor is not None and not part.evidence:
            yield InputFault(f"parts[{n}].evidence", "MISSING")
        share = part.mass_share
        if share is not None and not 0 < share <= 1:
            yield InputFault(f"parts[{n}].massShare", "ABOVE_ONE" if share > 1 else "NOT_POSITIVE")
