"""A competition as the ranking rules take it, for the merchant of one of its offers."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.catalog import Grade
from domain.markets import DispatchScope
from domain.merchants.quality import QualityMetric, Sample
from domain.ranking.model import RankingParameters
from domain.ranking.score import Competitor
from models.base import fetch, fetchrow
from models.sql import words

SCOPES = (DispatchScope.IN_MARKET, DispatchScope.SAME_CUSTOMS_AREA, DispatchScope.ELSEWHERE)

_OWN = """
SELECT om.*,
  COALESCE((o.prices->om.market->>'min')::bigint, o.min_price_minor) AS lowest,
  COALESCE((o.prices->om.market->>'max')::bigint, o.max_price_minor) AS highest,
  k.price_step_minor, r.parameters::text AS parameters, r.prior_bp, b.snapshot_id,
  q.inputs::text AS quality_inputs
FROM offer o
JOIN offer_market om ON om.offer_id = o.id AND om.market = $2
JOIN market k ON k.code = om.market
JOIN ranking_model r ON r.code = om.model_id
JOIN variant v ON v.id = om.variant_id
JOIN product p ON p.id = v.product_id
JOIN category c ON c.id = p.category_id
LEFT JOIN best_offer b ON (b.market, b.variant_id, b.grade) = (om.market, om.variant_id, om.grade)
LEFT JOIN merchant_quality q
  ON q.merchant_id = o.merchant_id AND q.category = COALESCE(c.parent, c.code)
WHERE o.id = $1 AND o.merchant_id = $3
"""
_ALL = """
SELECT om.* FROM offer_market om
WHERE (om.market, om.variant_id, om.grade) = ($1, $2, $3) AND om.visibility = 2
"""


@dataclass(frozen=True, slots=True)
class Own:
    """An offer of the asking merchant in one market, and the rules that ranked it.

    Shapes: `me` is None for an offer without a price or a way of delivery here.
    """

    offer_id: UUID
    merchant_id: UUID
    market: str
    currency: str
    reasons: list[str]
    competes: bool
    me: Competitor | None
    lowest: int | None
    highest: int | None
    step: int
    model: str
    parameters: RankingParameters
    prior_bp: int
    snapshot_id: str | None
    samples: dict[QualityMetric, Sample]
    everyone: list[Competitor]


async def competition(offer_id: UUID, market: str, merchant_id: UUID) -> Own | None:
    """The competition of an offer of this merchant in a market. Two statements."""
    row = await fetchrow(_OWN, offer_id, market, merchant_id)
    if row is None:
        return None
    everyone = await fetch(_ALL, market, row["variant_id"], row["grade"])
    inputs = orjson.loads(row["quality_inputs"] or "{}")
    return Own(
        offer_id=offer_id,
        merchant_id=merchant_id,
        market=market,
        currency=row["currency"],
        reasons=list(row["reasons"]),
        competes=row["visibility"] == 2,
        me=None if row["landed_minor"] is None else competitor(row),
        lowest=row["lowest"],
        highest=row["highest"],
        step=row["price_step_minor"],
        model=row["model_id"],
        parameters=parameters_of(orjson.loads(row["parameters"])),
        prior_bp=row["prior_bp"],
        snapshot_id=row["snapshot_id"],
        samples={
            QualityMetric(key): Sample.of(Fraction(str(x)), int(n))
            for key, (x, n) in inputs.items()
        },
        everyone=[competitor(each) for each in everyone],
    )


def competitor(row: asyncpg.Record) -> Competitor:
    """A price row as the rules take it."""
    return Competitor(
        offer_id=row["offer_id"],
        merchant_id=row["merchant_id"],
        item_minor=row["item_minor"],
        shipping_minor=row["shipping_minor"],
        service_fee_minor=row["service_fee_minor"],
        levies_minor=row["levies_minor"],
        duties_minor=row["duties_minor"],
        quality_bp=row["quality_bp"],
        days=row["days"],
        warranty_months=row["warranty_months"],
        battery_new=row["battery_new"],
        battery_health=row["battery_health"],
        scope=SCOPES[row["scope"]],
        listed_at=row["listed_at"],
    )


def parameters_of(stored: dict[str, Any]) -> RankingParameters:
    """Parameters as `models.ranking.store` wrote them."""
    plain = words(
        "quality_bp in_country_bp delivery_bp warranty_bp battery_bp max_sharers band_bp "
        "lead_share_bp"
    )
    worth = {g: stored["grade_worth_bp"][g.rank] for g in Grade}
    return RankingParameters(**{name: stored[name] for name in plain}, grade_worth_bp=worth)
