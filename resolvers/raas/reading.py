"""Lots and bids as organisations and merchants read them: each only what is its to know."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from uuid import UUID

from domain.raas import LotBidState, LotState
from models.offers.read import Position
from models.raas import bids, lots
from models.raas.bids import BidRow, Standing
from models.raas.lots import GroupRow, LineRow, LotRow, ManifestRow, MoveRow, lot_topic
from resolvers import paging
from resolvers.context import BadInput, Context
from resolvers.offers.following import State, Topic, follow, mark
from resolvers.raas.lots import READ

MOST_EVENTS = 100
_NONE = UUID(int=0)


def is_own(ctx: Context, lot: LotRow) -> bool:
    """Whether the caller is the organisation whose a lot is."""
    return ctx.caller.organisation_id == lot.organisation_id


def _reader(ctx: Context) -> None:
    """Raises: SignInFirst for who is neither a merchant nor an organisation; Forbidden."""
    if ctx.caller.organisation_id is not None:
        ctx.organisation_id(READ)
    else:
        ctx.merchant_id(READ)


async def lot(ctx: Context, lot_id: UUID) -> LotRow | None:
    """A lot of the caller's, or one that it may bid on or did; None for any other.

    Raises: SignInFirst, Forbidden.
    """
    _reader(ctx)
    async with ctx.private():
        if ctx.caller.merchant_id is not None:
            return await lots.for_merchant(lot_id, ctx.caller.merchant_id)
        found = await lots.one(lot_id)
        return found if found is not None and is_own(ctx, found) else None


async def own(
    ctx: Context,
    states: Sequence[LotState] | None,
    fleet_id: UUID | None,
    first: int,
    after: str | None,
) -> paging.Page[LotRow]:
    """The lots of the caller's organisation. Raises: SignInFirst, Forbidden, BadInput."""
    size = paging.size(first)
    organisation_id = ctx.organisation_id(READ)
    of = paging.fingerprint("lots", organisation_id, states, fleet_id)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        rows = await lots.own(organisation_id, states, fleet_id, at.id if at else None, size + 1)
    return paging.page_of(rows, lambda row: Position("", 0, row.id), size, of, ctx.seal)


async def on_offer(ctx: Context, market: str, first: int, after: str | None) -> paging.Page[LotRow]:
    """Lots of a market that take bids, as the caller's merchant sees them.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    size = paging.size(first)
    merchant_id = ctx.merchant_id(READ, market)
    of = paging.fingerprint("lotsOpen", merchant_id, market)
    at = paging.opened(after, of, ctx.seal)
    place = (datetime.fromisoformat(at.key1), at.id) if at else None
    async with ctx.private():
        rows = await lots.on_offer(merchant_id, market, place, size + 1)
    return paging.page_of(rows, _by_end, size, of, ctx.seal)


def _by_end(row: LotRow) -> Position:
    return Position(row.bids_until.isoformat() if row.bids_until else "", 0, row.id)


async def my_bids(
    ctx: Context, states: Sequence[LotBidState] | None, first: int, after: str | None
) -> paging.Page[BidRow]:
    """The bids of the caller's merchant. Raises: SignInFirst, Forbidden, BadInput."""
    size = paging.size(first)
    merchant_id = ctx.merchant_id(READ)
    of = paging.fingerprint("lotBids", merchant_id, states)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        rows = await bids.mine(merchant_id, states, at.id if at else None, size + 1)
    return paging.page_of(rows, lambda row: Position("", 0, row.id), size, of, ctx.seal)


async def my_bid(ctx: Context, lot_id: UUID) -> BidRow | None:
    """The caller's bid on a lot that it has read; loaded with those of the page."""
    merchant_id = ctx.caller.merchant_id
    if merchant_id is None:
        return None

    async def batch(ids: list[UUID]) -> list[BidRow | None]:
        async with ctx.private():
            found = await bids.of_merchant(ids, merchant_id)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "my lot bids").load(lot_id)


async def sees_all(ctx: Context, row: LotRow) -> bool:
    """Whether the caller sees the devices that are first shown to solidarity actors."""
    if is_own(ctx, row) or row.ess_until is None or row.ess_until <= ctx.now:
        return True
    return await my_bid(ctx, row.id) is not None or await is_ess(ctx)


async def is_ess(ctx: Context) -> bool:
    """Whether the caller is a solidarity actor."""
    merchant_id = ctx.caller.merchant_id
    if merchant_id is None:
        return False

    async def batch(ids: list[UUID]) -> list[bool]:
        async with ctx.private():
            found = await lots.solidarity(ids)
        return [each in found for each in ids]

    return await ctx.loader(batch, "solidarity").load(merchant_id)


