"""Impact: golden values and laws."""

from decimal import Decimal

from domain.impact import Indicator, Inputs, Result
from domain.impact.draws import drawn
from domain.impact.engine import assess
from domain.impact.shown import stored
from models.impact import factor_set

LTHR = {"smartphone": "3", "tablet": "3", "laptop": "5", "desktop": "5"}


def of(category: str, life: str | None = None, set_id: str = "be-v2", **given: object) -> Result:
    """What is said of a device whose first life reached the threshold, unless `life` says."""
    if "indicator" not in given:
        given["indicator"] = Indicator.GWP
    years = Decimal(life or LTHR.get(category, "3"))
    if "released_on" in given:
        years = None  # type: ignore[assignment]
    found = assess(Inputs(category, first_life=years, **given), factor_set(set_id), drawn)  # type: ignore[arg-type]
    assert isinstance(found, Result), found
    return found


def six(value: Decimal | None) -> str:
    """A figure as it is stored."""
    assert value is not None
    return format(stored(value).normalize(), "f")


def near(value: Decimal | None, golden: str) -> bool:
    """Whether a percentile is the golden one, to a hundredth."""
    return value is not None and abs(value - Decimal(golden)) <= Decimal("0.01")
