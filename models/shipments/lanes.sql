-- The statements of models/shipments/lanes.

-- name: unpromised
-- $1 how many: parcels that are followed and that nobody has promised for a day.
SELECT id, carrier, origin, destination, postal_code, origin_postal_code, created_at FROM shipment
WHERE promised_by IS NULL AND next_poll_at IS NOT NULL AND origin IS NOT NULL AND destination IS NOT NULL
  AND status NOT IN ('DELIVERED','RETURNED','LOST','CANCELLED')
ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED

-- name: history
-- $1 carriers, $2 origins, $3 destinations, $4 how many of each: the newest parcels of a lane that were delivered.
SELECT x.n::int AS lane, (p.first_scan_at AT TIME ZONE 'UTC')::date AS first, (p.delivered_at AT TIME ZONE 'UTC')::date AS last
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS x (carrier, origin, destination, n)
CROSS JOIN LATERAL (
  SELECT first_scan_at, delivered_at FROM shipment s
  WHERE s.carrier = x.carrier AND s.origin = x.origin AND s.destination = x.destination
    AND s.delivered_at IS NOT NULL AND s.first_scan_at IS NOT NULL ORDER BY s.delivered_at DESC LIMIT $4) p

-- name: promise
UPDATE shipment s SET promised_from = x.first, promised_by = x.last, updated_at = now()
FROM unnest($1::uuid[], $2::date[], $3::date[]) AS x (id, first, last) WHERE s.id = x.id AND s.promised_by IS NULL
