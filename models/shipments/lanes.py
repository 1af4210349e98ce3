"""Promised days of parcels that nobody promised for a day: from their lanes' own history."""

from collections import defaultdict
from pathlib import Path
from typing import Final

import asyncpg

from domain.calendars import Calendar
from domain.shipments.promise import CUT_OFF, Lane, abroad, handed_over, promised
from models.base import transaction
from models.shipments.ingest import ZoneOf
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
AT_ONCE: Final = 500
REMEMBERED: Final = 200
"""The newest parcels of a lane that its promise is made of."""

_Way = tuple[str, str, str]


async def promise_all(zone_of: ZoneOf) -> int:
    """Promise up to 500 followed parcels for a day; return how many.

    They leave by the sender's calendar and cut-off; how long nine in ten of the lane's last 200
    took counts by the receiver's.
    """
    async with transaction() as raw:
        rows = await raw.fetch(SQL["unpromised"], AT_ONCE)
        if not rows:
            return 0
        lanes = await _lanes(raw, rows, zone_of)
        found = []
        for row in rows:
            sender = Calendar(row["origin"], zone_of(row["origin"], row["origin_postal_code"]))
            receiver = Calendar(row["destination"], zone_of(row["destination"], row["postal_code"]))
            leaves = handed_over(row["created_at"], 0, CUT_OFF, sender)
            far = abroad(row["origin"], row["destination"])
            days = promised(leaves, lanes[_way(row)], receiver, far=far)
            found.append((row["id"], days.first, days.last))
        await raw.execute(SQL["promise"], *map(list, zip(*found, strict=True)))
    return len(rows)


async def _lanes(
    raw: asyncpg.Connection, rows: list[asyncpg.Record], zone_of: ZoneOf
) -> dict[_Way, Lane]:
    """The lanes of these parcels, each with its history."""
    ways = sorted({_way(row) for row in rows})
    columns = [list(column) for column in zip(*ways, strict=True)]
    days: dict[_Way, list[int]] = defaultdict(list)
    for row in await raw.fetch(SQL["history"], *columns, REMEMBERED):
        way = ways[row["lane"] - 1]
        calendar = Calendar(way[2], zone_of(way[2], None))
        days[way].append(calendar.between(row["first"], row["last"]))
    return {way: Lane(days[way]) for way in ways}


def _way(row: asyncpg.Record) -> _Way:
    return row["carrier"], row["origin"], row["destination"]
