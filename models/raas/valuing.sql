-- The statements of models/raas/valuing.py.

-- name: age
coalesce(extract(year FROM age($2::date, a.purchased_on))::int, -1)

-- name: groups
SELECT a.variant_id, coalesce(a.grade, '') AS grade, $$age$$ AS years, a.category, v.product_id,
  coalesce((v.attributes->>'storage_gb')::numeric, 0)::int AS storage, coalesce((v.attributes->>'ram_gb')::numeric, 0)::int AS ram
FROM asset a JOIN variant v ON v.id = a.variant_id
WHERE a.fleet_id = $1 AND a.live GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- name: evidence
-- Prices of each kind, by configuration and grade: bids that stand, lots of one kind that were awarded, offers that are shown.
WITH sibling AS MATERIALIZED (
  SELECT v.id, w.product_id, w.storage, w.ram FROM (
    SELECT DISTINCT product_id, coalesce((attributes->>'storage_gb')::numeric, 0)::int AS storage,
      coalesce((attributes->>'ram_gb')::numeric, 0)::int AS ram FROM variant WHERE id = ANY ($1)) w
  JOIN variant v ON v.product_id = w.product_id AND coalesce((v.attributes->>'storage_gb')::numeric, 0)::int = w.storage
    AND coalesce((v.attributes->>'ram_gb')::numeric, 0)::int = w.ram
), sold AS (
  SELECT l.organisation_id, l.updated_at, l.award_minor / count(*) AS minor, min(s.product_id::text)::uuid AS product_id,
    min(s.storage) AS storage, min(s.ram) AS ram, min(coalesce(a.grade, $6)) AS grade
  FROM lot l JOIN asset a ON a.lot_id = l.id LEFT JOIN sibling s ON s.id = a.variant_id
  WHERE l.market = $2 AND l.currency = $3 AND l.award_minor > 0 AND l.updated_at > $4::timestamptz - make_interval(days => $5)
    AND l.state NOT IN ('DRAFT','PUBLISHED','BIDDING_CLOSED','UNSOLD','CANCELLED')
  GROUP BY l.id HAVING count(*) = count(s.id) AND count(DISTINCT (s.product_id, s.storage, s.ram)) = 1
    AND count(DISTINCT coalesce(a.grade, $6)) = 1
), price AS (
  SELECT 'TRADE_IN_BIDS' AS kind, s.product_id, s.storage, s.ram, b.grade, b.amount_minor AS minor, b.merchant_id AS who, b.updated_at AS at
  FROM sibling s JOIN trade_in_bid b ON b.variant_id = s.id
  WHERE b.market = $2 AND b.currency = $3 AND b.amount_minor > 0 AND (b.valid_until IS NULL OR b.valid_until > $4::timestamptz)
    AND (b.stock_cap IS NULL OR b.taken < b.stock_cap)
  UNION ALL
  SELECT 'LOT_PRICES', product_id, storage, ram, grade, minor, organisation_id, updated_at FROM sold
  UNION ALL
  SELECT 'OFFER_PRICES', s.product_id, s.storage, s.ram,
    CASE WHEN m.grade >= 3 THEN 'FUNCTIONAL_FLAWLESS' WHEN m.grade = 2 THEN 'FUNCTIONAL_GOOD' ELSE 'FUNCTIONAL_USED' END,
    m.item_minor, m.merchant_id, m.changed_at
  FROM sibling s JOIN offer_market m ON m.variant_id = s.id
  WHERE m.market = $2 AND m.currency = $3 AND m.visibility > 0 AND m.item_minor IS NOT NULL
)
SELECT kind, product_id, storage, ram, grade, count(DISTINCT who)::int AS n, min(minor) AS least,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY minor) AS median, max(minor) AS most, max(at) AS at
FROM price GROUP BY 1, 2, 3, 4, 5;

-- name: value
UPDATE asset a SET value_min_minor = g.least, value_median_minor = g.median, value_max_minor = g.most, value_basis = g.basis::jsonb,
  disposition = g.disposition, disposition_reasons = g.reasons::jsonb
FROM unnest($3::uuid[], $4::text[], $5::int[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::text[])
  AS g (variant_id, grade, years, least, median, most, basis, disposition, reasons)
WHERE a.fleet_id = $1 AND a.live AND a.variant_id = g.variant_id AND coalesce(a.grade, '') = g.grade AND $$age$$ = g.years;

-- name: unvalued
UPDATE asset SET value_min_minor = NULL, value_median_minor = NULL, value_max_minor = NULL, value_basis = $2::text::jsonb,
  disposition = NULL, disposition_reasons = NULL
WHERE fleet_id = $1 AND live AND variant_id IS NULL;

-- name: valued
UPDATE fleet SET valued_at = $2, state = 'VALUED' WHERE id = $1 AND state IN ('REVIEW', 'VALUED');

-- name: totals
-- Few different lines stand for all: those of one value, which falls at one pace.
SELECT value_min_minor AS least, value_median_minor AS median, value_max_minor AS most,
  (value_basis->>'decay')::int AS decay, count(*)::int AS n,
  disposition, value_basis->>'kind' AS kind
FROM asset WHERE fleet_id = $1 AND live AND ($2::uuid[] IS NULL OR site_id = ANY ($2)) GROUP BY 1, 2, 3, 4, 6, 7;
