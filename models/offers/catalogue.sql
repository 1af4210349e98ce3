-- The statements of models/offers/catalogue.py.

-- name: brand
INSERT INTO brand (id, created_at, updated_at, code, name, aliases, shop, source)
VALUES (boucle_uuid7(), now(), now(), $1, $2, '', false, $3)
ON CONFLICT (code) DO UPDATE SET code = excluded.code RETURNING id;

-- name: product
INSERT INTO product (id, created_at, updated_at, slug, brand_id, category_id, model, release_date, weight_grams,
  weight_sourced, weight_source, source)
SELECT boucle_uuid7(), now(), now(), $1, $2, c.id, $4, $5::date, COALESCE($6::int, c.default_weight_grams),
  $6::int IS NOT NULL, CASE WHEN $6::int IS NULL THEN c.weight_source ELSE $7 END, $7
FROM category c WHERE c.code = $3 RETURNING id;

-- name: same_model
SELECT id FROM product WHERE brand_id = $1 AND boucle_fold(model) = boucle_fold($2) ORDER BY id LIMIT 1;

-- name: variant
INSERT INTO variant (id, created_at, updated_at, slug, product_id, attributes, mpn, source)
VALUES (boucle_uuid7(), now(), now(), $1, $2, $3::text::jsonb, $4, $5) RETURNING id;

-- name: gtin
INSERT INTO variant_gtin (id, created_at, updated_at, gtin, variant_id)
VALUES (boucle_uuid7(), now(), now(), $1, $2) ON CONFLICT (gtin) DO NOTHING;

-- name: mpn
UPDATE variant SET mpn = $2, updated_at = now() WHERE id = $1 AND mpn = '';

-- name: move_offers
WITH moved AS (UPDATE offer SET variant_id = $2, updated_at = now() WHERE variant_id = $1 RETURNING id)
INSERT INTO touched SELECT id FROM moved;

-- name: move_bought
-- What was bought, or is about to be, as the variant that it is now.
WITH wanted AS (UPDATE cart_line SET variant_id = $2 WHERE variant_id = $1)
UPDATE order_line SET variant_id = $2 WHERE variant_id = $1;

-- name: move_trade_ins
-- What people sell and merchants bid for, as the variant that it is now; of two bids of a merchant that of the one stays.
WITH quotes AS (UPDATE trade_in_quote SET variant_id = $2 WHERE variant_id = $1),
devices AS (UPDATE trade_in_saved_device SET variant_id = $2 WHERE variant_id = $1),
orders AS (UPDATE trade_in_order SET variant_id = $2 WHERE variant_id = $1),
twice AS (DELETE FROM trade_in_bid b WHERE variant_id = $1 AND EXISTS (SELECT FROM trade_in_bid n
  WHERE (n.merchant_id, n.variant_id, n.grade, n.market) = (b.merchant_id, $2, b.grade, b.market)))
UPDATE trade_in_bid b SET variant_id = $2, updated_at = now() WHERE variant_id = $1
  AND NOT EXISTS (SELECT FROM trade_in_bid n
    WHERE (n.merchant_id, n.variant_id, n.grade, n.market) = (b.merchant_id, $2, b.grade, b.market));

-- name: move_gtins
UPDATE variant_gtin SET variant_id = $2, updated_at = now() WHERE variant_id = $1;

-- name: point
-- What led to the old one leads to the new one.
WITH before AS (UPDATE catalog_redirect SET new_id = $3 WHERE new_id = $2)
INSERT INTO catalog_redirect (old_id, kind, slug, new_id) VALUES ($2, $1, $4, $3);

-- name: move_variants
-- Variants keep their ids and come under another product, with their competitions.
WITH locked AS MATERIALIZED (
  SELECT market, variant_id, grade FROM best_offer WHERE product_id = $1 ORDER BY 1, 2, 3 FOR UPDATE),
competitions AS (
  UPDATE best_offer b SET product_id = $2, changed_at = now() FROM locked l
  WHERE (b.market, b.variant_id, b.grade) = (l.market, l.variant_id, l.grade)),
documents AS (UPDATE search_document SET product_id = $2 WHERE product_id = $1)
UPDATE variant SET product_id = $2, updated_at = now() WHERE product_id = $1;

-- name: moved
CREATE TEMP TABLE moved ON COMMIT DROP AS
SELECT market, product_id, min(category) AS category, true AS flips, true AS turns FROM (
  SELECT market, product_id, category FROM product_market WHERE product_id = ANY ($1)
  UNION SELECT market, product_id, category FROM best_offer WHERE product_id = ANY ($1)) x GROUP BY 1, 2;
