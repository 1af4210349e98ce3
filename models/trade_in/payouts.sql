-- The statements of models/trade_in/payouts. A trade-in is locked before its payouts.

-- name: ask
-- $1 trade-in, $2 amount. Once while another is under way or paid.
INSERT INTO trade_in_payout (trade_in_id, merchant_id, customer_id, amount_minor, currency, account, account_name, account_shown, created_at)
SELECT o.id, o.merchant_id, o.customer_id, o.final_minor, o.currency, o.account, o.account_name, o.account_shown, $2
FROM trade_in_order o WHERE o.id = $1 ON CONFLICT (trade_in_id) WHERE state <> 'FAILED' DO NOTHING;

-- name: columns
p.id, p.trade_in_id, p.amount_minor, p.currency, p.state, p.account, p.account_name, p.account_shown, p.batch_id, p.problem, p.paid_at,
p.failed_at, p.created_at, (SELECT o.number FROM trade_in_order o WHERE o.id = p.trade_in_id) AS number;

-- name: due
-- $1 currencies, $2 how many. Those of one currency, the oldest first, held; what another collector holds is left to it.
SELECT $$columns$$ FROM trade_in_payout p WHERE p.state = 'DUE' AND p.currency = (
  SELECT currency FROM trade_in_payout WHERE state = 'DUE' AND currency = ANY ($1) ORDER BY id LIMIT 1)
ORDER BY p.id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED;

-- name: batch
INSERT INTO payout_batch (provider, currency, payouts, total_minor, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id;

-- name: take
UPDATE trade_in_payout SET state = 'SENDING', batch_id = $2 WHERE id = ANY ($1) AND state = 'DUE';

-- name: unsent
-- A batch that was made and not sent, the oldest: its collector died, or nobody answered it.
SELECT id, provider, currency, created_at FROM payout_batch WHERE sent_at IS NULL AND provider = $1 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: of_batch
SELECT $$columns$$ FROM trade_in_payout p WHERE p.batch_id = $1 ORDER BY p.id;

-- name: sent
UPDATE payout_batch SET sent_at = $2, document = $3 WHERE id = $1 AND sent_at IS NULL RETURNING id;

-- name: one
SELECT $$columns$$ FROM trade_in_payout p WHERE p.id = $1 FOR UPDATE;

-- name: paid
UPDATE trade_in_payout SET state = 'PAID', paid_at = $2 WHERE id = $1 AND state = 'SENDING' RETURNING id;

-- name: failed
UPDATE trade_in_payout SET state = 'FAILED', failed_at = $2, problem = $3 WHERE id = $1 AND state IN ('SENDING','PAID') RETURNING id;

-- name: of_trade_ins
SELECT DISTINCT ON (p.trade_in_id) $$columns$$ FROM trade_in_payout p WHERE p.trade_in_id = ANY ($1) ORDER BY p.trade_in_id, p.id DESC;

-- name: lately_paid
-- $1 provider, $2 since when, $3 how many: what may still be sent back.
SELECT $$columns$$ FROM trade_in_payout p JOIN payout_batch b ON b.id = p.batch_id
WHERE p.state = 'PAID' AND b.provider = $1 AND p.paid_at > $2 ORDER BY p.id DESC LIMIT $3;
