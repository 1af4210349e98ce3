-- The statements of models/quality/traders.py.

-- name: facts
-- $1 merchants, $2 fields or all.
SELECT merchant_id, field, value, evidence, valid_until, state, given_at, checked_against, checked_at, note
FROM trader_fact WHERE merchant_id = ANY ($1) AND ($2::text[] IS NULL OR field = ANY ($2)) ORDER BY merchant_id, field;

-- name: deadlines
SELECT merchant_id, asked_at, due_at, stopped_at, version FROM trader_deadline WHERE merchant_id = ANY ($1);

-- name: hold
-- The merchant, held: its facts change one after the other.
SELECT true FROM merchant WHERE id = $1 FOR NO KEY UPDATE;

-- name: give
-- $1 merchant, $2 when, then of each: $3 field, $4 value, $5 evidence. What says the same as before stays as it was checked.
INSERT INTO trader_fact AS f (merchant_id, field, value, evidence, given_at)
SELECT $1, x.field, x.value, x.evidence, $2 FROM unnest($3::text[], $4::text[], $5::text[]) AS x (field, value, evidence)
ON CONFLICT (merchant_id, field) DO UPDATE SET value = excluded.value, evidence = excluded.evidence, given_at = excluded.given_at,
  state = 'GIVEN', checked_against = NULL, checked_at = NULL, checked_by = NULL, note = NULL, valid_until = NULL
WHERE (f.value, f.evidence) IS DISTINCT FROM (excluded.value, excluded.evidence) OR f.state = 'DISPUTED'
  OR f.valid_until < $2::timestamptz::date
RETURNING field;

-- name: check
-- $1 merchant, $2 field, $3 when it was given, $4 state, $5 compared with, $6 when, $7 by whom, $8 note, $9 valid until.
UPDATE trader_fact SET state = $4, checked_against = $5, checked_at = $6, checked_by = $7, note = $8, valid_until = $9
WHERE merchant_id = $1 AND field = $2 AND given_at = $3 RETURNING true;

-- name: sellers
-- $1 after this merchant, $2 at most. Merchants that sell, or that were asked, held.
SELECT m.id FROM merchant m WHERE ($1::uuid IS NULL OR m.id > $1) AND m.id NOT IN (SELECT s.sandbox_id FROM sandbox s)
  AND (m.state IN ('PROBATION', 'ACTIVE', 'RESTRICTED') OR EXISTS (SELECT FROM trader_deadline d WHERE d.merchant_id = m.id))
  AND EXISTS (SELECT FROM market k JOIN country c ON c.code = k.countries[1] WHERE k.code = ANY (m.markets) AND c.customs_area = 'EU')
ORDER BY m.id LIMIT $2 FOR NO KEY UPDATE OF m;

-- name: ask
INSERT INTO trader_deadline (merchant_id, asked_at, due_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING version;

-- name: stop
UPDATE trader_deadline SET stopped_at = $2, version = version + 1 WHERE merchant_id = $1 AND stopped_at IS NULL RETURNING version;

-- name: clear
DELETE FROM trader_deadline WHERE merchant_id = $1 RETURNING stopped_at IS NOT NULL AS stopped;

-- name: forget
-- $1 now. Facts of merchants whose contract ended more than six months ago.
DELETE FROM trader_fact f USING merchant m WHERE m.id = f.merchant_id AND m.state IN ('TERMINATED', 'CLOSED')
  AND m.updated_at < $1::timestamptz - interval '6 months';
