-- Merchants and offers made from numbers, as a feed would have left them.

-- name: merchants
-- $1 how many.
INSERT INTO merchant (id, created_at, updated_at, slug, legal_name, name, kind, state, country, markets, vat_scheme,
  handling_hours, sandbox, since)
SELECT boucle_uuid7(), now(), now(), 'seller-' || n, 'Seller ' || n || ' SARL', 'Seller ' || n,
  (ARRAY['WORKSHOP', 'FACTORY'])[1 + n % 2], 'ACTIVE', 'FR', '{FR}', 'NORMAL', 24, true, DATE '2021-01-01' + n::int
FROM generate_series(1, $1::int) n;

-- name: sites
INSERT INTO merchant_site (id, created_at, updated_at, merchant_id, code, country, main)
SELECT boucle_uuid7(), now(), now(), id, 'main', 'FR', true FROM merchant;

-- name: shipping
INSERT INTO merchant_shipping (id, created_at, updated_at, merchant_id, market, carrier, delay_hours, price_minor)
SELECT boucle_uuid7(), now(), now(), id, 'FR', 'post', 24 * (1 + substr(slug, 8)::int % 3), 100 * (substr(slug, 8)::int % 6)
FROM merchant;

-- name: quality
INSERT INTO merchant_quality (id, created_at, updated_at, merchant_id, category, quality_bp, inputs, parts)
SELECT boucle_uuid7(), now(), now(), m.id, c.code, 6000 + substr(m.slug, 8)::int * 131 % 3000, '{}', '{}'
FROM merchant m CROSS JOIN category c WHERE c.parent IS NULL;

-- name: offers
-- $1 how many: each round over the variants takes another merchant and another grade.
INSERT INTO offer (id, merchant_id, sku, sku_key, variant_id, grade, battery_new, battery_health, price_minor, currency,
  vat_scheme, quantity, warranty_months, markets, dispatch_site, dispatch_country, handling_hours, status, row_hash)
SELECT boucle_uuid7(), m.ids[1 + (n / v.size + n * 7) % cardinality(m.ids)], 'S-' || n, 's-' || n, v.ids[1 + n % v.size],
  (n * 3 + n / v.size) % 5, n % 11 = 0, CASE WHEN n % 3 = 0 THEN 80 + n % 20 END, 5000 + n::bigint * 7919 % 60000, 'EUR', 'MARGIN',
  1 + n % 9, 12 + 12 * (n % 3), '{FR}', 'main', 'FR', 24, 'LIVE', n
FROM generate_series(0, $1::int - 1) n,
  (SELECT array_agg(id ORDER BY slug) AS ids, count(*)::int AS size FROM variant) v,
  (SELECT array_agg(id ORDER BY slug) AS ids FROM merchant) m;
