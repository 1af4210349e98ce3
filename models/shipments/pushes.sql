-- The statements of models/shipments/pushes.

-- name: one
SELECT d.id, d.account_id, d.api, d.body, d.received_at, d.processed_at, a.merchant_id, a.url, now() AS at
FROM carrier_delivery d JOIN carrier_account a ON a.id = d.account_id WHERE d.id = $1 FOR NO KEY UPDATE OF d

-- name: match
-- $1 numbers, $2 the newest news of each or null, $3 the API, $4 its account, $5 the account's merchant or null, $6 carriers
-- that this API follows by itself. The newest parcel of each number whose time fits: others used the number before.
SELECT DISTINCT ON (x.n) x.n::int AS place, s.id
FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY AS x (number, at, n)
JOIN shipment s ON upper(s.tracking_number) = x.number
WHERE (s.account_id = $4 OR s.api = $3 OR s.carrier = ANY ($6::text[]))
  AND ($5::uuid IS NULL OR s.merchant_id = $5)
  AND (x.at IS NULL OR s.created_at - interval '3 days' <= x.at)
ORDER BY x.n, s.created_at DESC, s.id DESC

-- name: wake
UPDATE shipment SET next_poll_at = least(next_poll_at, now()) WHERE id = ANY ($1)
  AND status NOT IN ('LOST','CANCELLED')

-- name: done
UPDATE carrier_delivery SET processed_at = now(), parcels = $2, unknown = $3, problem = $4 WHERE id = $1

-- name: purge
DELETE FROM carrier_delivery WHERE id IN (
  SELECT id FROM carrier_delivery WHERE received_at < now() - make_interval(days => $1) LIMIT $2)

-- name: purge_codes
DELETE FROM carrier_unmapped_code WHERE day < now() - make_interval(days => $1)

-- name: subscribable
-- $1 APIs. Accounts that are pushed to, with the parcels whose subscription ends within $2; $3 at most of each.
SELECT a.id, a.api, array_agg(s.id) AS parcels, array_agg(s.tracking_number) AS numbers
FROM carrier_account a CROSS JOIN LATERAL (
  SELECT id, tracking_number FROM shipment WHERE account_id = a.id AND next_poll_at IS NOT NULL
    AND status NOT IN ('DELIVERED','RETURNED','LOST','CANCELLED')
    AND (pushed_until IS NULL OR pushed_until < now() + $2::interval) ORDER BY id LIMIT $3) s
WHERE a.api = ANY ($1) AND a.pushes AND a.push_secrets IS NOT NULL AND a.disabled_at IS NULL
  AND (a.paused_until IS NULL OR a.paused_until <= now()) AND a.failures < $4
GROUP BY a.id

-- name: subscribed
UPDATE shipment SET pushed_until = now() + $2::interval WHERE id = ANY ($1)
