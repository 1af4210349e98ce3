-- The statements of models/offers/read.py: one for each root field or connection.

-- name: featured_of
-- The featured offer of each competition, or variant across its grades, in `asked(market, variant_id, grade, bucket)`.
SELECT $$offer$$, b.model_id AS ranking_model, b.snapshot_id, cardinality(b.group_offers) AS sharers,
  (SELECT min(x.landed_minor) FROM offer_market x WHERE (x.market, x.variant_id, x.grade) = (b.market, b.variant_id, b.grade)
    AND x.visibility = 2 AND x.offer_id <> om.offer_id) AS next_landed, q.inputs AS quality_inputs
FROM asked a
CROSS JOIN LATERAL (
  SELECT b.*, r.parameters FROM best_offer b JOIN ranking_model r ON r.code = b.model_id
  WHERE b.market = a.market AND b.variant_id = a.variant_id AND b.leader IS NOT NULL AND (b.grade = a.grade OR a.grade IS NULL)
  ORDER BY div(b.landed_minor::numeric * 1000000000000000000, b.merit * (r.parameters->'grade_worth_bp'->>b.grade)::numeric),
    b.grade DESC, b.quality_bp DESC, b.landed_minor
  LIMIT 1
) b
JOIN offer_market om ON om.offer_id = $$turn_of_asked$$ AND om.market = b.market
JOIN merchant m ON m.id = om.merchant_id
JOIN market k ON k.code = om.market
LEFT JOIN category c ON c.code = b.category
LEFT JOIN merchant_quality q ON q.merchant_id = om.merchant_id AND q.category = COALESCE(c.parent, c.code)

-- name: shown
-- The rows of `page`, which has the columns of product_market and both keys.
(SELECT json_agg(json_build_object('key1', g.key1, 'key2', g.key2,
    'offers', g.offers, 'merchants', g.merchants, 'lowest', g.min_landed, 'highest', g.max_landed, 'currency', k.currency,
    'offer_id', f.offer_id, 'variant_id', f.variant_id, 'grade', f.grade, 'landed', f.landed_minor, 'days', f.days,
    'product', row_to_json(p)) ORDER BY g.key1, g.key2, g.product_id)
  FROM page g JOIN market k ON k.code = $1
  CROSS JOIN LATERAL ($$product$$ p.id = g.product_id) p
  LEFT JOIN LATERAL (
    SELECT om.offer_id, om.variant_id, om.grade, om.landed_minor, om.days
    FROM best_offer b JOIN ranking_model r ON r.code = b.model_id
    JOIN offer_market om ON om.market = $1 AND om.offer_id = $$turn_of_page$$
    WHERE (b.market, b.variant_id, b.grade) = ($1, g.best_variant, g.best_grade)) f ON true)

-- name: facets
-- The values in `counted(key, value, n)` with their labels, most products first.
(SELECT json_agg(json_build_array(c.key, c.value, c.n, $$label$$) ORDER BY c.n DESC, c.value) FROM counted c
  LEFT JOIN attribute_value x ON x.key = c.key AND x.value = c.value
  LEFT JOIN brand b ON c.key = 'brand' AND b.code = c.value
  LEFT JOIN category k ON c.key = 'category' AND k.code = c.value)

-- name: understand
-- $1 phrases, $2 words. A word is exact when the index holds it, a typo when nothing begins with it.
SELECT 'synonym' AS kind, s.word, s.means FROM (SELECT DISTINCT word, means FROM search_synonym WHERE word = ANY ($1)) s
UNION ALL
SELECT 'exact', word, word FROM search_word WHERE word = ANY ($2)
UNION ALL
SELECT 'typo', t.word, near.word FROM unnest($2::text[]) AS t (word)
CROSS JOIN LATERAL (
  SELECT w.word FROM search_word w WHERE w.word % t.word
  ORDER BY similarity(w.word, t.word) DESC, w.documents DESC, w.word LIMIT 1) near
WHERE length(t.word) > 2 AND t.word !~ '^[0-9]+$'
  AND NOT EXISTS (SELECT FROM search_word w WHERE w.word >= t.word AND w.word < t.word || U&'\FFFF');

