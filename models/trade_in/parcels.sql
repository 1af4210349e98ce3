-- The statements of models/trade_in/parcels.

-- name: parcel
SELECT s.id, s.purpose, s.trade_in_id, s.status, s.first_scan_at, s.status_at, s.delivered_at, s.carrier, s.tracking_number, s.merchant_id
FROM shipment s WHERE s.id = $1 AND s.trade_in_id IS NOT NULL;

-- name: scanned_back
-- $1 a trade-in. Whether a carrier ever had its device on the way back.
SELECT EXISTS (SELECT FROM shipment WHERE trade_in_id = $1 AND purpose = 'SEND_BACK' AND first_scan_at IS NOT NULL);

-- name: came_back
-- $1 a trade-in. Whether its last parcel back was not taken in, and is with the merchant again; no other label is on its way.
SELECT coalesce((SELECT status = 'RETURNED' FROM shipment WHERE trade_in_id = $1 AND purpose = 'SEND_BACK' ORDER BY id DESC LIMIT 1), false)
  AND NOT EXISTS (SELECT FROM shipping_label WHERE trade_in_id = $1 AND purpose = 'SEND_BACK' AND state = 'ORDERED');

-- name: of_trade_ins
SELECT id, trade_in_id, purpose, carrier, tracking_number, status, first_scan_at, delivered_at FROM shipment
WHERE trade_in_id = ANY ($1) ORDER BY id DESC;
