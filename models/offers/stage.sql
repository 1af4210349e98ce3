-- The statements of models/offers/stage.py.

-- name: drop
DROP TABLE IF EXISTS pg_temp.stage, pg_temp.problem, pg_temp.unsaid, pg_temp.duplicate, pg_temp.seen,
  pg_temp.differing, pg_temp.resolved;

-- name: stage
CREATE TEMP TABLE stage (
  line int NOT NULL, sku text NOT NULL, sku_key text NOT NULL, deleted boolean, product_id text, gtin text, mpn text,
  brand text, model text, title text, grade text, battery_new boolean, battery_health smallint,
  attributes jsonb, price_minor bigint, currency text, vat_scheme text, min_price_minor bigint,
  max_price_minor bigint, prices jsonb, quantity int, warranty_months smallint, markets text[],
  dispatch_site text, handling_hours smallint, shipping jsonb, note text, eco jsonb,
  available_from timestamptz, available_until timestamptz, source_updated_at timestamptz, sequence bigint,
  mark bigint, cleared text[], as_of timestamptz
) ON COMMIT DROP;

-- name: problem
CREATE TEMP TABLE problem (
  line int NOT NULL, sku text, sku_key text, field text, code text NOT NULL, value text, fatal boolean NOT NULL
) ON COMMIT DROP;

-- name: unsaid
-- Offers whose remembered line is not in the file: they changed, or are absent.
CREATE TEMP TABLE unsaid (mark bigint NOT NULL) ON COMMIT DROP;

-- name: remembered
-- A line may be skipped if the same bytes stand behind a live offer that nothing else has touched.
SELECT line_mark FROM offer
WHERE merchant_id = $1 AND status = 'LIVE' AND error_runs = 0 AND line_mark IS NOT NULL;

-- name: sold_since
SELECT EXISTS (SELECT FROM reservation WHERE merchant_id = $1 AND at > $2 AND released_at IS NULL);

-- name: forget_sold
UPDATE offer SET row_hash = 0, line_mark = NULL
WHERE merchant_id = $1 AND (row_hash <> 0 OR line_mark IS NOT NULL) AND id IN (
  SELECT offer_id FROM reservation WHERE merchant_id = $1 AND at > $2 AND released_at IS NULL);

-- name: twice
-- Whether a staged or refused line has the sku of one that was skipped.
SELECT EXISTS (
  SELECT FROM (SELECT sku_key FROM stage UNION ALL SELECT sku_key FROM problem WHERE fatal) s
  JOIN offer o ON o.merchant_id = $1 AND o.sku_key = s.sku_key
  WHERE o.line_mark IS NOT NULL AND o.status = 'LIVE' AND o.error_runs = 0
    AND o.line_mark NOT IN (SELECT mark FROM unsaid));

-- name: duplicate
CREATE TEMP TABLE duplicate ON COMMIT DROP AS
SELECT sku_key, max(line) AS last FROM (
  SELECT sku_key, line FROM stage
  UNION ALL SELECT DISTINCT sku_key, line FROM problem WHERE fatal AND sku_key IS NOT NULL
) x GROUP BY 1 HAVING count(*) > 1;

