"""Prices that follow their competition, where a merchant asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from domain.money import Currency, Money
from domain.ranking.reprice import RepriceMode
from models.jobs import Job
from models.offers import reprice
from models.offers.read import Position
from models.offers.reprice import EVERYTHING, Repricing, Rule, StoredRule
from models.outbox import enqueue
from resolvers import paging
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, once_only
from resolvers.markets import open_market
from resolvers.ranking.standing import READ

WRITE: Final = "offers:write"
MOST_SKUS: Final = 1_000
MOST_MINOR: Final = 10**10
LONGEST_SKU: Final = 64
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How prices are to be moved: of these SKUs, or of all that have no rule of their own.

    Units: main unit of the market's currency; amounts need a market.
    """

    skus: Sequence[str] | None
    market: str | None
    mode: RepriceMode
    lowest: Decimal | None = None
    highest: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """These SKUs are nobody's here; nothing was set."""

    skus: list[str]


async def set_repricing(ctx: Context, wanted: Wanted, key: str) -> Unknown | None:
    """Have prices moved, or not any more; None once that is set. They move within a minute.

    One effect for one key. Refuses: a SKU that is not the caller's.
    Raises: SignInFirst, Forbidden; BadInput for bounds that cannot be, or a market not open.
    """
    rule = await _rule(wanted)
    skus = None if wanted.skus is None else _skus(wanted.skus)

    async def act(merchant_id: UUID) -> Outcome:
        if skus is not None and (unknown := await reprice.unknown(merchant_id, skus)):
            return {"unknown": unknown}
        await reprice.set_rules(merchant_id, skus, rule)
        after = {
            "mode": rule.mode,
            "skus": "all" if skus is None else len(skus),
            "min_minor": rule.min_minor,
            "max_minor": rule.max_minor,
        }
        market = rule.market or None
        await audited(ctx, "setRepricing", "Merchant", merchant_id, after=after, market=market)
        await enqueue(Job.REPRICE, dedup_key=f"periodic:{Job.REPRICE}")
        return {"unknown": []}

    given = {
        "skus": skus,
        "market": rule.market,
        "mode": rule.mode,
        "min": rule.min_minor,
        "max": rule.max_minor,
    }
    outcome = await once_only(ctx, WRITE, "setRepricing", key, given, act)
    return Unknown(outcome["unknown"]) if outcome["unknown"] else None


async def repricings(
    ctx: Context, market: str | None, first: int, after: str | None
) -> paging.Page[Repricing]:
    """What the repricer made of the caller's prices, the newest first.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    code = None if market is None else (await open_market(market)).code
    merchant_id = ctx.merchant_id(READ, code)
    size, of = paging.size(first), paging.fingerprint("repricings", merchant_id, code)
    position = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        rows = await reprice.page(merchant_id, code, position.key1 if position else None, size + 1)
    return paging.page([(row, Position(row.n, 0, _NOBODY)) for row in rows], size, of, ctx.seal)


async def rules(ctx: Context, first: int, after: str | None) -> paging.Page[StoredRule]:
    """How the caller has its prices moved. Raises: SignInFirst, Forbidden, BadInput."""
    merchant_id = ctx.merchant_id(READ)
    size, of = paging.size(first), paging.fingerprint("repricing rules", merchant_id)
    position = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        rows = await reprice.rules(merchant_id, position.key1 if position else None, size + 1)
    return paging.page([(row, Position(row.n, 0, _NOBODY)) for row in rows], size, of, ctx.seal)


async def _rule(wanted: Wanted) -> Rule:
    if wanted.market is None:
        if wanted.lowest is not None or wanted.highest is not None:
            raise BadInput(
                "`minPrice` and `maxPrice` are of one currency: name a market.", argument="market"
            )
        return Rule(wanted.mode, EVERYTHING, None, None)
    market = await open_market(wanted.market)
    currency = Currency(market.currency)
    lowest = _minor(wanted.lowest, currency, "minPrice")
    highest = _minor(wanted.highest, currency, "maxPrice")
    if lowest is not None and highest is not None and lowest > highest:
        raise BadInput("`minPrice` is above `maxPrice`.", argument="minPrice")
    return Rule(wanted.mode, market.code, lowest, highest)


def _minor(amount: Decimal | None, currency: Currency, argument: str) -> int | None:
    if amount is None:
        return None
    try:
        minor = Money.of(amount, currency).minor
    except (ValueError, InvalidOperation):
        minor = 0
    if not 0 < minor <= MOST_MINOR:
        raise BadInput(f"`{argument}` is not a price in {currency}.", argument=argument)
    return minor


def _skus(skus: Sequence[str]) -> list[str]:
    if not 1 <= len(skus) <= MOST_SKUS:
        raise BadInput(f"`skus` has {len(skus)}: send 1 to {MOST_SKUS}.", argument="skus")
    for sku in skus:
        if not 0 < len(stored_text(sku, "skus")) <= LONGEST_SKU:
            raise BadInput(f"A SKU has 1 to {LONGEST_SKU} characters.", argument="skus")
    return list(skus)
