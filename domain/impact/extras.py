"""What a device's own refurbishing adds to the mean: parts, accessories, ways, packaging, energy.

Source: docs/impact.md, "Refurbishing".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.impact import ImpactGrade, InputFault, Inputs, Item, Leg, LegMode, Part
from domain.impact.factors import Factor, FactorSet

VAN_UP_TO_KM = Decimal(1000)
SHORT_HAUL_UP_TO_KM = Decimal(3700)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Extras:
    """What comes on top. Units: kg CO2e.

    Shapes: `parts` with accessories; `transport` with packaging and energy; `without_factor` are
    the new parts for which nobody has a factor.
    """

    parts: Decimal
    transport: Decimal
    items: tuple[Item, ...]
    without_factor: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.parts + self.transport


def extras(inputs: Inputs, category: str, factors: FactorSet) -> Extras | InputFault:
    """What was declared of a device, counted.

    Refuses: an accessory, a kind of packaging or a country of a workshop that the set has no factor
    for. A new part without one is told, and not counted.
    """
    found = _unknown(inputs, factors)
    if found is not None:
        return found
    parts = [*_parts(inputs, category, factors), *_accessories(inputs, factors)]
    transport = [*_legs(inputs, category, factors), *_site(inputs, factors)]
    return Extras(
        sum((each.kg for each in parts), ZERO),
        sum((each.kg for each in transport), ZERO),
        (*parts, *transport),
        tuple(
            part.kind
            for part in inputs.parts or ()
            if not part.second_hand and not _known(part, category, factors)
        ),
    )


def mass_proxy(
    factors: FactorSet, category: str, part_g: Decimal, device_g: Decimal
) -> Item | InputFault:
    """A part without a factor, by its share of the device's mass: weak, for analysts alone.

    Units: g. Refuses: masses that are not positive, a part that is heavier than the device.
    Raises: BadSet where the set has no manufacture of this category.
    """
    for name, mass in (("partGrams", part_g), ("deviceGrams", device_g)):
        if mass <= 0:
            return InputFault(name, "NOT_POSITIVE")
    if part_g > device_g:
        return InputFault("partGrams", "SHARE_OVER_ONE")
    whole = factors.need("N_MANUFACTURE", category, "GWP").value
    return Item("PART_BY_MASS", whole * part_g / device_g, ImpactGrade.D)


def _unknown(inputs: Inputs, factors: FactorSet) -> InputFault | None:
    for n, accessory in enumerate(inputs.accessories or ()):
        if factors.get(f"ACCESSORY_{accessory}") is None:
            return InputFault(f"accessories[{n}]", "UNKNOWN_ACCESSORY")
    if inputs.workshop and factors.get(f"GRID_{inputs.workshop.country}") is None:
        return InputFault("workshop.country", "COUNTRY_WITHOUT_FACTOR")
    return None


def _of(part: Part, factors: FactorSet) -> Factor | None:
    return factors.get(f"PART_{part.kind}")


def _whole(category: str, factors: FactorSet) -> Factor | None:
    """The manufacture of a device of this category, of which a part may be a share."""
    return factors.get("N_MANUFACTURE", category, "GWP")


def _known(part: Part, category: str, factors: FactorSet) -> bool:
    """Whether there is any way to count a new part."""
    if part.factor is not None or _of(part, factors) is not None:
        return True
    return part.mass_share is not None and _whole(category, factors) is not None


def _parts(inputs: Inputs, category: str, factors: FactorSet) -> Iterator[Item]:
    whole = _whole(category, factors)
    for part in inputs.parts or ():
        if part.second_hand:
            yield Item(f"PART_{part.kind}_SECOND_HAND", ZERO, ImpactGrade.B)
        elif part.factor is not None:
            yield Item(f"PART_{part.kind}", part.quantity * part.factor, ImpactGrade.B)
        elif (known := _of(part, factors)) is not None:
            yield Item(known.symbol, part.quantity * known.value, known.grade)
        elif part.mass_share is not None and whole is not None:
            share = part.quantity * part.mass_share
            yield Item(f"PART_{part.kind}_BY_MASS", whole.value * share, ImpactGrade.D)


def _accessories(inputs: Inputs, factors: FactorSet) -> Iterator[Item]:
    for accessory in inputs.accessories or ():
        known = factors.need(f"ACCESSORY_{accessory}")
        yield Item(known.symbol, known.value, known.grade)


def _legs(inputs: Inputs, category: str, factors: FactorSet) -> Iterator[Item]:
    for leg in inputs.legs or ():
        known = factors.need(f"LEG_{mode_of(leg)}")
        mass = leg.gross_kg
        if mass is None:
            mass = factors.need("GROSS_MASS", category).value
        yield Item(known.symbol, mass / 1000 * leg.km * known.value, known.grade)


def mode_of(leg: Leg) -> LegMode:
    """How a leg went; the cautious guess where nobody said: a van, then an aircraft."""
    if leg.mode is not None:
        return leg.mode
    if leg.km < VAN_UP_TO_KM:
        return LegMode.VAN_DIESEL
    return LegMode.AIR_SHORT if leg.km <= SHORT_HAUL_UP_TO_KM else LegMode.AIR_LONG


def _site(inputs: Inputs, factors: FactorSet) -> Iterator[Item]:
    if inputs.packaging_kg is not None:
        known = factors.need("PACKAGING_CARDBOARD")
        yield Item(known.symbol, inputs.packaging_kg * known.value, known.grade)
    if inputs.workshop is not None:
        known = factors.need(f"GRID_{inputs.workshop.country}")
        yield Item("WORKSHOP", inputs.workshop.kwh * known.value / 1000, known.grade)
