-- The statements of models/offers/stage.py.

-- name: open
DROP TABLE IF EXISTS stage, problem, duplicate;
CREATE TEMP TABLE stage (
  line int NOT NULL, sku text NOT NULL, sku_key text NOT NULL, deleted boolean, product_id text, gtin text, mpn text,
  brand text, model text, title text, grade text, battery_new boolean, battery_health smallint,
  attributes jsonb, price_minor bigint, currency text, vat_scheme text, min_price_minor bigint,
  max_price_minor bigint, prices jsonb, quantity int, warranty_months smallint, markets text[],
  dispatch_site text, handling_hours smallint, shipping jsonb, note text, eco jsonb,
  available_from timestamptz, available_until timestamptz, source_updated_at timestamptz, sequence bigint,
  offer_id uuid, variant_id uuid, grade_no smallint, dispatch_country text, row_hash bigint,
  outcome text, code text, field text, value text
) ON COMMIT DROP;
CREATE TEMP TABLE problem (
  line int NOT NULL, sku text, sku_key text, field text, code text NOT NULL, value text, fatal boolean NOT NULL
) ON COMMIT DROP;

-- name: merge
UPDATE stage s SET
  offer_id = o.id,
  product_id = CASE WHEN $2 THEN s.product_id ELSE COALESCE(s.product_id, (CASE WHEN s.gtin IS NULL AND s.mpn IS NULL THEN o.variant_id END)::text) END,
  gtin = CASE WHEN $2 THEN s.gtin ELSE COALESCE(s.gtin, o.gtin) END,
  mpn = CASE WHEN $2 THEN s.mpn ELSE COALESCE(s.mpn, o.mpn) END,
  brand = CASE WHEN $2 THEN s.brand ELSE COALESCE(s.brand, o.brand) END,
  model = CASE WHEN $2 THEN s.model ELSE COALESCE(s.model, o.model) END,
  title = CASE WHEN $2 THEN s.title ELSE COALESCE(s.title, o.title) END,
  grade_no = COALESCE(array_position(ARRAY['FAIR', 'GOOD', 'VERY_GOOD', 'EXCELLENT', 'PREMIUM'], s.grade) - 1, CASE WHEN NOT $2 THEN o.grade END),
  battery_new = COALESCE(s.battery_new, CASE WHEN NOT $2 AND s.battery_health IS NULL THEN o.battery_new END, false),
  battery_health = CASE WHEN $2 OR s.battery_new THEN s.battery_health ELSE COALESCE(s.battery_health, o.battery_health) END,
  attributes = CASE WHEN $2 THEN COALESCE(s.attributes, '{}') ELSE COALESCE(s.attributes, o.attributes, '{}') END,
  price_minor = COALESCE(s.price_minor, CASE WHEN NOT $2 THEN o.price_minor END),
  currency = COALESCE(s.currency, CASE WHEN NOT $2 THEN o.currency END, $3),
  vat_scheme = COALESCE(s.vat_scheme, CASE WHEN NOT $2 THEN o.vat_scheme END, $4),
  min_price_minor = CASE WHEN $2 THEN s.min_price_minor ELSE COALESCE(s.min_price_minor, o.min_price_minor) END,
  max_price_minor = CASE WHEN $2 THEN s.max_price_minor ELSE COALESCE(s.max_price_minor, o.max_price_minor) END,
  prices = CASE WHEN s.prices IS NULL THEN CASE WHEN NOT $2 THEN o.prices END ELSE
    (SELECT jsonb_object_agg(e->>'market', e - 'market') FROM jsonb_array_elements(s.prices) e) END,
  quantity = COALESCE(s.quantity, CASE WHEN NOT $2 THEN o.quantity END, $5),
  warranty_months = COALESCE(s.warranty_months, CASE WHEN NOT $2 THEN o.warranty_months END, $6),
  markets = COALESCE(s.markets, CASE WHEN NOT $2 THEN o.markets END, $7::text[]),
  dispatch_site = CASE WHEN $2 THEN s.dispatch_site ELSE COALESCE(s.dispatch_site, o.dispatch_site) END,
  handling_hours = COALESCE(s.handling_hours, CASE WHEN NOT $2 THEN o.handling_hours END, $8),
  shipping = CASE WHEN $2 THEN s.shipping ELSE COALESCE(s.shipping, o.shipping) END,
  note = CASE WHEN $2 THEN s.note ELSE COALESCE(s.note, o.note) END,
  eco = CASE WHEN $2 THEN s.eco ELSE COALESCE(s.eco, o.eco) END,
  available_from = CASE WHEN $2 THEN s.available_from ELSE COALESCE(s.available_from, o.available_from) END,
  available_until = CASE WHEN $2 THEN s.available_until ELSE COALESCE(s.available_until, o.available_until) END
