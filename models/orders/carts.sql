-- The statements of models/orders/carts.py. Policies hide the carts of others.

-- name: cart
SELECT c.id, c.market, c.country, c.language, c.customer_id, c.address::text AS address, c.purchase_id, c.version,
  c.created_at, c.updated_at, k.currency, k.countries, k.time_zone, k.stage, k.paused, k.locales, k.tax_inclusive,
  ARRAY(SELECT p.scope FROM market_pause p WHERE p.market = c.market) AS pauses
FROM cart c JOIN market k ON k.code = c.market WHERE c.id = $1;

-- name: hold
SELECT id FROM cart WHERE id = $1 FOR UPDATE;

-- name: add
INSERT INTO cart (market, country, language, customer_id, token_hash) VALUES ($1, $2, $3, $4, $5) RETURNING id;

-- name: lines
-- With the offers as the market of the cart has them now; no offer where it is not sold there at all.
SELECT l.id, l.offer_id, l.variant_id, l.quantity, l.expected_minor, row_to_json(x)::text AS offer
FROM cart c JOIN cart_line l ON l.cart_id = c.id
LEFT JOIN LATERAL (
  SELECT $$offer$$ FROM offer_market om JOIN merchant m ON m.id = om.merchant_id JOIN market k ON k.code = om.market
  WHERE om.offer_id = l.offer_id AND om.market = c.market) x ON true
WHERE c.id = $1 ORDER BY l.id;

-- name: sold
-- $1 offers, $2 market: those that can be bought there.
SELECT $$offer$$ FROM offer_market om JOIN merchant m ON m.id = om.merchant_id JOIN market k ON k.code = om.market
WHERE om.offer_id = ANY ($1) AND om.market = $2 AND om.visibility > 0 ORDER BY om.offer_id;

-- name: offer
-- $1 offer, $2 market: hidden or not.
SELECT $$offer$$ FROM offer_market om JOIN merchant m ON m.id = om.merchant_id JOIN market k ON k.code = om.market
WHERE om.offer_id = $1 AND om.market = $2;

-- name: stopped
-- Which of these variants ($2) are of a category that is paused in a market, or of one below it.
WITH RECURSIVE below AS (
  SELECT p.category FROM market_pause p WHERE p.scope = 'CATEGORY' AND p.market = $1
  UNION SELECT c.code FROM below b JOIN category c ON c.parent = b.category)
SELECT v.id FROM variant v JOIN product p ON p.id = v.product_id JOIN category c ON c.id = p.category_id
WHERE v.id = ANY ($2::uuid[]) AND c.code IN (SELECT category FROM below);

-- name: put
-- An offer that is in the cart already has so many pieces, at the price seen last.
INSERT INTO cart_line (cart_id, offer_id, variant_id, quantity, expected_minor) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (cart_id, offer_id) DO UPDATE SET quantity = excluded.quantity, expected_minor = excluded.expected_minor
RETURNING id;

-- name: change
UPDATE cart_line SET quantity = coalesce($3, quantity), expected_minor = coalesce($4, expected_minor)
WHERE cart_id = $1 AND id = $2 RETURNING id;

-- name: remove
DELETE FROM cart_line WHERE cart_id = $1 AND id = $2 RETURNING id;

-- name: touch
UPDATE cart SET version = version + 1, updated_at = now() WHERE id = $1;

-- name: send_to
UPDATE cart SET address = $2::text::jsonb, country = $3, version = version + 1, updated_at = now() WHERE id = $1;

-- name: claim
UPDATE cart SET customer_id = $2, token_hash = NULL, version = version + 1, updated_at = now()
WHERE id = $1 AND customer_id IS NULL RETURNING id;

-- name: took
UPDATE cart SET purchase_id = $2, version = version + 1, updated_at = now() WHERE id = $1;

-- name: purge
-- Carts that nobody touched since; of those that became a purchase nothing is needed either.
DELETE FROM cart WHERE id IN (SELECT id FROM cart WHERE updated_at < $1 ORDER BY updated_at LIMIT $2);
