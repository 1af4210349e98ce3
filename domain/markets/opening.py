"""How far a market opens, step by step, and what each step asks for.

Source: docs/markets.md, "Opening".
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from domain import InvalidTransition
from domain.markets import STAGE_MOVES, MarketStage, move_stage

APPROVAL_LASTS: Final = timedelta(days=7)
OPENED: Final = frozenset({MarketStage.INTERNAL, MarketStage.SOFT, MarketStage.PUBLIC})
"""What a market is opened to."""
_DEPTH: Final = (
    MarketStage.DRAFT,
    MarketStage.READY,
    MarketStage.INTERNAL,
    MarketStage.SOFT,
    MarketStage.PUBLIC,
)


class OpeningState(StrEnum):
    """Where a request to open a market stands."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    USED = "USED"
    EXPIRED = "EXPIRED"


def opened(now: MarketStage, to: MarketStage) -> MarketStage | InvalidTransition:
    """The stage that a market is opened to.

    A DRAFT whose checks pass is READY, and goes on from there; a SOFT market stays so with another
    share. Refuses: every other move that `STAGE_MOVES` does not list.
    """
    if to not in OPENED:
        allowed = STAGE_MOVES.get(now, frozenset()) & OPENED
        return InvalidTransition(now, to, tuple(sorted(allowed)))
    if now is to is MarketStage.SOFT:
        return to
    if now is MarketStage.DRAFT and to is MarketStage.INTERNAL:
        return to
    return move_stage(now, to)


def opens_further(now: MarketStage, to: MarketStage, percent: int, before: int) -> bool:
    """Whether more people may come in: then checks must pass, and two people agree."""
    if now not in _DEPTH or to not in _DEPTH:
        return False
    if now is to:
        return percent > before
    return _DEPTH.index(to) > _DEPTH.index(now)
