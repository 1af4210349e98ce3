"""Where a merchant's bids stand, and what would make them first; nobody else is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.ranking.explain import CompetitionState
from domain.trade_in import TradeInGrade
from domain.trade_in.bids import USUAL_PAY_DAYS
from domain.trade_in.ranking import Bid, Valued, amount_to_win, ranked, valued
from models.markets import Market
from models.trade_in import bids
from models.trade_in.bids import Competition, OwnBid
from resolvers.context import BadInput, Context
from resolvers.markets import is_open, market, open_market
from resolvers.trade_in.bidding import READ, one_market, still_buys

MOST: Final = 500
_NOBODY: Final = UUID(int=2**128 - 1)  # the id of a bid that is not there: it loses every tie


class NotCompeting(StrEnum):
    """Why a merchant's bid is not among those that are ranked."""

    NO_BID = "NO_BID"
    OFF = "OFF"
    EXPIRED = "EXPIRED"
    CAP_REACHED = "CAP_REACHED"
    MARKET_NOT_ALLOWED = "MARKET_NOT_ALLOWED"
    MERCHANT_NOT_SELLING = "MERCHANT_NOT_SELLING"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a merchant stands in a competition, in its own numbers and the leader's value.

    Shapes: `rank` is None where it does not compete; then `own` is what an amount of 0 would be
    ranked by, paid within the usual days. `to_win_minor` None: nobody else bids.
    """

    asked: Competition
    currency: str
    state: CompetitionState
    reasons: tuple[NotCompeting, ...]
    rank: int | None
    of: int
    own: Valued
    leader_value_minor: int | None
    to_win_minor: int | None
    version: int
    as_of: datetime


def asked_for(variant_id: UUID, grade: TradeInGrade, code: str) -> Competition:
    """The competition of a variant and a grade in a market."""
    return Competition(variant_id, grade, code)


async def competition(
    ctx: Context, variant_id: UUID, grade: TradeInGrade, code: str
) -> Place | None:
    """The caller's place in one competition; None for an unknown variant.

    Raises: SignInFirst, Forbidden, BadInput for a market that is not open.
    """
    merchant_id = ctx.merchant_id(READ, code.upper())
    found = await open_market(code)
    [place] = await _places(ctx, merchant_id, [Competition(variant_id, grade, found.code)])
    return place


async def competitions(ctx: Context, asked: Sequence[Competition]) -> list[Place | None]:
    """The same for many, in their order, None for a market that is not open or not granted.

    Three statements, however many. Raises: SignInFirst, Forbidden; BadInput for none, or over 500.
    """
    merchant_id = ctx.merchant_id(READ, one_market(ctx, READ))
    if not 1 <= len(asked) <= MOST:
        raise BadInput(f"`items` has {len(asked)}: ask for 1 to {MOST}.", argument="items")
    granted = ctx.caller.markets_for(READ)
    codes = {each.market.upper() for each in asked}
    rows = {code: await market(code) for code in codes if granted is None or code in granted}
    good = {code for code, row in rows.items() if row is not None and is_open(row.stage)}
    wanted = [
        Competition(each.variant_id, each.grade, each.market.upper())
        for each in asked
        if each.market.upper() in good
    ]
    found = iter(await _places(ctx, merchant_id, wanted) if wanted else ())
    return [next(found) if each.market.upper() in good else None for each in asked]


async def _places(
    ctx: Context, merchant_id: UUID, asked: Sequence[Competition]
) -> list[Place | None]:
    known = await bids.named(sorted({each.variant_id for each in asked}))
    now_of = {
        each: Competition(known[str(each.variant_id)].variant_id, each.grade, each.market)
        for each in asked
        if str(each.variant_id) in known
    }
    there = [now_of[each] for each in asked if each in now_of]
    if not there:
        return [None for _ in asked]
    codes = sorted({each.market for each in there})
    places = {row.code: row for row in [await market(code) for code in codes] if row}
    async with ctx.private():
        own = await bids.own(merchant_id, there)
        live = await bids.live(there, ctx.now)
    found = iter(
        _place(ctx, each, places[each.market], mine, [one.bid for one in others])
        for each, mine, others in zip(there, own, live, strict=True)
    )
    return [next(found) if each in now_of else None for each in asked]


def _place(
    ctx: Context, asked: Competition, place: Market, own: OwnBid | None, live: Sequence[Bid]
) -> Place | None:
    """Read the answer off the bids that stand."""
    if own is None:
        return None
    order = ranked(live)
    mine = next((each for each in order if each.bid.id == own.id), None)
    days = USUAL_PAY_DAYS if own.pay_within_days is None else own.pay_within_days
    bid = (
        mine.bid
        if mine
        else Bid(own.id or _NOBODY, _owner(ctx), own.amount_minor, days, own.in_country, own.record)
    )
    rank = order.index(mine) + 1 if mine else None
    state = CompetitionState.INELIGIBLE
    if rank is not None:
        state = CompetitionState.WON if rank == 1 else CompetitionState.ELIGIBLE
    return Place(
        asked,
        place.currency,
        state,
        () if mine else _why(own, ctx.now),
        rank,
        len(order),
        valued(bid),
        order[0].value_minor if order else None,
        amount_to_win(bid, live),
        own.version,
        ctx.now,
    )


def _owner(ctx: Context) -> UUID:
    return ctx.caller.merchant_id or _NOBODY


def _why(own: OwnBid, now: datetime) -> tuple[NotCompeting, ...]:
    """All that keeps a bid from being ranked."""
    if own.id is None:
        found = [NotCompeting.NO_BID]
    else:
        full = own.stock_cap is not None and own.taken >= own.stock_cap
        found = [NotCompeting.OFF] if own.amount_minor == 0 else []
        found += [NotCompeting.EXPIRED] if own.valid_until and own.valid_until <= now else []
        found += [NotCompeting.CAP_REACHED] if full else []
    found += [] if own.allowed else [NotCompeting.MARKET_NOT_ALLOWED]
    if own.allowed and not still_buys(own):
        found.append(NotCompeting.MERCHANT_NOT_SELLING)
    return tuple(found)
