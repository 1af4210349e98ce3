-- The statements of models/trade_in/bids.py.

-- name: live
-- $1 variants, $2 grades, $3 markets, side by side; $4 now: the bids that stand, of merchants who may buy there. A fragment of
-- what a merchant is and how it did; with the rights of a job, for no policy shows the bids of others.
SELECT w.n, b.id, b.merchant_id, b.amount_minor, b.currency, b.pay_within_days, b.stock_cap - b.taken AS pieces_left,
  m.name, m.legal_name, m.kind, m.country, m.since,
  EXISTS (SELECT FROM merchant_site s WHERE s.merchant_id = b.merchant_id AND s.country = ANY (k.countries)) AS in_country,
  coalesce(r.inspections, 0) AS inspections, coalesce(r.counter_offers, 0) AS counter_offers,
  coalesce(r.cuts_bp, 0) AS cuts_bp, coalesce(r.paid, 0) AS paid, coalesce(r.pay_days, 0) AS pay_days,
  coalesce(r.orders, 0) AS orders, coalesce(r.in_country, 0) AS orders_in_country
FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS w (variant_id, grade, market, n)
JOIN trade_in_bid b ON (b.market, b.variant_id, b.grade) = (w.market, w.variant_id, w.grade) AND b.amount_minor > 0
JOIN market k ON k.code = b.market JOIN merchant m ON m.id = b.merchant_id
LEFT JOIN trade_in_reliability r ON (r.merchant_id, r.market) = (b.merchant_id, b.market)
WHERE (b.valid_until IS NULL OR b.valid_until > $4) AND (b.stock_cap IS NULL OR b.taken < b.stock_cap)
  AND m.state IN ('PROBATION', 'ACTIVE', 'RESTRICTED') AND b.market = ANY (m.markets) AND b.currency = k.currency
ORDER BY w.n, b.id;

-- name: own
-- The same side by side for one merchant ($4): its bid as it stands, and what it is ranked by there.
SELECT w.n, b.id, b.amount_minor, b.currency, b.pay_within_days, b.stock_cap, b.taken, b.valid_until, b.version,
  m.state, w.market = ANY (m.markets) AS allowed,
  EXISTS (SELECT FROM merchant_site s WHERE s.merchant_id = m.id AND s.country = ANY (k.countries)) AS in_country,
  coalesce(r.inspections, 0) AS inspections, coalesce(r.counter_offers, 0) AS counter_offers,
  coalesce(r.cuts_bp, 0) AS cuts_bp, coalesce(r.paid, 0) AS paid, coalesce(r.pay_days, 0) AS pay_days,
  coalesce(r.orders, 0) AS orders, coalesce(r.in_country, 0) AS orders_in_country
FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS w (variant_id, grade, market, n)
JOIN market k ON k.code = w.market JOIN merchant m ON m.id = $4
LEFT JOIN trade_in_bid b ON (b.merchant_id, b.variant_id, b.grade, b.market) = ($4, w.variant_id, w.grade, w.market)
LEFT JOIN trade_in_reliability r ON (r.merchant_id, r.market) = ($4, w.market)
ORDER BY w.n;

-- name: named
-- The variants of these ids or numbers, with what decides about them. Those that were merged are what they became.
SELECT x.key, v.id, c.code AS category, p.release_date, p.model, b.code AS brand_code, b.name AS brand
FROM (SELECT i.id::text AS key, coalesce(r.new_id, i.id) AS id FROM unnest($1::uuid[]) AS i (id)
    LEFT JOIN catalog_redirect r ON r.old_id = i.id AND r.kind = 'Variant'
  UNION ALL SELECT g.gtin, g.variant_id FROM variant_gtin g WHERE g.gtin = ANY ($2::text[])) x
JOIN variant v ON v.id = x.id JOIN product p ON p.id = v.product_id JOIN brand b ON b.id = p.brand_id
JOIN category c ON c.id = p.category_id;

-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended($1, 25));

-- name: standing
SELECT b.variant_id, b.grade, b.market, b.amount_minor, b.pay_within_days, b.stock_cap, b.valid_until, b.sequence, b.version
FROM unnest($2::uuid[], $3::text[], $4::text[]) AS w (variant_id, grade, market)
JOIN trade_in_bid b ON (b.merchant_id, b.variant_id, b.grade, b.market) = ($1, w.variant_id, w.grade, w.market)
FOR UPDATE OF b;

-- name: write
-- Another cap counts anew.
INSERT INTO trade_in_bid AS t (merchant_id, variant_id, grade, market, amount_minor, currency, pay_within_days, stock_cap,
  valid_until, sequence, version)
SELECT $1, w.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::smallint[], $8::int[],
  $9::timestamptz[], $10::bigint[], $11::int[]) AS w
ON CONFLICT (merchant_id, variant_id, grade, market) DO UPDATE SET amount_minor = excluded.amount_minor,
  currency = excluded.currency, pay_within_days = excluded.pay_within_days,
  taken = CASE WHEN t.stock_cap IS DISTINCT FROM excluded.stock_cap THEN 0 ELSE t.taken END,
  stock_cap = excluded.stock_cap, valid_until = excluded.valid_until, sequence = excluded.sequence,
  version = excluded.version, updated_at = now()
WHERE t.version IS DISTINCT FROM excluded.version
RETURNING variant_id, grade, market, id;

-- name: listed
-- $2 after this id, $3 market, $4 grade, $5 variant, $6 only those that are on.
SELECT b.id, b.variant_id, b.grade, b.market, b.amount_minor, b.currency, b.pay_within_days, b.stock_cap, b.taken,
  b.valid_until, b.sequence, b.version, b.updated_at
FROM trade_in_bid b WHERE b.merchant_id = $1 AND ($2::uuid IS NULL OR b.id > $2) AND ($3::text IS NULL OR b.market = $3)
  AND ($4::text IS NULL OR b.grade = $4) AND ($5::uuid IS NULL OR b.variant_id = $5)
  AND (NOT $6::boolean OR b.amount_minor > 0)
ORDER BY b.id LIMIT $7;

-- name: take
-- One device under the cap of a bid; nothing where it is full.
UPDATE trade_in_bid SET taken = taken + 1 WHERE id = $1 AND (stock_cap IS NULL OR taken < stock_cap) RETURNING taken;

-- name: give_back
UPDATE trade_in_bid SET taken = taken - 1 WHERE id = $1 AND taken > 0 RETURNING taken;
