-- The statements of models/orders/store_credit. A credit is locked before its uses.

-- name: columns
c.id, c.customer_id, c.source_id, c.currency, c.state, c.amount_minor, c.paid_minor, c.created_at,
(SELECT coalesce(sum(u.amount_minor - u.returned_minor), 0)::bigint FROM store_credit_use u
 WHERE u.credit_id = c.id AND u.state <> 'APPLIED') AS spent_minor;

-- name: expect
INSERT INTO store_credit (customer_id, source_id, currency, amount_minor) VALUES ($1, $2, $3, $4) ON CONFLICT (source_id) DO NOTHING;

-- name: settle
-- $1 source, $2 customer, $3 currency, $4 state, $5 amount: what was expected is final.
INSERT INTO store_credit (source_id, customer_id, currency, state, amount_minor) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (source_id) DO UPDATE SET state = excluded.state, amount_minor = excluded.amount_minor, updated_at = now();

-- name: end
UPDATE store_credit SET state = 'ENDED', amount_minor = 0, updated_at = now() WHERE source_id = $1 AND state = 'EXPECTED';

-- name: hold
SELECT id FROM store_credit WHERE id = $1 FOR UPDATE;

-- name: of_source
SELECT $$columns$$ FROM store_credit c WHERE c.source_id = ANY ($1);

-- name: one
SELECT $$columns$$ FROM store_credit c WHERE c.id = $1;

-- name: apply
-- $1 credit, $2 customer, $3 cart: it takes the place of another one.
INSERT INTO store_credit_use (credit_id, customer_id, cart_id) VALUES ($1, $2, $3)
ON CONFLICT (cart_id) DO UPDATE SET credit_id = excluded.credit_id WHERE store_credit_use.state = 'APPLIED';

-- name: take_away
DELETE FROM store_credit_use WHERE cart_id = $1 AND state = 'APPLIED';

-- name: in_cart
SELECT $$columns$$ FROM store_credit c WHERE c.id = (SELECT credit_id FROM store_credit_use WHERE cart_id = $1 AND state = 'APPLIED');

-- name: reserve
UPDATE store_credit_use SET state = 'RESERVED', purchase_id = $2, amount_minor = $3 WHERE cart_id = $1 AND state = 'APPLIED';

-- name: of_purchase
SELECT id, credit_id, customer_id, amount_minor, returned_minor, state FROM store_credit_use WHERE purchase_id = $1;

-- name: spend
UPDATE store_credit_use SET state = 'SPENT' WHERE purchase_id = $1 AND state = 'RESERVED' RETURNING id, customer_id, amount_minor;

-- name: release
UPDATE store_credit_use SET state = 'APPLIED', purchase_id = NULL, amount_minor = 0 WHERE purchase_id = $1 AND state = 'RESERVED';

-- name: give_back
UPDATE store_credit_use SET returned_minor = returned_minor + $2 WHERE purchase_id = $1 AND state = 'SPENT' RETURNING customer_id;

-- name: paid
UPDATE store_credit SET paid_minor = paid_minor + $2, updated_at = now() WHERE id = $1 RETURNING customer_id;

-- name: last_purchase
-- $1 credit. A purchase that took of it.
SELECT purchase_id FROM store_credit_use WHERE credit_id = $1 AND state = 'SPENT' ORDER BY id DESC LIMIT 1;
