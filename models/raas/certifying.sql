-- The statements of models/raas/certifying.

-- name: to_certify
-- Devices of processed lots whose data was erased and that have no certificate of it.
SELECT o.asset_id, o.lot_id FROM asset_outcome o JOIN lot l ON l.id = o.lot_id
WHERE l.state IN ('PROCESSED','SETTLED') AND o.certificate_id IS NULL AND o.storage AND o.disposition IS NOT NULL AND o.disposition <> 'DESTROY'
  AND EXISTS (SELECT FROM asset_medium m WHERE m.asset_id = o.asset_id)
  AND NOT EXISTS (SELECT FROM asset_medium m WHERE m.asset_id = o.asset_id AND m.state NOT IN ('VALIDATED','DESTROYED'))
ORDER BY o.asset_id LIMIT $1 FOR UPDATE OF o SKIP LOCKED;

-- name: devices
-- $1 a lot, $2 of these only. What is told of each device on a certificate.
SELECT a.id, a.unit_id, coalesce(o.seen->>'imei', a.imei) AS imei, coalesce(o.seen->>'serial', a.serial) AS serial, a.tag,
  coalesce(b.name, a.manufacturer, '?') AS maker, coalesce(p.model, a.model, '?') AS model, o.storage, o.disposition, o.disposed_at,
  o.counted_at, o.certificate_id, c.code,
  coalesce((SELECT bool_and(m.state IN ('VALIDATED','DESTROYED')) FROM asset_medium m WHERE m.asset_id = a.id), false) AS clean
FROM asset a JOIN asset_outcome o ON o.asset_id = a.id LEFT JOIN certificate c ON c.id = o.certificate_id
LEFT JOIN variant v ON v.id = a.variant_id LEFT JOIN product p ON p.id = v.product_id LEFT JOIN brand b ON b.id = p.brand_id
WHERE a.lot_id = $1 AND ($2::uuid[] IS NULL OR a.id = ANY ($2)) AND o.disposition IS NOT NULL ORDER BY a.id;

-- name: erasures
-- $1 devices. The try that ended each of their media.
SELECT DISTINCT ON (m.id) m.asset_id, m.serial, m.type, m.capacity_gb, e.method, e.facts::text AS facts, e.validation::text AS validation, o.disposition
FROM asset_medium m JOIN asset_erasure e ON e.medium_id = m.id JOIN asset_outcome o ON o.asset_id = m.asset_id
WHERE m.asset_id = ANY ($1) ORDER BY m.id, e.n DESC;

-- name: certified
UPDATE asset_outcome SET certificate_id = $2 WHERE asset_id = $1;

-- name: due
-- Settled lots without a certificate, all of whose clean devices have one.
SELECT s.lot_id AS id FROM settlement s JOIN lot l ON l.id = s.lot_id WHERE s.certificate_id IS NULL AND l.state IN ('SETTLED','CLOSED')
  AND EXISTS (SELECT FROM asset_outcome o WHERE o.lot_id = s.lot_id AND o.disposition IS NOT NULL)
  AND NOT EXISTS (SELECT FROM asset_outcome o WHERE o.lot_id = s.lot_id AND o.certificate_id IS NULL AND o.storage AND o.disposition <> 'DESTROY')
ORDER BY s.ready_at LIMIT $1 FOR UPDATE OF s SKIP LOCKED;

-- name: parties
SELECT m.legal_name AS merchant, m.slug AS merchant_slug, coalesce(nullif(o.legal_name, ''), o.name) AS organisation,
  coalesce(o.vat_id, o.slug) AS organisation_id
FROM merchant m, organisation o WHERE m.id = $1 AND o.id = $2;
