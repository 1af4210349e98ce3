-- The statements of models/markets/drafting.py.

-- name: unknown
SELECT x FROM unnest($1::text[]) x WHERE NOT EXISTS (SELECT FROM country c WHERE c.code = x);

-- name: draft
-- A market like another ($2), but for what is its own.
INSERT INTO market (id, created_at, updated_at, code, countries, currency, locales, time_zone, languages, units, tax_inclusive,
  stage, paused, feed_encoding, price_step_minor, service_fee_minor, legal_guarantee_status, source)
SELECT boucle_uuid7(), now(), now(), $1, $3, $4::text, $5, $6, $7, units, tax_inclusive, 'DRAFT', false, feed_encoding,
  CASE WHEN currency = $4::text THEN price_step_minor ELSE 1 END, $8, '', $9
FROM market WHERE code = $2 RETURNING id;

-- name: launch
INSERT INTO market_launch (market, percent, template, source) VALUES ($1, 100, $2, $3);

-- name: set_text
INSERT INTO market_text (market, key, language, text, source)
SELECT $1, k, l, t, s FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) x (k, l, t, s)
ON CONFLICT (market, key, language) DO UPDATE SET text = excluded.text, source = excluded.source, recorded_at = now();

-- name: texts
SELECT key, language, text, source, recorded_at FROM market_text WHERE market = $1 ORDER BY key, language LIMIT 500;

-- name: overlapping
-- Rules in force of one scope whose window shares a day with the one that is given.
SELECT id FROM rule WHERE withdrawn_at IS NULL AND kind = $1 AND country = $2 AND region IS NULL
  AND category IS NOT DISTINCT FROM $3 AND audience = $4 AND (valid_to IS NULL OR valid_to > $5)
  AND ($6::date IS NULL OR valid_from < $6) ORDER BY id;
