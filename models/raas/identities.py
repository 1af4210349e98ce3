"""What devices of lots are in the register of units: claimed on arrival, told of what happens."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.units import UnitEventKind
from models import units


async def note(
    known: Sequence[UUID], kind: UnitEventKind, at: datetime, data: Mapping[str, Any]
) -> None:
    """Add an event to the passport of each unit, in the current transaction."""
    if known:
        await units.note(known, kind, at, data)
