"""What is known of the refurbishing of devices, as the impact method takes it.

Source: docs/impact.md, "Devices".
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson

from domain.units.footprint import Told
from models.base import as_system
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


async def of_units(unit_ids: Sequence[UUID], today: date) -> dict[UUID, Told]:
    """What is known of devices that the caller was found to see; one without a category is out."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["facts"], list(unit_ids))
    return {row["id"]: told_of(row, row["tested"] or today) for row in rows if row["category"]}


def told_of(row: asyncpg.Record, on: date) -> Told:
    """What a row says of a device that is refurbished on a day."""
    return Told(
        row["category"],
        row["released_on"],
        on,
        orjson.loads(row["parts"]) if row["parts"] else (),
        orjson.loads(row["refurbished"]) if row["refurbished"] else None,
        row["bought_on"],
        row["battery_new"],
    )
