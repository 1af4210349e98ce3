"""What may be said of carts, orders and their lines, and what a line counts in the register."""

from collections.abc import Sequence
from uuid import UUID

from domain.impact import Indicator, Inputs
from domain.impact.listings import Listed
from domain.impact.listings import inputs_of as listed_inputs
from domain.orders import LineState
from domain.units.footprint import Told, inputs_of
from models import impact
from models.catalog import ProductRow
from models.impact import register
from models.impact.register import Standing
from models.orders import register as entered
from models.orders.read import LineRow
from resolvers import catalog
from resolvers.context import Context
from resolvers.impact import Said, devices, sums
from resolvers.impact.devices import named_set
from resolvers.orders import reading
from resolvers.orders.carts import Cart

GONE = frozenset(
    {
        LineState.EXPIRED,
        LineState.REFUSED,
        LineState.CANCELLED,
        LineState.REFUNDED,
        LineState.REPLACED,
        LineState.RETURNED,
        LineState.LOST,
    }
)
"""Lines whose device does not come to anybody, or came back."""


async def _told(ctx: Context, line: LineRow) -> Told | None:
    async def batch(ids: list[UUID]) -> list[Told | None]:
        async with reading.sight(ctx):
            found = await entered.known(ids)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "line footprints").load(line.id)


async def of_line(ctx: Context, line: LineRow, indicator: Indicator) -> Said:
    """What may be said of the device of a line that the caller has read."""
    told = await _told(ctx, line)
    if told is None:
        raise LookupError(line.id)
    inputs = inputs_of(told, impact.factor_set(impact.SUMS), indicator)
    return await devices.of_device(inputs, told.on)


async def standing(
    ctx: Context, line: LineRow, indicator: Indicator, set_id: str | None
) -> Standing | None:
    """What a line counts in the register by now; None for one that never counted.

    Raises: BadInput for an unknown set.
    """
    named = named_set(set_id)

    async def batch(ids: list[UUID]) -> list[Standing | None]:
        async with reading.sight(ctx):
            found = await register.of_lines(ids, indicator, named)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, ("line standings", indicator, named)).load(line.id)


async def of_order(
    ctx: Context, order_id: UUID, indicator: Indicator, set_id: str | None
) -> sums.Sum:
    """What the devices of an order avoid, those that do not come or came back left out."""
    lines = [line for line in await reading.lines(ctx, order_id) if line.state not in GONE]
    factors = impact.factor_set(named_set(set_id))
    known: list[tuple[Inputs, int]] = []
    for line in lines:
        told = await _told(ctx, line)
        if told is not None:
            known.append((inputs_of(told, factors, indicator), 1))
    return await sums.of_devices(known, indicator, set_id)


async def of_cart(ctx: Context, cart: Cart, indicator: Indicator, set_id: str | None) -> sums.Sum:
    """What the devices of a cart would avoid; what is not sold any more is left out."""
    factors = impact.factor_set(named_set(set_id))
    today = ctx.now.date()
    sold = [line for line in cart.lines if line.offer is not None and line.offer.visibility > 0]
    rows = await _products(ctx, [line.variant_id for line in sold])
    known = []
    for line, product in zip(sold, rows, strict=True):
        new = line.offer is not None and line.offer.battery_new
        listed = Listed(product.category, product.release_date, battery_new=new)
        known.append((listed_inputs(listed, indicator, today, factors), line.quantity))
    return await sums.of_devices(known, indicator, set_id)


async def _products(ctx: Context, variant_ids: Sequence[UUID]) -> list[ProductRow]:
    variants = await ctx.loader(catalog.variants).load_many(list(variant_ids))
    there = [row for row in variants if row is not None]
    products = await ctx.loader(catalog.products).load_many([row.product_id for row in there])
    found = [row for row in products if row is not None]
    if len(found) != len(variant_ids):
        raise LookupError("a variant of a cart is gone")
    return found