-- name: hits
-- $1 market, $2 text query (null and not looked at in `hits_of_all`), $3 categories, $4 brands, $5 grades, $6 attribute keys, $7 their values
-- ("key=value"), $8 lowest and $9 highest total, $10 most days, $11 new battery, $12 dispatch countries,
-- $13 bucket of the rotation, $14 $15 $16 position or null, $17 limit, $18 whether
-- facets are asked for, $19 categories or null, $20 until when a model of each came out, $21 today. A row is a competition; it keeps its place if at most one filter
-- group misses, so that each facet counts without its own selection.
WITH asked AS MATERIALIZED (
  SELECT b.market, b.variant_id, b.grade, b.product_id, b.category, b.offers, b.min_landed, b.group_offers, b.model_id,
    v.attributes, br.code AS brand, p.release_date,
    $$relevance$$ AS relevance,
    CASE WHEN b.category = ANY ($3) OR $3 IS NULL THEN '' ELSE 'category ' END
    || CASE WHEN br.code = ANY ($4) OR $4 IS NULL THEN '' ELSE 'brand ' END
    || CASE WHEN b.grade = ANY ($5) OR $5 IS NULL THEN '' ELSE 'grade ' END
    || CASE WHEN cardinality($6::text[]) = 0 THEN '' ELSE COALESCE((SELECT string_agg(k || ' ', '' ORDER BY k) FROM unnest($6) k
         WHERE NOT COALESCE(k || '=' || (v.attributes->>k), '') = ANY ($7::text[])), '') END
    AS misses
  FROM best_offer b
  JOIN search_document d ON d.variant_id = b.variant_id
  JOIN variant v ON v.id = b.variant_id
  JOIN product p ON p.id = b.product_id
  JOIN brand br ON br.id = p.brand_id
  WHERE b.market = $1 AND b.offers > 0 AND $$matches$$
    AND ($19::text[] IS NULL OR EXISTS (SELECT FROM unnest($19, $20::date[]) u (category, until) WHERE u.category = b.category
      AND (p.release_date IS NULL OR p.release_date > $21::date OR p.release_date <= u.until)))
), hit AS MATERIALIZED (
  SELECT a.*, split_part(misses, ' ', 1) AS missed, COALESCE(m.offers, a.offers) AS matching,
    COALESCE(m.lowest, a.min_landed) AS lowest
  FROM asked a LEFT JOIN LATERAL (
    SELECT count(*) AS offers, min(om.landed_minor) AS lowest FROM offer_market om
    WHERE NOT ($$offer_free$$) AND (om.market, om.variant_id, om.grade) = (a.market, a.variant_id, a.grade)
      AND om.visibility > 0 AND $$offer_filter$$ HAVING NOT ($$offer_free$$)) m ON true
  WHERE length(misses) - length(replace(misses, ' ', '')) <= 1 AND ($$offer_free$$ OR m.offers > 0)
), counted AS (
  SELECT key, value, count(DISTINCT product_id)::int AS n FROM (
    SELECT 'category' AS key, category AS value, product_id FROM hit WHERE missed IN ('', 'category')
    UNION ALL SELECT 'brand', brand, product_id FROM hit WHERE missed IN ('', 'brand')
    UNION ALL SELECT 'grade', (ARRAY['FAIR', 'GOOD', 'VERY_GOOD', 'EXCELLENT', 'PREMIUM'])[grade + 1], product_id
      FROM hit WHERE missed IN ('', 'grade')
    UNION ALL SELECT a.key, h.attributes->>a.key, h.product_id FROM hit h
      JOIN attribute a ON a.category = h.category AND a.facet AND h.attributes ? a.key WHERE h.missed IN ('', a.key)
  ) x WHERE $18::boolean GROUP BY 1, 2
), found AS MATERIALIZED (
  SELECT product_id, max(relevance) AS relevance, sum(matching) AS offers, max(release_date) AS release_date,
    min(lowest) AS cheapest
  FROM hit WHERE missed = '' GROUP BY 1
), keyed AS (
  SELECT product_id, $$key1$$ AS key1, $$key2$$ AS key2 FROM found
), page AS (
  SELECT * FROM keyed WHERE $14::bigint IS NULL OR (key1, key2, product_id) > ($14, $15, $16::uuid)
  ORDER BY key1, key2, product_id LIMIT $17
), inside AS MATERIALIZED (
  SELECT h.product_id, h.variant_id, h.grade, h.group_offers, om.offer_id, om.merchant_id, om.landed_minor, om.days,
    om.currency, om.visibility, om.quality_bp, om.effective_e6, h.model_id,
    div(om.landed_minor::numeric * 1000000000000000000, om.merit * (r.parameters->'grade_worth_bp'->>h.grade)::numeric) AS across
  FROM page g JOIN hit h ON h.product_id = g.product_id AND h.missed = ''
  JOIN offer_market om ON (om.market, om.variant_id, om.grade) = (h.market, h.variant_id, h.grade) AND om.visibility > 0
    AND $$offer_filter$$
  LEFT JOIN ranking_model r ON r.code = h.model_id
), summed AS MATERIALIZED (
  SELECT product_id, count(*)::int AS offers, count(DISTINCT merchant_id)::int AS merchants,
    min(landed_minor) AS lowest, max(landed_minor) AS highest, min(currency) AS currency
  FROM inside GROUP BY 1
), cell AS MATERIALIZED (
  SELECT DISTINCT ON (product_id) product_id, variant_id, grade, group_offers, model_id FROM inside
  WHERE visibility = 2 ORDER BY product_id, across, grade DESC, quality_bp DESC, landed_minor, variant_id
), featured AS MATERIALIZED (
  SELECT DISTINCT ON (i.product_id) i.product_id, i.offer_id, i.variant_id, i.grade, i.landed_minor, i.days
  FROM cell c JOIN ranking_model r ON r.code = c.model_id
  JOIN inside i ON i.product_id = c.product_id AND i.variant_id = c.variant_id AND i.grade = c.grade AND i.visibility = 2
  ORDER BY i.product_id, i.offer_id = $$turn_of_cell$$ DESC,
    i.effective_e6, i.offer_id
)
SELECT (SELECT count(*)::int FROM found) AS total,
  (SELECT json_agg(json_build_object('key1', g.key1, 'key2', g.key2,
      'offers', s.offers, 'merchants', s.merchants, 'lowest', s.lowest, 'highest', s.highest, 'currency', s.currency,
      'offer_id', f.offer_id, 'variant_id', f.variant_id, 'grade', f.grade, 'landed', f.landed_minor, 'days', f.days,
      'product', row_to_json(p)) ORDER BY g.key1, g.key2, g.product_id)
    FROM page g JOIN summed s USING (product_id) LEFT JOIN featured f USING (product_id)
    CROSS JOIN LATERAL ($$product$$ p.id = g.product_id) p) AS page,
  $$facets$$ AS facets;

