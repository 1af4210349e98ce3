-- The statements of models/raas/refresh.

-- name: fleet
SELECT id, currency FROM fleet WHERE id = $1 AND organisation_id = $2;

-- name: purchases
-- $1 purchases, $2 an organisation, $3 a currency. Those that its people made in it.
SELECT p.id FROM purchase p WHERE p.id = ANY ($1) AND p.currency = $3
  AND p.customer_id IN (SELECT account_id FROM organisation_member WHERE organisation_id = $2);

-- name: add
INSERT INTO refresh_project (organisation_id, fleet_id, name, purchases, planned, currency)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6) RETURNING id;

-- name: read
-- $1 projects.
SELECT r.id, r.organisation_id, r.fleet_id, r.name, r.purchases, r.planned::text AS planned, r.currency, r.created_at,
  (SELECT count(*) FROM refresh_pair x WHERE x.project_id = r.id)::int AS replaced FROM refresh_project r WHERE r.id = ANY ($1);

-- name: page
SELECT id FROM refresh_project WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3;

-- name: recovered
-- $1 fleets. What was settled, and what the devices that are not settled are valued at.
SELECT f.id, count(a.id)::int AS devices,
  coalesce(sum(l.net_minor), 0)::bigint AS settled_minor,
  coalesce(sum(a.value_median_minor) FILTER (WHERE l.asset_id IS NULL AND a.state <> 'RETURNED'), 0)::bigint AS expected_minor
FROM fleet f LEFT JOIN asset a ON a.fleet_id = f.id LEFT JOIN settlement_line l ON l.asset_id = a.id WHERE f.id = ANY ($1) GROUP BY f.id;

-- name: cost
-- $1 projects. What the lines of their purchases cost that were not given back.
SELECT r.id, coalesce(sum(l.total_minor - l.refunded_minor), 0)::bigint AS cost FROM refresh_project r
JOIN order_line l ON l.purchase_id = ANY (r.purchases) AND l.state NOT IN ('EXPIRED','REFUSED','CANCELLED','REFUNDED')
WHERE r.id = ANY ($1) GROUP BY r.id;

-- name: assets
-- $1 assets, $2 a fleet, $3 the sites of the caller, NULL for all.
SELECT id FROM asset WHERE id = ANY ($1) AND fleet_id = $2 AND ($3::uuid[] IS NULL OR site_id = ANY ($3));

-- name: lines
-- $1 lines, $2 purchases.
SELECT id FROM order_line WHERE id = ANY ($1) AND purchase_id = ANY ($2);

-- name: unpair
DELETE FROM refresh_pair WHERE project_id = $1 AND asset_id = ANY ($2);

-- name: pair
-- $1 project, $2 organisation, then of each: $3 asset, $4 line.
INSERT INTO refresh_pair (project_id, organisation_id, asset_id, line_id)
SELECT $1, $2, x.asset, x.line FROM unnest($3::uuid[], $4::uuid[]) AS x (asset, line);

-- name: taken
SELECT line_id FROM refresh_pair WHERE project_id = $1 AND line_id = ANY ($2) AND NOT asset_id = ANY ($3);

-- name: pairs
-- $1 project, $2 after this asset, $3 how many.
SELECT x.asset_id, x.line_id, a.tag, a.model FROM refresh_pair x JOIN asset a ON a.id = x.asset_id
WHERE x.project_id = $1 AND ($2::uuid IS NULL OR x.asset_id > $2) ORDER BY x.asset_id LIMIT $3;
