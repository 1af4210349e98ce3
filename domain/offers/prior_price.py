"""The price that an announced reduction is compared with: the lowest of the days before it.

It is computed from what was published, never typed. A cheaper merchant who takes the first place is
no announced reduction, and the price of a new device is no prior price.
Source: Directive 98/6/EC art. 6a; docs/rules/prior-price.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class PriceChange:
    """From this moment on an offer was published at this price; None: it was not published.

    Units: minor units. It holds until the next change.
    """

    at: datetime
    price_minor: int | None


@dataclass(frozen=True, slots=True)
class Window:
    """The time before a reduction that counts: from `start` on, `end` itself not."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Reduction:
    """A reduction that may be announced.

    Units: minor units; `percent` is whole, rounded down, None where it is below one.
    """

    price_minor: int
    prior_minor: int
    percent: int | None
    window: Window


@dataclass(frozen=True, slots=True)
class NotAReduction:
    """The price is not below the lowest of the window."""

    prior_minor: int
    window: Window
    code: str = "NOT_A_REDUCTION"


@dataclass(frozen=True, slots=True)
class NoPriceHistory:
    """Nothing was published in the window, so there is nothing to compare with."""

    window: Window
    code: str = "NO_PRICE_HISTORY"


def window_before(start: datetime, days: int, zone: str) -> Window:
    """The window before a reduction: so many days of the market, at the same time of the day.

    Units: `days` of the rule `price.prior`; `zone` is the market's.
    """
    here = start.astimezone(ZoneInfo(zone))
    return Window(here - timedelta(days=days), start)


def published_in(history: Sequence[PriceChange], window: Window) -> Iterable[int]:
    """The prices that were published at any moment of a window. Shapes: the oldest change first."""
    for change, then in pairwise((*history, PriceChange(window.end, None))):
        inside = change.at < window.end and then.at > window.start
        if change.price_minor is not None and inside:
            yield change.price_minor


def prior_price(history: Sequence[PriceChange], window: Window) -> int | None:
    """The lowest price published in a window; None where none was.

    The price under way when the window begins counts. Shapes: the oldest change first.
    """
    return min(published_in(history, window), default=None)


def reduction(
    history: Sequence[PriceChange], window: Window, price_minor: int
) -> Reduction | NotAReduction | NoPriceHistory:
    """Whether a price may be announced as a reduction that starts when the window ends.

    Refuses: a price that is not below the prior one; an offer that was never published before.
    """
    prior = prior_price(history, window)
    if prior is None:
        return NoPriceHistory(window)
    if price_minor >= prior:
        return NotAReduction(prior, window)
    return Reduction(price_minor, prior, percent_off(prior, price_minor), window)


def percent_off(prior_minor: int, price_minor: int) -> int | None:
    """By how much a price is below the prior one, in whole percent; None below one."""
    return (prior_minor - price_minor) * 100 // prior_minor or None


def first_day(window: Window, zone: str) -> date:
    """The first day of a window in the market."""
    return window.start.astimezone(ZoneInfo(zone)).date()
