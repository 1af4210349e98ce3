-- The statements of models/orders. Lines are locked in the order of their ids.

-- name: move
-- $1 lines, $2 the state to reach, $3 why, $4 counts against the merchant, $5 it ends there, $6 when, $7 from which
-- states, $8 who, $9 the id of whom, $10 a note.
WITH held AS MATERIALIZED (
  SELECT id, state FROM order_line WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE
), moved AS (
  UPDATE order_line l SET state = $2, version = l.version + 1, updated_at = now(),
    reason = coalesce($3, l.reason), counts = l.counts OR $4,
    paid_at = CASE $2 WHEN 'PAID' THEN $6::timestamptz ELSE l.paid_at END,
    accepted_at = CASE $2 WHEN 'ACCEPTED' THEN $6::timestamptz ELSE l.accepted_at END,
    shipped_at = CASE $2 WHEN 'SHIPPED' THEN $6::timestamptz ELSE l.shipped_at END,
    delivered_at = CASE $2 WHEN 'DELIVERED' THEN coalesce(l.delivered_at, $6::timestamptz) ELSE l.delivered_at END,
    ended_at = CASE WHEN $5 THEN $6::timestamptz ELSE l.ended_at END
  FROM held h WHERE l.id = h.id AND l.state = ANY ($7::text[])
  RETURNING l.id, l.order_id, l.purchase_id, l.merchant_id, l.customer_id, l.market, h.state AS before, l.sku, l.version
), noted AS (
  INSERT INTO order_line_move (line_id, order_id, merchant_id, customer_id, from_state, to_state, actor, actor_id,
    reason, note, at)
  SELECT id, order_id, merchant_id, customer_id, before, $2, $8, $9, $3, $10, $6 FROM moved)
SELECT * FROM moved ORDER BY id;
