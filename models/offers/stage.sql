-- The statements of models/offers/stage.py.

-- name: drop
DROP TABLE IF EXISTS pg_temp.stage, pg_temp.problem, pg_temp.duplicate, pg_temp.resolved;

-- name: stage
CREATE TEMP TABLE stage (
  line int NOT NULL, sku text NOT NULL, sku_key text NOT NULL, deleted boolean, product_id text, gtin text, mpn text,
  brand text, model text, title text, grade text, battery_new boolean, battery_health smallint,
  attributes jsonb, price_minor bigint, currency text, vat_scheme text, min_price_minor bigint,
  max_price_minor bigint, prices jsonb, quantity int, warranty_months smallint, markets text[],
  dispatch_site text, handling_hours smallint, shipping jsonb, note text, eco jsonb,
  available_from timestamptz, available_until timestamptz, source_updated_at timestamptz, sequence bigint
) ON COMMIT DROP;

-- name: problem
CREATE TEMP TABLE problem (
  line int NOT NULL, sku text, sku_key text, field text, code text NOT NULL, value text, fatal boolean NOT NULL
) ON COMMIT DROP;

-- name: duplicate
CREATE TEMP TABLE duplicate ON COMMIT DROP AS
SELECT sku_key, max(line) AS last FROM stage GROUP BY 1 HAVING count(*) > 1;

