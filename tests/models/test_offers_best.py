"""The narrow read of the featured offers says what the rotation of the rules and of SQL say."""

from models.base import fetch
from models.offers.best import best_offers
from tests.models.test_offers_ranking import HOUR, data_of

BY_SQL = """
SELECT b.variant_id, b.grade, f.offer_id,
  (SELECT om.landed_minor FROM offer_market om
   WHERE om.offer_id = f.offer_id AND om.market = b.market) AS landed_minor
FROM best_offer b
JOIN ranking_model r ON r.code = b.model_id
CROSS JOIN LATERAL (SELECT boucle_featured(b.group_offers, b.market || '|' || b.variant_id || '|'
  || (ARRAY['FAIR', 'GOOD', 'VERY_GOOD', 'EXCELLENT', 'PREMIUM'])[b.grade + 1], $2,
  (r.parameters->>'lead_share_bp')::int) AS offer_id) f
WHERE b.market = $1 AND b.leader IS NOT NULL
"""


async def test_every_hour_features_the_offer_that_the_database_draws(db: None) -> None:
    await data_of(1, 6, 1)
    variants = [row["id"] for row in await fetch("SELECT id FROM variant")]
    leaders = {row["leader"] for row in await fetch("SELECT leader FROM best_offer")}
    others = 0
    for hour in range(HOUR, HOUR + 60):
        for market in ("FR", "DE", "GB"):
            drawn = {
                (row["variant_id"], row["grade"]): (row["offer_id"], row["landed_minor"])
                for row in await fetch(BY_SQL, market, hour)
            }
            assert await best_offers(market, variants, hour) == drawn
            others += sum(offer not in leaders for offer, _ in drawn.values())

    assert others > 20


async def test_a_variant_that_nobody_offers_has_no_featured_offer(db: None) -> None:
    await data_of(1, 6, 1)
    variants = [row["id"] for row in await fetch("SELECT id FROM variant ORDER BY id")]
    found = await best_offers("FR", variants[:1], HOUR)

    assert {variant for variant, _ in found} == {variants[0]}
    assert await best_offers("JP", variants, HOUR) == {}