-- name: browse
-- The same answer for a market, or categories of it, without a term or other filter: from the maintained counts, and of each
-- category no more rows than the page has.
-- $1 market, $2 categories or null, $3 bucket, $4 $5 $6 position or null, $7 limit, $8 whether facets are asked for.
WITH page AS MATERIALIZED (
  SELECT f.* FROM category s CROSS JOIN LATERAL (
    SELECT m.*, $$key1$$ AS key1, $$key2$$ AS key2 FROM product_market m $$with_product$$
    WHERE m.market = $1 AND m.category = s.code AND m.offers > 0 AND $$after$$ ORDER BY $$order$$ LIMIT $7) f
  WHERE s.code = ANY ($2) OR $2 IS NULL
  ORDER BY key1, key2, product_id LIMIT $7
), counted AS (
  SELECT key, value, sum(products)::int AS n FROM facet_count
  WHERE $8::boolean AND market = $1 AND products > 0 AND (category = ANY ($2) OR $2 IS NULL OR key = 'category') GROUP BY 1, 2
)
SELECT
  (SELECT COALESCE(sum(products), 0)::int FROM facet_count WHERE market = $1 AND key = 'category'
    AND (category = ANY ($2) OR $2 IS NULL)) AS total,
  $$shown$$ AS page, $$facets$$ AS facets;

-- name: shelf
-- The same for brands, in some categories or in all. What it reads is bounded by the products of these brands: OFFSET 0 keeps
-- the plan from reading whole tables for brands that it takes to be many.
-- $1 market, $2 categories or null, $3 bucket, $4 $5 $6 position or null, $7 limit, $8 whether facets are asked for, $9 brands.
WITH maker AS MATERIALIZED (
  SELECT id FROM brand WHERE code = ANY ($9::text[])
), own AS MATERIALIZED (
  SELECT m.*, $$key1$$ AS key1, $$key2$$ AS key2, m.category = ANY ($2) OR $2 IS NULL AS inside
  FROM maker b
  CROSS JOIN LATERAL (SELECT * FROM product WHERE brand_id = b.id OFFSET 0) p
  CROSS JOIN LATERAL (SELECT * FROM product_market WHERE market = $1 AND product_id = p.id AND offers > 0 OFFSET 0) m
), page AS MATERIALIZED (
  SELECT * FROM own WHERE inside AND ($4::bigint IS NULL OR (key1, key2, product_id) > ($4, $5, $6::uuid))
  ORDER BY key1, key2, product_id LIMIT $7
), counted AS (
  SELECT 'category' AS key, category AS value, count(*)::int AS n FROM own WHERE $8::boolean GROUP BY 2
  UNION ALL SELECT key, value, sum(products)::int FROM facet_count
    WHERE $8 AND market = $1 AND key = 'brand' AND products > 0 AND (category = ANY ($2) OR $2 IS NULL) GROUP BY 1, 2
  UNION ALL SELECT f.key, f.value, count(*)::int FROM own o
    CROSS JOIN LATERAL (SELECT * FROM product_facet WHERE market = $1 AND product_id = o.product_id OFFSET 0) f
    WHERE $8 AND o.inside AND f.key NOT IN ('category', 'brand') GROUP BY 1, 2
)
SELECT (SELECT count(*)::int FROM own WHERE inside) AS total, $$shown$$ AS page, $$facets$$ AS facets;

