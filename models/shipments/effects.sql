-- The statements of models/shipments/effects. Lines are locked in the order of their ids.

-- name: shipment
SELECT purpose, order_id, carrier, first_scan_at FROM shipment WHERE id = $1;

-- name: lines
-- $1 shipment. Its lines; `elsewhere` where a younger parcel carries the line now.
SELECT l.line_id, EXISTS (
  SELECT FROM shipment_line x JOIN shipment s ON s.id = x.shipment_id, shipment me
  WHERE x.line_id = l.line_id AND me.id = $1 AND s.id <> me.id AND s.purpose = me.purpose
    AND s.status <> 'CANCELLED' AND (s.created_at, s.id) > (me.created_at, me.id)) AS elsewhere
FROM shipment_line l WHERE l.shipment_id = $1 ORDER BY l.line_id;

-- name: scanned
-- $1 lines, $2 when the carrier first had them.
UPDATE order_line SET first_scan_at = least(first_scan_at, $2), updated_at = now()
WHERE id IN (SELECT id FROM order_line WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE)
  AND (first_scan_at IS NULL OR first_scan_at > $2);
