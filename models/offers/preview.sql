-- The statements of models/offers/preview.py: what a resolved stage would change, were it applied.

-- name: moved
-- The known offers whose price would be another one in the same currency.
SELECT s.line, s.sku, s.currency, s.old_price, s.price_minor, (s.price_minor - s.old_price) * 10000.0 / s.old_price AS bp
FROM resolved s WHERE s.outcome = 'UPDATED' AND NOT s.old_absent AND s.old_currency = s.currency
  AND s.old_price > 0 AND s.price_minor <> s.old_price

-- name: prices
SELECT count(*) FILTER (WHERE bp > 0)::int AS up, count(*) FILTER (WHERE bp < 0)::int AS down,
  round(percentile_cont(0.5) WITHIN GROUP (ORDER BY bp))::bigint AS median
FROM ($$moved$$) m;

-- name: largest
SELECT line, sku, currency, old_price, price_minor, round(bp)::bigint AS change
FROM ($$moved$$) m ORDER BY abs(bp) DESC, line LIMIT $1;

-- name: new
-- Of a new offer, how its line was understood: the rest is what the line says.
INSERT INTO feed_change (run_id, line, changes)
SELECT $1, s.line, jsonb_build_array(
  jsonb_build_array('status', NULL, 'LIVE'), jsonb_build_array('product_id', NULL, s.variant_id::text),
  jsonb_build_array('grade', NULL, (ARRAY['FAIR', 'GOOD', 'VERY_GOOD', 'EXCELLENT', 'PREMIUM'])[s.grade_no + 1]),
  jsonb_build_array('price', NULL, s.price_minor || ' ' || s.currency), jsonb_build_array('quantity', NULL, s.quantity::text),
  jsonb_build_array('markets', NULL, array_to_string(s.markets, ' ')))
FROM resolved s WHERE s.offer_id IS NULL AND s.outcome IN ('CREATED', 'PENDING_PRODUCT');

-- name: changes
-- One row a line that would change a stored offer: its fields as texts, before and after.
INSERT INTO feed_change (run_id, line, changes)
SELECT $1, s.line, c.changes
FROM resolved s JOIN offer o ON o.id = s.offer_id AND o.merchant_id = $2
CROSS JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_array(field, before, after) ORDER BY k, field) AS changes
  FROM (
    VALUES
      (0, 'status', o.status, CASE WHEN s.outcome = 'DELETED' THEN 'ABSENT'
        WHEN o.status = 'PAUSED' AND o.paused_because = 'PAUSED_BY_MERCHANT' THEN 'PAUSED' ELSE 'LIVE' END),
      (1, 'product_id', o.variant_id::text, s.variant_id::text),
      (2, 'gtin', o.gtin, s.gtin), (3, 'mpn', o.mpn, s.mpn), (4, 'brand', o.brand, s.brand),
      (5, 'model', o.model, s.model), (6, 'title', o.title, s.title),
      (7, 'grade', (ARRAY['FAIR', 'GOOD', 'VERY_GOOD', 'EXCELLENT', 'PREMIUM'])[o.grade + 1],
        (ARRAY['FAIR', 'GOOD', 'VERY_GOOD', 'EXCELLENT', 'PREMIUM'])[s.grade_no + 1]),
      (8, 'battery', CASE WHEN o.battery_new THEN 'new' ELSE o.battery_health::text END,
        CASE WHEN s.battery_new THEN 'new' ELSE s.battery_health::text END),
      (9, 'attributes', nullif(o.attributes, '{}')::text, nullif(s.attributes, '{}')::text),
      (10, 'price', o.price_minor || ' ' || o.currency, s.price_minor || ' ' || s.currency),
      (11, 'min_price', o.min_price_minor || ' ' || o.currency, s.min_price_minor || ' ' || s.currency),
      (12, 'max_price', o.max_price_minor || ' ' || o.currency, s.max_price_minor || ' ' || s.currency),
      (14, 'vat_scheme', o.vat_scheme, s.vat_scheme), (15, 'quantity', o.quantity::text, s.quantity::text),
      (16, 'warranty_months', o.warranty_months::text, s.warranty_months::text),
      (17, 'markets', array_to_string(o.markets, ' '), array_to_string(s.markets, ' ')),
      (18, 'dispatch_site', o.dispatch_site, s.dispatch_site),
      (19, 'handling_hours', o.handling_hours::text, s.handling_hours::text),
      (20, 'shipping', o.shipping::text, s.shipping::text), (21, 'note', o.note, s.note), (22, 'eco', o.eco::text, s.eco::text),
      (23, 'available_from', to_char(o.available_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        to_char(s.available_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
      (24, 'available_until', to_char(o.available_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        to_char(s.available_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    UNION ALL
    SELECT 13, kind.field || '[' || code || ']',
      (o.prices->code->>kind.key) || ' ' || COALESCE(o.prices->code->>'currency', o.currency),
      (s.prices->code->>kind.key) || ' ' || COALESCE(s.prices->code->>'currency', s.currency)
    FROM jsonb_object_keys(COALESCE(o.prices, '{}') || COALESCE(s.prices, '{}')) code,
      (VALUES ('price', 'price_minor'), ('min_price', 'min'), ('max_price', 'max')) kind (field, key)
  ) f (k, field, before, after)
  WHERE before IS DISTINCT FROM after AND (s.outcome <> 'DELETED' OR field = 'status')
) c
WHERE s.outcome IN ('UPDATED', 'DELETED', 'PENDING_PRODUCT') AND c.changes IS NOT NULL;
