-- The statements of models/shipments/accounts.

-- name: one
-- An account as a worker needs it, with the time by the database and the day of the carrier.
SELECT a.id, a.api, a.merchant_id, a.url, a.token_url, a.secrets, a.per_second, a.per_day, a.day_zone, a.failures,
  a.open_until, a.paused_until, a.disabled_at, a.pushes, now() AS at, (now() AT TIME ZONE a.day_zone)::date AS day,
  coalesce(b.used, 0) * (b.day = (now() AT TIME ZONE a.day_zone)::date)::int AS used
FROM carrier_account a LEFT JOIN carrier_budget b ON b.account_id = a.id WHERE a.id = $1

-- name: take
-- $1 account, $2 the size of each call in units of the budget, $3 the most units that may be used of the day or null,
-- $4 seconds between calls, $5 seconds that a call may wait. How many calls are granted, and when the first may go.
WITH fresh AS (
  INSERT INTO carrier_budget AS b (account_id, day)
  SELECT id, (clock_timestamp() AT TIME ZONE day_zone)::date FROM carrier_account WHERE id = $1
  ON CONFLICT (account_id) DO UPDATE SET day = excluded.day,
    used = CASE WHEN b.day = excluded.day THEN b.used ELSE 0 END
  RETURNING account_id, used, greatest(next_call_at, clock_timestamp()) AS at
), wanted AS (
  SELECT n, size, sum(size) OVER (ORDER BY n) AS run FROM unnest($2::int[]) WITH ORDINALITY AS x (size, n)
), granted AS (
  SELECT count(w.n)::int AS calls, coalesce(sum(w.size), 0)::int AS units, min(f.at) AS at FROM fresh f
  LEFT JOIN wanted w ON ($3::int IS NULL OR f.used + w.run <= $3)
    AND f.at + (w.n - 1) * make_interval(secs => $4) <= clock_timestamp() + make_interval(secs => $5))
SELECT calls, units, at, clock_timestamp() AS now FROM granted

-- name: spend
-- $1 account, $2 units, $3 the moment from which the next call may go.
UPDATE carrier_budget SET used = used + $2, next_call_at = $3 WHERE account_id = $1

-- name: trial
-- Whether this is the one who tries an account whose circuit is open, and time for it has come.
UPDATE carrier_account SET open_until = now() + $3::interval
WHERE id = $1 AND failures >= $2 AND open_until <= now() RETURNING id

-- name: worked
UPDATE carrier_account SET failures = 0, open_until = NULL, updated_at = now()
WHERE id = $1 AND (failures > 0 OR open_until IS NOT NULL)

-- name: failed
-- $1 account, $2 failures more, $3 after how many it opens, $4 for how long.
UPDATE carrier_account SET failures = failures + $2, updated_at = now(),
  open_until = CASE WHEN failures + $2 >= $3 THEN now() + $4::interval ELSE open_until END
WHERE id = $1 RETURNING failures, open_until

-- name: paused
UPDATE carrier_account SET paused_until = greatest(paused_until, now() + $2::interval), updated_at = now()
WHERE id = $1 RETURNING paused_until

-- name: disabled
UPDATE carrier_account SET disabled_at = now(), disabled_because = $2, updated_at = now()
WHERE id = $1 AND disabled_at IS NULL RETURNING id, api, merchant_id

-- name: set
-- An account with new secrets, or new in all: it works again, whatever had become of it.
INSERT INTO carrier_account AS a (id, api, merchant_id, name, url, token_url, secrets, push_secrets, pushes, per_second,
  per_day, day_zone)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, token_url = excluded.token_url,
  secrets = coalesce(excluded.secrets, a.secrets), push_secrets = coalesce(excluded.push_secrets, a.push_secrets),
  pushes = excluded.pushes, per_second = excluded.per_second, per_day = excluded.per_day, day_zone = excluded.day_zone,
  failures = 0, open_until = NULL, paused_until = NULL, disabled_at = NULL, disabled_because = NULL, updated_at = now()
WHERE a.api = excluded.api AND a.merchant_id IS NOT DISTINCT FROM excluded.merchant_id
RETURNING id

-- name: wake
-- Parcels that waited for an account of a carrier's are asked about now; $1 merchant or null for all, $2 carriers or null.
UPDATE shipment SET next_poll_at = now(), last_error = NULL
WHERE account_id IS NULL AND next_poll_at > now() AND last_error = 'NO_ACCOUNT'
  AND ($1::uuid IS NULL OR merchant_id = $1) AND ($2::text[] IS NULL OR carrier = ANY ($2))

-- name: list
SELECT id, api, merchant_id, name, url, pushes, push_secrets IS NOT NULL AS push_secret, per_second, per_day, day_zone,
  failures, open_until, paused_until, disabled_at, disabled_because, created_at, updated_at
FROM carrier_account
WHERE merchant_id IS NOT DISTINCT FROM $1 AND ($2::uuid IS NULL OR id = $2) ORDER BY api, id LIMIT 100

-- name: pushed
-- What is needed to check a push; only the account that was named.
SELECT id, api, merchant_id, push_secrets FROM carrier_account WHERE id = $1

-- name: store_push
INSERT INTO carrier_delivery (account_id, api, delivery_key, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id, delivery_key) DO NOTHING RETURNING id
