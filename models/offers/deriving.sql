-- The statements of models/offers/deriving.py.

-- name: lines
-- Offers aimed at the market $1: their price in the market $2, the derived one here, and what it would become by the terms:
-- factor $3, rounding $4, step $5, less $6, floor $7. `own`: the merchant set one here, which stays.
SELECT o.id, o.sku, o.merchant_id, s.minor AS from_minor,
  boucle_derived_price(s.minor, $3, $4, $5, $6, $7) AS to_minor,
  CASE WHEN own.minor IS NOT NULL THEN 'OWN_PRICE'
    WHEN s.minor IS NULL THEN 'NO_SOURCE_PRICE'
    WHEN boucle_derived_price(s.minor, $3, $4, $5, $6, $7) IS NULL THEN 'BELOW_FLOOR'
    WHEN w.minor IS NULL THEN 'DERIVED'
    WHEN w.minor = boucle_derived_price(s.minor, $3, $4, $5, $6, $7) THEN 'UNCHANGED'
    ELSE 'CHANGED' END AS outcome, w.minor AS was_minor
FROM offer o
JOIN market k ON k.code = $1
JOIN market f ON f.code = $2
CROSS JOIN LATERAL (SELECT COALESCE((o.prices->k.code->>'price_minor')::bigint,
  CASE WHEN o.currency = k.currency THEN o.price_minor END) AS minor) own
CROSS JOIN LATERAL (SELECT CASE
  WHEN o.prices->f.code->>'price_minor' IS NOT NULL THEN
    CASE WHEN COALESCE(o.prices->f.code->>'currency', o.currency) = f.currency THEN (o.prices->f.code->>'price_minor')::bigint END
  WHEN o.currency = f.currency THEN o.price_minor END AS minor) s
CROSS JOIN LATERAL (SELECT boucle_derived_minor(o.prices, o.currency, o.price_minor, k.code) AS minor) w
WHERE k.code = ANY (o.markets) AND o.status <> 'ABSENT'

-- name: counts
-- How many lines there are of each outcome, and the fingerprint of all of them.
WITH line AS MATERIALIZED ($$lines$$)
SELECT (SELECT COALESCE(jsonb_object_agg(outcome, n), '{}')::text FROM (
    SELECT outcome, count(*) AS n FROM line GROUP BY 1) x) AS counts,
  encode(sha256(convert_to(COALESCE((SELECT string_agg(concat_ws('|', id, outcome, from_minor, to_minor), E'\n' ORDER BY id)
    FROM line), ''), 'UTF8')), 'hex') AS digest;

-- name: page
SELECT line.id, line.sku, m.name AS merchant, line.from_minor, line.was_minor, line.to_minor, line.outcome
FROM ($$lines$$) line JOIN merchant m ON m.id = line.merchant_id
WHERE ($8::text IS NULL OR line.outcome = $8) AND ($9::uuid IS NULL OR line.id > $9) ORDER BY line.id LIMIT $10;

-- name: apply
INSERT INTO market_price_terms (market, from_market, rate, rate_on, rate_ids, factor, ending, rounding, step_minor, less_minor,
  floor_minor, digest, applied_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (market) DO UPDATE SET from_market = excluded.from_market, rate = excluded.rate, rate_on = excluded.rate_on,
  rate_ids = excluded.rate_ids, factor = excluded.factor, ending = excluded.ending, rounding = excluded.rounding,
  step_minor = excluded.step_minor, less_minor = excluded.less_minor, floor_minor = excluded.floor_minor,
  digest = excluded.digest, applied_at = clock_timestamp(), applied_by = excluded.applied_by;

-- name: terms
SELECT * FROM market_price_terms WHERE market = $1;

-- name: stop
DELETE FROM market_price_terms WHERE market = $1 RETURNING true;
