-- The statements of models/units/status.

-- name: latest
-- $1 keys.
SELECT status, reason, source, checked_at, expires_at, locks::text AS locks FROM unit_status_check
WHERE key = ANY ($1) ORDER BY checked_at DESC LIMIT 1;

-- name: of_unit
-- $1 a unit.
SELECT status, reason, source, checked_at, expires_at, locks::text AS locks FROM unit_status_check
WHERE unit_id = $1 ORDER BY checked_at DESC LIMIT 1;

-- name: keep
-- $1 keys, $2 unit, $3 merchant, $4 customer, $5 organisation, $6 moment, $7 status, $8 why, $9 locks, $10 who says so, $11 when,
-- $12 until.
INSERT INTO unit_status_check (key, unit_id, merchant_id, customer_id, organisation_id, moment, status, reason, locks, source,
  checked_at, expires_at)
SELECT key, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10, $11, $12 FROM unnest($1::text[]) AS key;

-- name: tell
UPDATE unit SET device_status = $2, device_status_source = $3, device_status_at = $4, updated_at = now() WHERE id = $1;
