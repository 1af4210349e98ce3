"""What an event says: the facts of each kind, and which of them anybody may read.

Facts are written with the names of the API. No price, no name of a person or firm, no id of an
order is ever public.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from domain.catalog import Grade
from domain.units import UnitEventKind
from domain.units.erasure import ErasureStandard, ErasureState, MediumType
from domain.units.proofs import ErasureMethod, ErasureResult, ErasureTechnique

SWAPPED: Final = "IDENTITIES_MET"
"""Why a board counts as replaced: numbers of two devices were met on one."""


class PartOrigin(StrEnum):
    """Where a part came from."""

    NEW_GENUINE = "NEW_GENUINE"
    NEW_COMPATIBLE = "NEW_COMPATIBLE"
    SECOND_HAND = "SECOND_HAND"
    UNKNOWN = "UNKNOWN"


class Part(StrEnum):
    """What may be replaced in a device."""

    BATTERY = "BATTERY"
    SCREEN = "SCREEN"
    BACK = "BACK"
    CAMERA = "CAMERA"
    SPEAKER = "SPEAKER"
    MICROPHONE = "MICROPHONE"
    CHARGING_PORT = "CHARGING_PORT"
    BUTTONS = "BUTTONS"
    KEYBOARD = "KEYBOARD"
    TOUCHPAD = "TOUCHPAD"
    FAN = "FAN"
    MEMORY = "MEMORY"
    STORAGE = "STORAGE"
    MAINBOARD = "MAINBOARD"
    HOUSING = "HOUSING"
    OTHER = "OTHER"


class Fault(StrEnum):
    """What was wrong with a device."""

    BATTERY = "BATTERY"
    SCREEN = "SCREEN"
    TOUCH = "TOUCH"
    CAMERA = "CAMERA"
    AUDIO = "AUDIO"
    CHARGING = "CHARGING"
    NETWORK = "NETWORK"
    BUTTONS = "BUTTONS"
    KEYBOARD = "KEYBOARD"
    STORAGE = "STORAGE"
    LIQUID = "LIQUID"
    POWER = "POWER"
    SOFTWARE = "SOFTWARE"
    HOUSING = "HOUSING"
    OTHER = "OTHER"


class RepairAction(StrEnum):
    """What was done about it."""

    PART_REPLACED = "PART_REPLACED"
    RESOLDERED = "RESOLDERED"
    CLEANED = "CLEANED"
    ADJUSTED = "ADJUSTED"
    SOFTWARE_RESTORED = "SOFTWARE_RESTORED"
    NONE_POSSIBLE = "NONE_POSSIBLE"


class GradingScheme(StrEnum):
    """By which book a device was graded."""

    BOUCLE = "BOUCLE"
    CTIA = "CTIA"
    R2 = "R2"
    MAKER = "MAKER"


class UnitActor(StrEnum):
    """In which role something was done to a device."""

    MERCHANT = "MERCHANT"
    REPAIRER = "REPAIRER"
    LAB = "LAB"
    MAKER = "MAKER"


@dataclass(frozen=True, slots=True)
class PartReplaced:
    """A part that was replaced. `medium` is the serial number of storage that was taken out.

    Units: `capacity_gb` of new storage, `spinning` where it is a hard disk. `factor` is the
    refurbisher's own, kg CO2e for the part, with its evidence; `mass_share` the part's share of the
    device's mass, 0 to 1.
    """

    part: Part
    origin: PartOrigin
    medium: str | None = None
    supplier_reference: str | None = None
    capacity_gb: int | None = None
    spinning: bool = False
    factor: Decimal | None = None
    evidence: str | None = None
    mass_share: Decimal | None = None

    def facts(self) -> dict[str, Any]:
        """The same as JSON; what was not said of its footprint is left out."""
        told = {
            "capacityGb": self.capacity_gb,
            "spinning": self.spinning or None,
            "factor": None if self.factor is None else str(self.factor),
            "evidence": self.evidence,
            "massShare": None if self.mass_share is None else str(self.mass_share),
        }
        return {
            "part": self.part.value,
            "origin": self.origin.value,
            "medium": self.medium,
            "supplierReference": self.supplier_reference,
            **{name: value for name, value in told.items() if value is not None},
        }


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repair: the fault, what was done, by whom, and how long the work is vouched for."""

    fault: Fault
    action: RepairAction
    by: UnitActor
    warranty_months: int | None = None

    def facts(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "fault": self.fault.value,
            "action": self.action.value,
            "by": self.by.value,
            "warrantyMonths": self.warranty_months,
        }


@dataclass(frozen=True, slots=True)
class Graded:
    """How a device looks, by which scheme."""

    scheme: GradingScheme
    version: str
    grade: str
    by: UnitActor

    def facts(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "scheme": self.scheme.value,
            "version": self.version,
            "grade": self.grade,
            "by": self.by.value,
        }


Test = Callable[[Any], bool]


def _one_of(*sets: type[StrEnum]) -> Test:
    return lambda value: isinstance(value, str) and any(value in set(each) for each in sets)


def _whole(value: Any) -> bool:
    return isinstance(value, int)


def _time(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value) is not None
    except (TypeError, ValueError):
        return False


def _version(value: Any) -> bool:
    return isinstance(value, str) and VERSION.fullmatch(value) is not None


def _grade(value: Any) -> bool:
    return isinstance(value, str) and GRADE.fullmatch(value) is not None


VERSION: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,2}")
"""Of a book or a scheme."""
GRADE: Final = re.compile("|".join([*Grade, r"[A-E]", r"C[2-7](/F[1-6])?", r"F[1-6]/C[2-7]"]))
"""Grades of our scheme, of CTIA and of R2."""
PUBLIC: Final[Mapping[UnitEventKind, Mapping[str, Test]]] = {
    UnitEventKind.DIAGNOSED: {"passed": _whole, "battery_health": _whole, "at": _time},
    UnitEventKind.ERASED: {
        "result": _one_of(ErasureResult, ErasureState),
        "standard": _one_of(ErasureStandard),
        "revision": _version,
        "method": _one_of(ErasureMethod),
        "technique": _one_of(ErasureTechnique),
        "medium": _one_of(MediumType),
        "independent": _whole,
        "at": _time,
    },
    UnitEventKind.PART_REPLACED: {
        "part": _one_of(Part),
        "origin": _one_of(PartOrigin),
        "because": lambda value: value == SWAPPED,
    },
    UnitEventKind.REPAIRED: {
        "fault": _one_of(Fault),
        "action": _one_of(RepairAction),
        "by": _one_of(UnitActor),
    },
    UnitEventKind.GRADED: {
        "scheme": _one_of(GradingScheme),
        "version": _version,
        "grade": _grade,
        "by": _one_of(UnitActor),
    },
}
"""The kinds of events that anybody with the code of a passport reads, and the facts of each: only
words of closed lists, numbers and times, whatever was written."""


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """An event as anybody reads it."""

    kind: UnitEventKind
    at: datetime
    data: Mapping[str, Any]


def public(kind: UnitEventKind, at: datetime, data: Mapping[str, Any]) -> PublicEvent | None:
    """What anybody may read of an event; None for a kind that is its parties' alone."""
    tests = PUBLIC.get(kind)
    if tests is None:
        return None
    return PublicEvent(kind, at, {n: data[n] for n, test in tests.items() if test(data.get(n))})
