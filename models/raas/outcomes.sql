-- The statements of models/raas/outcomes.

-- name: outcomes
-- $1 a lot, $2 or a fleet, $3 the day, $4 whether what is expected counts, $5 of these sites alone. Equal devices as one row.
SELECT category, age, bound, outcome, count(*)::int AS times FROM (
  SELECT coalesce(a.category, c.code) AS category,
    trunc((coalesce(o.disposed_at::date, $3) - a.purchased_on) / 365.25, 2) AS age,
    trunc((coalesce(o.disposed_at::date, $3) - p.release_date) / 365.25, 2) AS bound,
    CASE
      WHEN o.found = 'MISSING' THEN 'LOST'
      WHEN o.disposition = 'PARTS' THEN 'PARTS'
      WHEN o.disposition = 'RECYCLE' THEN 'RECYCLED'
      WHEN o.disposition = 'DESTROY' THEN 'DESTROYED'
      WHEN o.disposition = 'DONATE' THEN 'RESOLD'
      WHEN o.disposition IS NOT NULL AND EXISTS (SELECT FROM unit_event e WHERE e.unit_id = a.unit_id AND e.kind = 'DELIVERED' AND e.at > o.disposed_at)
        THEN 'RESOLD'
      WHEN NOT $4 THEN 'WAITING'
      WHEN o.disposition IS NULL AND a.disposition = 'PARTS' THEN 'PARTS'
      WHEN o.disposition IS NULL AND a.disposition = 'RECYCLE' THEN 'RECYCLED'
      WHEN o.disposition IS NULL AND a.disposition = 'DESTROY' THEN 'DESTROYED'
      ELSE 'RESOLD' END AS outcome
  FROM asset a LEFT JOIN asset_outcome o ON o.asset_id = a.id
  LEFT JOIN variant v ON v.id = a.variant_id LEFT JOIN product p ON p.id = v.product_id LEFT JOIN category c ON c.id = p.category_id
  WHERE (a.lot_id = $1 OR a.fleet_id = $2) AND a.state <> 'RETURNED' AND ($5::uuid[] IS NULL OR a.site_id = ANY ($5))) x
GROUP BY category, age, bound, outcome ORDER BY category, age, bound, outcome;