-- name: resolved
-- One pass: the line beside its offer, what it means, its hash, and the first thing wrong with it.
CREATE TEMP TABLE resolved ON COMMIT DROP AS
WITH merged AS (
  SELECT s.line, s.sku, s.sku_key, COALESCE(s.deleted, false) AS deleted, o.id AS offer_id,
    o.row_hash AS old_hash, o.status AS old_status, o.error_runs AS old_errors, o.variant_id AS old_variant,
    o.price_minor AS old_price, o.currency AS old_currency,
    o.source_updated_at > s.source_updated_at OR o.sequence > s.sequence AS older,
    s.source_updated_at, s.sequence, $$merged$$
  FROM stage s LEFT JOIN offer o ON o.merchant_id = $1 AND o.sku_key = s.sku_key
), matched AS (
  SELECT m.*, COALESCE(v.id, g.variant_id, p.variant_id) AS variant_id,
    COALESCE(x.country, $7) AS dispatch_country, d.last AS last_twin
  FROM merged m
  LEFT JOIN variant v ON v.id = CASE WHEN pg_input_is_valid(m.product_id, 'uuid') THEN m.product_id::uuid END
  LEFT JOIN variant_gtin g ON g.gtin = m.gtin
  LEFT JOIN LATERAL (
    SELECT (array_agg(y.id))[1] AS variant_id FROM variant y JOIN product z ON z.id = y.product_id
    JOIN brand b ON b.id = z.brand_id
    WHERE m.gtin IS NULL AND m.product_id IS NULL AND y.mpn <> '' AND lower(y.mpn) = lower(m.mpn)
      AND lower(b.name) = lower(m.brand) HAVING count(*) = 1) p ON m.gtin IS NULL AND m.mpn IS NOT NULL
  LEFT JOIN merchant_site x ON x.merchant_id = $1 AND lower(x.code) = lower(m.dispatch_site)
  LEFT JOIN duplicate d ON d.sku_key = m.sku_key
), hashed AS (
  SELECT *, hashtextextended(concat_ws(E'\x1f', sku, coalesce(product_id, ''), coalesce(gtin, ''),
    coalesce(mpn, ''), coalesce(brand, ''), coalesce(model, ''), coalesce(title, ''), coalesce(grade_no, -1),
    battery_new, coalesce(battery_health, 0), attributes, coalesce(price_minor, 0), currency, vat_scheme,
    coalesce(min_price_minor, 0), coalesce(max_price_minor, 0), coalesce(prices, '{}'), quantity, warranty_months,
    markets, coalesce(dispatch_site, ''), dispatch_country, handling_hours, coalesce(shipping, '[]'),
    coalesce(note, ''), coalesce(eco, '[]'), coalesce(extract(epoch FROM available_from), 0),
    coalesce(extract(epoch FROM available_until), 0)), 0) AS row_hash
  FROM matched
), judged AS (
  SELECT *, CASE
    WHEN last_twin IS NOT NULL AND ($$full$$ OR last_twin <> line) THEN 'DUPLICATE_SKU'
    WHEN offer_id IS NULL AND (deleted OR $$known_only$$) THEN 'UNKNOWN_SKU'
    WHEN older THEN 'STALE_LINE'
    WHEN deleted THEN CASE WHEN old_status = 'ABSENT' THEN '=UNCHANGED' ELSE '=DELETED' END
    WHEN price_minor IS NULL THEN 'PRICE_MISSING'
    WHEN grade_no IS NULL THEN 'GRADE_MISSING'
    WHEN old_hash = row_hash AND old_status <> 'ABSENT' AND old_errors = 0 AND variant_id IS NOT DISTINCT FROM old_variant
      THEN '=UNCHANGED'
    WHEN variant_id IS NULL AND (gtin IS NULL AND mpn IS NULL OR brand IS NULL OR COALESCE(model, title) IS NULL)
      THEN 'PRODUCT_UNKNOWN'
    WHEN NOT markets && $8::text[] THEN 'MARKET_NOT_ALLOWED'
    WHEN NOT EXISTS (SELECT FROM market k WHERE k.code = ANY (markets)
      AND k.currency = COALESCE(prices->k.code->>'currency', hashed.currency)) THEN 'CURRENCY_NOT_ALLOWED'
    WHEN variant_id IS NULL THEN '=PENDING_PRODUCT'
    WHEN offer_id IS NULL THEN '=CREATED' ELSE '=UPDATED' END AS verdict
  FROM hashed
)
SELECT *,
  CASE WHEN verdict LIKE '=%' THEN substr(verdict, 2)
    WHEN verdict = 'STALE_LINE' OR verdict = 'DUPLICATE_SKU' AND NOT $$full$$ THEN 'IGNORED_STALE'
    ELSE 'REJECTED' END AS outcome,
  CASE WHEN verdict NOT LIKE '=%' THEN verdict END AS code,
  CASE verdict WHEN 'DUPLICATE_SKU' THEN 'sku' WHEN 'UNKNOWN_SKU' THEN 'sku' WHEN 'STALE_LINE' THEN 'source_updated_at'
    WHEN 'PRICE_MISSING' THEN 'price' WHEN 'GRADE_MISSING' THEN 'grade' WHEN 'PRODUCT_UNKNOWN' THEN 'gtin'
    WHEN 'MARKET_NOT_ALLOWED' THEN 'markets' WHEN 'CURRENCY_NOT_ALLOWED' THEN 'currency' END AS field,
  left(CASE verdict WHEN 'DUPLICATE_SKU' THEN sku WHEN 'UNKNOWN_SKU' THEN sku
    WHEN 'STALE_LINE' THEN COALESCE(source_updated_at::text, sequence::text)
    WHEN 'PRODUCT_UNKNOWN' THEN COALESCE(gtin, mpn, product_id) WHEN 'MARKET_NOT_ALLOWED' THEN markets::text
    WHEN 'CURRENCY_NOT_ALLOWED' THEN currency END, 80) AS value
FROM judged;

-- name: outliers
-- A line competes with the offers of its variant and grade in each market of its currency; the median
-- of the other merchants decides. Rare by construction: the highest landed total bounds the median.
UPDATE resolved s SET outcome = 'REJECTED', code = 'PRICE_OUTLIER', field = 'price', value = s.price_minor::text
FROM (
  SELECT t.line FROM resolved t JOIN market k ON k.code = ANY (t.markets) AND k.currency = t.currency
  JOIN best_offer b ON (b.market, b.variant_id, b.grade) = (k.code, t.variant_id, t.grade_no)
  CROSS JOIN LATERAL (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY om.landed_minor) AS median, count(*) AS n FROM offer_market om
    WHERE (om.market, om.variant_id, om.grade) = (b.market, b.variant_id, b.grade)
      AND om.visibility > 0 AND om.merchant_id <> $1) m
  WHERE t.outcome IN ('CREATED', 'UPDATED') AND b.offers >= 5
    AND (t.price_minor + k.service_fee_minor) * 10 < b.max_landed
    AND m.n >= 5 AND (t.price_minor + k.service_fee_minor) * 10 < m.median
) found WHERE found.line = s.line;
