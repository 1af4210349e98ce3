-- What the read models must say, computed from offer_market alone. $$cells$$ is a table of
-- (market, variant_id, grade), $$products$$ one of (market, product_id).

-- name: competition
-- Two unequal values across grades differ by at least 1 / 172,500,000^2, so the eighteen digits of `across_e10` order
-- exactly.
WITH rivals AS MATERIALIZED (
  SELECT om.market, om.variant_id, om.grade, om.offer_id, om.merchant_id, om.visibility, om.item_minor, om.landed_minor,
    om.merit, om.effective_e6, om.terms, om.quality_bp, om.days, om.warranty_months, om.battery_new, om.battery_health,
    om.scope, om.model_id, om.listed_at
  FROM $$cells$$ c JOIN offer_market om
    ON (om.market, om.variant_id, om.grade) = (c.market, c.variant_id, c.grade) AND om.visibility > 0
), ranked AS MATERIALIZED (
  SELECT v.*, r.prior_bp, (r.parameters->>'band_bp')::int AS band, (r.parameters->>'max_sharers')::int AS sharers,
    row_number() OVER best AS place, lead(v.effective_e6) OVER best AS next_effective_e6,
    first_value(v.landed_minor) OVER best AS lead_landed, first_value(v.merit) OVER best AS lead_merit,
    first_value(v.merchant_id) OVER best AS lead_merchant,
    row_number() OVER (PARTITION BY v.market, v.variant_id, v.grade, v.merchant_id
      ORDER BY v.effective_e6, v.quality_bp DESC, v.landed_minor, v.days, v.listed_at, v.offer_id) AS of_merchant
  FROM rivals v JOIN ranking_model r ON r.code = v.model_id
  WHERE v.visibility = 2
  WINDOW best AS (PARTITION BY v.market, v.variant_id, v.grade
    ORDER BY v.effective_e6, v.quality_bp DESC, v.landed_minor, v.days, v.listed_at, v.offer_id)
), near AS (
  SELECT market, variant_id, grade, offer_id, landed_minor, sharers,
    row_number() OVER (PARTITION BY market, variant_id, grade ORDER BY place) AS seat
  FROM ranked
  WHERE place = 1 OR (of_merchant = 1 AND merchant_id <> lead_merchant AND quality_bp >= prior_bp
    AND landed_minor * lead_merit * 10000 <= lead_landed * merit * (10000 + band))
), sharing AS (
  SELECT market, variant_id, grade, array_agg(offer_id ORDER BY seat) AS group_offers,
    array_agg(landed_minor ORDER BY seat) AS group_landed
  FROM near WHERE seat <= sharers GROUP BY 1, 2, 3
), running AS (
  SELECT market, variant_id, grade, count(*)::int AS competing, min(model_id) AS model_id, min(landed_minor) AS lowest,
    string_agg(concat_ws('|', offer_id, landed_minor, item_minor, quality_bp, days, warranty_months,
      CASE WHEN battery_new THEN 'new' ELSE COALESCE(battery_health::text, '') END,
      (ARRAY['IN_MARKET', 'SAME_CUSTOMS_AREA', 'ELSEWHERE'])[scope + 1]), E'\n'
      ORDER BY offer_id) AS inputs
  FROM ranked GROUP BY 1, 2, 3
), shown AS (
  SELECT market, variant_id, grade, count(*)::int AS offers, count(DISTINCT merchant_id)::int AS merchants,
    min(landed_minor) AS min_landed, max(landed_minor) AS max_landed
  FROM rivals GROUP BY 1, 2, 3
)
SELECT c.market, c.variant_id, c.grade, COALESCE(s.offers, 0) AS offers, COALESCE(s.merchants, 0) AS merchants,
  COALESCE(f.competing, 0) AS competing, s.min_landed, s.max_landed, l.offer_id AS leader, l.merchant_id,
  l.landed_minor, l.merit, l.effective_e6,
  div(l.landed_minor::numeric * 1000000000000000000, l.merit * (lm.parameters->'grade_worth_bp'->>c.grade)::numeric) AS across_e10,
  l.terms, l.quality_bp, l.next_effective_e6,
  l.landed_minor = f.lowest AS lowest_total,
  COALESCE(g.group_offers, '{}') AS group_offers, COALESCE(g.group_landed, '{}') AS group_landed, f.model_id,
  encode(sha256(convert_to(f.model_id || E'\n' || f.inputs, 'UTF8')), 'hex') AS snapshot_id, f.inputs
FROM $$cells$$ c
LEFT JOIN shown s USING (market, variant_id, grade)
LEFT JOIN running f USING (market, variant_id, grade)
LEFT JOIN ranked l ON (l.market, l.variant_id, l.grade) = (c.market, c.variant_id, c.grade) AND l.place = 1
LEFT JOIN ranking_model lm ON lm.code = l.model_id
LEFT JOIN sharing g ON (g.market, g.variant_id, g.grade) = (c.market, c.variant_id, c.grade);

-- name: product
SELECT m.market, m.product_id, n.*
FROM $$products$$ m
CROSS JOIN LATERAL (
  SELECT COALESCE(sum(b.offers), 0)::int AS offers, min(b.min_landed) AS min_landed, max(b.max_landed) AS max_landed,
    (array_agg(b.variant_id ORDER BY b.across_e10, b.grade DESC, b.quality_bp DESC, b.landed_minor, b.variant_id)
      FILTER (WHERE b.leader IS NOT NULL))[1] AS best_variant,
    (array_agg(b.grade ORDER BY b.across_e10, b.grade DESC, b.quality_bp DESC, b.landed_minor, b.variant_id)
      FILTER (WHERE b.leader IS NOT NULL))[1] AS best_grade,
    div(min(b.across_e10), 10000)::bigint AS across_e6
  FROM best_offer b WHERE b.market = m.market AND b.product_id = m.product_id AND b.offers > 0
) n;

-- name: product_merchants
SELECT m.market, m.product_id, count(DISTINCT om.merchant_id)::int AS merchants
FROM $$products$$ m
JOIN best_offer b ON b.market = m.market AND b.product_id = m.product_id AND b.offers > 0
JOIN offer_market om ON (om.market, om.variant_id, om.grade) = (b.market, b.variant_id, b.grade) AND om.visibility > 0
GROUP BY 1, 2;

-- name: facets
SELECT DISTINCT b.market, b.product_id, b.category, f.key, f.value
FROM $$products$$ m
JOIN best_offer b ON b.market = m.market AND b.product_id = m.product_id AND b.offers > 0
JOIN variant v ON v.id = b.variant_id
JOIN product p ON p.id = b.product_id
JOIN brand br ON br.id = p.brand_id
CROSS JOIN LATERAL (
  SELECT 'category' AS key, b.category AS value
  UNION ALL SELECT 'brand', br.code
  UNION ALL SELECT 'grade', (ARRAY['FAIR', 'GOOD', 'VERY_GOOD', 'EXCELLENT', 'PREMIUM'])[b.grade + 1]
  UNION ALL SELECT a.key, v.attributes->>a.key FROM attribute a
    WHERE a.category = b.category AND a.facet AND v.attributes ? a.key
) f;
