"""Prices of a market derived from those of another: looked at first, then applied as seen.

Source: docs/markets.md, "Derived prices".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from domain.accounts.roles import Role
from domain.markets.deriving import (
    Direction,
    Ending,
    EndingNotPossible,
    LineOutcome,
    factor_of,
    rounding,
)
from domain.markets.rates import Between, RateMissing, RateStale
from domain.money import Currency
from models.base import as_system
from models.jobs import Job
from models.markets import Market, rates
from models.offers import deriving as stored
from models.offers.deriving import InForce, Line, Terms
from models.offers.read import Position
from models.outbox import enqueue
from resolvers import paging
from resolvers.context import NOT_KEPT, BadInput, Context, depends, stored_text
from resolvers.effects import Outcome, audited, staff_once
from resolvers.markets import market as market_of
from resolvers.markets.launching import place
from resolvers.markets.rates import no_rate, not_to_come

ROLE: Final = Role.COUNTRY_TEAM
_MOST_FLOOR: Final = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Wish:
    """How prices are to be derived. `on` None: by the rate of today."""

    market: str
    source: str
    on: date | None
    ending: Ending
    direction: Direction
    floor: Decimal


@dataclass(frozen=True, slots=True)
class Seen:
    """What the terms would make of the offers aimed at the market."""

    market: Market
    source: Market
    terms: Terms
    counts: Mapping[LineOutcome, int]
    digest: str


@dataclass(frozen=True, slots=True)
class PreviewStale:
    """Offers or rates are other than when they were looked at; the present digest."""

    digest: str


@dataclass(frozen=True, slots=True)
class BelowFloor:
    """So many offers would be below the floor."""

    count: int


Refusal = RateMissing | RateStale | PreviewStale | BelowFloor


async def preview(ctx: Context, wish: Wish) -> Seen:
    """What the terms would make of the offers aimed at the market. Nothing is written.

    Raises: SignInFirst, Forbidden; BadInput, with reason FX_RATE_MISSING or FX_RATE_STALE where
    there is no rate that is young enough.
    """
    depends(NOT_KEPT)
    market, source = await _places(ctx, wish)
    terms = await _terms(ctx, wish, market, source)
    if not isinstance(terms, Terms):
        raise no_rate(terms)
    async with ctx.private(), as_system() as raw:
        found = await stored.preview(raw, terms)
    return Seen(market, source, terms, found.counts, found.digest)


async def lines(
    ctx: Context, seen: Seen, outcome: LineOutcome | None, first: int, after: str | None
) -> paging.Page[Line]:
    """The offers of a preview, one by one. Raises: BadInput."""
    size = paging.size(first)
    of = paging.fingerprint("derived", *_key(seen.terms), outcome)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.private(), as_system() as raw:
        rows = await stored.lines(raw, seen.terms, outcome, at.id if at else None, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


def _key(terms: Terms) -> Sequence[object]:
    return [str(getattr(terms, name)) for name in Terms.__slots__]


async def _places(ctx: Context, wish: Wish) -> tuple[Market, Market]:
    market = await place(ctx, wish.market)
    source = await market_of(stored_text(wish.source, "from"))
    if source is None or source.code == market.code:
        raise BadInput("`from` is another market: `markets` lists them.", argument="from")
    return market, source


async def _terms(
    ctx: Context, wish: Wish, market: Market, source: Market
) -> Terms | RateMissing | RateStale:
    here, there = Currency(market.currency), Currency(source.currency)
    how = rounding(wish.ending, wish.direction, here, market.price_step_minor)
    if isinstance(how, EndingNotPossible):
        step = Decimal(market.price_step_minor).scaleb(-here.digits)
        message = f"Prices of {market.code} are multiples of {step} {here}: they cannot end so."
        raise BadInput(message, argument="ending")
    floor = _floor(wish.floor, here)
    on = not_to_come(ctx, wish.on or ctx.now.date(), "on")
    found = await rates.between(there, here, on)
    if not isinstance(found, Between):
        return found
    return Terms(
        market=market.code,
        source=source.code,
        rate=found.rate,
        rate_on=found.on_day,
        rate_ids=found.rows,
        factor=factor_of(found.rate, there, here),
        ending=wish.ending,
        rounding=how,
        floor_minor=floor,
    )


def _floor(amount: Decimal, currency: Currency) -> int:
    minor = amount.scaleb(currency.digits) if amount.is_finite() else None
    if minor is None or not 0 <= minor <= _MOST_FLOOR or minor != int(minor):
        raise BadInput(
            f"`floor` is {str(amount)[:20]!r}: an amount of {currency} with {currency.digits} "
            "decimals, 0 or more.",
            argument="floor",
        )
    return int(minor)


async def apply(
    ctx: Context, wish: Wish, digest: str, key: str, *, leave_out: bool
) -> InForce | Refusal:
    """Derive the prices exactly as they were looked at, and from now on by the same terms.

    Shapes: `digest` is the preview's. The price rows and their history are written by a job.
    Refuses: offers or rates that are other than then; prices below the floor, unless they are to
    be left out; no rate.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    market, source = await _places(ctx, wish)
    stored_text(digest, "digest")

    async def act(user_id: UUID) -> Outcome:
        terms = await _terms(ctx, wish, market, source)
        match terms:
            case RateMissing(base, quote):
                return {"refused": "FX_RATE_MISSING", "of": [base, quote]}
            case RateStale(as_of):
                return {"refused": "FX_RATE_STALE", "asOf": as_of.isoformat()}
        async with as_system() as raw:
            found = await stored.preview(raw, terms)
            if found.digest != digest:
                return {"refused": "PREVIEW_STALE", "digest": found.digest}
            below = found.counts.get(LineOutcome.BELOW_FLOOR, 0)
            if below and not leave_out:
                return {"refused": "PRICE_BELOW_FLOOR", "count": below}
            await stored.apply(raw, terms, digest, user_id)
            await enqueue(Job.REFRESH_MARKET, market=market.code)
        after = {
            "from": source.code,
            "rate": str(terms.rate),
            "rateOn": terms.rate_on.isoformat(),
            "digest": digest,
            "counts": {name.value: n for name, n in found.counts.items()},
        }
        await audited(
            ctx, "deriveMarketPrices", "Market", market.id, after=after, market=market.code
        )
        return {}

    given = {name: str(getattr(wish, name)) for name in Wish.__slots__}
    given |= {"digest": digest, "leaveOut": str(leave_out)}
    outcome = await staff_once(ctx, ROLE, "deriveMarketPrices", key, given, act)
    return _refused(outcome) or await _in_force(ctx, market.code)


