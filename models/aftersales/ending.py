"""Sales that are over: delivered, past the days to give back, with no open case."""

from pathlib import Path

from domain.orders import Actor, LineState
from models.base import as_system
from models.orders import By, move
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
AT_ONCE = 200


async def complete(limit: int = AT_ONCE) -> int:
    """End the sales of some lines in the current transaction; how many.

    Lines that another transaction holds are left to the next run.
    """
    async with as_system() as raw:
        rows = await raw.fetch(SQL["over"], limit)
        for row in rows:
            by = By(Actor.PLATFORM, row["now"], reason="RETURN_WINDOW_OVER")
            await move([row["id"]], LineState.COMPLETED, by, [LineState.DELIVERED])
    return len(rows)
