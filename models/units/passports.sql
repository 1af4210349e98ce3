-- The statements of models/units/passports.

-- name: chain
-- $1 units. All events, in their order.
SELECT unit_id, n, kind, at, data::text AS data, previous, hash FROM unit_event WHERE unit_id = ANY ($1) ORDER BY unit_id, n;

-- name: ends
-- $1 units.
SELECT id, events, last_hash FROM unit WHERE id = ANY ($1);

-- name: code
-- $1 unit, $2 passport.
SELECT code FROM unit_passport WHERE unit_id = $1 AND n = $2;

-- name: codes
-- $1 units, $2 passports.
SELECT c.unit_id, c.n, c.code FROM unnest($1::uuid[], $2::int[]) AS x (unit_id, n) JOIN unit_passport c USING (unit_id, n);

-- name: make_code
-- $1 units, $2 passports, $3 codes. A code that somebody has already is left out.
INSERT INTO unit_passport (unit_id, n, code) SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[]) ON CONFLICT DO NOTHING;

-- name: of_code
-- $1 a code.
SELECT c.unit_id, c.n AS passport, u.category, u.variant_id, u.channel, b.name AS brand, p.model
FROM unit_passport c JOIN unit u ON u.id = c.unit_id LEFT JOIN variant v ON v.id = u.variant_id
LEFT JOIN product p ON p.id = v.product_id LEFT JOIN brand b ON b.id = p.brand_id WHERE c.code = $1;

-- name: told
-- $1 units, $2 passports, $3 kinds that anybody may read.
SELECT e.unit_id, e.passport, e.n, e.kind, e.at, e.data::text AS data FROM unnest($1::uuid[], $2::int[]) AS x (unit_id, passport)
JOIN unit_event e USING (unit_id, passport) WHERE e.kind = ANY ($3) ORDER BY e.unit_id, e.n LIMIT 2000;

-- name: lives
-- $1 units, $2 passports. How many people and organisations had each: a sale counts once it reached its customer.
SELECT x.unit_id, x.passport, count(DISTINCT coalesce(p.customer_id, p.organisation_id)) AS lives
FROM unnest($1::uuid[], $2::int[]) AS x (unit_id, passport) LEFT JOIN unit_party p ON p.unit_id = x.unit_id AND p.passport = x.passport
  AND NOT p.void AND (p.place <> 'SALE' OR EXISTS (SELECT FROM unit_event e WHERE e.unit_id = p.unit_id AND e.kind = 'DELIVERED'
    AND (e.party_id = p.id OR e.party_id IS NULL AND e.line_id = p.place_id)))
GROUP BY x.unit_id, x.passport;

-- name: held
-- $1 units. The latest time in which the current transaction's own had each.
SELECT DISTINCT ON (p.unit_id) p.unit_id, p.id AS party_id, p.passport, p.place, p.place_id, p.from_at, p.until_at,
  p.identifiers::text AS identifiers, u.category, u.variant_id, u.channel, u.tac, u.device_status, u.device_status_source,
  u.device_status_at, u.battery_health, u.created_at
FROM unit_party p JOIN unit u ON u.id = p.unit_id WHERE p.unit_id = ANY ($1) ORDER BY p.unit_id, p.id DESC;

-- name: page
-- $1 merchant, $2 organisation, $3 customer, of whom one is given, $4 before, $5 how many,
-- $6 a number as its holder said it, or null.
SELECT p.unit_id FROM unit_party p
WHERE ($1::uuid IS NULL OR p.merchant_id = $1) AND ($2::uuid IS NULL OR p.organisation_id = $2)
  AND ($3::uuid IS NULL OR p.customer_id = $3 AND (p.place = 'TRADE_IN'
    OR EXISTS (SELECT FROM order_line l WHERE l.id = p.place_id AND l.unit_id = p.unit_id AND l.delivered_at IS NOT NULL)))
  AND ($4::uuid IS NULL OR p.unit_id < $4)
  AND ($6::text IS NULL OR EXISTS (SELECT FROM jsonb_each_text(p.identifiers) v WHERE v.value = $6))
GROUP BY p.unit_id ORDER BY p.unit_id DESC LIMIT $5;

-- name: own
-- $1 keys, $2 a merchant. The devices that it has now, by any of these numbers.
SELECT DISTINCT p.unit_id FROM unit_identifier i JOIN unit_party p ON p.unit_id = i.unit_id
WHERE i.key = ANY ($1) AND p.merchant_id = $2 AND p.until_at IS NULL AND NOT p.void;

-- name: warranties
-- $1 order lines, as the current transaction may see them.
SELECT id, warranty::text AS warranty FROM order_line WHERE id = ANY ($1);

-- name: stock
-- $1 unit, $2 merchant, $3 SKU, $4 price, $5 currency, $6 document, $7 supplier, $8 bought on.
INSERT INTO unit_stock (unit_id, merchant_id, sku, price_minor, currency, document, supplier, bought_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (merchant_id, unit_id) DO UPDATE SET sku = excluded.sku, price_minor = excluded.price_minor, currency = excluded.currency,
  document = excluded.document, supplier = excluded.supplier, bought_on = excluded.bought_on, updated_at = clock_timestamp();

-- name: acquired
-- $1 units.
SELECT unit_id, sku, price_minor, currency, document, supplier, bought_on FROM unit_stock WHERE unit_id = ANY ($1);

-- name: hands
-- $1 units, as the current transaction may see them. Who has each now, and how it moved last in that time.
SELECT p.unit_id, p.place, num_nonnulls(p.customer_id, p.organisation_id) > 0 AS others, p.merchant_id,
  (SELECT e.kind FROM unit_event e WHERE e.unit_id = p.unit_id AND e.kind IN ('SHIPPED','DELIVERED','RECEIVED','RETURNED')
    AND (e.party_id = p.id OR e.party_id IS NULL AND e.line_id = p.place_id) ORDER BY e.n DESC LIMIT 1) AS last
FROM unit_party p WHERE p.unit_id = ANY ($1) AND p.until_at IS NULL ORDER BY p.id;
