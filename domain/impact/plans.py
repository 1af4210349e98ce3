"""What is drawn for a device, and what the draws say: the words between method and draws.

Source: docs/impact.md, "Uncertainty".
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.impact import Range
from domain.impact.factors import Spread


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drawn for one device; equal plans have equal draws.

    Shapes: `avoided` is the service by year where only that is known, and then `new` is 0;
    `fixed` is a constant that is added to the refurbishing of each draw, `floor` its least.
    Units: of the indicator; `not_amortised` is a share of the new device.
    """

    new: float
    new_spread: Spread
    refurbishing: float
    refurbishing_spread: Spread
    first_life: Spread
    second_life: Spread
    rebound: Spread
    parts: float = 0.0
    transport: float = 0.0
    not_amortised: float = 0.0
    floor: float = 0.0
    avoided: float | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the draws of a plan, or of a sum of plans, say."""

    net: Range
    gross: Range
    share_not_positive: Decimal


Draw = Callable[[Plan], Drawn]
"""Who draws: the draws themselves, or who kept what they said."""
DrawSum = Callable[[Mapping[Plan, int]], Drawn]
"""Who draws a sum of so many devices of each plan."""


def key(plan: Plan) -> str:
    """What a kept answer is found by: the same for equal plans, in every process."""
    return hashlib.blake2b(repr(plan).encode(), digest_size=10).hexdigest()
