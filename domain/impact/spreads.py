"""The check of the draws by what can be computed without any: how far the service spreads.

Source: docs/impact.md, "Uncertainty".
"""

import math
from dataclasses import dataclass
from typing import Final

from domain.impact import Indicator
from domain.impact.draws import Z95, deviation_of_service
from domain.impact.factors import FactorSet

WITHIN: Final = 0.02
"""How far the draws may be from it: it leaves out that a logarithm is no straight line."""


@dataclass(frozen=True, slots=True)
class ServiceSpread:
    """How far ln(N / L1) spreads: by the draws, and by what can be computed without any.

    Shapes: standard deviations of logarithms; `variance_life` is that of L1, relative.
    """

    sigma_new: float
    variance_life: float
    drawn: float

    @property
    def analytic(self) -> float:
        """By the law of small errors: the squares of both add."""
        return math.sqrt(self.sigma_new**2 + self.variance_life)

    @property
    def agrees(self) -> bool:
        """Whether the draws are as wide as they should be."""
        return abs(self.drawn - self.analytic) <= WITHIN * self.analytic


def service_spread(factors: FactorSet, category: str, indicator: Indicator) -> ServiceSpread:
    """The spread of the service of a new device, drawn and analytic.

    Raises: BadSet where the set has no new device of the category.
    """
    new = factors.need("N", category, indicator.value).spread
    life = factors.need("L1", category).spread
    low, mode, high = life.low, life.mode, life.high
    variance = (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18
    sigma = math.log1p(new.half_width) / Z95
    return ServiceSpread(sigma, variance / mode**2, deviation_of_service(new, life))


def wrong_spreads(factors: FactorSet) -> list[str]:
    """The new devices of a set whose draws are too wide or too narrow; none where all agree."""
    told = []
    for category, indicator, symbol in factors.factors:
        if symbol == "N":
            found = service_spread(factors, category, Indicator(indicator))
            if not found.agrees:
                said = f"ln(N/L1) spreads {found.drawn:.4f} drawn, {found.analytic:.4f} computed"
                told.append(f"{factors.id} {category} {indicator}: {said}")
    return told
