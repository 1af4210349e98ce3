"""What a run that waits would change: how many offers, how their prices move, and each field.

Only for runs that end before they are applied; the others do not pay for it.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from models.sql import statements

LARGEST = 10
SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class PriceMove:
    """A price that would change. Units: minor units of `currency`; `change_bp` of the old one."""

    line: int
    sku: str
    currency: str
    before_minor: int
    after_minor: int
    change_bp: int


@dataclass(frozen=True, slots=True)
class Diff:
    """What a run would do to the stored offers, were it applied.

    Shapes: `delete` are offers that the file deletes, or no longer names. `median_bp` is of the
    prices that change, in hundredths of a per cent of the old one; `largest` goes by that share.
    """

    create: int
    update: int
    unchanged: int
    delete: int
    up: int
    down: int
    median_bp: int | None
    largest: list[PriceMove]

    def stored(self) -> dict[str, Any]:
        """As it is kept with the run."""
        return asdict(self)

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Diff":
        """Made of what `stored` gave."""
        moves = [PriceMove(**move) for move in stored["largest"]]
        return cls(**{**stored, "largest": moves})


NOTHING = Diff(0, 0, 0, 0, 0, 0, None, [])


async def diff(
    raw: asyncpg.Connection, create: int, update: int, unchanged: int, delete: int
) -> Diff:
    """The counts, with the moves of the prices in the resolved stage."""
    prices = dict(await raw.fetchrow(SQL["prices"]) or {})
    largest = [PriceMove(*row) for row in await raw.fetch(SQL["largest"], LARGEST)]
    return Diff(
        create, update, unchanged, delete, prices["up"], prices["down"], prices["median"], largest
    )


async def record_changes(raw: asyncpg.Connection, merchant_id: UUID, run_id: UUID) -> None:
    """Store the fields that each line of the resolved stage would change, before and after."""
    await raw.execute(SQL["new"], run_id)
    await raw.execute(SQL["changes"], run_id, merchant_id)
