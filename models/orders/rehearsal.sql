-- The statements of models/orders/rehearsal.py. All of it is undone.

-- name: candidate
-- The cheapest offer in stock that could be bought in a market ($1) if it were open. $2: reasons that do not count.
SELECT om.offer_id FROM offer_market om
WHERE om.market = $1 AND om.reasons <@ $2::text[] AND om.quantity > 0 AND om.landed_minor IS NOT NULL
ORDER BY om.landed_minor, om.offer_id LIMIT 1;

-- name: customer
INSERT INTO account (id, created_at, updated_at, kind, roles, language, issuer, email, subject)
VALUES (boucle_uuid7(), now(), now(), 'CUSTOMER', '{CUSTOMER}', 'en', '', $1, $1) RETURNING id;

-- name: open
UPDATE market SET stage = 'PUBLIC', paused = false WHERE code = $1;

-- name: unpause
DELETE FROM market_pause WHERE market = $1;

-- name: came_to
-- How a purchase stands, what was set aside for it, and whether the books balance.
SELECT p.state, (SELECT count(*) FROM order_line WHERE purchase_id = p.id) AS lines,
  (SELECT count(*) FROM ledger_posting WHERE purchase_id = p.id) AS postings,
  (SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_posting WHERE purchase_id = p.id) AS unbalanced_minor,
  (SELECT min(promised_by) FROM order_line WHERE purchase_id = p.id) AS promised_by
FROM purchase p WHERE p.id = $1;
