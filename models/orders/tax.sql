-- The statements of models/orders/tax.py. `vat` has what no buyer may read: only `shown` of it leaves for one.

-- name: kept
-- $1 lines. What was decided on them, and what of their money went back.
SELECT id, vat::text AS vat,
  item_minor + shipping_minor - CASE vat_scheme WHEN 'DEEMED' THEN (vat->>'vat_minor')::bigint ELSE 0 END AS merchant_minor,
  service_fee_minor AS fee_minor, refunded_minor
FROM order_line WHERE id = ANY ($1) AND vat ? 's_minor' ORDER BY id;

-- name: complete
UPDATE order_line SET vat = $2::text::jsonb, updated_at = now() WHERE id = $1;

-- name: invoiced
-- $1 orders. Their lines by place, with what an invoice says of each.
SELECT l.order_id, l.id, l.title, l.state, l.vat::text AS vat, l.unit_id, l.shipped_at, p.language, p.country,
  p.postal_code, p.address::text AS address, m.legal_name, m.country AS merchant_country, k.time_zone AS zone
FROM order_line l JOIN purchase p ON p.id = l.purchase_id JOIN merchant m ON m.id = l.merchant_id JOIN market k ON k.code = l.market
WHERE l.order_id = ANY ($1) ORDER BY l.order_id, l.position;
