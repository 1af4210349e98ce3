"""Parcels as their customer, their merchant and the staff of their market follow them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from domain.accounts.roles import CallerKind
from domain.merchants.quality import NotEnoughData
from domain.shipments.carriers import CarrierCode
from domain.shipments.scorecards import Days, Share, quantiles, share
from models.base import OPERATIONS
from models.offers.read import Position
from models.shipments import read
from models.shipments.read import EventRow, LaneFilter, LaneRow, ShipmentRow
from resolvers import paging
from resolvers.context import BadInput, Context, stored_text
from resolvers.offers.following import State, Topic, follow, mark
from resolvers.orders.reading import markets_of_staff

READ = "shipments:read"
MOST_EVENTS = 100
MOST_LINES = 100
MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A lane, measured."""

    row: LaneRow
    on_time: Share | NotEnoughData
    lost: Share | NotEnoughData
    damaged: Share | NotEnoughData
    first_attempt: Share | NotEnoughData
    late_scans: Share | NotEnoughData
    tracking_health: Share | NotEnoughData
    median: Days | NotEnoughData
    ninth: Days | NotEnoughData


@asynccontextmanager
async def sight(ctx: Context) -> AsyncGenerator[list[str] | None]:
    """A transaction in which the caller's parcels are seen, and in which markets; None is all.

    Raises: SignInFirst for a visitor; Forbidden without the scope or the role.
    """
    caller, presented = ctx.caller, None
    markets: list[str] | None = None
    if caller.kind is CallerKind.STAFF:
        markets, presented = markets_of_staff(ctx), OPERATIONS
    elif caller.kind is CallerKind.CUSTOMER:
        ctx.customer_id()
    else:
        limit = caller.markets_for(READ)
        markets = None if limit is None else sorted(limit)
        ctx.merchant_id(READ, markets[0] if markets else None)
    async with ctx.private(presented):
        yield markets


async def deliveries(ctx: Context, order_id: UUID) -> list[ShipmentRow]:
    """The parcels of an order of the caller, the oldest first; none of any other."""

    async def batch(orders: list[UUID]) -> list[list[ShipmentRow]]:
        async with sight(ctx) as markets:
            found = await read.of_orders(orders)
        return [
            [row for row in found[each] if markets is None or row.market in markets]
            for each in orders
        ]

    return await ctx.loader(batch, "parcels of orders").load(order_id)


async def shipment(ctx: Context, shipment_id: UUID) -> ShipmentRow | None:
    """A parcel of the caller; None for any other."""
    async with sight(ctx) as markets:
        return await read.one(shipment_id, markets)


async def shipments(
    ctx: Context, carrier: CarrierCode, number: str, first: int, after: str | None
) -> paging.Page[ShipmentRow]:
    """The caller's parcels that had a number, the youngest first. Raises: BadInput."""
    size, number = paging.size(first), stored_text(number, "trackingNumber").strip()
    async with sight(ctx) as markets:
        of = paging.fingerprint("shipments", carrier, number, markets)
        position = paging.opened(after, of, ctx.seal)
        last = position.id if position else None
        rows = await read.by_number(carrier, number, markets, last, size + 1)
    return paging.page_of(rows, lambda row: Position("", 0, row.id), size, of, ctx.seal)


async def events(ctx: Context, shipment_id: UUID) -> list[EventRow]:
    """The scans of a parcel that the caller has read, the newest first: 100 at most."""

    async def batch(ids: list[UUID]) -> list[list[EventRow]]:
        async with sight(ctx):
            found = await read.events(ids, MOST_EVENTS)
        return [found[each] for each in ids]

    return await ctx.loader(batch, "scans of parcels").load(shipment_id)


async def line_ids(ctx: Context, shipment_id: UUID) -> list[UUID]:
    """The order lines in a parcel that the caller has read: 100 at most."""

    async def batch(ids: list[UUID]) -> list[list[UUID]]:
        async with sight(ctx):
            found = await read.lines(ids)
        return [found[each][:MOST_LINES] for each in ids]

    return await ctx.loader(batch, "lines of parcels").load(shipment_id)


async def followed(ctx: Context, shipment_id: UUID) -> AsyncGenerator[ShipmentRow]:
    """A parcel of the caller, now and whenever there is news of it.

    Raises: SignInFirst, Forbidden; BadInput for one that is not the caller's; Unavailable.
    """

    async def look(now: Context) -> State[ShipmentRow]:
        found = await shipment(now, shipment_id)
        if found is None:
            raise BadInput(
                "There is no such parcel of yours. `deliveries` lists those of an order.",
                reason="SHIPMENT_UNKNOWN",
                argument="id",
            )
        return State(found, mark(found.version, found.updated_at))

    return await follow(ctx, [Topic(f"shipment:{shipment_id}")], look)


def wanted_lanes(
    carrier: CarrierCode | None, origin: str | None, destination: str | None
) -> LaneFilter:
    """Which lanes are asked for; countries in any case of letters."""
    start = None if origin is None else stored_text(origin, "origin").upper()
    end = None if destination is None else stored_text(destination, "destination").upper()
    return LaneFilter(carrier, start, end)


async def scorecards(
    ctx: Context, days: int, wanted: LaneFilter, first: int, after: str | None
) -> paging.Page[Scorecard]:
    """How carriers did on their lanes, for staff in its markets, for a merchant with its parcels.

    Raises: SignInFirst, Forbidden; BadInput for days that are not 1 to 365.
    """
    if not 1 <= days <= MOST_DAYS:
        raise BadInput("`days` is 1 to 365.", argument="days")
    size = paging.size(first)
    async with sight(ctx) as markets:
        named = (wanted.carrier, wanted.origin, wanted.destination)
        of = paging.fingerprint("lanes", days, *named, markets)
        position = paging.opened(after, of, ctx.seal)
        last = position.key1 if position else None
        lanes = LaneFilter(*named, markets)
        rows = await read.lanes(ctx.now, days, lanes, last, size + 1)

    def placed(card: Scorecard) -> Position:
        return Position(card.row.key, 0, UUID(int=0))

    return paging.page_of([_scorecard(row) for row in rows], placed, size, of, ctx.seal)


def _scorecard(row: LaneRow) -> Scorecard:
    median, ninth = quantiles(row.days, row.delivered)
    return Scorecard(
        row=row,
        on_time=share(row.on_time, row.due),
        lost=share(row.lost, row.ended),
        damaged=share(row.damaged, row.told),
        first_attempt=share(row.first_attempt, row.told),
        late_scans=share(row.scanned_late, row.shipped),
        tracking_health=share(row.fresh, row.followed),
        median=median,
        ninth=ninth,
    )
