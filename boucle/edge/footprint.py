"""What answering a request is thought to cost in electricity and in greenhouse gas.

An estimate from the points of the answer; the method and how wrong it may be are in
docs/rules/footprint.md.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

JOULES_PER_WH = 3_600.0


class Footprint(NamedTuple):
    """Electricity in watt hours, and grams of CO2 equivalent; two digits each."""

    wh: float
    gco2e: float

    def as_dict(self) -> dict[str, float]:
        """As `extensions.cost` has it."""
        return {"wh": self.wh, "gco2e": self.gco2e}


@dataclass(frozen=True, slots=True)
class Method:
    """From points to electricity to gas.

    Units: processor seconds of the API and PostgreSQL together, for a request and for a point of
    it; watts of a server per busy core; `overhead` is what a data centre uses in all, for each
    unit that its servers use.
    """

    request_seconds: float = 0.003
    point_seconds: float = 0.000_045
    watts_per_core: float = 10.0
    overhead: float = 1.5
    gco2e_per_kwh: float = 480.0

    def footprint(self, points: float) -> Footprint:
        """The estimate for a request that cost so many points."""
        return _estimate(self, points)


@lru_cache(4_096)
def _estimate(method: Method, points: float) -> Footprint:
    seconds = method.request_seconds + method.point_seconds * points
    wh = seconds * method.watts_per_core * method.overhead / JOULES_PER_WH
    return Footprint(_two_digits(wh), _two_digits(wh * method.gco2e_per_kwh / 1_000))


DEFAULT = Method()


def footprint(points: float, method: Method = DEFAULT) -> Footprint:
    """The estimate for a request of these points."""
    return method.footprint(points)


def cost_extension(
    requested: float,
    actual: float,
    *,
    limit: float,
    remaining: float,
    restores_per_second: float,
    method: Method = DEFAULT,
) -> dict[str, Any]:
    """`extensions.cost` of an answer or a refusal. `remaining` is after what was given back."""
    return {
        "requested": round(requested, 1),
        "actual": round(actual, 1),
        "limit": round(limit, 1),
        "remaining": round(min(remaining, limit), 1),
        "restoresPerSecond": round(restores_per_second, 1),
        "footprint": method.footprint(actual).as_dict(),
    }


def _two_digits(number: float) -> float:
    return float(f"{number:.2g}")
