"""What became of the devices of a lot or a fleet, as the impact method takes them.

Source: docs/fleets.md, "Impact".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from domain.impact import AgeEvidence, Indicator, Inputs
from domain.impact.fleets import FleetOutcome, FleetUnit
from models.base import as_system
from models.sql import statements

SQL = statements(Path(__file__).with_name("outcomes.sql"))
WAITING = "WAITING"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Devices by what became of them; `waiting` are those of which nobody knows yet."""

    units: tuple[FleetUnit, ...]
    waiting: int


async def read(
    lot_id: UUID | None,
    fleet_id: UUID | None,
    on: date,
    indicator: Indicator = Indicator.GWP,
    *,
    expected: bool = False,
    sites: Sequence[UUID] | None = None,
) -> Outcomes:
    """The devices of a lot or a fleet whose rows the caller has been found to see.

    A device counts as used again once it was delivered to somebody, or given away; with `expected`
    as soon as that is what shall become of it. Its first life is known from the day on which its
    organisation bought it.
    """
    async with as_system() as raw:
        rows = await raw.fetch(SQL["outcomes"], lot_id, fleet_id, on, expected, sites)
    units, waiting = [], 0
    for row in rows:
        if row["outcome"] == WAITING:
            waiting += row["times"]
            continue
        age: Decimal | None = row["age"]
        known = age is not None and age >= 0
        inputs = Inputs(
            row["category"] or "other",
            indicator,
            first_life=age if known else None,
            evidence=AgeEvidence.FLEET_RECORD if known else AgeEvidence.SCENARIO,
        )
        units.append(FleetUnit(FleetOutcome(row["outcome"]), inputs, row["times"]))
    return Outcomes(tuple(units), waiting)
