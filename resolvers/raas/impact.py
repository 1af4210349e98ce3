"""What a lot or a fleet avoids: the statement of its devices, with its range.

Source: docs/fleets.md, "Impact".
"""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from domain.impact import Indicator, InputFault
from domain.impact.fleets import FleetStatement, fleet_statement
from models.impact import SUMS, drawn_sum, factor_set
from models.raas import outcomes
from models.raas.handover import Lot
from resolvers.context import Context
from resolvers.raas.handovers import sight


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement, and how many devices wait to be used again."""

    statement: FleetStatement
    waiting: int


async def of_lot(ctx: Context, lot: Lot, indicator: Indicator, *, expected: bool) -> Stated:
    """The statement of a lot that the caller sees."""
    async with sight(ctx):
        return await _stated(ctx, lot.id, None, indicator, expected=expected)


async def of_fleet(ctx: Context, fleet_id: UUID, indicator: Indicator, *, expected: bool) -> Stated:
    """The statement of a fleet that the caller has been found to see, of its sites alone."""
    async with ctx.private():
        return await _stated(ctx, None, fleet_id, indicator, expected=expected)


async def of_party(ctx: Context, lot_id: UUID, indicator: Indicator, *, expected: bool) -> Stated:
    """The statement of a lot to which the caller has been found to be a party."""
    async with ctx.private():
        return await _stated(ctx, lot_id, None, indicator, expected=expected)


async def _stated(
    ctx: Context, lot: UUID | None, fleet: UUID | None, indicator: Indicator, *, expected: bool
) -> Stated:
    day = ctx.now.date()
    held = ctx.caller.sites if fleet is not None else None
    sites = None if held is None else list(held)
    found = await outcomes.read(lot, fleet, day, indicator, expected=expected, sites=sites)
    made = await asyncio.to_thread(fleet_statement, found.units, factor_set(SUMS), drawn_sum)
    if isinstance(made, InputFault):
        raise ValueError(f"a fleet has {made}")
    return Stated(made, found.waiting)