async def ranking(ctx: Context, row: LotRow, first: int, after: str | None) -> paging.Page[BidRow]:
    """The bids on a lot of the caller's organisation; of a sealed one none before it is opened."""
    size = paging.size(first)
    of = paging.fingerprint("bids", row.id, ctx.caller.organisation_id)
    at = paging.opened(after, of, ctx.seal)
    found: list[BidRow] = []
    if is_own(ctx, row) and (row.opened_at is not None or not row.sealed):
        async with ctx.private():
            found = await bids.ranking(row.id, at.key1 if at else 0, size + 1)
    return paging.page_of(found, lambda each: Position(each.n, 0, each.id), size, of, ctx.seal)


async def groups(ctx: Context, row: LotRow, first: int, after: str | None) -> paging.Page[GroupRow]:
    """What a lot holds, without identities, as the caller may see it."""
    size = paging.size(first)
    whole = await sees_all(ctx, row)
    of = paging.fingerprint("groups", row.id, row.version, whole)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        found = await lots.groups(row, at.key1 if at else 0, size + 1, reserved=whole)
    return paging.page_of(found, lambda each: Position(each.n, 0, _NONE), size, of, ctx.seal)


async def lines(ctx: Context, row: LotRow, first: int, after: str | None) -> paging.Page[LineRow]:
    """The devices of a lot with their identities: for its organisation, and who contracted it."""
    size = paging.size(first)
    of = paging.fingerprint("manifest", row.id, row.version)
    at = paging.opened(after, of, ctx.seal)
    found: list[LineRow] = []
    winner = row.contracted_at and row.awarded_merchant_id == ctx.caller.merchant_id is not None
    if is_own(ctx, row) or winner:
        async with ctx.private():
            found = await lots.lines(row, at.key1 if at else 0, size + 1)
    return paging.page_of(
        found, lambda each: Position(each.n, 0, each.asset_id), size, of, ctx.seal
    )


async def manifest(ctx: Context, row: LotRow) -> ManifestRow | None:
    """What the present version of a lot holds, all in all; loaded with those of the page."""

    async def batch(ids: list[UUID]) -> list[ManifestRow | None]:
        async with ctx.private():
            found = await lots.manifests(ids)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "lot manifests").load(row.id)


async def timeline(ctx: Context, row: LotRow) -> list[MoveRow]:
    """What happened to a lot, for its organisation; for others since it was published."""
    since = None if is_own(ctx, row) else row.published_at or ctx.now

    async def batch(given: list[tuple[UUID, datetime | None]]) -> list[list[MoveRow]]:
        async with ctx.private():
            found = await lots.timelines(dict(given), MOST_EVENTS)
        return [found[lot_id] for lot_id, _ in given]

    return await ctx.loader(batch, "lot timelines").load((row.id, since))


async def standing(ctx: Context, row: LotRow) -> Standing | None:
    """How a lot goes; None for a sealed one before its bids are opened."""
    if row.sealed and row.opened_at is None:
        return None

    async def batch(ids: list[UUID]) -> list[Standing]:
        async with ctx.private():
            found = await bids.standings(ids, ctx.caller.merchant_id)
        return [found.get(each, Standing(0, None, None)) for each in ids]

    return await ctx.loader(batch, "lot standings").load(row.id)


async def supplier(ctx: Context, row: LotRow) -> str | None:
    """Whose a lot is, for whoever may know: itself, who won it, all where it agreed to that."""
    agreed = row.rules is not None and row.rules.show_organisation
    won = row.awarded_merchant_id is not None
    mine = won and row.awarded_merchant_id == ctx.caller.merchant_id
    if not (agreed or mine or is_own(ctx, row)):
        return None

    async def batch(ids: list[UUID]) -> list[str | None]:
        async with ctx.private():
            found = await lots.suppliers(ids)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "lot suppliers").load(row.organisation_id)


async def followed(ctx: Context, lot_id: UUID) -> AsyncGenerator[LotRow]:
    """A lot that the caller may read, now and whenever it changes.

    Raises: SignInFirst, Forbidden; BadInput for one that the caller does not see; Unavailable.
    """

    async def look(now: Context) -> State[LotRow]:
        found = await lot(now, lot_id)
        if found is None:
            raise BadInput(
                "There is no such lot for you. `lots` or `lotsOpen` lists them.",
                reason="LOT_UNKNOWN",
                argument="lotId",
            )
        return State(found, mark(found.state, found.revision, found.bids_until))

    return await follow(ctx, [Topic(lot_topic(lot_id))], look)
