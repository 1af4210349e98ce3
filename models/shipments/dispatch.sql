-- The statements of models/shipments/dispatch.

-- name: lock
-- $1 carrier, $2 number. One transaction at a time uses a number.
SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || upper($2), 20))

-- name: live
-- $1 carrier, $2 number, $3 numbers are used again after so many days, $4 parcels that do not count. A parcel on its way that has it.
SELECT id FROM shipment WHERE upper(tracking_number) = upper($2) AND carrier = $1
  AND status NOT IN ('DELIVERED','RETURNED','LOST','CANCELLED') AND created_at > now() - make_interval(days => $3) AND NOT id = ANY ($4) LIMIT 1

-- name: add
-- $1 order, $2 lines, $3 carrier, $4 number, $5 service, $6 when. What was promised follows from the lines.
INSERT INTO shipment (purpose, merchant_id, customer_id, order_id, market, carrier, tracking_number, service, origin,
  destination, postal_code, promised_from, promised_by, next_poll_at, created_at)
SELECT 'DELIVERY', o.merchant_id, o.customer_id, o.id, o.market, $3, $4, $5, l.dispatch_country, o.country, p.postal_code,
  l.first, l.last, now(), $6
FROM orders o JOIN purchase p ON p.id = o.purchase_id, LATERAL (
  SELECT min(x.dispatch_country) AS dispatch_country, min(x.promised_from) AS first, max(x.promised_by) AS last
  FROM order_line x WHERE x.id = ANY ($2)) l
WHERE o.id = $1 RETURNING id

-- name: add_lines
INSERT INTO shipment_line (shipment_id, line_id, merchant_id, customer_id)
SELECT $1, l.id, l.merchant_id, l.customer_id FROM order_line l WHERE l.id = ANY ($2) ORDER BY l.id

-- name: not_taken
-- $1 lines. Their parcels that no carrier has had.
SELECT s.id, array_agg(l.line_id) AS lines FROM shipment s JOIN shipment_line l ON l.shipment_id = s.id
WHERE s.id IN (SELECT shipment_id FROM shipment_line WHERE line_id = ANY ($1)) AND s.purpose = 'DELIVERY'
  AND s.status IN ('UNKNOWN','ANNOUNCED') AND s.first_scan_at IS NULL
GROUP BY s.id ORDER BY s.id

-- name: on_the_way
-- $1 lines. Those that a carrier has had, or has.
SELECT DISTINCT l.line_id FROM shipment_line l JOIN shipment s ON s.id = l.shipment_id
WHERE l.line_id = ANY ($1) AND s.purpose = 'DELIVERY'
  AND (s.first_scan_at IS NOT NULL OR s.status NOT IN ('UNKNOWN','ANNOUNCED','CANCELLED'))

-- name: replace
-- $1 parcels that were never handed over: nobody asks about them any more.
UPDATE shipment SET status = 'CANCELLED', next_poll_at = NULL, version = version + 1, updated_at = now() WHERE id = ANY ($1)