-- name: seen
-- Every line beside its offer, as narrow as can be: the hash of what it means, and the variant it names.
CREATE TEMP TABLE seen ON COMMIT DROP AS
WITH merged AS (
  SELECT s.line, s.sku, s.sku_key, COALESCE(s.deleted, false) AS deleted, o.id AS offer_id,
    o.row_hash AS old_hash, o.variant_id AS old_variant,
    COALESCE(o.status = 'ABSENT', false) AS old_absent, COALESCE(o.error_runs > 0, false) AS old_errors,
    COALESCE(o.source_updated_at > s.source_updated_at, false) OR COALESCE(o.sequence > s.sequence, false) AS older,
    $$merged$$
  FROM stage s LEFT JOIN offer o ON o.merchant_id = $1 AND o.sku_key = s.sku_key
)
SELECT m.line, m.sku_key, m.deleted, m.offer_id, m.old_hash, m.old_variant, m.old_absent, m.old_errors, m.older,
  d.last IS NOT NULL AND ($$full$$ OR d.last <> m.line) AS repeated,
  m.price_minor IS NULL OR m.grade_no IS NULL AS lacking,
  COALESCE(v.id, g.variant_id) AS variant_id, COALESCE(x.country, $8) AS dispatch_country,
  CASE WHEN m.gtin IS NULL AND m.product_id IS NULL THEN lower(m.mpn) END AS by_mpn,
  CASE WHEN m.gtin IS NULL AND m.product_id IS NULL THEN lower(m.brand) END AS by_brand,
  hashtextextended(concat_ws(E'\x1f', m.sku, coalesce(m.gtin, ''),
    coalesce(m.mpn, ''), coalesce(m.brand, ''), coalesce(m.model, ''), coalesce(m.title, ''), coalesce(m.grade_no, -1),
    m.battery_new, coalesce(m.battery_health, 0), m.attributes, coalesce(m.price_minor, 0), m.currency, m.vat_scheme,
    coalesce(m.min_price_minor, 0), coalesce(m.max_price_minor, 0), coalesce(m.prices, '{}'), m.quantity,
    m.warranty_months, m.markets, coalesce(m.dispatch_site, ''), coalesce(x.country, $8), m.handling_hours,
    coalesce(m.shipping, '[]'), coalesce(m.note, ''), coalesce(m.eco, '[]'),
    coalesce(extract(epoch FROM m.available_from), 0), coalesce(extract(epoch FROM m.available_until), 0)), 0) AS row_hash
FROM merged m
LEFT JOIN variant v ON v.id = CASE WHEN m.product_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN m.product_id::uuid END
LEFT JOIN variant_gtin g ON g.gtin = m.gtin
LEFT JOIN merchant_site x ON x.merchant_id = $1 AND lower(x.code) = lower(m.dispatch_site)
LEFT JOIN duplicate d ON d.sku_key = m.sku_key;

-- name: any_by_name
SELECT EXISTS (SELECT FROM seen WHERE by_mpn IS NOT NULL);

-- name: by_name
-- A maker's part number stands for a variant where only one variant of the brand has it.
UPDATE seen n SET variant_id = p.variant_id
FROM (
  SELECT lower(b.name) AS brand, lower(y.mpn) AS mpn, (array_agg(y.id))[1] AS variant_id
  FROM variant y JOIN product z ON z.id = y.product_id JOIN brand b ON b.id = z.brand_id
  WHERE y.mpn <> '' GROUP BY 1, 2 HAVING count(*) = 1) p
WHERE p.mpn = n.by_mpn AND p.brand = n.by_brand;

-- name: any_merged
SELECT EXISTS (SELECT FROM catalog_redirect WHERE kind = 'Variant');

-- name: merged_away
-- A line that names a variant which was merged into another means the other.
UPDATE seen n SET variant_id = r.new_id FROM stage s JOIN catalog_redirect r ON r.old_id::text = s.product_id
WHERE s.line = n.line AND n.variant_id IS NULL;

-- name: same
old_hash IS NOT DISTINCT FROM row_hash AND variant_id IS NOT DISTINCT FROM old_variant
  AND NOT (repeated OR older OR deleted OR lacking OR old_absent OR old_errors);

-- name: differing
CREATE TEMP TABLE differing ON COMMIT DROP AS SELECT * FROM seen WHERE NOT ($$same$$);

