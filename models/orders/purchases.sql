-- The statements of models/orders/purchases.py and stock.py. A purchase is locked before its lines, lines before offers.

-- name: end
-- $1 purchase, $2 the state to reach, $3 when, $4 why it failed. Nothing where it is not pending any more.
UPDATE purchase SET state = $2, version = version + 1, updated_at = now(),
  paid_at = CASE $2 WHEN 'PAID' THEN $3::timestamptz END, failed_because = $4
WHERE id = $1 AND state = 'PENDING_PAYMENT' RETURNING id;

-- name: orders_of
-- $1 purchase. With the merchant's country, and its time zone as the market of that country has it.
SELECT o.id, o.number, o.market, o.merchant_id, o.currency, o.total_minor, o.version, m.country,
  coalesce((SELECT h.time_zone FROM market h WHERE m.country = ANY (h.countries) ORDER BY h.code <> m.country, h.code LIMIT 1),
    k.time_zone) AS zone,
  (SELECT json_agg(json_build_object('id', l.id, 'sku', l.sku) ORDER BY l.position) FROM order_line l WHERE l.order_id = o.id) AS lines
FROM orders o JOIN merchant m ON m.id = o.merchant_id JOIN market k ON k.code = o.market
WHERE o.purchase_id = $1 ORDER BY o.id;

-- name: accept_by
-- $1 orders, $2 until when each is to be accepted.
UPDATE order_line l SET accept_by = a.accept_by
FROM unnest($1::uuid[], $2::timestamptz[]) AS a (order_id, accept_by)
WHERE l.order_id = a.order_id AND l.state = 'RESERVED';

-- name: lines_of
SELECT id FROM order_line WHERE purchase_id = $1 ORDER BY id;

-- name: reservations_of
SELECT reservation_id AS id FROM order_line WHERE id = ANY ($1) AND reservation_id IS NOT NULL;

-- name: version_of
SELECT version FROM orders WHERE id = $1;

-- name: reopen
-- A purchase that was never paid leaves its cart to be bought again.
UPDATE cart SET purchase_id = NULL, version = version + 1, updated_at = now() WHERE purchase_id = $1;