-- name: listing
-- $1 market, $2 slug, $3 gtin, $4 variant id: exactly one of the last three is given; $5 bucket.
WITH named AS (
  SELECT v.id AS variant_id, v.product_id FROM variant v WHERE v.slug = $2 OR v.id = $4
  UNION ALL SELECT g.variant_id, v.product_id FROM variant_gtin g JOIN variant v ON v.id = g.variant_id WHERE g.gtin = $3
  UNION ALL SELECT NULL, p.id FROM product p WHERE p.slug = $2
  LIMIT 1
), chosen AS MATERIALIZED (
  SELECT n.product_id, COALESCE(n.variant_id, m.best_variant,
    (SELECT b.variant_id FROM best_offer b WHERE b.market = $1 AND b.product_id = n.product_id AND b.offers > 0
     ORDER BY b.min_landed LIMIT 1),
    (SELECT v.id FROM variant v WHERE v.product_id = n.product_id ORDER BY v.slug LIMIT 1)) AS variant_id,
    COALESCE(m.offers, 0) AS offers, COALESCE(m.merchants, 0) AS merchants, m.min_landed, m.max_landed
  FROM named n LEFT JOIN product_market m ON m.market = $1 AND m.product_id = n.product_id
), asked AS (
  SELECT $1::text AS market, variant_id, NULL::smallint AS grade, $5::bigint AS bucket FROM chosen
)
SELECT w.*, k.currency,
  (SELECT row_to_json(x) FROM ($$product$$ p.id = w.product_id) x) AS product,
  (SELECT json_agg(row_to_json(x) ORDER BY x.slug) FROM ($$variant$$ v.product_id = w.product_id) x) AS variants,
  (SELECT json_agg(json_build_array(b.variant_id, b.grade, b.offers, b.merchants, b.min_landed) ORDER BY b.grade DESC)
   FROM best_offer b WHERE b.market = $1 AND b.product_id = w.product_id AND b.offers > 0) AS cells,
  (SELECT row_to_json(x) FROM ($$featured_of$$) x) AS featured
FROM chosen w JOIN market k ON k.code = $1;

-- name: featured
-- $1 market, $2 variant, $3 grade or null for the best across grades, $4 bucket.
WITH asked AS (SELECT $1::text AS market, $2::uuid AS variant_id, $3::smallint AS grade, $4::bigint AS bucket)
SELECT row_to_json(x) AS featured FROM ($$featured_of$$) x;

-- name: offers
-- $1 market, $2 variants, $3 grade or null, $4 $5 $6 position or null, $7 limit.
WITH keyed AS (
  SELECT om.*, $$key1$$ AS key1, $$key2$$ AS key2
  FROM offer_market om JOIN ranking_model r ON r.code = om.model_id
  WHERE om.market = $1 AND om.variant_id = ANY ($2) AND om.visibility > 0 AND (om.grade = $3 OR $3 IS NULL)
)
SELECT $$offer$$, om.key1, om.key2 FROM keyed om JOIN merchant m ON m.id = om.merchant_id JOIN market k ON k.code = om.market
WHERE $4::bigint IS NULL OR (om.key1, om.key2, om.offer_id) > ($4, $5, $6::uuid)
ORDER BY om.key1, om.key2, om.offer_id LIMIT $7;

-- name: offer
-- $1 offer, $2 market or null for the first of its markets where it can be bought.
SELECT $$offer$$ FROM offer_market om JOIN merchant m ON m.id = om.merchant_id JOIN market k ON k.code = om.market
WHERE om.offer_id = $1 AND om.visibility > 0 AND (om.market = $2 OR $2 IS NULL) ORDER BY om.market LIMIT 1;
