"""Orders as their customer, their merchant and the staff of their market read them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from domain.accounts.roles import CallerKind, Role
from domain.orders import OrderState
from models import units
from models.base import OPERATIONS
from models.offers.read import Position
from models.orders import order_topic, read
from models.orders.read import LineRow, MoveRow, OrderRow, OrderSort, Sight
from models.units import Acquisition
from resolvers import paging
from resolvers.context import BadInput, Context, Forbidden, SignInFirst
from resolvers.offers.following import State, Topic, follow, mark

__all__ = ["OrderSort"]

READ = "orders:read"
ROLES = (Role.STAFF_SUPPORT, Role.COUNTRY_TEAM)


@asynccontextmanager
async def sight(ctx: Context) -> AsyncGenerator[Sight]:
    """A transaction in which the caller's orders are seen, and whose they are.

    Raises: SignInFirst for a visitor; Forbidden without the scope or the role.
    """
    caller = ctx.caller
    if caller.kind is CallerKind.STAFF:
        found, presented = Sight(markets=markets_of_staff(ctx)), OPERATIONS
    elif caller.kind is CallerKind.CUSTOMER:
        found, presented = Sight(customer_id=ctx.customer_id()), None
    else:
        limit = caller.markets_for(READ)
        merchant = ctx.merchant_id(READ, next(iter(sorted(limit)), None) if limit else None)
        found, presented = Sight(merchant, None, sorted(limit) if limit is not None else None), None
    async with ctx.private(presented):
        yield found


def markets_of_staff(ctx: Context) -> list[str] | None:
    """The markets in which a member of staff looks after orders; None is all."""
    refusal: Forbidden | SignInFirst | None = None
    for role in ROLES:
        try:
            _, markets = ctx.staff_markets(role)
        except (Forbidden, SignInFirst) as error:
            refusal = error
        else:
            return None if markets is None else sorted(markets)
    raise refusal or SignInFirst("Sign in as a member of staff.")


async def order(ctx: Context, order_id: UUID) -> OrderRow | None:
    """An order of the caller; None for any other, as for one that is not there.

    Raises: SignInFirst, Forbidden.
    """
    async with sight(ctx) as seen:
        return await read.one(seen, order_id)


async def order_line(ctx: Context, line_id: UUID) -> LineRow | None:
    """A line of an order of the caller; None for any other. Raises: SignInFirst, Forbidden."""
    async with sight(ctx) as seen:
        line = (await read.lines([line_id])).get(line_id)
        found = await read.one(seen, line.order_id) if line else None
        return line if found else None


async def orders(
    ctx: Context,
    states: Sequence[OrderState] | None,
    sort: OrderSort,
    first: int,
    after: str | None,
) -> paging.Page[OrderRow]:
    """The caller's orders. Raises: SignInFirst, Forbidden, BadInput."""
    size = paging.size(first)
    async with sight(ctx) as seen:
        of = paging.fingerprint("orders", seen, states, sort)
        position = paging.opened(after, of, ctx.seal)
        rows = await read.page(seen, states, sort, _place(position, sort), size + 1)

    def placed(row: OrderRow) -> Position:
        deadline = row.next_deadline if sort is OrderSort.NEXT_DEADLINE else None
        return Position(deadline.isoformat() if deadline else "", 0, row.id)

    return paging.page_of(rows, placed, size, of, ctx.seal)


def _place(position: Position | None, sort: OrderSort) -> tuple[datetime | None, UUID] | None:
    if position is None:
        return None
    queued = sort is OrderSort.NEXT_DEADLINE
    return datetime.fromisoformat(position.key1) if queued else None, position.id


async def lines(ctx: Context, order_id: UUID) -> list[LineRow]:
    """The lines of an order that the caller has read; loaded with those of the page."""

    async def batch(orders: list[UUID]) -> list[list[LineRow]]:
        async with sight(ctx):
            found = await read.of_orders(orders)
        return [found[order] for order in orders]

    return await ctx.loader(batch, "order lines").load(order_id)


async def moves(ctx: Context, line_id: UUID) -> list[MoveRow]:
    """The moves of a line that the caller has read, the oldest first."""

    async def batch(ids: list[UUID]) -> list[list[MoveRow]]:
        async with sight(ctx):
            found = await read.moves(ids)
        return [found[line] for line in ids]

    return await ctx.loader(batch, "order line moves").load(line_id)


async def acquisition(ctx: Context, line_id: UUID) -> Acquisition | None:
    """What the merchant paid for the device of a line; None to anybody else."""
    if ctx.caller.merchant_id is None:
        return None

    async def batch(ids: list[UUID]) -> list[Acquisition | None]:
        async with sight(ctx):
            found = await units.acquisitions(ids)
        return [found.get(line) for line in ids]

    return await ctx.loader(batch, "unit acquisitions").load(line_id)


async def followed(ctx: Context, order_id: UUID) -> AsyncGenerator[OrderRow]:
    """An order of the caller, now and whenever a line moves or a parcel of it has news.

    Raises: SignInFirst, Forbidden; BadInput for one that is not the caller's; Unavailable.
    """

    async def look(now: Context) -> State[OrderRow]:
        found = await order(now, order_id)
        if found is None:
            raise BadInput(
                "There is no such order of yours. `orders` lists them.",
                reason="ORDER_UNKNOWN",
                argument="orderId",
            )
        async with sight(now):
            parcels = await read.parcels(order_id)
        return State(found, mark(found.version, found.updated_at, parcels))

    return await follow(ctx, [Topic(order_topic(order_id))], look)


async def shipped(ctx: Context, order_id: UUID) -> OrderRow:
    """An order that the caller's merchant has just acted on."""
    async with ctx.private():
        found = await read.one(Sight(merchant_id=ctx.caller.merchant_id), order_id)
    if found is None:
        raise LookupError(f"the order {order_id} is gone")
    return found