FROM stage t LEFT JOIN offer o ON o.merchant_id = $1 AND o.sku_key = t.sku_key
WHERE t.line = s.line;

-- name: dispatch
UPDATE stage s SET dispatch_country = COALESCE(
  (SELECT x.country FROM merchant_site x WHERE x.merchant_id = $1 AND lower(x.code) = lower(s.dispatch_site)), $2);

-- name: match_id
UPDATE stage s SET variant_id = v.id FROM variant v
WHERE s.product_id IS NOT NULL AND pg_input_is_valid(s.product_id, 'uuid')
  AND v.id = CASE WHEN pg_input_is_valid(s.product_id, 'uuid') THEN s.product_id::uuid END;

-- name: match_gtin
UPDATE stage s SET variant_id = g.variant_id FROM variant_gtin g
WHERE s.variant_id IS NULL AND g.gtin = s.gtin;

-- name: match_mpn
UPDATE stage s SET variant_id = m.id FROM (
  SELECT (array_agg(v.id))[1] AS id, lower(v.mpn) AS mpn, lower(b.name) AS brand
  FROM variant v JOIN product p ON p.id = v.product_id JOIN brand b ON b.id = p.brand_id
  WHERE v.mpn <> '' GROUP BY 2, 3 HAVING count(*) = 1) m
WHERE s.variant_id IS NULL AND s.gtin IS NULL AND lower(s.mpn) = m.mpn AND lower(s.brand) = m.brand;

-- name: hash
UPDATE stage SET row_hash = hashtextextended(concat_ws(E'\x1f', sku, coalesce(product_id, ''), coalesce(gtin, ''),
  coalesce(mpn, ''), coalesce(brand, ''), coalesce(model, ''), coalesce(title, ''), grade_no, battery_new,
  coalesce(battery_health, 0), attributes, price_minor, currency, vat_scheme, coalesce(min_price_minor, 0),
  coalesce(max_price_minor, 0), coalesce(prices, '{}'), quantity, warranty_months, markets, coalesce(dispatch_site, ''),
  dispatch_country, handling_hours, coalesce(shipping, '[]'), coalesce(note, ''), coalesce(eco, '[]'),
  coalesce(extract(epoch FROM available_from), 0), coalesce(extract(epoch FROM available_until), 0)), 0);

-- name: duplicates
CREATE TEMP TABLE duplicate ON COMMIT DROP AS
SELECT sku_key, max(line) AS last FROM stage GROUP BY 1 HAVING count(*) > 1;

-- name: outliers
UPDATE stage s SET outcome = 'REJECTED', code = 'PRICE_OUTLIER', field = 'price', value = s.price_minor::text
FROM (
  SELECT t.line FROM stage t JOIN market k ON k.code = ANY (t.markets) AND k.currency = t.currency
  JOIN best_offer b ON (b.market, b.variant_id, b.grade) = (k.code, t.variant_id, t.grade_no)
  CROSS JOIN LATERAL (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY om.landed_minor) AS median, count(*) AS n FROM offer_market om
    WHERE (om.market, om.variant_id, om.grade) = (b.market, b.variant_id, b.grade)
      AND om.visibility > 0 AND om.merchant_id <> $1) m
  WHERE t.outcome IS NULL AND NOT COALESCE(t.deleted, false) AND b.offers >= 5
    AND (t.price_minor + k.service_fee_minor) * 10 < b.max_landed
    AND m.n >= 5 AND (t.price_minor + k.service_fee_minor) * 10 < m.median
) found WHERE found.line = s.line;

-- name: outcomes
UPDATE stage s SET outcome = CASE
  WHEN s.deleted THEN CASE WHEN o.status = 'ABSENT' THEN 'UNCHANGED' ELSE 'DELETED' END
  WHEN s.variant_id IS NULL AND (o.id IS NULL OR o.row_hash <> s.row_hash OR o.status = 'ABSENT') THEN 'PENDING_PRODUCT'
  WHEN o.id IS NULL THEN 'CREATED'
  WHEN o.row_hash = s.row_hash AND o.status <> 'ABSENT' AND o.error_runs = 0
    AND o.variant_id IS NOT DISTINCT FROM s.variant_id THEN 'UNCHANGED'
  ELSE 'UPDATED' END
FROM stage t LEFT JOIN offer o ON o.id = t.offer_id
WHERE s.outcome IS NULL AND t.line = s.line;
