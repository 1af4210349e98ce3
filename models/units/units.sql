-- The statements of models/units. A line is locked before a unit.

-- name: terms
-- $1 a variant. What its category asks of a device; a category that nobody described holds data.
SELECT b.code AS brand, c.code AS category, coalesce(u.identity, 'SERIAL') AS identity, coalesce(u.storage, true) AS storage
FROM variant v JOIN product p ON p.id = v.product_id JOIN brand b ON b.id = p.brand_id
JOIN category c ON c.id = p.category_id LEFT JOIN category_unit u ON u.category = coalesce($2, c.code)
WHERE v.id = $1;

-- name: sell
-- $1 unit, $2 TAC, $3 status, $4 who says so, $5 when, $6 battery.
UPDATE unit SET tac = coalesce($2, tac), device_status = $3, device_status_source = $4, device_status_at = $5,
  battery_health = coalesce($6, battery_health), updated_at = now() WHERE id = $1;

-- name: keep_tac
UPDATE unit SET tac = $2, updated_at = now() WHERE id = $1;

-- name: keep_battery
UPDATE unit SET battery_health = coalesce($2, battery_health), updated_at = now() WHERE id = $1;

-- name: attach
UPDATE order_line SET unit_id = $2, version = version + 1, updated_at = now() WHERE id = $1;

-- name: free
-- $1 a line, $2 the keys of its device. What it had before is for sale again.
UPDATE unit_identifier SET place = NULL WHERE place = 'SALE' AND place_id = $1 AND key <> ALL ($2);

-- name: left
-- $1 a line, $2 its device. A device that it had before never came to the customer.
UPDATE unit_party SET customer_id = NULL WHERE place = 'SALE' AND place_id = $1 AND unit_id <> $2 AND until_at IS NULL;

-- name: bought
INSERT INTO unit_acquisition (line_id, unit_id, merchant_id, price_minor, currency, document, supplier, bought_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (line_id) DO UPDATE SET unit_id = excluded.unit_id, price_minor = excluded.price_minor,
  currency = excluded.currency, document = excluded.document, supplier = excluded.supplier, bought_on = excluded.bought_on;

-- name: unbought
DELETE FROM unit_acquisition WHERE line_id = $1;

-- name: of_lines
-- $1 lines. Their units.
SELECT l.id AS line_id, l.unit_id FROM order_line l WHERE l.id = ANY ($1) AND l.unit_id IS NOT NULL ORDER BY l.unit_id;

-- name: read
-- $1 units. The numbers are those that the latest holder among those that may be seen knew it by.
SELECT u.id, u.category, u.tac, u.device_status, u.device_status_source, u.device_status_at, u.battery_health,
  coalesce((SELECT p.identifiers::text FROM unit_party p WHERE p.unit_id = u.id ORDER BY p.id DESC LIMIT 1), '{}') AS identifiers
FROM unit u WHERE u.id = ANY ($1);

-- name: events
-- $1 units, $2 how many of each. The newest first.
SELECT e.* FROM unnest($1::uuid[]) AS x (id), LATERAL (
  SELECT unit_id, n, kind, at, line_id, data::text AS data, previous, hash FROM unit_event
  WHERE unit_id = x.id ORDER BY n DESC LIMIT $2) e;

-- name: acquisitions
SELECT line_id, price_minor, currency, document, supplier, bought_on FROM unit_acquisition WHERE line_id = ANY ($1);
