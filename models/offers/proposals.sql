-- The statements of models/offers/proposals.py.

-- name: key
COALESCE(o.gtin, lower(o.brand) || '|' || lower(o.mpn));

-- name: resolve
-- Offers that wait for a product which the catalogue knows by now, up to $1 of them, of all merchants or of one.
WITH named AS (
  SELECT lower(b.name) AS brand, lower(v.mpn) AS mpn, (array_agg(v.id))[1] AS variant_id
  FROM variant v JOIN product p ON p.id = v.product_id JOIN brand b ON b.id = p.brand_id
  WHERE v.mpn <> '' AND EXISTS (SELECT FROM offer o WHERE o.variant_id IS NULL AND o.gtin IS NULL)
  GROUP BY 1, 2 HAVING count(*) = 1
), known AS (
  SELECT o.id, g.variant_id FROM offer o JOIN variant_gtin g ON g.gtin = o.gtin
  WHERE o.variant_id IS NULL AND ($2::uuid IS NULL OR o.merchant_id = $2)
  UNION ALL
  SELECT o.id, n.variant_id FROM offer o JOIN named n ON n.mpn = lower(o.mpn) AND n.brand = lower(o.brand)
  WHERE o.variant_id IS NULL AND o.gtin IS NULL AND ($2::uuid IS NULL OR o.merchant_id = $2)
  LIMIT $1
), found AS (
  UPDATE offer o SET variant_id = k.variant_id, updated_at = now() FROM known k
  WHERE o.id = k.id AND o.variant_id IS NULL RETURNING o.id
)
INSERT INTO touched SELECT id FROM found;

-- name: waiting
-- What a merchant's offers wait for and it has not proposed yet, up to $2 products.
CREATE TEMP TABLE waiting ON COMMIT DROP AS
SELECT DISTINCT ON (key) key, gtin, mpn, brand, model, title, attributes, offers
FROM (
  SELECT $$key$$ AS key, o.gtin, o.mpn, o.brand, COALESCE(o.model, o.title) AS model, o.title, o.attributes,
    count(*) OVER (PARTITION BY $$key$$)::int AS offers, o.id
  FROM offer o
  WHERE o.merchant_id = $1 AND o.variant_id IS NULL AND o.status <> 'ABSENT' AND o.brand IS NOT NULL
    AND COALESCE(o.model, o.title) IS NOT NULL AND (o.gtin IS NOT NULL OR o.mpn IS NOT NULL)) w
WHERE NOT EXISTS (
  SELECT FROM product_proposal p JOIN proposal_supporter s ON s.proposal_id = p.id AND s.merchant_id = $1
  WHERE p.key = w.key AND p.state IN ('SUBMITTED', 'IN_REVIEW', 'REJECTED'))
ORDER BY key, id LIMIT $2;

-- name: propose
-- A product that was rejected is not proposed again by a feed: its merchant joins the answer.
INSERT INTO product_proposal (key, gtin, mpn, brand, model, title, attributes, time_zone, due_at)
SELECT key, gtin, mpn, brand, model, title, attributes, $1, $2 FROM waiting w
WHERE NOT EXISTS (SELECT FROM product_proposal p WHERE p.key = w.key AND p.state = 'REJECTED')
ORDER BY key
ON CONFLICT (key) WHERE state IN ('SUBMITTED', 'IN_REVIEW') DO NOTHING;

-- name: join
WITH joined AS (
  INSERT INTO proposal_supporter (merchant_id, proposal_id, brand, model, title, offers)
  SELECT $1, p.id, w.brand, w.model, w.title, w.offers FROM waiting w
  CROSS JOIN LATERAL (SELECT id FROM product_proposal p WHERE p.key = w.key
    AND p.state IN ('SUBMITTED', 'IN_REVIEW', 'REJECTED') ORDER BY p.id DESC LIMIT 1) p
  ON CONFLICT (merchant_id, proposal_id) DO NOTHING RETURNING proposal_id, offers
)
UPDATE product_proposal p SET merchants = p.merchants + 1, offers = p.offers + j.offers,
  markets = ARRAY(SELECT DISTINCT unnest(p.markets || $2::text[]) ORDER BY 1)
FROM joined j WHERE p.id = j.proposal_id;

-- name: likely
-- Variants of the same brand, or one that is written nearly so: of the models that are written most alike, and those
-- with the part number.
WITH wanted AS MATERIALIZED (
  SELECT boucle_fold($1) AS brand, lower($2) AS mpn, boucle_fold($3) AS model, boucle_fold($4) AS text
), made AS MATERIALIZED (
  SELECT b.id FROM brand b, wanted w
  WHERE boucle_fold(b.name) = w.brand OR similarity(boucle_fold(b.name), w.brand) > 0.5
    OR w.brand = ANY (string_to_array(boucle_fold(b.aliases), '|'))
), alike AS MATERIALIZED (
  SELECT p.id, GREATEST(similarity(n.model, w.model) * 0.95, word_similarity(n.model, w.text) * 0.9) AS score
  FROM product p CROSS JOIN wanted w CROSS JOIN LATERAL (SELECT boucle_fold(p.model) AS model OFFSET 0) n
  WHERE p.brand_id IN (SELECT id FROM made) ORDER BY 2 DESC, 1 LIMIT 12
), found AS (
  SELECT v.id, v.attributes, a.score FROM alike a JOIN variant v ON v.product_id = a.id
  UNION ALL
  SELECT v.id, v.attributes, 1 FROM wanted w, product p JOIN variant v ON v.product_id = p.id
  WHERE p.brand_id IN (SELECT id FROM made) AND w.mpn <> '' AND lower(v.mpn) = w.mpn
)
SELECT id, round(max(score)::numeric, 2)::float8 AS score FROM found GROUP BY id
ORDER BY 2 DESC, max((SELECT count(*) FROM jsonb_each_text(attributes) e, wanted w WHERE strpos(w.text, lower(e.value)) > 0))
  DESC, id LIMIT 10;
