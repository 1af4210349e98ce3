"""What the next life of a device that is traded in would avoid: nothing of it is counted here."""

from uuid import UUID

from domain.impact import Indicator
from domain.units.footprint import Told, inputs_of
from models import impact
from models.trade_in.orders import TradeInRow
from models.units import footprint
from resolvers import catalog
from resolvers.context import Context
from resolvers.impact import Said, devices


async def of_trade_in(ctx: Context, row: TradeInRow, indicator: Indicator) -> Said:
    """What may be said of a device that the caller was found to trade in, or to buy.

    Before it came in only its model is known; then also what its passport says.
    """
    told = await _told(ctx, row.unit_id) if row.unit_id else None
    if told is None:
        variant = await ctx.loader(catalog.variants).load(row.variant_id)
        found = await ctx.loader(catalog.products).load(variant.product_id) if variant else None
        released = found.release_date if found else None
        told = Told(row.category, released, ctx.now.date())
    inputs = inputs_of(told, impact.factor_set(impact.SUMS), indicator)
    return await devices.of_device(inputs, told.on)


async def _told(ctx: Context, unit_id: UUID) -> Told | None:
    async def batch(ids: list[UUID]) -> list[Told | None]:
        async with ctx.private():
            found = await footprint.of_units(ids, ctx.now.date())
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "trade-in footprints").load(unit_id)
