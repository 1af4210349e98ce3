-- The statements of models/orders/fulfilment and deadlines.

-- name: calendars
-- $1 merchants: the country of each, and the zone in which it works.
SELECT m.id, m.country, coalesce(
  (SELECT k.time_zone FROM market k WHERE m.country = ANY (k.countries) ORDER BY k.code <> m.country, k.code LIMIT 1),
  'UTC') AS zone
FROM merchant m WHERE m.id = ANY ($1)

-- name: dispatch_by
-- $1 lines, $2 until when each is to be shipped.
UPDATE order_line l SET dispatch_by = g.until, reminded_at = NULL
FROM unnest($1::uuid[], $2::timestamptz[]) AS g (id, until) WHERE l.id = g.id

-- name: waiting
-- $1 orders, $2 lines: the lines of these orders that would be left to accept.
SELECT id, order_id FROM order_line WHERE order_id = ANY ($1) AND state = 'PAID' AND NOT id = ANY ($2) ORDER BY id

-- name: ask
UPDATE order_line SET cancel_asked_at = $2, version = version + 1, updated_at = now() WHERE id = $1 AND state = 'ACCEPTED'

-- name: partial
SELECT coalesce((SELECT partial_acceptance FROM fulfilment_setting WHERE merchant_id = $1), true)

-- name: set_partial
INSERT INTO fulfilment_setting (merchant_id, partial_acceptance) VALUES ($1, $2)
ON CONFLICT (merchant_id) DO UPDATE SET partial_acceptance = excluded.partial_acceptance, updated_at = now()

-- name: not_accepted
-- $1 how many. Nobody waits for another that looks at the same time.
SELECT id, merchant_id, boucle_now(merchant_id) AS now FROM order_line
WHERE state = 'PAID' AND accept_by <= boucle_now(merchant_id) ORDER BY accept_by, id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED

-- name: not_shipped
-- $1 how many, $2 days before which none can be abandoned, $3 and $4 the deadline and id to go on after.
SELECT id, merchant_id, dispatch_by, boucle_now(merchant_id) AS now FROM order_line
WHERE state = 'ACCEPTED' AND dispatch_by <= boucle_now(merchant_id) - make_interval(days => $2)
  AND ($4::uuid IS NULL OR (dispatch_by, id) > ($3::timestamptz, $4))
ORDER BY dispatch_by, id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED

-- name: to_remind
-- $1 how long before, $2 how many. Lines that are due soon, once for each deadline.
UPDATE order_line l SET reminded_at = boucle_now(l.merchant_id) FROM (
  SELECT id FROM order_line WHERE reminded_at IS NULL AND (
      (state = 'PAID' AND accept_by > boucle_now(merchant_id) AND accept_by <= boucle_now(merchant_id) + $1::interval)
      OR (state = 'ACCEPTED' AND dispatch_by > boucle_now(merchant_id) AND dispatch_by <= boucle_now(merchant_id) + $1::interval))
  ORDER BY coalesce(dispatch_by, accept_by), id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED) d
WHERE l.id = d.id
RETURNING l.id, l.merchant_id, l.order_id, l.sku, l.state, l.version,
  CASE l.state WHEN 'PAID' THEN l.accept_by ELSE l.dispatch_by END AS due

-- name: lost
-- $1 how many.
SELECT l.id, l.merchant_id, boucle_now(l.merchant_id) AS now FROM order_line l
WHERE l.state = 'LOST' AND l.refunded_minor < l.total_minor AND NOT EXISTS (
  SELECT FROM refund r WHERE r.line_id = l.id AND r.reason = 'LOST')
ORDER BY l.updated_at, l.id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
