"""The price of an offer in a market, made of its price in another by a rate, an ending and a floor.

Source: docs/markets.md, "Derived prices".
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from enum import StrEnum
from typing import Final

from domain.money import Currency

_WIDE: Final = Context(prec=60)
_HALF: Final = Decimal("0.5")


class Ending(StrEnum):
    """What a derived price ends with."""

    EXACT = "EXACT"
    WHOLE = "WHOLE"
    NINETY_NINE = "NINETY_NINE"
    NINETY_FIVE = "NINETY_FIVE"
    NINE = "NINE"


class Direction(StrEnum):
    """Whether a price goes up to its ending, or to the nearest."""

    UP = "UP"
    NEAREST = "NEAREST"


class LineOutcome(StrEnum):
    """What becomes of an offer that is aimed at the market."""

    DERIVED = "DERIVED"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    BELOW_FLOOR = "BELOW_FLOOR"
    OWN_PRICE = "OWN_PRICE"
    NO_SOURCE_PRICE = "NO_SOURCE_PRICE"


@dataclass(frozen=True, slots=True)
class Rounding:
    """Prices are multiples of `step_minor` less `less_minor`, in minor units of the market."""

    direction: Direction
    step_minor: int
    less_minor: int


@dataclass(frozen=True, slots=True)
class EndingNotPossible:
    """The market's own price step, or its currency, has no such ending."""

    ending: Ending


def rounding(
    ending: Ending, direction: Direction, currency: Currency, price_step_minor: int
) -> Rounding | EndingNotPossible:
    """The ending in minor units.

    Refuses: cents in a currency without them; an ending that the market's step cannot pay, such
    as .99 where prices are multiples of 0.05.
    """
    whole = 10**currency.digits
    steps = {
        Ending.EXACT: (price_step_minor, 0),
        Ending.WHOLE: (whole, 0),
        Ending.NINETY_NINE: (whole, 1),
        Ending.NINETY_FIVE: (whole, 5),
        Ending.NINE: (10 * whole, whole),
    }
    step, less = steps[ending]
    if less >= step or step % price_step_minor or less % price_step_minor:
        return EndingNotPossible(ending)
    return Rounding(direction, step, less)


def factor_of(rate: Decimal, base: Currency, quote: Currency) -> Decimal:
    """What a minor unit of `base` is in minor units of `quote`."""
    return rate.scaleb(quote.digits - base.digits, _WIDE)


def derived(minor: int, factor: Decimal, how: Rounding, floor_minor: int) -> int | None:
    """The price in minor units of the market; None under the floor.

    The rounding is the only one; half a step goes up. `boucle_derived_price` says the same in SQL.
    """
    exact = _WIDE.multiply(Decimal(minor), factor)
    steps = _WIDE.divide(_WIDE.add(exact, Decimal(how.less_minor)), Decimal(how.step_minor))
    if how.direction is Direction.UP:
        whole = steps.to_integral_value(ROUND_CEILING, _WIDE)
    else:
        whole = _WIDE.add(steps, _HALF).to_integral_value(ROUND_FLOOR, _WIDE)
    made = int(whole) * how.step_minor - how.less_minor
    return made if made >= max(floor_minor, 1) else None
