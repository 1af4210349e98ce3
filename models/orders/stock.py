"""The stock behind order lines: given back when a line ends before it ships, or gone.

Both are safe to repeat, and take part in the current transaction: lines are moved before.
"""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from models.base import as_system
from models.offers.reserve import consume, release
from models.sql import statements

SQL = statements(Path(__file__).with_name("purchases.sql"))


async def give_back(lines: Sequence[UUID]) -> list[UUID]:
    """Others can buy the pieces of these lines: cancelled before shipping, or never paid.

    The reservations that were still open.
    """
    return await release(await _reservations(lines))


async def gone(lines: Sequence[UUID]) -> list[UUID]:
    """The pieces of these lines are no stock any more: shipped, or refused as not there.

    The reservations that were still open.
    """
    return await consume(await _reservations(lines))


async def _reservations(lines: Sequence[UUID]) -> list[UUID]:
    async with as_system() as raw:
        return [row["id"] for row in await raw.fetch(SQL["reservations_of"], lines)]
