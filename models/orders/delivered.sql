-- The statements of models/orders/delivered.

-- name: delivered
-- $1 orders. Their delivered lines, and when the last device of each order came.
SELECT l.id, l.delivered_at, l.warranty::text AS warranty, k.time_zone AS zone,
  max(l.delivered_at) OVER (PARTITION BY l.order_id) AS last
FROM order_line l JOIN market k ON k.code = l.market
WHERE l.order_id = ANY ($1) AND l.state = 'DELIVERED' ORDER BY l.id;

-- name: begin
-- $1 lines, $2 until when each may be given back, $3 its warranty.
UPDATE order_line l SET return_until = greatest(l.return_until, g.until), warranty = g.warranty::jsonb,
  updated_at = now()
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS g (id, until, warranty) WHERE l.id = g.id;
