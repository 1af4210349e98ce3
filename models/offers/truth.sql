-- What the read models must say, computed from offer_market alone. $$cells$$ is a table of
-- (market, variant_id, grade), $$products$$ one of (market, product_id).

-- name: competition
WITH ranked AS (
  SELECT om.*, r.prior_bp, (r.parameters->>'band_bp')::int AS band, (r.parameters->>'max_sharers')::int AS sharers,
    row_number() OVER best AS place,
    first_value(om.landed_minor) OVER best AS lead_landed, first_value(om.merit) OVER best AS lead_merit,
    first_value(om.merchant_id) OVER best AS lead_merchant,
    row_number() OVER (PARTITION BY om.market, om.variant_id, om.grade, om.merchant_id
      ORDER BY om.effective_e6, om.quality_bp DESC, om.landed_minor, om.days, om.listed_at, om.offer_id) AS of_merchant
  FROM $$cells$$ c
  JOIN offer_market om ON (om.market, om.variant_id, om.grade) = (c.market, c.variant_id, c.grade) AND om.visibility = 2
  JOIN ranking_model r ON r.code = om.model_id
  WINDOW best AS (PARTITION BY om.market, om.variant_id, om.grade
    ORDER BY om.effective_e6, om.quality_bp DESC, om.landed_minor, om.days, om.listed_at, om.offer_id)
), near AS (
  SELECT market, variant_id, grade, offer_id, landed_minor, place, sharers,
    row_number() OVER (PARTITION BY market, variant_id, grade ORDER BY place) AS seat
  FROM ranked
  WHERE place = 1 OR (of_merchant = 1 AND merchant_id <> lead_merchant AND quality_bp >= prior_bp
    AND landed_minor * lead_merit * 10000 <= lead_landed * merit * (10000 + band))
), sharing AS (
  SELECT market, variant_id, grade, array_agg(offer_id ORDER BY seat) AS group_offers,
    array_agg(landed_minor ORDER BY seat) AS group_landed
  FROM near WHERE seat <= sharers GROUP BY 1, 2, 3
), first AS (
  SELECT market, variant_id, grade, count(*)::int AS competing, min(model_id) AS model_id,
    (array_agg(offer_id ORDER BY place))[1] AS leader,
    (array_agg(merchant_id ORDER BY place))[1] AS merchant_id,
    (array_agg(landed_minor ORDER BY place))[1] AS landed_minor,
    (array_agg(merit ORDER BY place))[1] AS merit,
    (array_agg(effective_e6 ORDER BY place))[1] AS effective_e6,
    (array_agg(effective_e6 ORDER BY place))[2] AS next_effective_e6,
    (array_agg(quality_bp ORDER BY place))[1] AS quality_bp,
    (array_agg(landed_minor ORDER BY place))[1] = min(landed_minor) AS lowest_total,
    string_agg(concat_ws('|', offer_id, landed_minor, item_minor, quality_bp, days, warranty_months,
      CASE WHEN battery_new THEN 'new' ELSE COALESCE(battery_health::text, '') END,
      (ARRAY['IN_MARKET', 'SAME_CUSTOMS_AREA', 'ELSEWHERE'])[scope + 1]), E'\n'
      ORDER BY offer_id) AS inputs
  FROM ranked GROUP BY 1, 2, 3
), shown AS (
  SELECT c.market, c.variant_id, c.grade, count(*)::int AS offers, count(DISTINCT om.merchant_id)::int AS merchants,
    min(om.landed_minor) AS min_landed, max(om.landed_minor) AS max_landed
  FROM $$cells$$ c JOIN offer_market om
    ON (om.market, om.variant_id, om.grade) = (c.market, c.variant_id, c.grade) AND om.visibility > 0
  GROUP BY 1, 2, 3
)
SELECT c.market, c.variant_id, c.grade, COALESCE(s.offers, 0) AS offers, COALESCE(s.merchants, 0) AS merchants,
  COALESCE(f.competing, 0) AS competing, s.min_landed, s.max_landed, f.leader, f.merchant_id, f.landed_minor,
  f.merit, f.effective_e6, l.terms, f.quality_bp, f.next_effective_e6, f.lowest_total,
  COALESCE(g.group_offers, '{}') AS group_offers, COALESCE(g.group_landed, '{}') AS group_landed, f.model_id,
  encode(sha256(convert_to(f.model_id || E'\n' || f.inputs, 'UTF8')), 'hex') AS snapshot_id, f.inputs
FROM $$cells$$ c
LEFT JOIN shown s USING (market, variant_id, grade)
LEFT JOIN first f USING (market, variant_id, grade)
LEFT JOIN sharing g USING (market, variant_id, grade)
LEFT JOIN offer_market l ON l.offer_id = f.leader AND l.market = c.market;

-- name: product
SELECT m.market, m.product_id, COALESCE(sum(b.offers), 0)::int AS offers,
  min(b.min_landed) AS min_landed, max(b.max_landed) AS max_landed,
  (array_agg(b.variant_id ORDER BY a.exact, b.grade DESC, b.quality_bp DESC, b.landed_minor, b.variant_id)
    FILTER (WHERE b.leader IS NOT NULL))[1] AS best_variant,
  (array_agg(b.grade ORDER BY a.exact, b.grade DESC, b.quality_bp DESC, b.landed_minor, b.variant_id)
    FILTER (WHERE b.leader IS NOT NULL))[1] AS best_grade,
  div(min(a.exact), 10000)::bigint AS across_e6
FROM $$products$$ m
LEFT JOIN best_offer b ON b.market = m.market AND b.product_id = m.product_id AND b.offers > 0
LEFT JOIN ranking_model r ON r.code = b.model_id
-- Two unequal values differ by at least 1 / 172,500,000^2, so these eighteen digits order exactly.
LEFT JOIN LATERAL (SELECT div(b.landed_minor::numeric * 1000000000000000000,
    b.merit * (r.parameters->'grade_worth_bp'->>b.grade)::numeric) AS exact WHERE b.leader IS NOT NULL) a ON true
GROUP BY 1, 2;

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
