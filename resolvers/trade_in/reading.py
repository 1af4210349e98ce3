"""Trade-ins as their customer and their merchant read them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import CallerKind
from domain.trade_in import TradeInState
from models.base import fetch
from models.offers.read import Position
from models.orders import store_credit
from models.orders.store_credit import Credit
from models.shipments import labels
from models.shipments.labels import LabelRow
from models.trade_in import evidence, giving, orders, parcels, payouts
from models.trade_in.giving import Partner, ReceiptRow
from models.trade_in.orders import SQL, MoveRow, TradeInRow, trade_in_topic
from models.trade_in.parcels import ParcelRow
from models.trade_in.payouts import PayoutRow
from models.units import certificates
from models.units.attachments import Attachment
from models.units.certificates import Certificate
from resolvers import paging
from resolvers.context import BadInput, Context
from resolvers.offers.following import State, Topic, follow, mark
from resolvers.trade_in.inspecting import READ


class TradeInSort(StrEnum):
    """In which order a merchant reads its trade-ins."""

    NEWEST = "NEWEST"
    NEXT_DEADLINE = "NEXT_DEADLINE"


@asynccontextmanager
async def _sight(ctx: Context) -> AsyncGenerator[None]:
    """A transaction in which the caller's trade-ins are seen. Raises: SignInFirst, Forbidden."""
    if ctx.caller.kind is CallerKind.CUSTOMER:
        ctx.customer_id()
        async with ctx.private():
            yield
    else:
        async with ctx.acting(READ):
            yield


def _own(ctx: Context, row: TradeInRow | None) -> TradeInRow | None:
    if row is None:
        return None
    mine = row.customer_id == ctx.caller.user_id or row.merchant_id == ctx.caller.merchant_id
    return row if mine else None


async def one(ctx: Context, trade_in_id: UUID) -> TradeInRow | None:
    """A trade-in of the caller; None for any other. Raises: SignInFirst, Forbidden."""
    async with _sight(ctx):
        return _own(ctx, await orders.one(trade_in_id))


async def mine(ctx: Context, first: int, after: str | None) -> paging.Page[TradeInRow]:
    """The customer's trade-ins, the youngest first. Raises: SignInFirst, BadInput."""
    size, customer = paging.size(first), ctx.customer_id()
    of = paging.fingerprint("trade-ins", customer)
    place = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        rows = await orders.of_customer(customer, place.id if place else None, size + 1)
    return paging.page_of(rows, lambda row: Position("", 0, row.id), size, of, ctx.seal)


async def incoming(
    ctx: Context,
    states: Sequence[TradeInState] | None,
    sort: TradeInSort,
    first: int,
    after: str | None,
) -> paging.Page[TradeInRow]:
    """The merchant's trade-ins. Raises: SignInFirst, Forbidden, BadInput."""
    size = paging.size(first)
    queued = sort is TradeInSort.NEXT_DEADLINE
    async with ctx.acting(READ) as merchant:
        of = paging.fingerprint("incoming trade-ins", merchant, states, sort)
        at = paging.opened(after, of, ctx.seal)
        if queued:
            due = (datetime.fromisoformat(at.key1), at.id) if at else (None, None)
            rows = await orders.next_due(merchant, states, due, size + 1)
        else:
            rows = await orders.newest(merchant, states, at.id if at else None, size + 1)

    def placed(row: TradeInRow) -> Position:
        due = row.deadline_at.isoformat() if queued and row.deadline_at else ""
        return Position(due, 0, row.id)

    return paging.page_of(rows, placed, size, of, ctx.seal)


async def followed(ctx: Context, trade_in_id: UUID) -> AsyncGenerator[TradeInRow]:
    """A trade-in of the caller, now and whenever it moves.

    Raises: SignInFirst, Forbidden; BadInput for one that is not the caller's; Unavailable.
    """

    async def look(now: Context) -> State[TradeInRow]:
        found = await one(now, trade_in_id)
        if found is None:
            raise BadInput(
                "There is no such trade-in of yours. `tradeIns` lists them.",
                reason="TRADE_IN_UNKNOWN",
                argument="tradeInId",
            )
        return State(found, mark(found.version, found.updated_at))

    return await follow(ctx, [Topic(trade_in_topic(trade_in_id))], look)


