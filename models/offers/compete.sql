-- The statement of models/offers/compete.py.

-- name: standings
-- Where offers of the merchant $1 stand. Each is asked for by id ($2) or else by SKU ($3), in a market ($4). Of the
-- others comes no more than the answer is made of: the first, the neighbour, and who may share the first place.
WITH asked AS (
  SELECT a.n, a.market, o.* FROM unnest($2::uuid[], $3::text[], $4::text[]) WITH ORDINALITY a (offer_id, sku_key, market, n)
  CROSS JOIN LATERAL (
    SELECT x.* FROM offer x WHERE x.id = a.offer_id AND x.merchant_id = $1
    UNION ALL
    SELECT x.* FROM offer x WHERE a.offer_id IS NULL AND x.merchant_id = $1 AND x.sku_key = a.sku_key) o
), mine AS MATERIALIZED (
  SELECT a.n, a.id AS own_id, a.sku, a.market AS in_market, a.gtin, a.mpn, a.title, a.variant_id IS NULL AS unknown, a.status,
    a.paused_because, a.quantity AS stock, a.available_from, a.available_until, a.updated_at AS own_updated_at,
    a.currency AS own_currency, COALESCE(a.prices->a.market->>'currency', a.currency) AS price_currency,
    COALESCE((a.prices->a.market->>'price_minor')::bigint, CASE WHEN a.currency = k.currency THEN a.price_minor END,
      boucle_derived_minor(a.prices, a.currency, a.price_minor, a.market)) AS base_minor,
    COALESCE((a.prices->a.market->>'min')::bigint, CASE WHEN a.currency = k.currency THEN a.min_price_minor END) AS lowest,
    COALESCE((a.prices->a.market->>'max')::bigint, CASE WHEN a.currency = k.currency THEN a.max_price_minor END) AS highest,
    k.currency AS market_currency, k.price_step_minor, om.*,
    om.visibility = 2 OR om.landed_minor IS NOT NULL AND om.reasons = '{OUTSIDE_AVAILABILITY}' AND a.available_from > now() AS ready
  FROM asked a
  JOIN market k ON k.code = a.market
  LEFT JOIN offer_market om ON om.offer_id = a.id AND om.market = a.market
  WHERE om.offer_id IS NOT NULL OR a.variant_id IS NULL AND a.market = ANY (a.markets)
), cells AS MATERIALIZED (
  SELECT DISTINCT m.in_market AS market, m.variant_id, m.grade FROM mine m WHERE m.ready
), ranked AS MATERIALIZED (
  SELECT om.market, om.variant_id, om.grade, om.merchant_id, om.offer_id, om.item_minor, om.shipping_minor, om.service_fee_minor,
    om.levies_minor, om.duties_minor, om.landed_minor, om.merit, om.quality_bp, om.days, om.warranty_months, om.battery_new,
    om.battery_health, om.scope, om.listed_at, r.prior_bp, (r.parameters->>'max_sharers')::int AS sharers,
    row_number() OVER (PARTITION BY om.market, om.variant_id, om.grade
      ORDER BY om.effective_e6, om.quality_bp DESC, om.landed_minor, om.days, om.listed_at, om.offer_id) AS place
  FROM cells c
  JOIN offer_market om ON (om.market, om.variant_id, om.grade) = (c.market, c.variant_id, c.grade) AND om.visibility > 0
  JOIN ranking_model r ON r.code = om.model_id
  WHERE om.visibility = 2
), others AS (
  SELECT *, row_number() OVER (PARTITION BY market, variant_id, grade ORDER BY place) AS nth,
    row_number() OVER (PARTITION BY market, variant_id, grade, merchant_id ORDER BY place) AS of_merchant
  FROM ranked WHERE merchant_id <> $1
), seated AS (
  SELECT *, count(*) FILTER (WHERE of_merchant = 1 AND quality_bp >= prior_bp)
    OVER (PARTITION BY market, variant_id, grade ORDER BY place) AS seat
  FROM others
), rivals AS (
  SELECT market, variant_id, grade, jsonb_agg(jsonb_build_array(offer_id, merchant_id, item_minor, shipping_minor,
    service_fee_minor, levies_minor, duties_minor, quality_bp, days, warranty_months, battery_new, battery_health, scope,
    listed_at) ORDER BY place) AS rows
  FROM seated WHERE nth = 1 OR of_merchant = 1 AND quality_bp >= prior_bp AND seat <= sharers + 1 GROUP BY 1, 2, 3
)
SELECT m.*, r.code AS model, r.parameters::text AS parameters, r.priors::text AS priors, r.prior_bp, b.snapshot_id, b.group_offers,
  COALESCE(b.competing, 0) AS competing, q.inputs::text AS quality_inputs, x.place, v.rows::text AS rivals,
  first.landed_minor AS lead_landed, near.landed_minor AS near_landed, near.merit AS near_merit,
  EXISTS (SELECT FROM ranked s WHERE s.offer_id = ANY (b.group_offers) AND s.merchant_id = $1
    AND (s.market, s.variant_id, s.grade) = (m.in_market, m.variant_id, m.grade)) AS sister,
  usual.doubled AS usual_doubled
FROM mine m
CROSS JOIN LATERAL (
  SELECT * FROM ranking_model y WHERE y.code = m.model_id OR m.model_id IS NULL AND y.market = m.in_market AND y.valid_from <= now()
  ORDER BY y.valid_from DESC LIMIT 1) r
LEFT JOIN best_offer b ON (b.market, b.variant_id, b.grade) = (m.in_market, m.variant_id, m.grade)
LEFT JOIN variant z ON z.id = m.variant_id
LEFT JOIN product p ON p.id = z.product_id
LEFT JOIN category c ON c.id = p.category_id
LEFT JOIN merchant_quality q ON q.merchant_id = $1 AND q.category = COALESCE(c.parent, c.code)
LEFT JOIN rivals v ON (v.market, v.variant_id, v.grade) = (m.in_market, m.variant_id, m.grade)
LEFT JOIN ranked x ON x.offer_id = m.own_id AND x.market = m.in_market
LEFT JOIN ranked first ON (first.market, first.variant_id, first.grade) = (m.in_market, m.variant_id, m.grade) AND first.place = 1
LEFT JOIN ranked near ON (near.market, near.variant_id, near.grade) = (m.in_market, m.variant_id, m.grade)
  AND near.place = CASE x.place WHEN 1 THEN 2 ELSE x.place - 1 END
LEFT JOIN LATERAL (
  SELECT (2 * percentile_cont(0.5) WITHIN GROUP (ORDER BY om.landed_minor))::bigint AS doubled FROM offer_market om
  WHERE b.offers >= 5 AND om.visibility > 0 AND om.merchant_id <> $1
    AND (om.market, om.variant_id, om.grade) = (m.in_market, m.variant_id, m.grade)
  HAVING count(*) >= 5) usual ON true
ORDER BY m.n
