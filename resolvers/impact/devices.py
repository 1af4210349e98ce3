"""What may be said of one device of which more is known than of a listing, and of its paths."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from domain.impact import Indicator, InputFault, Inputs, Leg, Part, Result, Workshop
from domain.impact.engine import assess, category_of, chosen, years
from domain.impact.paths import PathKind, Paths, Prices, compare
from domain.impact.plans import Drawn, Plan
from models import impact
from models.impact import NotDrawn, drawn_before, drawn_sum, factor_set
from resolvers import catalog
from resolvers.context import BadInput, Context
from resolvers.impact import Said

MOST_ITEMS: Final = 20
_FIXES: Final = {
    "NEGATIVE": "is below zero",
    "TOO_LARGE": "is too large",
    "NOT_POSITIVE": "must be above zero",
    "ABOVE_ONE": "is a share: above 0, up to 1",
    "MISSING": "is needed",
    "FROM_THE_FUTURE": "is still to come",
    "BEFORE_RELEASE": "is before the release of the model",
    "NOT_EVIDENCE": "is FIRST_ACTIVATION, INVOICE, FLEET_RECORD or DECLARED",
    "TOO_MANY": f"has too many items: {MOST_ITEMS} at most",
    "UNKNOWN_ACCESSORY": "is PHONE_CHARGER or LAPTOP_CHARGER",
    "UNKNOWN_CATEGORY": "is no code of `categories`",
    "COUNTRY_WITHOUT_FACTOR": "is a country for which the set has no electricity",
    "NOT_A_NUMBER": "is not a finite number",
    "TWICE": "is given twice: leave one of the two out",
}


@dataclass(frozen=True, slots=True)
class Device:
    """A device as somebody describes it. None: not known."""

    category: str
    age: Decimal | None = None
    bought_on: date | None = None
    parts: Sequence[Part] | None = None
    accessories: Sequence[str] | None = None
    legs: Sequence[Leg] | None = None
    workshop: Workshop | None = None
    household: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """The paths of a device, each with what may be said of it."""

    paths: Paths
    said: dict[PathKind, Said]


def wrong(fault: InputFault, under: str = "") -> BadInput:
    """An input that cannot be, as the client reads it: the field, the code, and the fix."""
    field = f"{under}{fault.field}"
    fix = _FIXES.get(fault.code, "cannot be")
    return BadInput(f"`{field}` {fix}.", reason=fault.code, argument=field)


def named_set(set_id: str | None, default: str | None = None) -> str:
    """A set that a caller names, else the default. Raises: BadInput for one that is none."""
    if set_id is None:
        return default or impact.SUMS
    if set_id not in impact.LISTING:
        known = ", ".join(impact.LISTING)
        raise BadInput(
            f"`factorSet` is one of {known}.", argument="factorSet", reason="UNKNOWN_FACTOR_SET"
        )
    return set_id


async def of_device(inputs: Inputs, on: date, set_id: str | None = None) -> Said:
    """What may be said of a device, on a day: by a set, else by the first that is complete.

    Drawn where nobody has drawn it before, beside the requests of others.
    """
    sets = [factor_set(each) for each in ([set_id] if set_id else impact.LISTING)]
    category = category_of(inputs)
    factors = chosen(sets, category, inputs.indicator)
    found = await asyncio.to_thread(assess, inputs, factors, drawn)
    if isinstance(found, InputFault):
        # what was taken in once and cannot be by this set: no figure rather than a wrong one
        found = assess(Inputs(inputs.category, inputs.indicator, parts=(_UNKNOWN,)), factors, drawn)
    if isinstance(found, InputFault):
        raise ValueError(f"a device has {found}")
    return _said(found, inputs, on)


_UNKNOWN: Final = Part("UNKNOWN", Decimal(1))


def _said(found: Result, inputs: Inputs, on: date) -> Said:
    factors = factor_set(found.factor_set)
    second = factors.get("L2", category_of(inputs))
    return Said(found, inputs, on, second.value if second else None, factors.need("BETA").value)


def drawn(plan: Plan) -> Drawn:
    """What the draws say of one device: as kept, else drawn now."""
    try:
        return drawn_before(plan)
    except NotDrawn:
        return drawn_sum({plan: 1})


async def paths(
    ctx: Context, device: Device, prices: Prices, indicator: Indicator, set_id: str | None
) -> Compared:
    """The paths of a device that broke, or that is not wanted any more, by one set.

    Raises: BadInput naming what cannot be: an unknown category, a negative age, a day to come, a
    part with a share above one, a price below zero.
    """
    today = ctx.now.date()
    inputs = await _inputs(device, indicator, today)
    factors = factor_set(named_set(set_id))
    threshold = impact.repair_threshold()
    found = await asyncio.to_thread(compare, inputs, prices, threshold, factors, drawn)
    if isinstance(found, InputFault):
        raise _wrong_of(found, device)
    said = {path.kind: _said(path.impact, inputs, today) for path in found.paths}
    return Compared(found, said)


def _wrong_of(found: InputFault, device: Device) -> BadInput:
    """The same in the words of the client."""
    if found.field.endswith(("Price", "Value")):
        return wrong(found)
    if found.field == "firstLife":
        field = "ageYears" if device.bought_on is None else "boughtOn"
        return wrong(InputFault(field, found.code), "device.")
    return wrong(found, "device.")


async def _inputs(device: Device, indicator: Indicator, today: date) -> Inputs:
    if device.category not in {row.code for row in await catalog.categories()}:
        raise wrong(InputFault("category", "UNKNOWN_CATEGORY"), "device.")
    for name, given in (("parts", device.parts), ("legs", device.legs)):
        if len(given or ()) > MOST_ITEMS:
            raise wrong(InputFault(name, "TOO_MANY"), "device.")
    return Inputs(
        device.category,
        indicator,
        first_life=_age(device, today),
        parts=device.parts,
        accessories=device.accessories,
        legs=device.legs,
        workshop=device.workshop,
        household=device.household,
    )


def _age(device: Device, today: date) -> Decimal | None:
    if device.bought_on is None:
        return device.age
    if device.age is not None:
        raise wrong(InputFault("boughtOn", "TWICE"), "device.")
    if device.bought_on > today:
        raise wrong(InputFault("boughtOn", "FROM_THE_FUTURE"), "device.")
    return years(device.bought_on, today)
