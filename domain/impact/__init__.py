"""Impact of refurbished devices against new ones: words, inputs and results.

Two honest meanings of "avoided" are told apart: device for device, and the service rendered; what
is published is the second, net of rebound, with its range.
Source: docs/impact.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

METHOD = "avoided-1"


class Indicator(StrEnum):
    """What is counted: `GWP` kg CO2e, `RAW` kg of raw material, `WATER` l, `EWASTE` g."""

    GWP = "GWP"
    RAW = "RAW"
    WATER = "WATER"
    EWASTE = "EWASTE"


class ImpactStatus(StrEnum):
    """What may be said."""

    FAVOURABLE = "FAVOURABLE"
    UNFAVOURABLE = "UNFAVOURABLE"
    NOT_ESTABLISHED = "NOT_ESTABLISHED"
    NOT_SUPPORTED = "NOT_SUPPORTED"


class ImpactReason(StrEnum):
    """Why no more may be said."""

    NO_STUDY = "NO_STUDY"
    NO_ABSOLUTE_VALUES = "NO_ABSOLUTE_VALUES"
    ONLY_A_RANGE = "ONLY_A_RANGE"
    MIXED_SOURCES = "MIXED_SOURCES"
    PART_WITHOUT_FACTOR = "PART_WITHOUT_FACTOR"
    EXTRAS_NOT_COVERED = "EXTRAS_NOT_COVERED"
    GRADE_D = "GRADE_D"
    SHORT_FIRST_LIFE = "SHORT_FIRST_LIFE"
    HEAVY_PARTS = "HEAVY_PARTS"
    HEAVY_TRANSPORT = "HEAVY_TRANSPORT"
    RANGE_INCLUDES_ZERO = "RANGE_INCLUDES_ZERO"


class ImpactGrade(StrEnum):
    """How well a figure is founded; the first is the best."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class RBasis(StrEnum):
    """How the refurbishing was counted."""

    CATEGORY_MEAN = "CATEGORY_MEAN"
    MEAN_PLUS_DECLARED = "MEAN_PLUS_DECLARED"
    ITEMISED = "ITEMISED"


class AgeEvidence(StrEnum):
    """What shows the years of the first life."""

    FIRST_ACTIVATION = "FIRST_ACTIVATION"
    INVOICE = "INVOICE"
    FLEET_RECORD = "FLEET_RECORD"
    DECLARED = "DECLARED"
    RELEASE_BOUND = "RELEASE_BOUND"
    SCENARIO = "SCENARIO"


class LegMode(StrEnum):
    """How goods travelled."""

    VAN_DIESEL = "VAN_DIESEL"
    VAN_ELECTRIC = "VAN_ELECTRIC"
    TRUCK_RIGID = "TRUCK_RIGID"
    TRUCK_ARTICULATED = "TRUCK_ARTICULATED"
    TRUCK_MEAN = "TRUCK_MEAN"
    RAIL = "RAIL"
    SHIP_CONTAINER = "SHIP_CONTAINER"
    SHIP_RORO = "SHIP_RORO"
    AIR_SHORT = "AIR_SHORT"
    AIR_LONG = "AIR_LONG"
    AIR_SHORT_WITHOUT_RF = "AIR_SHORT_WITHOUT_RF"
    AIR_LONG_WITHOUT_RF = "AIR_LONG_WITHOUT_RF"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was replaced.

    Units: `quantity` in GB for `SSD` and `HDD`, in kg of cells for `BATTERY`, else pieces.
    `factor` is the refurbisher's own, kg CO2e for each unit of quantity, with its evidence.
    `mass_share` is the part's share of the device's mass, for a part that nobody has a factor for:
    a weak proxy of grade D.
    """

    kind: str
    quantity: Decimal
    second_hand: bool = False
    factor: Decimal | None = None
    evidence: str | None = None
    mass_share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """A way that the device went. Units: km, kg. Without a mode the cautious one is taken."""

    km: Decimal
    mode: LegMode | None = None
    gross_kg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the workshop used. Units: kWh; `country` ISO 3166-1."""

    kwh: Decimal
    country: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known of one device. None: not declared; an empty list: declared, and none.

    Units: `first_life` years; `cleaning_kg` the audited diagnosis and cleaning of the workshop, kg
    CO2e. `category` is a category of the catalogue; `household` tells desktop computers apart.
    `model_years` is the age of the model at the refurbishing, in place of the two days.
    Shapes: `as_of` is the day on which it is asked: what is dated later is refused. `new_source` is
    the set, or the maker, whose footprint of a new device is asked for; None is the set's own.
    """

    category: str
    indicator: Indicator = Indicator.GWP
    first_life: Decimal | None = None
    evidence: AgeEvidence = AgeEvidence.DECLARED
    parts: Sequence[Part] | None = None
    accessories: Sequence[str] | None = None
    legs: Sequence[Leg] | None = None
    packaging_kg: Decimal | None = None
    workshop: Workshop | None = None
    cleaning_kg: Decimal | None = None
    released_on: date | None = None
    refurbished_on: date | None = None
    household: bool = False
    model_years: Decimal | None = None
    as_of: date | None = None
    new_source: str | None = None


@dataclass(frozen=True, slots=True)
class InputFault:
    """An input that cannot be: `field` names it, `code` says why."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The point values. Units: of the indicator; `…_y` of a year of use; years.

    `device_for_device` is None where only the service rendered is known.
    """

    gross: Decimal
    net: Decimal
    device_for_device: Decimal | None = None
    new_y: Decimal | None = None
    refurbished_y: Decimal | None = None
    benefit_y: Decimal | None = None
    whole_life_y: Decimal | None = None
    break_even: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Of 100 draws 5 are below `p05`, 50 below `p50`, 95 below `p95`; `p50` None: not shown."""

    p05: Decimal
    p50: Decimal | None
    p95: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was counted on top. Units: kg CO2e."""

    name: str
    kg: Decimal
    grade: ImpactGrade

    @property
    def way(self) -> bool:
        """Whether it is of a way, packaging or the workshop; else of a part or an accessory."""
        return not self.name.startswith(("PART_", "ACCESSORY_"))


@dataclass(frozen=True, slots=True)
class Result:
    """What may be said of one device, and all that it rests on.

    `net_range` and `share_not_positive` come from the draws. `reduced`: its first life was short;
    `floored`: what the workshop itemised was below half of the mean.
    """

    status: ImpactStatus
    indicator: Indicator
    unit: str
    factor_set: str
    factor_set_sha256: str
    reasons: tuple[ImpactReason, ...] = ()
    figures: Figures | None = None
    net_range: Range | None = None
    gross_range: Range | None = None
    share_not_positive: Decimal | None = None
    grade: ImpactGrade | None = None
    first_life: Decimal | None = None
    evidence: AgeEvidence | None = None
    reduced: bool = False
    floored: bool = False
    r_basis: RBasis | None = None
    items: tuple[Item, ...] = ()
    assumptions: tuple[str, ...] = ()
    method: str = METHOD


UNITS = {
    Indicator.GWP: "kg CO2e",
    Indicator.RAW: "kg",
    Indicator.WATER: "l",
    Indicator.EWASTE: "g",
}