-- name: resolved
-- What each line means that is not just as its offer, and the first thing wrong with it.
CREATE TEMP TABLE resolved ON COMMIT DROP AS
WITH merged AS (
  SELECT s.line, s.sku, s.sku_key, n.deleted, n.offer_id, n.old_absent, n.older, n.repeated, n.variant_id,
    n.dispatch_country, n.row_hash, COALESCE(o.taken, 0) AS taken, o.price_minor AS old_price, o.currency AS old_currency,
    s.source_updated_at, s.sequence, s.mark, $$merged$$
  FROM differing n JOIN stage s ON s.line = n.line LEFT JOIN offer o ON o.id = n.offer_id AND o.merchant_id = $1
), judged AS MATERIALIZED (
  SELECT merged.*, CASE
    WHEN repeated THEN 'DUPLICATE_SKU'
    WHEN offer_id IS NULL AND (deleted OR $$known_only$$) THEN 'UNKNOWN_SKU'
    WHEN older THEN 'STALE_LINE'
    WHEN deleted THEN CASE WHEN old_absent THEN '=UNCHANGED' ELSE '=DELETED' END
    WHEN price_minor IS NULL THEN 'PRICE_MISSING'
    WHEN price_minor > 10000000000 OR prices IS NOT NULL AND jsonb_path_exists(prices, '$.*.price_minor ? (@ > 10000000000)')
      THEN 'PRICE_INVALID'
    WHEN grade_no IS NULL THEN 'GRADE_MISSING'
    WHEN variant_id IS NULL AND (gtin IS NULL AND mpn IS NULL OR brand IS NULL OR COALESCE(model, title) IS NULL)
      THEN 'PRODUCT_UNKNOWN'
    WHEN NOT markets && $8::text[] THEN 'MARKET_NOT_ALLOWED'
    WHEN CASE WHEN prices IS NULL THEN NOT COALESCE(markets && codes, false)
      ELSE NOT EXISTS (SELECT FROM market k WHERE k.code = ANY (markets)
        AND k.currency = COALESCE(prices->k.code->>'currency', merged.currency)) END THEN 'CURRENCY_NOT_ALLOWED'
    WHEN variant_id IS NULL THEN '=PENDING_PRODUCT'
    WHEN offer_id IS NULL THEN '=CREATED' ELSE '=UPDATED' END AS verdict
  FROM merged LEFT JOIN (SELECT k.currency AS paid_in, array_agg(k.code::text) AS codes FROM market k GROUP BY 1) spent
    ON spent.paid_in = merged.currency
)
SELECT *,
  CASE WHEN verdict LIKE '=%' THEN substr(verdict, 2)
    WHEN verdict = 'STALE_LINE' OR verdict = 'DUPLICATE_SKU' AND NOT $$full$$ THEN 'IGNORED_STALE'
    ELSE 'REJECTED' END AS outcome,
  CASE WHEN verdict NOT LIKE '=%' THEN verdict END AS code,
  CASE verdict WHEN 'DUPLICATE_SKU' THEN 'sku' WHEN 'UNKNOWN_SKU' THEN 'sku' WHEN 'STALE_LINE' THEN 'source_updated_at'
    WHEN 'PRICE_MISSING' THEN 'price' WHEN 'PRICE_INVALID' THEN 'price' WHEN 'GRADE_MISSING' THEN 'grade' WHEN 'PRODUCT_UNKNOWN' THEN 'gtin'
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

-- name: less_sold
-- A stock that was true before some of our sales is less by them. Such an offer is never taken for known.
UPDATE resolved r SET quantity = GREATEST(0, r.quantity - x.units), row_hash = 0, mark = NULL, taken = x.taken
FROM (
  SELECT s.line, o.taken, sum(v.quantity) AS units
  FROM reservation v JOIN offer o ON o.id = v.offer_id JOIN stage s ON s.sku_key = o.sku_key
  WHERE v.merchant_id = $1 AND o.merchant_id = $1 AND v.released_at IS NULL AND v.at > COALESCE(s.as_of, $2)
    AND ($$full$$ OR s.quantity IS NOT NULL)
  GROUP BY 1, 2) x
WHERE x.line = r.line;
