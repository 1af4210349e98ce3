-- The statements of models/raas/reporting.

-- name: proved
-- $1 an organisation, $2 the first day, $3 the last, $4 the moment. What became of each of its devices that left it, and the day on
-- which that was proved: a sale when it can no longer be undone, all else when it was recorded. A sale without proof that the data are
-- gone is no outcome. `outcome` null: nobody knows yet.
SELECT * FROM (
  SELECT a.id, coalesce(a.category, c.code) AS category, o.lot_id, a.unit_id, o.certificate_id,
    trunc((o.disposed_at::date - a.purchased_on) / 365.25, 2) AS age,
    trunc((o.disposed_at::date - p.release_date) / 365.25, 2) AS bound,
    CASE WHEN o.found = 'MISSING' THEN 'LOST' WHEN o.disposition = 'PARTS' THEN 'PARTS' WHEN o.disposition = 'RECYCLE' THEN 'RECYCLED'
      WHEN o.disposition = 'DESTROY' THEN 'DESTROYED'
      WHEN o.storage AND o.certificate_id IS NULL THEN NULL
      WHEN o.disposition = 'DONATE' OR s.at IS NOT NULL THEN 'RESOLD' END AS outcome,
    (CASE WHEN o.found = 'MISSING' THEN o.counted_at WHEN o.disposition IN ('PARTS','RECYCLE','DESTROY','DONATE') THEN o.disposed_at
      ELSE s.at END AT TIME ZONE 'UTC')::date AS proved_on
  FROM fleet f JOIN asset a ON a.fleet_id = f.id JOIN asset_outcome o ON o.asset_id = a.id
  LEFT JOIN variant v ON v.id = a.variant_id LEFT JOIN product p ON p.id = v.product_id LEFT JOIN category c ON c.id = p.category_id
  LEFT JOIN LATERAL (
    SELECT min(l.return_until) AS at FROM order_line l WHERE l.unit_id = a.unit_id AND l.delivered_at > o.disposed_at
      AND l.state IN ('DELIVERED','COMPLETED') AND l.return_until <= $4) s ON true
  WHERE f.organisation_id = $1 AND a.state <> 'RETURNED') x
WHERE outcome IS NULL OR proved_on BETWEEN $2 AND $3;

-- name: outcomes
-- The same, equal devices as one row.
SELECT category, age, bound, coalesce(outcome, 'WAITING') AS outcome, count(*)::int AS times FROM ($$proved$$) y
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;

-- name: bought
-- $1 an organisation, $2 the first day, $3 the last, $4 the moment. Refurbished devices of its refresh projects that it kept.
SELECT l.category, count(*)::int AS times FROM order_line l
WHERE l.purchase_id IN (SELECT unnest(r.purchases) FROM refresh_project r WHERE r.organisation_id = $1)
  AND l.state IN ('DELIVERED','COMPLETED') AND l.return_until <= $4
  AND (l.return_until AT TIME ZONE 'UTC')::date BETWEEN $2 AND $3
GROUP BY 1 ORDER BY 1;

-- name: named
SELECT name, coalesce(nullif(legal_name, ''), name) AS legal_name, coalesce(vat_id, slug) AS legal_id FROM organisation WHERE id = $1;
