-- The statements of models/offers/reserve.py. Offers are locked in the order of their ids.

-- name: lacking
WITH asked AS (SELECT offer_id, sum(units)::int AS units FROM unnest($1::uuid[], $2::int[]) AS a (offer_id, units) GROUP BY 1),
held AS MATERIALIZED (
  SELECT o.id, o.quantity, o.status FROM offer o WHERE o.id IN (SELECT offer_id FROM asked) ORDER BY o.id FOR NO KEY UPDATE)
SELECT a.offer_id, CASE WHEN h.status = 'LIVE' THEN h.quantity ELSE 0 END AS available
FROM asked a LEFT JOIN held h ON h.id = a.offer_id
WHERE h.id IS NULL OR h.status <> 'LIVE' OR h.quantity < a.units
ORDER BY 1 LIMIT 1;

-- name: take
-- The condition is asked again of the row as it is now: never below zero.
WITH asked AS (SELECT offer_id, sum(units)::int AS units FROM unnest($1::uuid[], $2::int[]) AS a (offer_id, units) GROUP BY 1),
taken AS (
  UPDATE offer o SET quantity = o.quantity - a.units, taken = o.taken + a.units, row_hash = 0, line_mark = NULL, updated_at = now()
  FROM asked a WHERE o.id = a.offer_id AND o.status = 'LIVE' AND o.quantity >= a.units
  RETURNING o.id, o.merchant_id, o.sku, o.quantity, o.quantity + a.units AS before, a.units
), noted AS (
  INSERT INTO reservation (merchant_id, offer_id, quantity, kind) SELECT merchant_id, id, units, $3 FROM taken
  RETURNING id, offer_id
), seen AS (INSERT INTO touched SELECT id FROM taken)
SELECT n.id AS reservation, t.id AS offer_id, t.merchant_id, t.sku, t.quantity, t.before, r.alert_below,
  (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS version
FROM taken t JOIN noted n ON n.offer_id = t.id LEFT JOIN stock_rule r ON r.merchant_id = t.merchant_id
ORDER BY t.id;

-- name: singly
WITH many AS (
  UPDATE reservation SET quantity = 1 WHERE id = ANY ($1) AND quantity > 1 RETURNING id
), more AS (
  INSERT INTO reservation (merchant_id, offer_id, quantity, kind, at)
  SELECT r.merchant_id, r.offer_id, 1, r.kind, r.at FROM reservation r CROSS JOIN LATERAL generate_series(2, r.quantity)
  WHERE r.id = ANY ($1) RETURNING id, offer_id)
SELECT id, offer_id FROM more UNION ALL SELECT id, offer_id FROM reservation WHERE id = ANY ($1)
ORDER BY 2, 1;

-- name: give_back
-- An absent offer has no stock, whatever comes back.
WITH held AS MATERIALIZED (
  SELECT o.id FROM offer o WHERE o.id IN (SELECT offer_id FROM reservation WHERE id = ANY ($1)) ORDER BY o.id FOR NO KEY UPDATE
), ended AS (
  UPDATE reservation r SET released_at = clock_timestamp()
  WHERE r.id = ANY ($1) AND r.released_at IS NULL AND r.consumed_at IS NULL AND r.offer_id IN (SELECT id FROM held)
  RETURNING r.id, r.offer_id, r.quantity
), back AS (
  UPDATE offer o SET taken = o.taken - e.units, row_hash = 0, line_mark = NULL, updated_at = now(),
    quantity = CASE WHEN o.status = 'ABSENT' THEN o.quantity ELSE LEAST(o.quantity + e.units, 100000) END
  FROM (SELECT offer_id, sum(quantity)::int AS units FROM ended GROUP BY 1) e
  WHERE o.id = e.offer_id RETURNING o.id
), seen AS (INSERT INTO touched SELECT id FROM back)
SELECT id FROM ended;

-- name: consume
UPDATE reservation SET consumed_at = clock_timestamp()
WHERE id = ANY ($1) AND released_at IS NULL AND consumed_at IS NULL RETURNING id, offer_id;

-- name: touch_consumed
INSERT INTO touched SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING;
