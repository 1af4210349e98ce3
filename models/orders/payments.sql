-- The statements of models/orders/payments, refunds and ledger. Locks: lines by id, then payments, then refunds.

-- name: open
-- $1 purchase, $2 amount, $3 currency, $4 method, $5 when, $6 the credit that it is due of, if it is not of the purchase itself.
INSERT INTO payment (purchase_id, customer_id, market, amount_minor, currency, method, next_check_at, created_at, updated_at, credit_id)
SELECT p.id, p.customer_id, p.market, $2, $3, $4, $5::timestamptz + interval '1 minute', $5, $5, $6 FROM purchase p WHERE p.id = $1
ON CONFLICT (purchase_id) WHERE state IN ('CREATED','ACTION_REQUIRED','AUTHORISED') DO UPDATE SET updated_at = excluded.updated_at
RETURNING id;

-- name: columns
p.id, p.purchase_id, p.customer_id, p.state, p.amount_minor, p.currency, p.refunded_minor, p.provider, p.provider_ref,
p.method, p.code, p.retryable, p.action_url, p.attempts, p.version, p.created_at, p.credit_id,
p.credit_id IS NOT NULL OR (SELECT u.state = 'PENDING_PAYMENT' FROM purchase u WHERE u.id = p.purchase_id) AS wanted;

-- name: claim
-- $1 payment, $2 provider, $3 when: it is asked for now, by whoever comes.
UPDATE payment p SET attempts = attempts + 1, provider = coalesce(provider, $2),
  next_check_at = $3::timestamptz + interval '1 minute', updated_at = $3
WHERE p.id = $1 RETURNING $$columns$$;

-- name: held
SELECT $$columns$$ FROM payment p WHERE p.id = $1 FOR NO KEY UPDATE;

-- name: by_ref
SELECT id FROM payment WHERE provider = $1 AND provider_ref = $2;

-- name: set
-- $1 payment, $2 state, $3 ref, $4 code, $5 retryable, $6 url, $7 fee, $8 when, $9 when to ask again.
UPDATE payment p SET state = $2, provider_ref = coalesce(provider_ref, $3), code = coalesce($4, code),
  retryable = CASE WHEN $4 IS NULL THEN retryable ELSE $5 END, action_url = CASE WHEN $2 = 'ACTION_REQUIRED' THEN coalesce($6, action_url) END,
  fee_minor = coalesce($7, fee_minor), captured_at = CASE WHEN $2 = 'CAPTURED' THEN coalesce(captured_at, $8::timestamptz) END,
  next_check_at = $9, version = version + (p.state <> $2)::int, updated_at = $8
WHERE p.id = $1 RETURNING $$columns$$;

-- name: due
-- $1 when, $2 how many. What is asked about is put off, so that another run takes others.
UPDATE payment p SET next_check_at = $1::timestamptz + least(interval '1 minute' * power(2, least(attempts, 6)), interval '1 hour'),
  attempts = attempts + 1
FROM (SELECT id FROM payment WHERE state IN ('CREATED','ACTION_REQUIRED','AUTHORISED') AND next_check_at <= $1
      ORDER BY next_check_at LIMIT $2 FOR UPDATE SKIP LOCKED) d
WHERE p.id = d.id RETURNING $$columns$$;

-- name: orders_of
SELECT id FROM orders WHERE purchase_id = $1 ORDER BY id;

-- name: shares
-- $1 lines, $2 a purchase: what they cost, and whose it is. The tax in the price of a deemed supply is ours to pay on.
SELECT id AS line_id, merchant_id, item_minor + shipping_minor - ours AS merchant_minor, service_fee_minor AS fee_minor,
  levies_minor + duties_minor + ours AS tax_minor, refunded_minor, released_at IS NOT NULL AS released, purchase_id, order_id,
  customer_id, market, currency, state, warranty, delivered_at, return_until, version
FROM order_line, LATERAL (SELECT CASE vat_scheme WHEN 'DEEMED' THEN coalesce((vat->>'vat_minor')::bigint, 0) ELSE 0 END) AS deemed (ours)
WHERE id = ANY ($1::uuid[]) OR purchase_id = $2 ORDER BY id FOR NO KEY UPDATE OF order_line;

