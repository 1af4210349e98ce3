-- The statements of models/seed.py. Each reads the temporary table `given`, whose columns are text
-- and named as the header of its file; all may be repeated.

-- name: country
INSERT INTO country (id, created_at, updated_at, code, name_en, name_fr, customs_area, source)
SELECT boucle_uuid7(), now(), now(), code, name_en, name_fr, customs_area, source FROM given
ON CONFLICT (code) DO UPDATE SET name_en = excluded.name_en, name_fr = excluded.name_fr,
  customs_area = excluded.customs_area, source = excluded.source;

-- name: market
INSERT INTO market (id, created_at, updated_at, code, countries, currency, locales, time_zone, languages, units,
  tax_inclusive, stage, paused, feed_encoding, price_step_minor, service_fee_minor, legal_guarantee_months,
  legal_guarantee_status, source)
SELECT boucle_uuid7(), now(), now(), code, string_to_array(countries, '|'), currency, string_to_array(locales, '|'),
  time_zone, string_to_array(languages, '|'), units, tax_inclusive::boolean, stage, false, feed_encoding,
  price_step_minor::int, service_fee_minor::int, nullif(legal_guarantee_months, '')::int,
  coalesce(legal_guarantee_status, ''), source
FROM given
ON CONFLICT (code) DO UPDATE SET countries = excluded.countries, currency = excluded.currency,
  locales = excluded.locales, time_zone = excluded.time_zone, languages = excluded.languages, units = excluded.units,
  tax_inclusive = excluded.tax_inclusive, feed_encoding = excluded.feed_encoding,
  price_step_minor = excluded.price_step_minor, service_fee_minor = excluded.service_fee_minor,
  legal_guarantee_months = excluded.legal_guarantee_months,
  legal_guarantee_status = excluded.legal_guarantee_status, source = excluded.source;

-- name: category
INSERT INTO category (id, created_at, updated_at, code, parent, name_en, name_fr, default_weight_grams, weight_source,
  position, source)
SELECT boucle_uuid7(), now(), now(), code, nullif(parent, ''), name_en, name_fr,
  nullif(default_weight_grams, '')::int, coalesce(weight_source, ''), position::int, source
FROM given
ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, name_en = excluded.name_en, name_fr = excluded.name_fr,
  default_weight_grams = excluded.default_weight_grams, weight_source = excluded.weight_source,
  position = excluded.position, source = excluded.source;

-- name: category_unit
INSERT INTO category_unit (category, identity, storage, source)
SELECT category, identity, storage::boolean, source FROM given
ON CONFLICT (category) DO UPDATE SET identity = excluded.identity, storage = excluded.storage,
  source = excluded.source;

-- name: trade_in_step
INSERT INTO trade_in_step (category, code, position, text_en, text_fr, source)
SELECT category, code, position::smallint, text_en, text_fr, source FROM given
ON CONFLICT (category, code) DO UPDATE SET position = excluded.position, text_en = excluded.text_en, text_fr = excluded.text_fr,
  source = excluded.source;

-- name: solidarity_partner
INSERT INTO solidarity_partner (code, name, country, markets, registration, valid_from, valid_to, source)
SELECT code, name, country, string_to_array(markets, '|'), registration, valid_from::date, valid_to::date, source FROM given
ON CONFLICT (code) DO UPDATE SET name = excluded.name, country = excluded.country, markets = excluded.markets,
  registration = excluded.registration, valid_from = excluded.valid_from, valid_to = excluded.valid_to, source = excluded.source;

-- name: attribute
INSERT INTO attribute (id, created_at, updated_at, category, key, type, unit, mandatory, facet, name_en, name_fr,
  position, source)
SELECT boucle_uuid7(), now(), now(), category, key, type, coalesce(unit, ''), mandatory::boolean, facet::boolean,
  name_en, name_fr, position::int, source
FROM given
ON CONFLICT (category, key) DO UPDATE SET type = excluded.type, unit = excluded.unit,
  mandatory = excluded.mandatory, facet = excluded.facet, name_en = excluded.name_en, name_fr = excluded.name_fr,
  position = excluded.position, source = excluded.source;

-- name: attribute_value
INSERT INTO attribute_value (id, created_at, updated_at, key, value, label_en, label_fr, synonyms, family, source)
SELECT boucle_uuid7(), now(), now(), key, value, label_en, label_fr, coalesce(synonyms, ''), coalesce(family, ''), source FROM given
ON CONFLICT (key, value) DO UPDATE SET label_en = excluded.label_en, label_fr = excluded.label_fr,
  synonyms = excluded.synonyms, family = excluded.family, source = excluded.source;

-- name: brand
INSERT INTO brand (id, created_at, updated_at, code, name, aliases, shop, source)
SELECT boucle_uuid7(), now(), now(), code, name, coalesce(aliases, ''), shop::boolean, source FROM given
ON CONFLICT (code) DO UPDATE SET name = excluded.name, aliases = excluded.aliases, shop = excluded.shop,
  source = excluded.source;

