-- The statements of models/shipments/health.

-- name: waiting
-- $1 the market or null: parcels that should have been asked about by now, and since when the first of them waits.
SELECT count(*) AS parcels, min(next_poll_at) AS oldest FROM shipment
WHERE next_poll_at <= now() AND ($1::text IS NULL OR market = $1)

-- name: followed
SELECT count(*) AS parcels, count(*) FILTER (WHERE account_id IS NULL) AS unassigned,
  count(*) FILTER (WHERE stalled) AS stalled FROM shipment
WHERE next_poll_at IS NOT NULL AND status NOT IN ('DELIVERED','RETURNED','LOST','CANCELLED')
  AND ($1::text IS NULL OR market = $1)

-- name: codes
SELECT api, code, (array_agg(label ORDER BY day DESC))[1] AS label, sum(times)::bigint AS times, max(day) AS last_on
FROM carrier_unmapped_code WHERE day > now()::date - $1::int GROUP BY api, code ORDER BY times DESC, api, code LIMIT $2

-- name: pushes
SELECT a.id, a.api, p.last_at, u.unread, u.oldest
FROM carrier_account a
LEFT JOIN LATERAL (SELECT max(received_at) AS last_at FROM carrier_delivery d WHERE d.account_id = a.id) p ON true
LEFT JOIN LATERAL (SELECT count(*) AS unread, min(received_at) AS oldest FROM carrier_delivery d
  WHERE d.account_id = a.id AND d.processed_at IS NULL) u ON true
WHERE a.pushes ORDER BY a.api, a.id LIMIT $1

-- name: accounts
SELECT a.id, a.api, a.merchant_id, a.name, a.failures, a.open_until, a.paused_until, a.disabled_at, a.disabled_because,
  a.per_second, a.per_day, a.day_zone, (now() AT TIME ZONE a.day_zone)::date AS day,
  CASE WHEN b.day = (now() AT TIME ZONE a.day_zone)::date THEN b.used ELSE 0 END AS used
FROM carrier_account a LEFT JOIN carrier_budget b ON b.account_id = a.id
ORDER BY a.disabled_at IS NULL, a.merchant_id IS NOT NULL, a.api, a.id LIMIT $1

-- name: unmapped_counts
SELECT api, code, sum(times)::bigint AS times FROM carrier_unmapped_code
GROUP BY api, code ORDER BY times DESC LIMIT $1

-- name: account_counts
SELECT api, CASE WHEN disabled_at IS NOT NULL THEN 'disabled' WHEN open_until > now() THEN 'open'
  WHEN paused_until > now() THEN 'paused' ELSE 'working' END AS state, count(*) AS accounts
FROM carrier_account GROUP BY 1, 2

-- name: lag
SELECT coalesce(greatest(extract(epoch FROM now() - min(next_poll_at)), 0), 0)::float8 FROM shipment
WHERE next_poll_at <= now()
