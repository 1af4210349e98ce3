"""Each carrier's own words for the steps of a parcel.

The tables in `codes/` are named after the API, or after the API and its division. `status` and
`reason` say how the marketplace should read a code; they never leave the simulator.
An empty code is silence: the carrier tells nothing of that step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from domain.shipments import ShipmentReason, ShipmentStatus
from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.tables import rows

DIVISIONS: Final = ("parcel-de", "express", "ecommerce-europe", "svb")
"""The divisions of DHL Unified that are played."""


class Step(StrEnum):
    """What can happen to a parcel."""

    ANNOUNCED = "ANNOUNCED"
    ACCEPTED = "ACCEPTED"
    ORIGIN_HUB = "ORIGIN_HUB"
    EXPORTED = "EXPORTED"
    IMPORTED = "IMPORTED"
    CUSTOMS_IN = "CUSTOMS_IN"
    CUSTOMS_HELD = "CUSTOMS_HELD"
    CUSTOMS_OUT = "CUSTOMS_OUT"
    DEST_HUB = "DEST_HUB"
    OUT = "OUT"
    ABSENT = "ABSENT"
    REFUSED = "REFUSED"
    AT_PICKUP = "AT_PICKUP"
    ACCESS_POINT = "ACCESS_POINT"
    COLLECTED = "COLLECTED"
    DELIVERED = "DELIVERED"
    RETURNING = "RETURNING"
    RETURN_HUB = "RETURN_HUB"
    RETURNED = "RETURNED"
    LOST = "LOST"
    DISPOSED = "DISPOSED"
    CANCELLED = "CANCELLED"


HANDED_OVER: Final = frozenset({Step.DELIVERED, Step.COLLECTED})
BACK: Final = frozenset({Step.RETURNING, Step.RETURN_HUB, Step.RETURNED})


@dataclass(frozen=True, slots=True)
class Native:
    """What a carrier writes for a step.

    Shapes: `code`, `second`, `third` are the parts of its code; `level` is what it says of the
    parcel as a whole from then on; `label` is English, `home` the carrier's own language.
    """

    step: Step
    code: str
    second: str
    third: str
    level: str
    label: str
    home: str
    status: ShipmentStatus | None
    reason: ShipmentReason | None


@cache
def natives(api: TrackingApi, division: str = "") -> Mapping[Step, Native]:
    """The words of one API. Raises: FileNotFoundError for a division that is not played."""
    name = f"{api.lower()}_{division}" if division else api.lower()
    return {Step(row["step"]): _native(row) for row in rows(f"codes/{name}.csv")}


def _native(row: dict[str, str]) -> Native:
    return Native(
        step=Step(row["step"]),
        code=row["code"],
        second=row["second"],
        third=row["third"],
        level=row["level"],
        label=row["label"],
        home=row["home"] or row["label"],
        status=ShipmentStatus(row["status"]) if row["status"] else None,
        reason=ShipmentReason(row["reason"]) if row["reason"] else None,
    )
