"""Across grades: which grade's leader is shown when the customer has chosen no grade."""

from collections.abc import Mapping

from domain.catalog import Grade
from domain.money import divide_half_even
from domain.ranking.model import RankingParameters
from domain.ranking.score import Scored


def effective_across_minor(leader: Scored, worth_bp: int) -> int:
    """What the offer costs once its quality and the worth of its grade are counted, to be shown."""
    return divide_half_even(leader.landed_minor * 10**8, leader.merit * worth_bp)


def featured_across(
    leaders: Mapping[Grade, Scored], parameters: RankingParameters, category: str | None = None
) -> tuple[Grade, Scored] | None:
    """The best of the leaders of each grade; None if there is none.

    The comparison is exact; equal offers go by the better grade, then by the tie-breaks within a
    grade.
    """
    best: tuple[Grade, Scored] | None = None
    for grade in sorted(leaders, key=lambda g: -g.rank):
        challenger = leaders[grade]
        if best is None:
            best = grade, challenger
            continue
        held_grade, held = best
        worth = parameters.grade_worth(grade, category)
        held_worth = parameters.grade_worth(held_grade, category)
        mine = challenger.landed_minor * held.merit * held_worth
        if mine < held.landed_minor * challenger.merit * worth:
            best = grade, challenger
    return best
