"""A merchant announces a reduction: the prior price is computed, and the price set, at once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from domain.markets.rules import NoRule, Rule, RuleConflict, RuleKind, RuleUnverified
from domain.money import Currency, Money
from domain.offers.items import Item, ItemOutcome, key_of
from domain.offers.prior_price import (
    NoPriceHistory,
    NotAReduction,
    Reduction,
    Window,
    prior_price,
    reduction,
    window_before,
)
from models.base import as_system, retried
from models.markets import rules
from models.offers import batch
from models.offers import reductions as stored
from models.offers.read import Position
from models.offers.reductions import Announced, Basis, Priced
from resolvers import paging
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, Refusal, audited, once_only, refusal_of
from resolvers.markets import market as market_row

READ, WRITE = "offers:read", "offers:write"
LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Prior:
    """What a reduction that began now would be compared with; `prior_minor` None: nothing."""

    market: str
    currency: str
    prior_minor: int | None
    window: Window
    rule: Rule


@dataclass(frozen=True, slots=True)
class Asked:
    """A reduction to announce. Units: `price` in the market's currency."""

    sku: str
    market: str
    price: Decimal
    ends_at: datetime | None


async def prior(ctx: Context, sku: str, market: str) -> Prior | Refusal:
    """The prior price of an offer of the caller's if a reduction began now.

    Refuses: an offer that is not there, a country without a rule. Raises: SignInFirst, Forbidden.
    """
    code = await _market(market)
    async with ctx.acting(READ, code) as merchant_id, as_system() as raw:
        found = await _offer(raw, merchant_id, sku, code)
        if found is None:
            return Refusal("OFFER_UNKNOWN")
        rule = await _rule(found, ctx.now)
        if not isinstance(rule, Rule):
            return _no_rule(rule)
        window = _window(found, rule, ctx.now)
        rows = await stored.history(raw, found.id, code, window)
    return Prior(code, found.currency, prior_price(rows, window), window, rule)


async def announce(ctx: Context, asked: Asked, key: str) -> Announced | Refusal:
    """Set a lower price and announce it beside the prior one, in one transaction.

    Refuses: `NOT_A_REDUCTION`, `NO_PRICE_HISTORY`, a country without a rule, an offer that is not
    there, and whatever a price may be refused for. Raises: SignInFirst, Forbidden, BadInput.
    """
    asked = replace(asked, market=await _market(asked.market))
    _ends(asked.ends_at, ctx.now)

    async def act(merchant_id: UUID) -> Outcome:
        async with as_system() as raw:
            found = await _allowed(ctx, raw, merchant_id, asked)
        if isinstance(found, Refusal):
            return found.outcome()
        offer, rule, reduced = found
        if refused := await _price_set(ctx, merchant_id, asked):
            return refused.outcome()
        basis = Basis(rule.id, rule.verified, asked.ends_at)
        async with as_system() as raw:
            made = await stored.add(raw, merchant_id, offer, asked.market, reduced, basis)
        after = {"priceMinor": reduced.price_minor, "priorMinor": reduced.prior_minor}
        name = "announceReduction"
        await audited(ctx, name, "PriceReduction", made, after=after, market=asked.market)
        return {"reduction": str(made)}

    given = {"sku": asked.sku, "market": asked.market, "price": str(asked.price)}
    given["endsAt"] = asked.ends_at.isoformat() if asked.ends_at else ""

    async def once() -> Outcome:
        return await once_only(ctx, WRITE, "announceReduction", key, given, act, asked.market)

    outcome = await retried(once)
    if refused := refusal_of(outcome):
        return refused
    return await _own(ctx, UUID(outcome["reduction"]), asked.market)


async def end(ctx: Context, reduction_id: UUID, key: str) -> Announced | Refusal:
    """Take an announced reduction back; the price stays. Refuses: one that does not stand.

    Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(merchant_id: UUID) -> Outcome:
        async with as_system() as raw:
            if not await stored.end(raw, merchant_id, reduction_id, ctx.now):
                return Refusal("REDUCTION_UNKNOWN").outcome()
        await audited(ctx, "endReduction", "PriceReduction", reduction_id, after={"ended": True})
        return {}

    outcome = await once_only(ctx, WRITE, "endReduction", key, {"id": str(reduction_id)}, act)
    return refusal_of(outcome) or await _own(ctx, reduction_id, None)


async def page(
    ctx: Context, market: str | None, first: int, after: str | None
) -> paging.Page[Announced]:
    """The caller's reductions, the newest first. Raises: SignInFirst, Forbidden, BadInput."""
    size = paging.size(first)
    code = None if market is None else await _market(market)
    async with ctx.acting(READ, code) as merchant_id:
        of = paging.fingerprint("reductions", merchant_id, code)
        at = paging.opened(after, of, ctx.seal)
        rows = await stored.page(merchant_id, code, at.id if at else None, size + 1)
    return paging.page_of(rows, lambda row: Position("", 0, row.id), size, of, ctx.seal)