async def moves(ctx: Context, trade_in_id: UUID) -> list[MoveRow]:
    """The moves of a trade-in that the caller has read, the oldest first."""

    async def batch(ids: list[UUID]) -> list[list[MoveRow]]:
        async with _sight(ctx):
            found = await orders.moves(ids)
        return [found[each] for each in ids]

    return await ctx.loader(batch, "trade-in moves").load(trade_in_id)


async def parcels_of(ctx: Context, trade_in_id: UUID) -> list[ParcelRow]:
    """Its parcels, the youngest first."""

    async def batch(ids: list[UUID]) -> list[list[ParcelRow]]:
        async with _sight(ctx):
            rows = await parcels.of_trade_ins(ids)
        return [[row for row in rows if row.trade_in_id == each] for each in ids]

    return await ctx.loader(batch, "trade-in parcels").load(trade_in_id)


async def labels_of(ctx: Context, trade_in_id: UUID) -> list[LabelRow]:
    """Its labels as far as the caller may print them, the youngest first."""

    async def batch(ids: list[UUID]) -> list[list[LabelRow]]:
        async with _sight(ctx):
            rows = await labels.of_trade_ins(ids)
        return [[row for row in rows if row.trade_in_id == each] for each in ids]

    return await ctx.loader(batch, "trade-in labels").load(trade_in_id)


async def payout_of(ctx: Context, trade_in_id: UUID) -> PayoutRow | None:
    """The last try to pay it to a bank; None to its merchant."""

    async def batch(ids: list[UUID]) -> list[PayoutRow | None]:
        async with _sight(ctx):
            found = await payouts.of_trade_ins(ids)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "trade-in payouts").load(trade_in_id)


async def credit_of(ctx: Context, trade_in_id: UUID) -> Credit | None:
    """What it brings, or brought, as credit; None to its merchant."""

    async def batch(ids: list[UUID]) -> list[Credit | None]:
        async with _sight(ctx):
            found = await store_credit.of_sources(ids)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "trade-in credits").load(trade_in_id)


async def receipt_of(ctx: Context, trade_in_id: UUID) -> ReceiptRow | None:
    """The receipt for what was given; None to its merchant."""

    async def batch(ids: list[UUID]) -> list[ReceiptRow | None]:
        async with _sight(ctx):
            found = await giving.receipts(ids)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "trade-in receipts").load(trade_in_id)


async def certificate_of(ctx: Context, certificate_id: UUID) -> Certificate | None:
    """That the data of its device are gone; None to its merchant."""

    async def batch(ids: list[UUID]) -> list[Certificate | None]:
        async with _sight(ctx):
            found = await certificates.some(ids)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "trade-in certificates").load(certificate_id)


async def photos_of(ctx: Context, ids: Sequence[UUID]) -> list[Attachment]:
    """Attachments that the caller may see, in the order asked for."""

    async def batch(wanted: list[UUID]) -> list[Attachment | None]:
        async with _sight(ctx):
            found = await evidence.read(wanted)
        return [found.get(each) for each in wanted]

    loaded = await ctx.loader(batch, "trade-in photos").load_many(list(ids))
    return [each for each in loaded if each is not None]


async def partner_of(ctx: Context, partner_id: UUID) -> Partner | None:
    """Who gets what is given away."""

    async def batch(ids: list[UUID]) -> list[Partner | None]:
        async with _sight(ctx):
            rows = await fetch(SQL["partners"], ids)
        found = {row["id"]: Partner(**row) for row in rows}
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "solidarity partners").load(partner_id)


async def steps_of(ctx: Context, category: str) -> list[tuple[str, str, str]]:
    """What is to be done with a device of a category before it is sent: code, English, French."""

    async def batch(categories: list[str]) -> list[list[tuple[str, str, str]]]:
        async with _sight(ctx):
            rows = await fetch(SQL["steps_of"], categories)
        return [
            [(row["code"], row["text_en"], row["text_fr"]) for row in rows if row["of"] == each]
            for each in categories
        ]

    return await ctx.loader(batch, "trade-in steps").load(category)
