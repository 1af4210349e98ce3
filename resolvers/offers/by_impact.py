"""Filter and order of a search by impact: of what may be told alone.

What is told of a model depends on its category and its age. Models without a benefit that may be
told are left out by the filter and stand last in the order. An order is of one category: factor
sets and lives differ between categories, and are never mixed in one comparison.
Source: docs/impact.md, "Search".
"""

from datetime import date
from decimal import Decimal
from typing import Final

from domain.impact import ImpactReason
from models.offers.search import ByAge
from resolvers.context import BadInput
from resolvers.impact import CATEGORIES, told_until

MOST: Final = Decimal(100_000)


def filtered(at_least: Decimal | None, today: date) -> dict[str, date] | None:
    """Until when models of each category came out of which so much is told; None: not asked.

    Units: kg CO2e. Raises: BadInput for what is no such number.
    """
    if at_least is None:
        return None
    if not at_least.is_finite() or not 0 <= at_least <= MOST:
        raise BadInput(
            f"`filters.impactAtLeast` is from 0 to {MOST} kg CO2e.",
            reason="INVALID_FILTER",
            path="filters.impactAtLeast",
        )
    found = {each: told_until(each, today, at_least) for each in CATEGORIES}
    return {category: until for category, until in found.items() if until is not None}


def order(categories: list[str] | None, today: date) -> ByAge:
    """What the order by impact of a category needs.

    Raises: BadInput without one category, and for one of which no study tells anything.
    """
    if categories is None or len(categories) != 1:
        raise BadInput(
            "`sort: IMPACT` needs one `filters.category`: categories are not compared.",
            reason="ONE_CATEGORY",
            argument="filters.category",
        )
    told = told_until(categories[0], today, Decimal(0))
    full = told_until(categories[0], today)
    if told is None or full is None:
        raise BadInput(
            "Nothing is told of the impact of this category: leave `sort: IMPACT` out.",
            reason=ImpactReason.NO_STUDY.value,
            argument="filters.category",
        )
    return ByAge(told, full)