async def shown(ctx: Context, offer_id: UUID, market: str) -> Announced | None:
    """The reduction that is announced on an offer now; loaded with those of the page."""

    async def batch_of(places: list[tuple[UUID, str]]) -> list[Announced | None]:
        found = await stored.shown(places, ctx.now)
        return [found.get(each) for each in places]

    return await ctx.loader(batch_of, "reductions").load((offer_id, market))


async def _allowed(
    ctx: Context, raw: asyncpg.Connection, merchant_id: UUID, asked: Asked
) -> tuple[Priced, Rule, Reduction] | Refusal:
    offer = await _offer(raw, merchant_id, asked.sku, asked.market)
    if offer is None:
        return Refusal("OFFER_UNKNOWN")
    rule = await _rule(offer, ctx.now)
    if not isinstance(rule, Rule):
        return _no_rule(rule)
    window = _window(offer, rule, ctx.now)
    rows = await stored.history(raw, offer.id, asked.market, window)
    match reduction(rows, window, _minor(asked.price, offer.currency)):
        case NotAReduction(prior_minor, _, code):
            return Refusal(code, {"prior": [prior_minor, offer.currency]})
        case NoPriceHistory(_, code):
            return Refusal(code, {"since": window.start.isoformat()})
        case found:
            return offer, rule, found


async def _price_set(ctx: Context, merchant_id: UUID, asked: Asked) -> Refusal | None:
    item = Item(asked.sku, {}, {asked.market: {"price": asked.price}})
    [told] = await batch.write(merchant_id, [item], ctx.now, known_only=True)
    if told.outcome in {ItemOutcome.APPLIED, ItemOutcome.UNCHANGED}:
        return None
    return Refusal("PRICE_REFUSED", {"reason": told.code, "value": told.value})


async def _offer(
    raw: asyncpg.Connection, merchant_id: UUID, sku: str, market: str
) -> Priced | None:
    known = key_of(sku)
    if known.value is None:
        return None
    return await stored.offer(raw, merchant_id, known.value, market)


async def _rule(offer: Priced, now: datetime) -> Rule | NoRule:
    """The rule of the day where the market is; of several countries, of its first."""
    on = now.astimezone(ZoneInfo(offer.time_zone)).date()
    return (await rules.book()).find(RuleKind.PRICE_PRIOR, offer.countries[0], on)


def _window(offer: Priced, rule: Rule, now: datetime) -> Window:
    return window_before(now, int(rule.value["days"]), offer.time_zone)


def _no_rule(found: NoRule) -> Refusal:
    match found:
        case RuleUnverified(rule):
            code, facts = "RULE_UNVERIFIED", {"country": rule.scope.country}
        case RuleConflict(_, country):
            code, facts = "RULE_CONFLICT", {"country": country}
        case missing:
            code, facts = "RULE_MISSING", {"country": missing.country}
    return Refusal(code, {**facts, "kind": RuleKind.PRICE_PRIOR.value})


def _minor(price: Decimal, currency: str) -> int:
    try:
        found = Money.of(price, Currency(currency)).minor
    except (ValueError, ArithmeticError):
        found = 0
    if not 0 < found < 10**12:
        message = f"`price` is not an amount of {currency}."
        raise BadInput(message, argument="price", value=str(price)[:80])
    return found


def _ends(ends_at: datetime | None, now: datetime) -> None:
    if ends_at is None:
        return
    if ends_at.tzinfo is None or not now < ends_at <= now + LONGEST:
        message = "`endsAt` must have an offset, such as Z, and lie within 365 days from now."
        raise BadInput(message, argument="endsAt", value=str(ends_at))


async def _market(code: str) -> str:
    found = await market_row(code) if len(code) == 2 else None
    if found is None:
        raise BadInput("There is no such market.", argument="market", value=code[:80])
    return found.code


async def _own(ctx: Context, reduction_id: UUID, market: str | None) -> Announced | Refusal:
    async with ctx.acting(WRITE, market) as merchant_id:
        found = await stored.one(merchant_id, reduction_id)
    return found or Refusal("REDUCTION_UNKNOWN")
