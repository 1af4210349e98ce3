-- The statements of models/units/footprint.

-- name: facts
-- $1 units. What is known of each since it was last in use; of one that is in use, of the refurbishing before.
SELECT u.id, u.category, p.release_date AS released_on, r.parts::text AS parts, r.refurbished::text AS refurbished, r.tested_at::date AS tested,
  (SELECT min(a.purchased_on) FROM asset a WHERE a.unit_id = u.id) AS bought_on,
  coalesce((SELECT l.battery_new FROM order_line l WHERE l.unit_id = u.id ORDER BY l.id DESC LIMIT 1), false) AS battery_new
FROM unit u LEFT JOIN variant v ON v.id = u.variant_id LEFT JOIN product p ON p.id = v.product_id,
LATERAL (SELECT coalesce(max(n), 0) AS n FROM unit_event WHERE unit_id = u.id AND kind = 'DELIVERED') last,
LATERAL (SELECT coalesce(max(n), 0) AS n FROM unit_event WHERE unit_id = u.id AND kind = 'DELIVERED' AND n < last.n) prior,
LATERAL (SELECT EXISTS (SELECT FROM unit_event WHERE unit_id = u.id AND n > last.n
  AND kind IN ('PART_REPLACED','REFURBISHED','DIAGNOSED')) AS since) again,
LATERAL (
  SELECT jsonb_agg(e.data ORDER BY e.n) FILTER (WHERE e.kind = 'PART_REPLACED') AS parts,
    (array_agg(e.data ORDER BY e.n DESC) FILTER (WHERE e.kind = 'REFURBISHED'))[1] AS refurbished,
    max(e.at) FILTER (WHERE e.kind = 'DIAGNOSED') AS tested_at
  FROM unit_event e WHERE e.unit_id = u.id AND e.kind IN ('PART_REPLACED','REFURBISHED','DIAGNOSED')
    AND e.n > CASE WHEN again.since THEN last.n ELSE prior.n END AND (again.since OR e.n < last.n OR last.n = 0)) r
WHERE u.id = ANY ($1);
