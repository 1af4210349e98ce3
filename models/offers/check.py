"""Compare the read models with what `offer_market` says they must be."""

from dataclasses import dataclass

import asyncpg

from models.offers.refresh import BEST_COLUMNS, truth

_ALL = truth(
    "(SELECT market, variant_id, grade FROM best_offer UNION "
    "SELECT market, variant_id, grade FROM offer_market WHERE visibility > 0)",
    "(SELECT market, product_id FROM product_market UNION SELECT om.market, v.product_id "
    "FROM offer_market om JOIN variant v ON v.id = om.variant_id WHERE om.visibility > 0)",
)
_LEFT = ", ".join(f"b.{c}" for c in BEST_COLUMNS)
_RIGHT = ", ".join(f"t.{c}" for c in BEST_COLUMNS)

COMPETITIONS = f"""
SELECT count(*) FROM ({_ALL["competition"]}) t
LEFT JOIN best_offer b ON (b.market, b.variant_id, b.grade) = (t.market, t.variant_id, t.grade)
WHERE b.market IS NULL OR ({_LEFT}) IS DISTINCT FROM ({_RIGHT})
"""  # noqa: S608 - only our own statements
PRODUCTS = f"""
SELECT count(*) FROM ({_ALL["product"]}) t
LEFT JOIN ({_ALL["product_merchants"]}) n ON n.market = t.market AND n.product_id = t.product_id
LEFT JOIN product_market p ON p.market = t.market AND p.product_id = t.product_id
WHERE p.market IS NULL
  OR (p.offers, p.merchants, p.min_landed, p.max_landed, p.best_variant, p.best_grade,
    p.across_e6)
  IS DISTINCT FROM (t.offers, COALESCE(n.merchants, 0), t.min_landed, t.max_landed,
    t.best_variant, t.best_grade, t.across_e6)
"""  # noqa: S608 - only our own statements
FACETS = f"""
SELECT count(*) FROM (
  SELECT market, category, key, value, count(*)::int AS products
  FROM ({_ALL["facets"]}) x GROUP BY 1, 2, 3, 4
) t FULL JOIN (SELECT * FROM facet_count WHERE products <> 0) f
  USING (market, category, key, value)
WHERE t.products IS DISTINCT FROM f.products
"""  # noqa: S608 - only our own statements


@dataclass(frozen=True, slots=True)
class Differences:
    """How many rows of each read model differ from the truth."""

    competitions: int
    products: int
    facets: int

    @property
    def total(self) -> int:
        """All of them; 0 is the promise."""
        return self.competitions + self.products + self.facets


async def differences(raw: asyncpg.Connection) -> Differences:
    """Compare everything on one snapshot: call it in a REPEATABLE READ transaction of its own."""
    return Differences(*[await raw.fetchval(sql) for sql in (COMPETITIONS, PRODUCTS, FACETS)])
