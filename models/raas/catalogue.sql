-- The statements of models/raas/catalogue.py.

-- name: products
SELECT p.id, b.code AS brand_code, b.name AS brand, b.aliases, p.model, c.code AS category
FROM product p JOIN brand b ON b.id = p.brand_id JOIN category c ON c.id = p.category_id ORDER BY p.id;

-- name: variants
SELECT id, product_id, coalesce((attributes->>'storage_gb')::numeric, 0)::int AS storage,
  coalesce((attributes->>'ram_gb')::numeric, 0)::int AS ram
FROM variant WHERE product_id = ANY ($1);

-- name: part_numbers
-- Makers' part numbers and our own numbers of units that stand for one variant alone.
SELECT lower(v.mpn) AS mpn, (array_agg(v.id))[1] AS variant_id, (array_agg(v.product_id))[1] AS product_id
FROM variant v WHERE v.mpn <> '' AND lower(v.mpn) = ANY ($1) GROUP BY 1 HAVING count(*) = 1;

-- name: tacs
-- The product that nine in ten of at least three known devices with these first digits are.
SELECT tac, product_id FROM (
  SELECT u.tac, v.product_id, count(*) AS n, sum(count(*)) OVER (PARTITION BY u.tac) AS of
  FROM unit u JOIN variant v ON v.id = u.variant_id WHERE u.tac = ANY ($1) GROUP BY 1, 2) known
WHERE n >= 3 AND n * 10 >= of * 9;

-- name: brands
SELECT code, name, aliases FROM brand;

-- name: sites
SELECT id, name FROM organisation_site WHERE organisation_id = $1 AND closed_at IS NULL;
