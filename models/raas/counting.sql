-- The statements of models/raas/counting.

-- name: manifest
-- $1 a lot. Its declared assets, and which of them have an outcome.
SELECT a.id, a.state, a.imei, a.serial, a.tag_key, a.variant_id, o.found
FROM asset a LEFT JOIN asset_outcome o ON o.asset_id = a.id WHERE a.lot_id = $1 AND coalesce(o.found, '') <> 'EXTRA' ORDER BY a.id;

-- name: elsewhere
-- $1 keys, $2 the lot. Those that another live asset is known by.
SELECT key FROM asset WHERE key = ANY ($1) AND live AND lot_id IS DISTINCT FROM $2;

-- name: extra
-- Devices that nobody declared. $1 lot, $2 fleet, $3 organisation, then of each: $4 id, $5 imei, $6 serial, $7 key, $8 live, $9 maker, $10 variant.
INSERT INTO asset (id, fleet_id, organisation_id, lot_id, imei, serial, key, live, manufacturer, variant_id, state)
SELECT x.id, $2, $3, $1, x.imei, x.serial, x.key, x.live, x.maker, x.variant, 'EXTRA'
FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::text[], $10::uuid[]) AS x (id, imei, serial, key, live, maker, variant);

-- name: count
-- $1 lot, $2 organisation, $3 merchant, $4 when, then of each: $5 asset, $6 found, $7 reasons as JSON, $8 what was seen.
INSERT INTO asset_outcome (asset_id, lot_id, organisation_id, merchant_id, found, reasons, seen, counted_at)
SELECT x.asset, $1, $2, $3, x.found, ARRAY(SELECT jsonb_array_elements_text(x.reasons::jsonb)), x.seen::jsonb, $4
FROM unnest($5::uuid[], $6::text[], $7::text[], $8::text[]) AS x (asset, found, reasons, seen)
ON CONFLICT (asset_id) DO UPDATE SET found = excluded.found, reasons = excluded.reasons, seen = excluded.seen,
  counted_at = excluded.counted_at, charged = false;

-- name: uncounted
SELECT a.id FROM asset a LEFT JOIN asset_outcome o ON o.asset_id = a.id WHERE a.lot_id = $1 AND o.asset_id IS NULL ORDER BY a.id;

-- name: counted
UPDATE lot SET counted_at = coalesce(counted_at, $2), reconcile_by = $3, updated_at = now() WHERE id = $1;

-- name: sums
-- $1 lots.
SELECT a.lot_id, count(*) FILTER (WHERE o.found IS DISTINCT FROM 'EXTRA')::int AS declared, o.found, count(*)::int AS n
FROM asset a LEFT JOIN asset_outcome o ON o.asset_id = a.id WHERE a.lot_id = ANY ($1) GROUP BY a.lot_id, o.found;

-- name: open_questions
-- What stands between a count and its end: disputes, and devices that nobody declared and nobody decided about.
SELECT EXISTS (SELECT FROM lot_dispute WHERE lot_id = $1 AND about = 'RECONCILIATION' AND state IN ('OPEN','CONTESTED')) AS disputes,
  EXISTS (SELECT FROM asset WHERE lot_id = $1 AND state = 'EXTRA') AS extras;

-- name: extras
SELECT id FROM asset WHERE lot_id = $1 AND state = 'EXTRA';

-- name: end_life
-- A device that goes back is not the lot's any more.
UPDATE asset SET live = false WHERE id = ANY ($1);

-- name: outcome
SELECT found FROM asset_outcome WHERE asset_id = $1 AND lot_id = $2;

-- name: charge
UPDATE asset_outcome SET charged = $2 WHERE asset_id = $1;

-- name: agree
UPDATE asset_outcome SET found = 'RECEIVED', reasons = '{}' WHERE asset_id = $1 AND found = 'MISMATCHED';

-- name: broken
-- The incidents of a lot that are about its way here.
SELECT DISTINCT kind FROM custody_incident WHERE lot_id = $1 AND at <= (SELECT coalesce(counted_at, now()) FROM lot WHERE id = $1);

-- name: due
SELECT id FROM lot WHERE state = 'RECEIVED' AND reconcile_by <= $1 ORDER BY reconcile_by LIMIT $2;

-- name: known_by
-- $1 assets. What they were declared to be known by; the maker by the code of its brand.
SELECT a.id, a.imei, a.serial, a.category, a.variant_id, coalesce(b.code, lower(a.manufacturer)) AS brand FROM asset a
LEFT JOIN variant v ON v.id = a.variant_id LEFT JOIN product p ON p.id = v.product_id LEFT JOIN brand b ON b.id = p.brand_id
WHERE a.id = ANY ($1);

-- name: set_units
UPDATE asset a SET unit_id = x.unit FROM unnest($1::uuid[], $2::uuid[]) AS x (id, unit) WHERE a.id = x.id;
