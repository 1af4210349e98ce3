-- The statements of models/aftersales/ending.

-- name: over
-- $1 how many. Delivered lines that can no longer be given back, and that no open case is about.
SELECT l.id, boucle_now(l.merchant_id) AS now FROM order_line l
WHERE l.state = 'DELIVERED' AND l.return_until <= boucle_now(l.merchant_id)
  AND NOT EXISTS (SELECT FROM after_sales_case c WHERE c.line_id = l.id AND c.state <> 'CLOSED')
ORDER BY l.return_until, l.id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
