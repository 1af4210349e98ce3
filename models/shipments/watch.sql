-- The statements of models/shipments/watch.

-- name: promises
-- The days and countries of which parcels may be late by now.
SELECT DISTINCT promised_by, coalesce(destination, '') AS country, boucle_now(merchant_id)::date - now()::date AS ahead
FROM shipment
WHERE NOT late AND status NOT IN ('DELIVERED','RETURNED','LOST','CANCELLED','AVAILABLE_FOR_PICKUP')
  AND (promised_by < now()::date OR merchant_id IN (SELECT sandbox_id FROM sandbox WHERE ahead > '0'))

-- name: late
-- $1 promised days, $2 destinations, $3 clocks that are so many days ahead, $4 how many at once.
WITH found AS MATERIALIZED (
  SELECT s.id FROM shipment s JOIN unnest($1::date[], $2::text[], $3::int[]) AS x (day, country, ahead)
    ON s.promised_by = x.day AND coalesce(s.destination, '') = x.country
    AND boucle_now(s.merchant_id)::date - now()::date = x.ahead
  WHERE NOT s.late AND s.status NOT IN ('DELIVERED','RETURNED','LOST','CANCELLED','AVAILABLE_FOR_PICKUP')
  ORDER BY s.id LIMIT $4 FOR NO KEY UPDATE OF s SKIP LOCKED)
UPDATE shipment s SET late = true, urgent = s.next_poll_at IS NOT NULL, version = s.version + 1, updated_at = now()
FROM found f WHERE s.id = f.id
RETURNING s.id, s.merchant_id, s.order_id, s.carrier, s.tracking_number, s.promised_by, s.purpose, s.version

-- name: stalled
-- $1 inland, $2 abroad, $3 how many at once: parcels of which nothing was told for so long.
WITH found AS MATERIALIZED (
  SELECT id FROM shipment
  WHERE NOT stalled
    AND status IN ('ACCEPTED','IN_TRANSIT','OUT_FOR_DELIVERY','AVAILABLE_FOR_PICKUP','DELIVERY_FAILED','EXCEPTION','RETURNING')
    AND last_scan_at <= now() - $1::interval
    AND last_scan_at <= now() - CASE WHEN origin = destination THEN $1::interval ELSE $2::interval END
  ORDER BY id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE shipment s SET stalled = true, version = s.version + 1, updated_at = now() FROM found f WHERE s.id = f.id
RETURNING s.id, s.order_id