-- name: brand_new_allowed
INSERT INTO brand_new_allowed (id, created_at, updated_at, brand, market, source)
SELECT boucle_uuid7(), now(), now(), brand, market, source FROM given
ON CONFLICT (brand, market) DO UPDATE SET source = excluded.source;

-- name: search_synonym
INSERT INTO search_synonym (id, created_at, updated_at, word, means, locale, source)
SELECT boucle_uuid7(), now(), now(), word, means, coalesce(locale, ''), source FROM given
ON CONFLICT (word, means, locale) DO UPDATE SET source = excluded.source;

-- name: product
INSERT INTO product (id, created_at, updated_at, slug, brand_id, category_id, model, release_date, weight_grams,
  weight_sourced, weight_source, source)
SELECT boucle_uuid7(), now(), now(), g.slug, b.id, c.id, g.model, nullif(g.release_date, '')::date,
  coalesce(nullif(g.weight_grams, '')::int, c.default_weight_grams), coalesce(g.weight_grams, '') <> '',
  coalesce(nullif(g.weight_source, ''), c.weight_source), g.source
FROM given g JOIN brand b ON b.code = g.brand JOIN category c ON c.code = g.category
WHERE NOT EXISTS (SELECT FROM catalog_redirect r WHERE r.kind = 'Product' AND r.slug = g.slug)
ON CONFLICT (slug) DO UPDATE SET brand_id = excluded.brand_id, category_id = excluded.category_id,
  model = excluded.model, release_date = excluded.release_date, weight_grams = excluded.weight_grams,
  weight_sourced = excluded.weight_sourced, weight_source = excluded.weight_source, source = excluded.source;

-- name: variant
INSERT INTO variant (id, created_at, updated_at, slug, product_id, attributes, mpn, source)
SELECT boucle_uuid7(), now(), now(), g.slug, p.id, g.attributes::jsonb, coalesce(g.mpn, ''), g.source
FROM given g JOIN product p ON p.slug = g.product
WHERE NOT EXISTS (SELECT FROM catalog_redirect r WHERE r.kind = 'Variant' AND r.slug = g.slug)
ON CONFLICT (slug) DO UPDATE SET product_id = excluded.product_id, attributes = excluded.attributes,
  mpn = excluded.mpn, source = excluded.source;

-- name: variant_gtin
INSERT INTO variant_gtin (id, created_at, updated_at, gtin, variant_id)
SELECT boucle_uuid7(), now(), now(), lpad(g.gtin, 14, '0'), v.id
FROM given g JOIN variant v ON v.slug = g.slug WHERE coalesce(g.gtin, '') <> ''
ON CONFLICT (gtin) DO UPDATE SET variant_id = excluded.variant_id;

-- name: trade_in_question
INSERT INTO trade_in_question (category, market, version, question, position, valid_from, text_en, text_fr, help_en, help_fr,
  source)
SELECT category, market, version::int, question, position::int, valid_from::date, text_en, text_fr, coalesce(help_en, ''),
  coalesce(help_fr, ''), source FROM given
ON CONFLICT (category, market, version, question) DO UPDATE SET position = excluded.position,
  valid_from = excluded.valid_from, text_en = excluded.text_en, text_fr = excluded.text_fr, help_en = excluded.help_en,
  help_fr = excluded.help_fr, source = excluded.source;

-- name: trade_in_answer
INSERT INTO trade_in_answer (category, market, version, question, answer, position, text_en, text_fr, best_grade, excluded,
  source)
SELECT category, market, version::int, question, answer, position::int, text_en, text_fr, best_grade, excluded, source
FROM given
ON CONFLICT (category, market, version, question, answer) DO UPDATE SET position = excluded.position,
  text_en = excluded.text_en, text_fr = excluded.text_fr, best_grade = excluded.best_grade, excluded = excluded.excluded,
  source = excluded.source;

-- name: trade_in_programme
INSERT INTO trade_in_programme (market, category, valid_from, revision, is_open, minimum_age, identity_documents, quote_days,
  label_days, decision_days, inspection_business_days, source, status)
SELECT market, category, valid_from::date, 0, is_open::boolean, minimum_age::int,
  string_to_array(coalesce(identity_documents, ''), '|'), quote_days::int, label_days::int, decision_days::int,
  inspection_business_days::int, source, status FROM given
ON CONFLICT (market, category, valid_from, revision) DO UPDATE SET is_open = excluded.is_open,
  minimum_age = excluded.minimum_age, identity_documents = excluded.identity_documents, quote_days = excluded.quote_days,
  label_days = excluded.label_days, decision_days = excluded.decision_days,
  inspection_business_days = excluded.inspection_business_days, source = excluded.source, status = excluded.status;

