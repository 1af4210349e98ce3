-- The statements of models/offers/reprice.py.

-- name: merchants
SELECT merchant_id FROM reprice_rule WHERE mode <> 'OFF' UNION SELECT merchant_id FROM repriced ORDER BY 1;

-- name: rule_of
-- The rule for an offer o in a market: that of its SKU before that of all, that of the market before that of all markets.
SELECT r.* FROM reprice_rule r
WHERE r.merchant_id = o.merchant_id AND r.sku_key IN ('', o.sku_key) AND r.market IN ('', om.market)
ORDER BY r.sku_key <> '' DESC, r.market <> '' DESC LIMIT 1;

-- name: due
-- Offers of the merchant $1 that compete, have a rule and a lowest price, may change again ($2, at most $3 in $4), and
-- whose competition or rule is another than when it was last decided on. At most $5.
SELECT o.id AS offer_id, om.market, rule.mode, least_of.minor AS lowest, most_of.minor AS highest, now.seen
FROM offer o
JOIN offer_market om ON om.offer_id = o.id AND om.visibility = 2
JOIN best_offer b ON (b.market, b.variant_id, b.grade) = (om.market, om.variant_id, om.grade)
CROSS JOIN LATERAL ($$rule_of$$) rule
CROSS JOIN LATERAL (SELECT GREATEST(rule.min_minor,
  COALESCE((o.prices->om.market->>'min')::bigint, CASE WHEN o.currency = om.currency THEN o.min_price_minor END)) AS minor) least_of
CROSS JOIN LATERAL (SELECT LEAST(rule.max_minor,
  COALESCE((o.prices->om.market->>'max')::bigint, CASE WHEN o.currency = om.currency THEN o.max_price_minor END)) AS minor) most_of
CROSS JOIN LATERAL (SELECT md5(concat_ws('|', b.snapshot_id, rule.mode, least_of.minor, most_of.minor)) AS seen) now
LEFT JOIN repriced p ON p.offer_id = om.offer_id AND p.market = om.market
WHERE o.merchant_id = $1 AND rule.mode <> 'OFF' AND least_of.minor > 0 AND p.seen IS DISTINCT FROM now.seen
  AND NOT EXISTS (SELECT FROM repricing l WHERE (l.offer_id, l.market) = (om.offer_id, om.market) AND l.at > now() - $2::interval)
  AND (SELECT count(*) FROM repricing l WHERE (l.offer_id, l.market) = (om.offer_id, om.market) AND l.at > now() - $4::interval) < $3
ORDER BY om.offer_id, om.market LIMIT $5;

-- name: changed_at
SELECT offer_id, market, array_agg(at) AS at FROM repricing
WHERE offer_id = ANY ($1) AND at > now() - $2::interval GROUP BY 1, 2;

-- name: lapsed
-- What the repricer made of prices that nobody asks it to move any more.
WITH over AS (
  DELETE FROM repriced p WHERE p.merchant_id = $1 AND NOT EXISTS (
    SELECT FROM offer o, (SELECT p.market) om, LATERAL ($$rule_of$$) rule
    WHERE o.id = p.offer_id AND rule.mode <> 'OFF')
  RETURNING p.offer_id)
INSERT INTO touched SELECT DISTINCT over.offer_id FROM over JOIN offer o ON o.id = over.offer_id ON CONFLICT DO NOTHING;

-- name: keep
INSERT INTO repriced (offer_id, market, merchant_id, base_minor, item_minor, seen)
SELECT k.offer_id, k.market, $1, k.base, k.item, k.seen
FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::text[]) k (offer_id, market, base, item, seen)
ON CONFLICT (offer_id, market) DO UPDATE
  SET base_minor = excluded.base_minor, item_minor = excluded.item_minor, seen = excluded.seen;

-- name: log
INSERT INTO repricing (merchant_id, offer_id, sku, market, mode, from_minor, to_minor, currency, snapshot_id, model_id)
SELECT $1, k.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::text[],
  $10::text[]) k;

-- name: touch
INSERT INTO touched SELECT DISTINCT unnest($1::uuid[]) ON CONFLICT DO NOTHING;

-- name: known
SELECT sku_key FROM offer WHERE merchant_id = $1 AND sku_key = ANY ($2);

-- name: set_rules
INSERT INTO reprice_rule AS r (merchant_id, sku_key, market, mode, min_minor, max_minor)
SELECT $1, k, $3, $4, $5, $6 FROM unnest($2::text[]) k ORDER BY k
ON CONFLICT (merchant_id, sku_key, market) DO UPDATE
  SET mode = excluded.mode, min_minor = excluded.min_minor, max_minor = excluded.max_minor, updated_at = now();

-- name: rules
SELECT r.n, o.sku, r.sku_key, r.market, r.mode, r.min_minor, r.max_minor, r.updated_at, k.currency
FROM reprice_rule r LEFT JOIN offer o ON o.merchant_id = r.merchant_id AND o.sku_key = r.sku_key
LEFT JOIN market k ON k.code = r.market
WHERE r.merchant_id = $1 AND ($2::bigint IS NULL OR r.n > $2) ORDER BY r.n LIMIT $3;

-- name: page
SELECT n, id, offer_id, sku, market, mode, from_minor, to_minor, currency, snapshot_id, model_id, at FROM repricing
WHERE merchant_id = $1 AND ($2::bigint IS NULL OR n < $2) AND ($3::text IS NULL OR market = $3) ORDER BY n DESC LIMIT $4