-- name: post
-- $1 kind, $2 reference, $3 when, $4 purchase, $5 currency, $6 accounts, $7 amounts, $8 merchants, $9 lines, $10 customers,
-- $11 organisations, $12 the trade-in or lot.
WITH t AS (
  INSERT INTO ledger_transaction (kind, reference, at) VALUES ($1, $2, $3) ON CONFLICT (kind, reference) DO NOTHING RETURNING id
), p AS (
  INSERT INTO ledger_posting (transaction_id, account, amount_minor, merchant_id, line_id, customer_id, organisation_id,
    purchase_id, subject_id, currency, kind, at)
  SELECT t.id, e.account, e.amount, e.merchant, e.line, e.customer, e.organisation, $4, $12, $5, $1, $3
  FROM t, unnest($6::text[], $7::bigint[], $8::uuid[], $9::uuid[], $10::uuid[], $11::uuid[])
    WITH ORDINALITY AS e (account, amount, merchant, line, customer, organisation, n)
  ORDER BY e.n)
SELECT id FROM t;

-- name: captured
SELECT id, amount_minor, currency, provider, provider_ref, refunded_minor FROM payment
WHERE purchase_id = ANY ($1::uuid[]) AND state = 'CAPTURED' ORDER BY captured_at, id;

-- name: of_purchases
SELECT id, purchase_id, amount_minor FROM payment p WHERE purchase_id = ANY ($1::uuid[]) AND state = 'CAPTURED'
  AND EXISTS (SELECT FROM ledger_transaction t JOIN ledger_posting l ON l.transaction_id = t.id
    WHERE t.kind = 'CAPTURE' AND t.reference = p.id AND l.line_id IS NOT NULL) ORDER BY id;

-- name: promise
-- $1 payment, $2 amount: 0 rows, more than was paid.
UPDATE payment SET refunded_minor = refunded_minor + $2, updated_at = now(), version = version + 1
WHERE id = $1 AND state = 'CAPTURED' AND refunded_minor + $2 <= amount_minor RETURNING id;

-- name: money_left
-- $1 payment, held. What of its money did not go back yet.
SELECT amount_minor - refunded_minor FROM payment WHERE id = $1 FOR NO KEY UPDATE;

-- name: give_back
UPDATE order_line SET refunded_minor = refunded_minor + $2, version = version + 1, updated_at = $3 WHERE id = $1 RETURNING version;

-- name: ask
INSERT INTO refund (payment_id, purchase_id, order_id, line_id, merchant_id, customer_id, amount_minor, currency, reason, note,
  actor, actor_id, next_check_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::timestamptz + interval '1 minute', $13) RETURNING id;

-- name: as_credit
-- $1 refund, $2 what of it goes back as credit, $3 when. All of it: nothing is left to be sent.
UPDATE refund SET credit_minor = $2, state = CASE WHEN amount_minor = $2 THEN 'SUCCEEDED' ELSE state END,
  ended_at = CASE WHEN amount_minor = $2 THEN $3::timestamptz END, next_check_at = CASE WHEN amount_minor > $2 THEN next_check_at END
WHERE id = $1;

-- name: refund_columns
r.id, r.payment_id, r.purchase_id, r.order_id, r.line_id, r.merchant_id, r.amount_minor, r.credit_minor, r.currency, r.reason, r.state,
r.provider_ref, r.version, r.created_at, r.ended_at, p.provider, p.provider_ref AS payment_ref;

-- name: refund
SELECT $$refund_columns$$ FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.id = $1 FOR NO KEY UPDATE OF r;

-- name: open_refunds_of
SELECT r.id FROM refund r WHERE r.payment_id = $1 AND r.state IN ('REQUESTED','SENT') ORDER BY r.id;

-- name: all_refunds_of
SELECT r.id FROM refund r WHERE r.payment_id = $1 ORDER BY r.id;

-- name: due_refunds
UPDATE refund r SET next_check_at = $1::timestamptz + interval '15 minutes'
FROM (SELECT id FROM refund WHERE state IN ('REQUESTED','SENT') AND next_check_at <= $1
      ORDER BY next_check_at LIMIT $2 FOR UPDATE SKIP LOCKED) d
WHERE r.id = d.id RETURNING r.id;

-- name: set_refund
UPDATE refund SET state = $2, provider_ref = coalesce(provider_ref, $3), code = coalesce($4, code),
  ended_at = CASE WHEN $2 IN ('SUCCEEDED','FAILED') THEN coalesce(ended_at, $5::timestamptz) END,
  next_check_at = CASE $2 WHEN 'SENT' THEN $5::timestamptz + interval '1 hour' END, version = version + 1
WHERE id = $1;

-- name: refunds_of_lines
SELECT id, purchase_id, order_id, line_id, amount_minor, currency, reason, state, created_at, ended_at FROM (
  SELECT r.*, row_number() OVER (PARTITION BY line_id ORDER BY id DESC) AS nth FROM refund r WHERE line_id = ANY ($1)) r
WHERE nth <= $2 ORDER BY line_id, id DESC;

