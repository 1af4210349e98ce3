"""Markets: the stages of a launch, the pauses beside them, how far a dispatch country is."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from domain import InvalidTransition, move


class MarketStage(StrEnum):
    """How far a market has opened."""

    DRAFT = "DRAFT"
    READY = "READY"
    INTERNAL = "INTERNAL"
    SOFT = "SOFT"
    PUBLIC = "PUBLIC"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"


STAGE_MOVES: Mapping[MarketStage, frozenset[MarketStage]] = {
    MarketStage.DRAFT: frozenset({MarketStage.READY}),
    MarketStage.READY: frozenset({MarketStage.INTERNAL, MarketStage.DRAFT}),
    MarketStage.INTERNAL: frozenset({MarketStage.SOFT, MarketStage.READY}),
    MarketStage.SOFT: frozenset({MarketStage.PUBLIC, MarketStage.INTERNAL}),
    MarketStage.PUBLIC: frozenset({MarketStage.CLOSING}),
    MarketStage.CLOSING: frozenset({MarketStage.CLOSED}),
}


def move_stage(now: MarketStage, to: MarketStage) -> MarketStage | InvalidTransition:
    """The stage after the move.

    Refuses: a move that `STAGE_MOVES` does not list.
    """
    return move(STAGE_MOVES, now, to)


# Where a stranger may buy. SOFT opens for a percentage of the visitors, whom the caller draws.
OPEN_TO_THE_PUBLIC = frozenset({MarketStage.SOFT, MarketStage.PUBLIC})
# Where new orders are taken from anyone at all; INTERNAL takes those of staff.
TAKES_ORDERS = OPEN_TO_THE_PUBLIC | {MarketStage.INTERNAL}


class PauseScope(StrEnum):
    """What a pause of a market stops. A pause stands beside the stage and never changes it."""

    CHECKOUT = "CHECKOUT"
    TRADE_IN = "TRADE_IN"
    CATEGORY = "CATEGORY"
    ALL = "ALL"


def is_paused(scopes: Collection[PauseScope], scope: PauseScope) -> bool:
    """Whether one of the pauses in force stops what `scope` names; ALL stops everything."""
    return scope in scopes or PauseScope.ALL in scopes


class DispatchScope(StrEnum):
    """How near to its market an offer is dispatched. The merchant's nationality plays no part."""

    IN_MARKET = "IN_MARKET"
    SAME_CUSTOMS_AREA = "SAME_CUSTOMS_AREA"
    ELSEWHERE = "ELSEWHERE"


def dispatch_scope(
    dispatch_country: str, market_countries: Collection[str], customs_areas: Mapping[str, str]
) -> DispatchScope:
    """How near a dispatch country is to a market.

    Shapes: countries are ISO 3166-1 alpha-2; `customs_areas` leads a country to its area. A
    country that it does not know shares an area with nobody.
    """
    if dispatch_country in market_countries:
        return DispatchScope.IN_MARKET
    area = customs_areas.get(dispatch_country)
    if area is not None and any(customs_areas.get(c) == area for c in market_countries):
        return DispatchScope.SAME_CUSTOMS_AREA
    return DispatchScope.ELSEWHERE
