-- The statements of models/offers/own.py.

-- name: columns
o.id, o.sku, o.sku_key, o.variant_id, o.title, o.gtin, o.grade, o.quantity, o.status, o.paused_because, o.markets,
  o.price_minor, o.currency, o.min_price_minor, o.max_price_minor, o.feed_id, o.run_id, o.line_no, o.sequence, o.updated_at,
  (SELECT COALESCE(sum(r.quantity), 0)::int FROM reservation r
   WHERE r.offer_id = o.id AND r.released_at IS NULL AND r.consumed_at IS NULL) AS reserved,
  (SELECT jsonb_agg(jsonb_build_object('market', om.market, 'visibility', om.visibility, 'reasons', om.reasons,
      'since', om.reasons_since,
      'currency', om.currency, 'item_minor', om.item_minor, 'landed_minor', om.landed_minor,
      'min_minor', (o.prices->om.market->>'min')::bigint, 'max_minor', (o.prices->om.market->>'max')::bigint,
      'own', o.prices->om.market->>'price_minor' IS NOT NULL, 'days', om.days)
      ORDER BY om.market)
   FROM offer_market om WHERE om.offer_id = o.id)::text AS places;

-- name: page
SELECT $$columns$$
FROM offer o
WHERE o.merchant_id = $1 AND o.sku_key > $2
  AND ($4::text[] IS NULL OR o.sku_key = ANY ($4))
  AND ($5::text[] IS NULL OR o.status = ANY ($5))
  AND ($6::uuid IS NULL OR o.feed_id = $6)
  AND ($7::text IS NULL OR $7 = ANY (o.markets))
  AND ($8::smallint[] IS NULL AND $9::text[] IS NULL OR EXISTS (
    SELECT FROM offer_market om WHERE om.offer_id = o.id AND ($7::text IS NULL OR om.market = $7)
      AND ($8::smallint[] IS NULL OR om.visibility = ANY ($8)) AND ($9::text[] IS NULL OR om.reasons && $9)))
ORDER BY o.sku_key LIMIT $3;

-- name: some
SELECT $$columns$$
FROM offer o WHERE o.merchant_id = $1 AND o.id = ANY ($2);

-- name: by_sku
SELECT $$columns$$
FROM offer o WHERE o.merchant_id = $1 AND o.sku_key = $2;

-- name: horizon
-- Up to where everything is told: transactions from here on may still be under way.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid, statement_timestamp() AS at,
  ($1::text)::xid8 > pg_snapshot_xmax(pg_current_snapshot()) AS foreign;

-- name: changes
WITH pieces AS MATERIALIZED (
  SELECT xid, n, kind, at, offer_ids, skus FROM offer_change
  WHERE merchant_id = $1 AND (xid, n) >= (($2::text)::xid8, $3::bigint) AND xid < ($6::text)::xid8
  ORDER BY xid, n LIMIT $5
)
SELECT p.xid::text AS xid, p.n, k.k::int AS k, p.kind, p.at, k.offer_id, p.skus[k.k] AS sku
FROM pieces p CROSS JOIN LATERAL unnest(p.offer_ids) WITH ORDINALITY AS k (offer_id, k)
WHERE (p.xid, p.n, k.k) > (($2::text)::xid8, $3::bigint, $4::bigint)
ORDER BY p.xid, p.n, k.k LIMIT $5;
