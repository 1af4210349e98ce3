-- The statements of models/aftersales.

-- name: clocks
-- $1 the lines: the merchant of each, its country, and the zone in which it works.
SELECT l.id, l.order_id, l.merchant_id, l.customer_id, l.market, g.country,
  coalesce((SELECT m.time_zone FROM market m WHERE g.country = ANY (m.countries) ORDER BY m.code LIMIT 1), 'UTC') AS zone,
  boucle_now(l.merchant_id) AS at
FROM order_line l JOIN merchant g ON g.id = l.merchant_id WHERE l.id = ANY ($1) ORDER BY l.id

-- name: open
-- $1 lines, $2 orders, $3 merchants, $4 customers, $5 markets, $6 when to reply, $7 when to refund, $8 type, $9 who,
-- $10 because, $11 shipment, $12 note, $13 when.
WITH new AS MATERIALIZED (
  INSERT INTO after_sales_case (line_id, order_id, merchant_id, customer_id, market, first_reply_by, refund_by, type,
    opened_by, because, shipment_id, note, state, created_at, updated_at)
  SELECT x.line_id, x.order_id, x.merchant_id, x.customer_id, x.market, x.reply, x.refund, $8, $9, $10, $11, $12,
    'AWAITING_MERCHANT', x.at, x.at
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[],
    $13::timestamptz[]) AS x (line_id, order_id, merchant_id, customer_id, market, reply, refund, at)
  ON CONFLICT DO NOTHING
  RETURNING id, line_id, order_id, merchant_id, customer_id, version
), noted AS (
  INSERT INTO after_sales_case_move (case_id, merchant_id, customer_id, from_state, to_state, actor, reason)
  SELECT n.id, n.merchant_id, n.customer_id, s.a, s.b, $9, $10
  FROM new n CROSS JOIN (VALUES (1, NULL, 'OPEN'), (2, 'OPEN', 'AWAITING_MERCHANT')) AS s (step, a, b) ORDER BY n.id, step)
SELECT * FROM new ORDER BY line_id

-- name: refund_due
-- $1 lines, $2 type, $3 when to refund, $4 because: a case that is open already learns that the parcel is lost.
UPDATE after_sales_case c SET refund_by = x.refund, because = $4, version = c.version + 1, updated_at = now()
FROM unnest($1::uuid[], $3::timestamptz[]) AS x (line_id, refund)
WHERE c.line_id = x.line_id AND c.type = $2 AND c.state <> 'CLOSED' AND c.refund_by IS NULL
  AND NOT EXISTS (SELECT FROM after_sales_case o WHERE o.line_id = c.line_id AND o.type = c.type AND o.because = $4
    AND o.opened_by = 'SYSTEM' AND o.id <> c.id)

-- name: lines_of
-- $1 the shipment: its lines, where a case may be opened by itself.
SELECT l.line_id FROM shipment_line l JOIN shipment s ON s.id = l.shipment_id
WHERE s.id = $1 AND s.purpose = 'DELIVERY' ORDER BY 1

-- name: page
-- $1 merchant or null, $2 customer or null, $3 after this id, $4 how many.
SELECT c.id, c.line_id, c.order_id, c.shipment_id, c.merchant_id, c.customer_id, c.market, c.type, c.state, c.owner,
  c.opened_by, c.because, c.first_reply_by, c.first_replied_at, c.decision_by, c.decided_at, c.refund_by,
  c.refunded_at, c.created_at, c.updated_at, c.closed_at, c.version
FROM after_sales_case c
WHERE ($1::uuid IS NULL OR c.merchant_id = $1) AND ($2::uuid IS NULL OR c.customer_id = $2)
  AND ($3::uuid IS NULL OR c.id < $3) AND ($5::uuid IS NULL OR c.id = $5)
ORDER BY c.id DESC LIMIT $4
