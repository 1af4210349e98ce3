-- The statements of models/shipments/polling. A claim moves `next_poll_at` ahead: if the claimer dies, the parcel is due
-- again by itself, and nobody else takes it before.

-- name: assign
-- $1 carriers, $2 APIs that follow each, $3 their order, $4 how many parcels. Each due parcel without an account gets the
-- merchant's own of the carrier's API, else the platform's, else the same of an aggregator; without any it waits.
WITH due AS MATERIALIZED (
  SELECT id, merchant_id, carrier, api FROM shipment
  WHERE account_id IS NULL AND next_poll_at <= now() ORDER BY next_poll_at LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
), found AS (
  SELECT d.id, p.account_id, p.api FROM due d LEFT JOIN LATERAL (
    SELECT a.id AS account_id, a.api
    FROM unnest($1::text[], $2::text[], $3::int[]) AS w (carrier, api, place) JOIN carrier_account a ON a.api = w.api
    WHERE w.carrier IN (d.carrier, '') AND (a.merchant_id = d.merchant_id OR a.merchant_id IS NULL)
      AND a.disabled_at IS NULL
    ORDER BY w.api = d.api DESC NULLS LAST, w.place, a.merchant_id IS NULL, a.created_at LIMIT 1) p ON true)
UPDATE shipment s SET account_id = f.account_id, api = coalesce(f.api, s.api),
  next_poll_at = CASE WHEN f.account_id IS NULL THEN now() + $5::interval ELSE s.next_poll_at END,
  last_error = CASE WHEN f.account_id IS NULL THEN 'NO_ACCOUNT' END
FROM found f WHERE s.id = f.id RETURNING s.account_id

-- name: accounts_due
-- $1 after how many failures a circuit is open, $2 how many due parcels to count at most. Accounts with work that may go out.
SELECT a.id, a.api, a.failures >= $1 AS broken, a.failures > 0 AS failing, n.due
FROM carrier_account a CROSS JOIN LATERAL (
  SELECT count(*) AS due FROM (
    SELECT FROM shipment s WHERE s.account_id = a.id AND s.next_poll_at <= now() LIMIT $2) x) n
WHERE a.disabled_at IS NULL AND (a.paused_until IS NULL OR a.paused_until <= now())
  AND (a.failures < $1 OR a.open_until <= now()) AND n.due > 0
ORDER BY a.id

-- name: claim
-- $1 account, $2 urgent ones or the others, $3 how many, $4 for how long. The longest due first.
WITH due AS MATERIALIZED (
  SELECT id FROM shipment WHERE account_id = $1 AND urgent = $2 AND next_poll_at <= now()
  ORDER BY next_poll_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE shipment s SET next_poll_at = now() + $4::interval FROM due d WHERE s.id = d.id
RETURNING s.id, s.tracking_number, s.carrier, s.created_at, s.origin, s.destination, s.postal_code,
  s.origin_postal_code, s.service, s.carrier_ref, s.failures, s.urgent,
  coalesce(s.last_error LIKE 'REJECTED%', false) AS refused,
  (SELECT p.language FROM orders o JOIN purchase p ON p.id = o.purchase_id WHERE o.id = s.order_id) AS language

-- name: release
-- $1 parcels, $2 when each is due again: nobody was asked about them.
UPDATE shipment s SET next_poll_at = x.due FROM unnest($1::uuid[], $2::timestamptz[]) AS x (id, due)
WHERE s.id = x.id AND s.next_poll_at IS NOT NULL

-- name: failed
-- $1 parcels, $2 when each is due again, $3 why, $4 whether it failed by the carrier's outage.
UPDATE shipment s SET next_poll_at = x.due, last_error = x.error, failures = s.failures + x.outage::int,
  polls = s.polls + 1
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::boolean[]) AS x (id, due, error, outage)
WHERE s.id = x.id AND s.next_poll_at IS NOT NULL
