"""Figures as people read them: two significant digits, never more; nothing is computed from them.

Source: docs/impact.md, "Rounding".
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

_TWO = Context(prec=2, rounding=ROUND_HALF_EVEN)
_STORED = Decimal("0.000001")


def shown(value: Decimal) -> str:
    """The value with two significant digits, in plain notation; zero is `0`, however stored."""
    if not value:
        return "0"
    return format(_TWO.plus(value), "f")


def stored(value: Decimal) -> Decimal:
    """The value as it is stored: six places, half to even, once and at the end."""
    return value.quantize(_STORED, rounding=ROUND_HALF_EVEN)


def lines(values: Sequence[Decimal]) -> list[Decimal]:
    """The values as the lines of a statement: at six places, summing to the stored total.

    The total is rounded once; what its lines lose by that goes to those that lost the most.
    """
    total = stored(sum(values, Decimal(0)))
    found = [value.quantize(_STORED, rounding=ROUND_FLOOR) for value in values]
    missing = int((total - sum(found, Decimal(0))) / _STORED)
    by_loss = sorted(range(len(values)), key=lambda n: found[n] - values[n])
    for n in by_loss[:missing]:
        found[n] += _STORED
    return found
