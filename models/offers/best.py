"""Which offer is featured in each competition of some variants, in one narrow read.

A competition that nobody shares is answered by its leader; only the others are drawn for.
"""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from domain.catalog import Grade
from domain.ranking.rotation import RotationGroup, competition_key, pick
from models.base import connection

SQL = """
SELECT variant_id, grade, leader, landed_minor,
  CASE WHEN cardinality(group_offers) > 1 THEN group_offers END AS sharers,
  CASE WHEN cardinality(group_offers) > 1 THEN group_landed END AS totals,
  CASE WHEN cardinality(group_offers) > 1 THEN (
    SELECT (r.parameters->>'lead_share_bp')::int FROM ranking_model r
    WHERE r.code = best_offer.model_id) END AS lead_share_bp
FROM best_offer
WHERE market = $1 AND variant_id = ANY ($2) AND leader IS NOT NULL
"""
GRADES = sorted(Grade, key=lambda grade: grade.rank)


async def best_offers(
    market: str, variants: Sequence[UUID], now_bucket: int
) -> dict[tuple[UUID, int], tuple[UUID, int]]:
    """The featured offer of each competition of these variants that has one, in this turn.

    Shapes: (variant, rank of the grade) to (offer, its total to pay). Units: minor units.
    """
    async with connection() as raw:
        return await featured(raw, market, variants, now_bucket)


async def featured(
    raw: asyncpg.Connection, market: str, variants: Sequence[UUID], now_bucket: int
) -> dict[tuple[UUID, int], tuple[UUID, int]]:
    """The same, on a connection of the caller."""
    rows = await raw.fetch(SQL, market, variants)
    return {
        (variant, grade): (leader, landed)
        if sharers is None
        else _turn(market, variant, grade, sharers, totals, share, now_bucket)
        for variant, grade, leader, landed, sharers, totals, share in rows
    }


def _turn(
    market: str,
    variant: UUID,
    grade: int,
    sharers: list[UUID],
    totals: list[int],
    lead_share_bp: int,
    bucket: int,
) -> tuple[UUID, int]:
    members = RotationGroup(sharers[0], tuple(sharers[1:]))
    name = competition_key(market, variant, GRADES[grade])
    offer = pick(members, name, bucket, lead_share_bp)
    return offer, totals[sharers.index(offer)]
