-- The statements of models/trade_in/certifying.

-- name: hold
-- $1 a trade-in that its merchant had in hand and that has no certificate.
SELECT o.id, o.number, o.merchant_id, o.customer_id, o.unit_id, o.imei, o.serial, m.legal_name, m.slug, b.name AS maker, p.model
FROM trade_in_order o JOIN merchant m ON m.id = o.merchant_id JOIN variant v ON v.id = o.variant_id JOIN product p ON p.id = v.product_id
JOIN brand b ON b.id = p.brand_id
WHERE o.id = $1 AND o.certificate_id IS NULL AND o.unit_id IS NOT NULL AND o.validated_at IS NOT NULL FOR NO KEY UPDATE OF o;

-- name: erased
-- $1 a unit, $2 a trade-in. Each medium that the device had since it came, and its last erasure since; without media the whole device's.
WITH came AS (
  SELECT p.passport, (SELECT max(e.n) FROM unit_event e WHERE e.unit_id = $1 AND e.kind = 'RECEIVED' AND e.data->>'tradeIn' = o.number) AS n
  FROM unit_party p JOIN trade_in_order o ON o.id = $2
  WHERE p.unit_id = $1 AND p.place = 'TRADE_IN' AND p.place_id = $2 AND NOT p.void ORDER BY p.id DESC LIMIT 1),
media AS (
  SELECT m.id, m.type, m.serial, m.capacity_bytes, r.id AS erasure_id, r.state, r.method, r.facts FROM came
  JOIN unit_medium m ON m.unit_id = $1 AND m.passport = came.passport AND m.removed_at IS NULL
  LEFT JOIN LATERAL (SELECT id, state, method, facts FROM unit_erasure e WHERE e.medium_id = m.id AND e.after_n >= came.n
    ORDER BY e.id DESC LIMIT 1) r ON true)
SELECT type, serial, capacity_bytes, erasure_id, state, method, facts::text AS facts FROM media
UNION ALL
(SELECT 'OTHER', NULL, NULL, NULL, e.data->>'result', e.data->>'method', e.data::text FROM came
  JOIN unit_event e ON e.unit_id = $1 AND e.passport = came.passport AND e.n > came.n AND e.kind = 'ERASED' AND NOT e.data ? 'mediumId'
  WHERE NOT EXISTS (SELECT FROM media) ORDER BY e.n DESC LIMIT 1);

-- name: certified
UPDATE trade_in_order SET certificate_id = $2 WHERE id = $1;