-- name: trade_in_decay
INSERT INTO trade_in_decay (category, market, brand, basis, monthly_bp, source)
SELECT category, '*', brand, 'DEFAULT', monthly_bp::int, source FROM given
ON CONFLICT (category, market, brand, basis) DO UPDATE SET monthly_bp = excluded.monthly_bp, source = excluded.source;

-- name: trade_in_grade_code
INSERT INTO trade_in_grade_code (scheme, version, code, grade, source)
SELECT scheme, version::int, code, grade, source FROM given
ON CONFLICT (scheme, version, code) DO UPDATE SET grade = excluded.grade, source = excluded.source;

-- name: trade_in_keeping
INSERT INTO trade_in_keeping (category, new_g, source) SELECT category, new_g::int, source FROM given
ON CONFLICT (category) DO UPDATE SET new_g = excluded.new_g, source = excluded.source;

-- name: forget_lines
-- A number that stands for another variant now: the lines that named it must be read again.
UPDATE offer o SET line_mark = NULL FROM variant_gtin g
WHERE g.gtin = o.gtin AND o.line_mark IS NOT NULL AND g.variant_id IS DISTINCT FROM o.variant_id;

-- name: documents
-- Punctuation divides words, as in `domain.catalog.terms.words_of`: PostgreSQL's own parser would keep 12.9 whole
-- and read a515-54 as a number below zero.
INSERT INTO search_document (variant_id, product_id, category, words, doc)
SELECT v.id, p.id, c.code, array_length(regexp_split_to_array(trim(p.model), '\s+'), 1),
  setweight(to_tsvector('simple', regexp_replace(boucle_fold(concat_ws(' ', b.name, p.model)), '[^[:alnum:]]+', ' ', 'g')), 'A')
  || setweight(to_tsvector('simple', regexp_replace(boucle_fold(concat_ws(' ', replace(b.aliases, '|', ' '),
    regexp_replace(p.model, '[^[:alnum:]]', '', 'g'), v.mpn)), '[^[:alnum:]]+', ' ', 'g')), 'B')
  || setweight(to_tsvector('simple', regexp_replace(boucle_fold(coalesce(a.words, '')), '[^[:alnum:]]+', ' ', 'g')), 'C')
  || setweight(to_tsvector('simple', regexp_replace(boucle_fold(concat_ws(' ', c.name_en, c.name_fr, c.code,
    up.name_en, up.name_fr, up.code)), '[^[:alnum:]]+', ' ', 'g')), 'D')
FROM variant v
JOIN product p ON p.id = v.product_id JOIN brand b ON b.id = p.brand_id JOIN category c ON c.id = p.category_id
LEFT JOIN category up ON up.code = c.parent
LEFT JOIN LATERAL (
  SELECT string_agg(concat_ws(' ',
    CASE WHEN e.key LIKE '%\_gb' THEN concat_ws(' ', e.value, e.value || 'gb',
      CASE WHEN e.value::numeric >= 1000 THEN (e.value::numeric / 1000)::int || 'tb' END) ELSE e.value END,
    x.label_en, x.label_fr, replace(x.synonyms, '|', ' '), replace(y.synonyms, '|', ' ')), ' ') AS words
  FROM jsonb_each_text(v.attributes) e
  LEFT JOIN attribute_value x ON x.key = e.key AND x.value = e.value
  LEFT JOIN attribute_value y ON y.key = x.key AND y.value = x.family
  WHERE e.value NOT IN ('true', 'false')) a ON true
WHERE $1::uuid[] IS NULL OR v.id = ANY ($1)
ON CONFLICT (variant_id) DO UPDATE SET product_id = excluded.product_id, category = excluded.category,
  words = excluded.words, doc = excluded.doc;

-- name: forget_words
DELETE FROM search_word;

-- name: words
INSERT INTO search_word (word, documents)
SELECT word, ndoc FROM ts_stat('SELECT doc FROM search_document') WHERE length(word) <= 64;

-- name: forget_documents
-- The words of these variants are counted no more.
WITH gone AS (DELETE FROM search_document WHERE variant_id = ANY ($1) RETURNING doc), fewer AS (
  SELECT word, count(*)::int AS n FROM gone, unnest(tsvector_to_array(doc)) AS word WHERE length(word) <= 64 GROUP BY 1)
UPDATE search_word w SET documents = w.documents - f.n FROM fewer f WHERE w.word = f.word;

-- name: count_words
INSERT INTO search_word (word, documents)
SELECT word, count(*)::int FROM search_document, unnest(tsvector_to_array(doc)) AS word
WHERE variant_id = ANY ($1) AND length(word) <= 64 GROUP BY 1 ORDER BY 1
ON CONFLICT (word) DO UPDATE SET documents = search_word.documents + excluded.documents;

-- name: lose_words
DELETE FROM search_word WHERE documents <= 0;
