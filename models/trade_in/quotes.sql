-- The statements of models/trade_in/quotes.py. Policies hide the quotes and devices of others.

-- name: add
INSERT INTO trade_in_quote (customer_id, token_sha256, market, category, variant_id, grade, questionnaire, answers, imei, serial,
  currency, locks, device_status, device_status_at, device_status_source, bids, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, $11, $12::text::jsonb, $13, $14, $15, $16::text::jsonb, $17)
RETURNING id;

-- name: quote
SELECT id, customer_id, market, category, variant_id, grade, questionnaire, answers::text AS answers, imei, serial, currency,
  locks::text AS locks, device_status, device_status_at, device_status_source, bids::text AS bids, expires_at, taken_at,
  created_at FROM trade_in_quote WHERE id = $1;

-- name: hold
SELECT id FROM trade_in_quote WHERE id = $1 FOR UPDATE;

-- name: claim
UPDATE trade_in_quote SET customer_id = $2, token_sha256 = NULL WHERE id = $1 AND customer_id IS NULL RETURNING id;

-- name: purge
-- Those that ended unused.
DELETE FROM trade_in_quote q WHERE id IN (SELECT id FROM trade_in_quote WHERE taken_at IS NULL AND expires_at < $1
  ORDER BY expires_at LIMIT $2)
AND NOT EXISTS (SELECT FROM trade_in_order o WHERE o.quote_id = q.id);

-- name: save_device
INSERT INTO trade_in_saved_device (customer_id, market, category, variant_id, grade, questionnaire, answers, name)
SELECT $1, $2, $3, $4, $5, $6, $7::text::jsonb, $8
WHERE (SELECT count(*) FROM trade_in_saved_device WHERE customer_id = $1) < $9 RETURNING id;

-- name: saved_devices
SELECT s.id, s.market, s.category, s.variant_id, s.grade, s.questionnaire, s.answers::text AS answers, s.name, s.created_at,
  p.release_date, b.code AS brand_code
FROM trade_in_saved_device s JOIN variant v ON v.id = s.variant_id JOIN product p ON p.id = v.product_id
JOIN brand b ON b.id = p.brand_id
WHERE ($1::uuid IS NULL OR s.id = $1) AND ($2::uuid IS NULL OR s.id < $2) ORDER BY s.id DESC LIMIT $3;

-- name: forget_device
DELETE FROM trade_in_saved_device WHERE id = $1 RETURNING id;
