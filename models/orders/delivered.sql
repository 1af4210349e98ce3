-- The statements of models/orders/delivered.

-- name: delivered
-- $1 orders. Their delivered lines, and when the last device of each order came.
SELECT l.id, l.delivered_at, l.country, l.warranty::text AS warranty, k.time_zone AS zone,
  coalesce(l.paid_at, l.created_at) AS bought_at, max(l.delivered_at) OVER (PARTITION BY l.order_id) AS last
FROM order_line l JOIN market k ON k.code = l.market
WHERE l.order_id = ANY ($1) AND l.state = 'DELIVERED' ORDER BY l.id;

-- name: begin
-- $1 line, $2 until when it may be given back, $3 the last moment of the right to withdraw, $4 its warranty, $5 the rules.
UPDATE order_line SET return_until = greatest(return_until, $2), withdraw_until = greatest(withdraw_until, $3),
  warranty = $4::text::jsonb, rights = $5::text::jsonb, updated_at = now() WHERE id = $1;
