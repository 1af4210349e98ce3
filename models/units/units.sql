-- The statements of models/units. A line is locked before a unit.

-- name: terms
-- $1 a variant. What its category asks of a device; a category that nobody described holds data.
SELECT b.code AS brand, coalesce(u.identity, 'SERIAL') AS identity, coalesce(u.storage, true) AS storage
FROM variant v JOIN product p ON p.id = v.product_id JOIN brand b ON b.id = p.brand_id
JOIN category c ON c.id = p.category_id LEFT JOIN category_unit u ON u.category = coalesce($2, c.code)
WHERE v.id = $1;

-- name: lock
-- $1 keys. One transaction at a time knows a device by any of these.
SELECT pg_advisory_xact_lock(hashtextextended(key, 19)) FROM unnest($1::text[]) AS key ORDER BY key;

-- name: live
-- $1 keys, $2 the line that may have them. The first that another sale has.
SELECT key FROM unit_identifier WHERE key = ANY ($1) AND live AND line_id <> $2 ORDER BY key LIMIT 1;

-- name: known
-- $1 a merchant, $2 keys. Its own unit that is known by one of these, the latest first.
SELECT DISTINCT u.id FROM unit_identifier i JOIN unit u ON u.id = i.unit_id
WHERE i.merchant_id = $1 AND i.key = ANY ($2) AND u.line_id IS NOT NULL ORDER BY u.id DESC LIMIT 1;

-- name: make
INSERT INTO unit (merchant_id, variant_id, category) VALUES ($1, $2, $3) RETURNING id;

-- name: identify
-- $1 unit, $2 merchant, $3 customer, $4 line, $5 kinds, $6 values, $7 keys.
INSERT INTO unit_identifier (unit_id, merchant_id, customer_id, line_id, kind, value, key, live)
SELECT $1, $2, $3, $4, kind, value, key, true
FROM unnest($5::text[], $6::text[], $7::text[]) AS given (kind, value, key)
ON CONFLICT (unit_id, key) DO UPDATE SET customer_id = excluded.customer_id, line_id = excluded.line_id,
  kind = excluded.kind, value = excluded.value, live = true;

-- name: sell
-- $1 unit, $2 customer, $3 line, $4 TAC, $5 status, $6 who says so, $7 when, $8 battery.
UPDATE unit SET customer_id = $2, line_id = $3, tac = coalesce($4, tac), device_status = $5, device_status_source = $6,
  device_status_at = $7, battery_health = $8, updated_at = now() WHERE id = $1;

-- name: attach
UPDATE order_line SET unit_id = $2, version = version + 1, updated_at = now() WHERE id = $1;

-- name: free
-- $1 a line. Its device is for sale again.
UPDATE unit_identifier SET live = false WHERE line_id = $1 AND live;

-- name: bought
INSERT INTO unit_acquisition (line_id, unit_id, merchant_id, price_minor, currency, document, supplier, bought_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (line_id) DO UPDATE SET unit_id = excluded.unit_id, price_minor = excluded.price_minor,
  currency = excluded.currency, document = excluded.document, supplier = excluded.supplier, bought_on = excluded.bought_on;

-- name: unbought
DELETE FROM unit_acquisition WHERE line_id = $1;

-- name: hold
-- $1 units, locked in the order of their ids.
SELECT id, merchant_id, customer_id, line_id, events, last_hash FROM unit WHERE id = ANY ($1) ORDER BY id FOR UPDATE;

-- name: note
INSERT INTO unit_event (unit_id, n, kind, at, merchant_id, customer_id, line_id, data, previous, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10);

-- name: link
UPDATE unit SET events = $2, last_hash = $3, updated_at = now() WHERE id = $1;

-- name: of_lines
-- $1 lines. Their units.
SELECT l.id AS line_id, l.unit_id FROM order_line l WHERE l.id = ANY ($1) AND l.unit_id IS NOT NULL ORDER BY l.unit_id;

-- name: read
-- $1 units.
SELECT u.id, u.category, u.tac, u.device_status, u.device_status_source, u.device_status_at, u.battery_health, u.line_id,
  coalesce((SELECT json_agg(json_build_object('kind', i.kind, 'value', i.value) ORDER BY i.kind)
    FROM unit_identifier i WHERE i.unit_id = u.id AND i.line_id = u.line_id), '[]') AS identifiers
FROM unit u WHERE u.id = ANY ($1);

-- name: events
-- $1 units, $2 how many of each. The newest first.
SELECT e.* FROM unnest($1::uuid[]) AS x (id), LATERAL (
  SELECT unit_id, n, kind, at, line_id, data::text AS data, previous, hash FROM unit_event
  WHERE unit_id = x.id ORDER BY n DESC LIMIT $2) e;

-- name: acquisitions
SELECT line_id, price_minor, currency, document, supplier, bought_on FROM unit_acquisition WHERE line_id = ANY ($1);
