"""What became of an organisation's devices in a period, each of them proved.

Source: docs/fleets.md, "Statement".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from domain.impact import Indicator
from domain.impact.fleets import FleetUnit
from domain.raas.reporting import Period
from models.base import as_system
from models.raas.outcomes import WAITING, unit_of
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Proved:
    """Devices by what became of them; `bought` counts refurbished ones by category."""

    name: str
    legal_id: str
    units: tuple[FleetUnit, ...]
    waiting: int
    bought: Mapping[str, int]


async def proved(
    organisation_id: UUID, period: Period, now: datetime, indicator: Indicator
) -> Proved | None:
    """The devices of an organisation whose outcome was proved in a period.

    It sees all of their rows: call it only for who may have the statement. Three statements,
    whatever their number. None for an organisation that is not there.
    """
    asked = (organisation_id, period.first, period.last, now)
    async with as_system() as raw:
        named = await raw.fetchrow(SQL["named"], organisation_id)
        rows = await raw.fetch(SQL["outcomes"], *asked)
        bought = await raw.fetch(SQL["bought"], *asked)
    if named is None:
        return None
    return Proved(
        named["legal_name"],
        named["legal_id"],
        tuple(unit_of(row, indicator) for row in rows if row["outcome"] != WAITING),
        sum(row["times"] for row in rows if row["outcome"] == WAITING),
        {row["category"]: row["times"] for row in bought},
    )