def _refused(outcome: Outcome) -> Refusal | None:
    match outcome.get("refused"):
        case "FX_RATE_MISSING":
            return RateMissing(*outcome["of"])
        case "FX_RATE_STALE":
            return RateStale(date.fromisoformat(outcome["asOf"]))
        case "PREVIEW_STALE":
            return PreviewStale(outcome["digest"])
        case "PRICE_BELOW_FLOOR":
            return BelowFloor(outcome["count"])
    return None


async def _in_force(ctx: Context, code: str) -> InForce:
    async with ctx.private():
        found = await stored.in_force(code)
    if found is None:
        raise LookupError(code)
    return found


async def terms_of(ctx: Context, code: str) -> InForce | None:
    """The terms by which a market derives prices, for its team. Raises: as `preview`."""
    depends(NOT_KEPT)
    market = await place(ctx, code)
    async with ctx.private():
        return await stored.in_force(market.code)


async def stop(ctx: Context, code: str, key: str) -> str:
    """Have a market derive no prices any more: offers without one of their own are hidden in it.

    Safe to repeat; the market's code. Raises: SignInFirst, Forbidden, BadInput.
    """
    market = await place(ctx, code)

    async def act(_: UUID) -> Outcome:
        async with as_system() as raw:
            if not await stored.stop(raw, market.code):
                return {}
            await enqueue(Job.REFRESH_MARKET, market=market.code)
        name = "stopDerivingPrices"
        await audited(ctx, name, "Market", market.id, after={}, market=market.code)
        return {}

    await staff_once(ctx, ROLE, "stopDerivingPrices", key, {"market": market.code}, act)
    return market.code
