-- The statements of models/offers/reductions.py.

-- name: offer
-- $1 merchant, $2 SKU as it is compared, $3 market. The offer there, its price rows left as they are until the end.
SELECT o.id, om.currency, om.item_minor, om.visibility, v.product_id, m.time_zone, m.countries
FROM offer o JOIN offer_market om ON om.offer_id = o.id AND om.market = $3 JOIN market m ON m.code = om.market
JOIN variant v ON v.id = om.variant_id
WHERE o.merchant_id = $1 AND o.sku_key = $2 FOR UPDATE OF o;

-- name: history
-- $1 offer, $2 market, $3 from, $4 to. What was published in a window, and what was under way when it began.
(SELECT at, CASE WHEN published THEN item_minor END AS price_minor FROM price_history
 WHERE offer_id = $1 AND market = $2 AND at <= $3 ORDER BY at DESC LIMIT 1)
UNION ALL
SELECT at, CASE WHEN published THEN item_minor END FROM price_history
WHERE offer_id = $1 AND market = $2 AND at > $3 AND at < $4 ORDER BY at;

-- name: replace
UPDATE price_reduction SET ended_at = $3, ended_because = 'REPLACED' WHERE offer_id = $1 AND market = $2 AND ended_at IS NULL;

-- name: add
INSERT INTO price_reduction (offer_id, market, merchant_id, price_minor, prior_minor, percent, currency, window_from, starts_at,
  ends_at, rule_id, verified)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id;

-- name: end
UPDATE price_reduction r SET ended_at = $3, ended_because = 'TAKEN_BACK' FROM offer o, variant v
WHERE r.id = $1 AND r.merchant_id = $2 AND r.ended_at IS NULL AND o.id = r.offer_id AND v.id = o.variant_id
RETURNING r.market, v.product_id;

-- name: columns
r.id, r.offer_id, r.market, r.merchant_id, r.price_minor, r.prior_minor, r.percent, r.currency, r.window_from, r.starts_at,
  r.ends_at, r.rule_id, r.verified, r.ended_at, r.ended_because

-- name: one
SELECT $$columns$$ FROM price_reduction r WHERE r.id = $1 AND r.merchant_id = $2;

-- name: page
SELECT $$columns$$ FROM price_reduction r
WHERE r.merchant_id = $1 AND ($2::text IS NULL OR r.market = $2) AND ($3::uuid IS NULL OR r.id < $3) ORDER BY r.id DESC LIMIT $4;

-- name: shown
-- $1 offers, $2 their markets, $3 the moment. Those that are announced now.
SELECT $$columns$$ FROM unnest($1::uuid[], $2::text[]) AS a (offer_id, market)
JOIN price_reduction r ON (r.offer_id, r.market) = (a.offer_id, a.market) AND r.ended_at IS NULL
WHERE r.ends_at IS NULL OR r.ends_at > $3;
