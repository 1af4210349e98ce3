"""Which offer stands first in each competition of some variants, in one narrow read."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from domain.catalog import Grade
from domain.ranking.rotation import RotationGroup, competition_key, pick
from models.base import fetch

# A competition that nobody shares says so by null: its leader is featured at every hour.
SQL = """
SELECT variant_id, grade, leader, landed_minor,
  CASE WHEN cardinality(group_offers) > 1 THEN group_offers END AS sharers,
  CASE WHEN cardinality(group_offers) > 1 THEN group_landed END AS totals,
  CASE WHEN cardinality(group_offers) > 1 THEN model_id END AS model_id
FROM best_offer
WHERE market = $1 AND variant_id = ANY ($2) AND leader IS NOT NULL
"""
LEAD_SHARES = """
SELECT code, (parameters->>'lead_share_bp')::int AS lead_share_bp FROM ranking_model
WHERE code = ANY ($1)
"""
GRADES = sorted(Grade, key=lambda grade: grade.rank)


class Best(NamedTuple):
    """The featured offer of a competition and its total to pay, in minor units."""

    offer_id: UUID
    landed_minor: int


async def best_offers(
    market: str, variants: Sequence[UUID], now_bucket: int
) -> dict[tuple[UUID, Grade], Best]:
    """The featured offer of each competition of these variants that has one, in this turn.

    One statement, and a second one where some competition is shared: for the share of its leader.
    """
    rows = await fetch(SQL, market, variants)
    found: dict[tuple[UUID, Grade], Best] = {}
    shared = []
    for row in rows:
        variant_id, grade, leader, landed, sharers, _, _ = row
        if sharers is None:
            found[variant_id, GRADES[grade]] = Best(leader, landed)
        else:
            shared.append(row)
    if shared:
        codes = list({row["model_id"] for row in shared})
        shares = {row["code"]: row["lead_share_bp"] for row in await fetch(LEAD_SHARES, codes)}
        for variant_id, grade, _, _, sharers, totals, model_id in shared:
            name = competition_key(market, variant_id, GRADES[grade])
            turn = pick(
                RotationGroup(sharers[0], tuple(sharers[1:])), name, now_bucket, shares[model_id]
            )
            found[variant_id, GRADES[grade]] = Best(turn, totals[sharers.index(turn)])
    return found
