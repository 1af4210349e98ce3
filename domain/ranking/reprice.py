"""The repricer: where a merchant that asked for it has its price moved, and when it stays.

Source: docs/ranking.md, "Prices that follow".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.ranking.win import (
    Contest,
    NoCompetitor,
    PriceAnswer,
    PriceBounds,
    WinningPrice,
    price_to_share,
    price_to_win,
    price_to_win_alone,
)

APART: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
MOST_A_DAY: Final = 24


class RepriceMode(StrEnum):
    """What a price is moved for."""

    LEAD = "LEAD"
    SHARE = "SHARE"
    ALONE = "ALONE"
    OFF = "OFF"


@dataclass(frozen=True, slots=True)
class RepricePlan:
    """What the merchant asked for, for one offer in one market.

    Units: minor units; the price stays within `lowest_minor` and `highest_minor`, both included,
    on a multiple of `step_minor`. `base_minor` is the merchant's own price.
    """

    mode: RepriceMode
    base_minor: int
    lowest_minor: int
    highest_minor: int | None
    step_minor: int

    @property
    def bounds(self) -> PriceBounds:
        """The same as limits of a price that wins."""
        return PriceBounds(self.step_minor, self.lowest_minor, self.highest_minor)

    def within(self, minor: int) -> int | None:
        """The nearest price that is allowed, `minor` itself if it is; None if there is none."""
        lowest = self.lowest_minor + -self.lowest_minor % self.step_minor
        if self.highest_minor is None:
            return max(minor, lowest)
        highest = self.highest_minor - self.highest_minor % self.step_minor
        return None if lowest > highest else min(max(minor, lowest), highest)


def rested(changed_at: Sequence[datetime], now: datetime) -> bool:
    """Whether the price may change again: an hour after the last time, 24 times in 24 hours."""
    if any(now - at < APART for at in changed_at):
        return False
    return sum(now - at < DAY for at in changed_at) < MOST_A_DAY


def next_price(
    duel: Contest, plan: RepricePlan, changed_at: Sequence[datetime], now: datetime
) -> int | None:
    """The item price to move to; None to stay.

    It stays while it may not change again, where no allowed price reaches the aim, and where the
    move is of one step. Without a rival it goes back to the merchant's own price. In `SHARE` it
    stays as soon as it shares, and it undercuts nobody: two of them do not race to the floor.
    """
    if plan.mode is RepriceMode.OFF or not rested(changed_at, now):
        return None
    present = duel.me.item_minor
    target = _target(duel, plan)
    if target is None or target == present:
        return None
    inside = plan.within(present) == present
    return None if inside and abs(target - present) <= plan.step_minor else target


def _target(duel: Contest, plan: RepricePlan) -> int | None:
    if plan.mode is RepriceMode.SHARE and duel.rivals and _stays(duel):
        return plan.within(duel.me.item_minor)
    match _answer(duel, plan):
        case WinningPrice(item, _):
            return item
        case NoCompetitor():
            return plan.within(plan.base_minor)
    return plan.within(duel.me.item_minor)


def _stays(duel: Contest) -> bool:
    """It may not share at all, or it does; alone in front it may still come nearer."""
    if not duel.may_share(duel.me):
        return True
    return duel.shares(duel.me) and not duel.leads_alone(duel.me)


def _answer(duel: Contest, plan: RepricePlan) -> PriceAnswer:
    match plan.mode:
        case RepriceMode.SHARE:
            return price_to_share(duel, plan.bounds)
        case RepriceMode.ALONE:
            return price_to_win_alone(duel, plan.bounds)
    return price_to_win(duel, plan.bounds)
