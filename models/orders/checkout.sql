-- The statements of models/orders/checkout.py. Locks: the cart, offers by id, merchants on probation by id.

-- name: looked_at
-- $1 offers. What an order line keeps of each.
SELECT o.id, o.sku, o.vat_scheme, o.handling_hours, c.code AS category, b.name || ' ' || p.model AS title,
  m.state AS merchant_state, m.oss,
  CASE WHEN jsonb_typeof(v.attributes -> 'storage_gb') = 'number' THEN (v.attributes ->> 'storage_gb')::numeric END AS capacity_gb
FROM offer o JOIN variant v ON v.id = o.variant_id JOIN product p ON p.id = v.product_id JOIN brand b ON b.id = p.brand_id
JOIN category c ON c.id = p.category_id JOIN merchant m ON m.id = o.merchant_id
WHERE o.id = ANY ($1) ORDER BY o.id;

-- name: hold_probation
SELECT id FROM merchant WHERE id = ANY ($1) AND state = 'PROBATION' ORDER BY id FOR NO KEY UPDATE;

-- name: over_cap
-- $1 merchants that are held, $2 pieces and $3 minor units that each would sell more, $4 the currency: who may not.
SELECT a.merchant_id
FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS a (merchant_id, pieces, minor)
LEFT JOIN LATERAL (SELECT units, open_minor FROM selling_cap x WHERE x.currency = $4
  AND (x.merchant_id = a.merchant_id OR x.merchant_id IS NULL) ORDER BY x.merchant_id IS NULL LIMIT 1) cap ON true
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE l.state NOT IN ('EXPIRED', 'REFUSED', 'CANCELLED')) AS units,
    coalesce(sum(l.total_minor) FILTER (WHERE l.state IN ('RESERVED', 'PAID', 'ACCEPTED', 'SHIPPED') AND l.currency = $4), 0) AS minor
  FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.merchant_id = a.merchant_id) sold
WHERE sold.units + a.pieces <= cap.units IS NOT TRUE OR sold.minor + a.minor <= cap.open_minor IS NOT TRUE
ORDER BY 1;

-- name: purchase
INSERT INTO purchase (id, customer_id, market, state, currency, total_minor, country, postal_code, address, language, tax, expires_at)
SELECT id, customer_id, market, 'PENDING_PAYMENT', currency, total_minor, country, postal_code, address, language, tax, expires_at
FROM jsonb_populate_record(NULL::purchase, $1::text::jsonb);

-- name: orders
INSERT INTO orders (id, number, purchase_id, merchant_id, customer_id, market, currency, items_minor, shipping_minor,
  service_fee_minor, levies_minor, duties_minor, total_minor, country)
SELECT id, number, purchase_id, merchant_id, customer_id, market, currency, items_minor, shipping_minor, service_fee_minor,
  levies_minor, duties_minor, total_minor, country
FROM jsonb_populate_recordset(NULL::orders, $1::text::jsonb);

-- name: lines
WITH made AS (
  INSERT INTO order_line (id, order_id, purchase_id, merchant_id, customer_id, market, position, state, offer_id, reservation_id,
    sku, variant_id, title, category, grade, battery_new, battery_health, currency, item_minor, shipping_minor,
    service_fee_minor, levies_minor, duties_minor, total_minor, vat_scheme, vat, warranty, dispatch_country, country,
    handling_hours, carrier, promised_from, promised_by)
  SELECT id, order_id, purchase_id, merchant_id, customer_id, market, position, 'RESERVED', offer_id, reservation_id,
    sku, variant_id, title, category, grade, battery_new, battery_health, currency, item_minor, shipping_minor,
    service_fee_minor, levies_minor, duties_minor, total_minor, vat_scheme, vat, warranty, dispatch_country, country,
    handling_hours, carrier, promised_from, promised_by
  FROM jsonb_populate_recordset(NULL::order_line, $1::text::jsonb)
  RETURNING id, order_id, merchant_id, customer_id)
INSERT INTO order_line_move (line_id, order_id, merchant_id, customer_id, to_state, actor, actor_id, at)
SELECT id, order_id, merchant_id, customer_id, 'RESERVED', 'CUSTOMER', customer_id, $2 FROM made;

-- name: due
-- Purchases whose time is over, the oldest first.
SELECT id FROM purchase WHERE state = 'PENDING_PAYMENT' AND expires_at <= $1 ORDER BY expires_at LIMIT $2;

-- name: one_due
SELECT id FROM purchase WHERE id = $1 AND state = 'PENDING_PAYMENT' AND expires_at <= $2;

-- name: astray
-- $1 older than this, $2 at most. Stock that is set aside though no line waits for it (`free`), or of a line whose piece has
-- left the stock (`gone`). None is ever found unless something else is broken.
SELECT r.id, coalesce(l.state IN ('SHIPPED','DELIVERED','COMPLETED','RETURNED','LOST','REFUSED','REFUNDED','REPLACED'), false) AS gone
FROM reservation r LEFT JOIN order_line l ON l.reservation_id = r.id
WHERE r.kind = 'ORDER' AND r.released_at IS NULL AND r.consumed_at IS NULL AND r.at < $1
  AND (l.id IS NULL OR l.state NOT IN ('RESERVED', 'PAID', 'ACCEPTED'))
ORDER BY r.at LIMIT $2;

-- name: stranded
-- Lines that wait for money although their purchase does not.
SELECT count(*)::int FROM order_line l JOIN purchase p ON p.id = l.purchase_id
WHERE l.state = 'RESERVED' AND p.state <> 'PENDING_PAYMENT';
