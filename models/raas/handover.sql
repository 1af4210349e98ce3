-- The statements of models/raas/handover. A lot is locked before its assets, and those before chains.

-- name: lots
-- $1 lots, as the transaction may see them.
SELECT l.id, l.number, l.fleet_id, l.organisation_id, l.awarded_merchant_id AS merchant_id, l.market, l.country, l.currency,
  l.title, l.state, l.assets, l.award_minor, l.version, l.counted_at, l.reconcile_by,
  coalesce((SELECT k.time_zone FROM market k WHERE l.country = ANY (k.countries) ORDER BY k.code <> l.country, k.code LIMIT 1), 'UTC') AS zone
FROM lot l WHERE l.id = ANY ($1) AND l.awarded_merchant_id IS NOT NULL AND l.state = ANY ($2);

-- name: hold
SELECT id FROM lot WHERE id = $1 FOR NO KEY UPDATE;

-- name: page
-- $1 states, $2 markets, $3 before, $4 how many.
SELECT id FROM lot WHERE awarded_merchant_id IS NOT NULL AND state = ANY ($1) AND ($2::text[] IS NULL OR market = ANY ($2))
  AND ($3::uuid IS NULL OR id < $3) AND ($5::uuid IS NULL OR organisation_id = $5 OR awarded_merchant_id = $5)
ORDER BY id DESC LIMIT $4;

-- name: move
UPDATE lot SET state = $2, version = version + 1, updated_at = now() WHERE id = $1 AND state = ANY ($3) RETURNING version;

-- name: move_assets
UPDATE asset SET state = $2, version = version + 1, updated_at = now() WHERE id = ANY ($1) AND state = ANY ($3) RETURNING id;

-- name: all_assets
SELECT id, state FROM asset WHERE lot_id = $1 ORDER BY id;

-- name: fleet_of
-- The states of a fleet and of its lots that were sold, and of those that may yet be.
SELECT f.id, f.state, array_agg(l.state) FILTER (WHERE l.state NOT IN ('CANCELLED','UNSOLD')) AS lots
FROM lot own JOIN fleet f ON f.id = own.fleet_id JOIN lot l ON l.fleet_id = f.id WHERE own.id = $1 GROUP BY f.id, f.state;

-- name: move_fleet
UPDATE fleet SET state = $2, version = version + 1, updated_at = now() WHERE id = $1 AND state = $3;

-- name: terms
-- $1 a country, $2 a day.
SELECT fee_bp, reconcile_days, dispute_days, answer_days, balance_bp, grade_bp::text AS grade_bp FROM lot_terms
WHERE (country IS NULL OR country = $1) AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)
ORDER BY country NULLS LAST, valid_from DESC LIMIT 1;

-- name: evidence
-- $1 ids. Those that are files of the caller's.
SELECT id FROM stored_file WHERE id = ANY ($1);
