"""What DHL's codes say: five words of all divisions, and each division's own codes before them.

Source: docs/carriers.md, "DHL".
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from domain.shipments.scans import ShipmentStatus
from integrations.carriers.codes import UNMAPPED, Meaning, rules, table

EXPRESS: Final = table("dhl_express")
FIVE: Final = table("dhl_unified")
ECOMMERCE_EUROPE: Final = table("dhl_ecommerce_europe")
SVB: Final = table("dhl_svb")
PARCEL_DE: Final = rules("dhl_parcel_de", ("code", "ice", "ric", "returned"))
REASONS: Final = table("dhl_parcel_de_reasons")

BACK: Final = frozenset({ShipmentStatus.RETURNED})
"""A delivery by DHL Express that follows one of these is the one to the sender."""


def parcel_de(code: str, ice: str = "", ric: str = "", *, returned: bool = False) -> Meaning:
    """What a code of two letters, its ICE and its RIC say; `returned` on the way back.

    A status that has no reason of its own has that of the RIC.
    """
    facts = {"code": code, "ice": ice, "ric": ric, "returned": "true" if returned else "false"}
    meaning = PARCEL_DE.of(facts)
    if meaning.status is None or meaning.reason is not None:
        return meaning
    return replace(meaning, reason=REASONS.of(ric).reason)


def _numbered(code: str) -> Meaning:
    return ECOMMERCE_EUROPE.of(code.lstrip("0"))


_DIVISIONS: Final[Mapping[str, Callable[[str], Meaning]]] = {
    "express": lambda code: EXPRESS.of(code.upper()),
    "parcel-de": lambda code: parcel_de(code.upper()),
    "ecommerce-europe": _numbered,
    "svb": lambda code: SVB.of(code.upper()),
}


def unified(service: str, word: str, code: str) -> Meaning:
    """What Shipment Tracking Unified says: the division's code first, then the word of five."""
    division = _DIVISIONS.get(service)
    meaning = division(code) if division else UNMAPPED
    return meaning if meaning.mapped else FIVE.of(word.lower())


def certain(service: str, code: str) -> bool:
    """Whether a division that has codes of its own knows this one, or it has none."""
    division = _DIVISIONS.get(service)
    return division is None or division(code).mapped
