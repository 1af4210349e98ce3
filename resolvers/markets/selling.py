"""Whether a market may be looked at, bought in or sold to now: its stage, its pauses, its share."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.accounts.roles import CallerKind, Role
from domain.markets import OPEN_TO_THE_PUBLIC, MarketStage, PauseScope
from domain.markets.pauses import ANYTHING, Standing, drawn
from models.markets import Market, launch
from resolvers.context import NOT_KEPT, BadInput, Context, depends, stored_text
from resolvers.markets import market

_TEAM = frozenset({Role.COUNTRY_TEAM, Role.STAFF_ADMIN})


@dataclass(frozen=True, slots=True)
class Sold:
    """A market that may be used, and how it stands."""

    market: Market
    standing: Standing


async def sold_in(
    ctx: Context, code: str, wanted: PauseScope = ANYTHING, categories: Iterable[str] = ()
) -> Sold:
    """A market that the caller may use for what is `wanted`, in these categories.

    Its team looks at an INTERNAL one too.
    Raises: BadInput with reason MARKET_NOT_OPEN or MARKET_PAUSED.
    """
    found = await market(stored_text(code, "market"))
    if found is None or not _open_to(ctx, found):
        raise BadInput(
            f"There is no open market `{code[:8]}`. `markets` lists them.",
            reason="MARKET_NOT_OPEN",
            argument="market",
        )
    standing = await launch.standing(found.code)
    refuse(standing.scope_of(wanted, categories))
    return Sold(found, standing)


async def go_on(market_code: str, wanted: PauseScope, categories: Iterable[str]) -> None:
    """Refuse what a pause stops at this moment, as the current transaction sees it.

    Raises: BadInput with reason MARKET_PAUSED.
    """
    refuse((await launch.standing_now(market_code)).scope_of(wanted, categories))


def may_buy(ctx: Context, found: Market, standing: Standing) -> bool:
    """Whether the visitor is of the share that a SOFT market opens for."""
    if found.stage is not MarketStage.SOFT:
        return True
    customer = ctx.caller.kind is CallerKind.CUSTOMER and ctx.caller.user_id
    return drawn(found.code, str(customer or ctx.caller.address or "") or None, standing.percent)


def _open_to(ctx: Context, found: Market) -> bool:
    if found.stage in OPEN_TO_THE_PUBLIC:
        return True
    if found.stage is not MarketStage.INTERNAL or ctx.caller.kind is not CallerKind.STAFF:
        return False
    depends(NOT_KEPT)
    held = ctx.caller.markets is None or found.code in ctx.caller.markets
    return held and not ctx.caller.roles.isdisjoint(_TEAM)


def refuse(scope: PauseScope | None) -> None:
    """Raises: BadInput with reason MARKET_PAUSED where something stops."""
    if scope is not None:
        raise BadInput(_SAID[scope], reason="MARKET_PAUSED", argument="market", scope=scope.value)


_SAID = {
    PauseScope.ALL: "This market is paused. Try again later.",
    PauseScope.CHECKOUT: "This market takes no orders for now. Try again later.",
    PauseScope.TRADE_IN: "This market takes no devices in for now. Try again later.",
    PauseScope.CATEGORY: "This category is paused here. Choose another, or try again later.",
}