-- name: refunds_of_purchases
SELECT id, purchase_id, order_id, line_id, amount_minor, currency, reason, state, created_at, ended_at FROM (
  SELECT r.*, row_number() OVER (PARTITION BY purchase_id ORDER BY id DESC) AS nth FROM refund r
  WHERE payment_id IN (SELECT id FROM payment WHERE purchase_id = ANY ($1))) r
WHERE nth <= $2 ORDER BY purchase_id, id DESC;

-- name: of_purchase
SELECT DISTINCT ON (purchase_id) id, purchase_id, state, amount_minor, currency, code, retryable, action_url, refunded_minor,
  created_at, captured_at
FROM payment WHERE purchase_id = ANY ($1) AND credit_id IS NULL ORDER BY purchase_id, id DESC;

-- name: to_release
-- $1 when, $2 how many: lines whose window to return has closed, and what their merchants earned by them.
WITH due AS MATERIALIZED (
  SELECT id FROM order_line WHERE released_at IS NULL AND return_until <= $1 AND state IN ('DELIVERED','COMPLETED','REPLACED')
  ORDER BY return_until LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
), marked AS (
  UPDATE order_line l SET released_at = $1 FROM due d WHERE l.id = d.id RETURNING l.id, l.merchant_id, l.purchase_id, l.currency)
SELECT m.*, (SELECT coalesce(-sum(amount_minor), 0)::bigint FROM ledger_posting p
             WHERE p.line_id = m.id AND p.account = 'MERCHANT_HELD') AS held FROM marked m ORDER BY m.id;

-- name: balances
SELECT currency, coalesce(-sum(amount_minor) FILTER (WHERE account = 'MERCHANT_HELD'), 0)::bigint AS held_minor,
  coalesce(-sum(amount_minor) FILTER (WHERE account = 'MERCHANT_OWED'), 0)::bigint AS owed_minor
FROM ledger_posting WHERE merchant_id = $1 GROUP BY currency ORDER BY currency;

-- name: page
-- $1 merchant, $2 before which n, $3 how many: postings, youngest first, each with what we owed after it.
WITH page AS MATERIALIZED (
  SELECT p.n, p.transaction_id, p.account, p.kind, p.at, p.amount_minor, p.currency, p.line_id,
    (SELECT l.order_id FROM order_line l WHERE l.id = p.line_id) AS order_id
  FROM ledger_posting p WHERE p.merchant_id = $1 AND ($2::bigint IS NULL OR p.n < $2) ORDER BY p.n DESC LIMIT $3
), older AS (
  SELECT p.currency, sum(p.amount_minor)::bigint AS total FROM ledger_posting p
  WHERE p.merchant_id = $1 AND p.n < (SELECT min(n) FROM page) GROUP BY 1)
SELECT page.*, (-(coalesce(o.total, 0) + sum(page.amount_minor) OVER (PARTITION BY page.currency ORDER BY page.n)))::bigint AS balance_minor
FROM page LEFT JOIN older o USING (currency) ORDER BY n DESC;

-- name: months
-- $1 merchant, $2 before which month, $3 how many: what moved in each month and currency, UTC.
SELECT date_trunc('month', at AT TIME ZONE 'UTC')::date AS month, currency,
  coalesce(-sum(amount_minor) FILTER (WHERE kind = 'CAPTURE'), 0)::bigint AS sales_minor,
  coalesce(sum(amount_minor) FILTER (WHERE kind = 'REFUND'), 0)::bigint AS refunds_minor,
  coalesce(-sum(amount_minor) FILTER (WHERE kind = 'RELEASE' AND account = 'MERCHANT_OWED'), 0)::bigint AS released_minor,
  count(*) FILTER (WHERE kind = 'CAPTURE') AS lines
FROM ledger_posting WHERE merchant_id = $1
  AND ($2::text IS NULL OR to_char(at AT TIME ZONE 'UTC', 'YYYY-MM') || currency < $2)
GROUP BY 1, 2 ORDER BY 1 DESC, 2 DESC LIMIT $3;

-- name: hear
-- $1 provider, $2 event, $3 kind, $4 ref, $5 body, $6 when. No row: we had it.
INSERT INTO payment_webhook (provider, event_id, kind, payment_ref, body, received_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (provider, event_id) DO NOTHING RETURNING id;

-- name: heard
SELECT provider, kind, payment_ref FROM payment_webhook WHERE id = $1 AND processed_at IS NULL;

-- name: processed
UPDATE payment_webhook SET processed_at = $2 WHERE id = $1 AND processed_at IS NULL;

-- name: forget
DELETE FROM payment_webhook WHERE received_at < $1;
