"""Rights that begin with a delivery: giving back, withdrawing, guarantee and warranty."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from domain.orders.deadlines import months_after, return_until
from models.base import as_system
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


async def begin(orders: Sequence[UUID]) -> None:
    """Write the dates of the delivered lines of these orders, in the current transaction.

    The days to give back count from the last device of an order that came; guarantee and warranty
    of each from its own delivery. A date that was promised does not come earlier.
    """
    async with as_system() as raw:
        rows = await raw.fetch(SQL["delivered"], orders)
        until = [return_until(row["last"], row["zone"]) for row in rows]
        came = [_day(row["delivered_at"], row["zone"]) for row in rows]
        promised = [_warranty(row["warranty"], day) for row, day in zip(rows, came, strict=True)]
        await raw.execute(SQL["begin"], [row["id"] for row in rows], until, promised)


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _warranty(promised: str, day: date) -> str:
    """What was promised in months, with the days on which it ends."""
    facts: dict[str, Any] = orjson.loads(promised)
    for months, until in (("legalMonths", "legalUntil"), ("commercialMonths", "commercialUntil")):
        if facts.get(months):
            facts[until] = months_after(day, int(facts[months])).isoformat()
    return orjson.dumps(facts).decode()
