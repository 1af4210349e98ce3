"""Launch stages, pauses, and how near a dispatch country is."""

import pytest

from domain import InvalidTransition
from domain.markets import (
    OPEN_TO_THE_PUBLIC,
    STAGE_MOVES,
    TAKES_ORDERS,
    DispatchScope,
    MarketStage,
    PauseScope,
    dispatch_scope,
    is_paused,
    move_stage,
)

AREAS = {"FR": "EU", "DE": "EU", "MC": "EU", "GB": "GB", "JP": "JP"}


@pytest.mark.parametrize("now", list(MarketStage))
@pytest.mark.parametrize("to", list(MarketStage))
def test_only_listed_moves_are_made(now: MarketStage, to: MarketStage) -> None:
    allowed = {
        "DRAFT READY",
        "READY INTERNAL",
        "READY DRAFT",
        "INTERNAL SOFT",
        "INTERNAL READY",
        "SOFT PUBLIC",
        "SOFT INTERNAL",
        "PUBLIC CLOSING",
        "CLOSING CLOSED",
    }
    moved = move_stage(now, to)

    if f"{now} {to}" in allowed:
        assert moved is to
    else:
        assert moved == InvalidTransition(now, to, tuple(sorted(STAGE_MOVES.get(now, ()))))


def test_a_refused_move_tells_what_is_allowed() -> None:
    refused = move_stage(MarketStage.INTERNAL, MarketStage.PUBLIC)

    assert refused == InvalidTransition("INTERNAL", "PUBLIC", ("READY", "SOFT"))


def test_a_closing_market_takes_no_new_orders() -> None:
    assert {MarketStage.SOFT, MarketStage.PUBLIC} == OPEN_TO_THE_PUBLIC
    assert {"INTERNAL", "SOFT", "PUBLIC"} == TAKES_ORDERS


@pytest.mark.parametrize(
    ("scopes", "scope", "paused"),
    [
        (set(), PauseScope.CHECKOUT, False),
        ({PauseScope.CHECKOUT}, PauseScope.CHECKOUT, True),
        ({PauseScope.CHECKOUT}, PauseScope.TRADE_IN, False),
        ({PauseScope.ALL}, PauseScope.TRADE_IN, True),
    ],
)
def test_a_pause_stops_what_it_names(
    scopes: set[PauseScope], scope: PauseScope, paused: bool
) -> None:
    assert is_paused(scopes, scope) is paused


@pytest.mark.parametrize(
    ("country", "market", "scope"),
    [
        pytest.param("FR", {"FR"}, DispatchScope.IN_MARKET, id="home"),
        pytest.param("MC", {"FR", "MC"}, DispatchScope.IN_MARKET, id="one of several countries"),
        pytest.param("DE", {"FR"}, DispatchScope.SAME_CUSTOMS_AREA, id="neighbour"),
        pytest.param("GB", {"FR"}, DispatchScope.ELSEWHERE, id="across a border"),
        pytest.param("CN", {"FR"}, DispatchScope.ELSEWHERE, id="unknown country"),
        pytest.param("CN", {"IN"}, DispatchScope.ELSEWHERE, id="two unknown countries"),
    ],
)
def test_dispatch_is_as_near_as_customs_say(
    country: str, market: set[str], scope: DispatchScope
) -> None:
    assert dispatch_scope(country, market, AREAS) is scope
