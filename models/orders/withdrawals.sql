-- The statements of models/orders/withdrawals.

-- name: order
SELECT o.number, o.merchant_id, o.market, m.name AS merchant, p.language, k.time_zone AS zone
FROM orders o JOIN purchase p ON p.id = o.purchase_id JOIN merchant m ON m.id = o.merchant_id
JOIN market k ON k.code = o.market WHERE o.id = $1

-- name: open
-- $1 lines. Cases about a withdrawal that are open.
SELECT line_id, id FROM after_sales_case WHERE line_id = ANY ($1) AND type = 'WITHDRAWAL' AND state <> 'CLOSED' ORDER BY id

-- name: add
INSERT INTO withdrawal (id, token_sha256, customer_id, order_id, merchant_id, name, address, language, legal, asked_at,
  confirmed_at, acknowledgement, subject)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: add_line
INSERT INTO withdrawal_line (line_id, withdrawal_id, merchant_id, customer_id, until, facts)
SELECT l.id, $1, l.merchant_id, l.customer_id, l.withdraw_until, coalesce(l.rights->'withdrawal', '{}')
FROM order_line l WHERE l.id = ANY ($2) ORDER BY l.id

-- name: confirmed
SELECT id, order_id, legal, confirmed_at, acknowledgement FROM withdrawal WHERE token_sha256 = $1 AND customer_id = $2

-- name: lines_of
SELECT line_id FROM withdrawal_line WHERE withdrawal_id = $1 ORDER BY line_id

-- name: mail
SELECT address, subject, acknowledgement, language, confirmed_at FROM withdrawal WHERE id = $1

-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 21))
