-- The statements of models/shipments/read. What a transaction may see, the policies say.

-- name: shipment
SELECT s.id, s.purpose, s.order_id, s.merchant_id, s.customer_id, s.market, s.carrier, s.tracking_number, s.origin, s.destination,
  s.status, s.reason, s.status_at, s.last_scan_at, s.first_scan_at, s.delivered_at, s.expected_at, s.promised_from,
  s.promised_by, s.late, s.stalled, s.never_accepted, s.proof::text AS proof, s.polled_at, s.told_at, s.pushed_until,
  s.version, s.created_at, s.updated_at
FROM shipment s

-- name: of_orders
$$shipment$$ WHERE s.order_id = ANY ($1) ORDER BY s.order_id, s.id

-- name: one
-- $1 the parcel, $2 markets or null for all.
$$shipment$$ WHERE s.id = $1 AND ($2::text[] IS NULL OR s.market = ANY ($2))

-- name: by_number
-- $1 carrier, $2 number, $3 markets or null, $4 the id to go on after, $5 how many. The youngest first.
$$shipment$$ WHERE upper(s.tracking_number) = upper($2) AND s.carrier = $1 AND ($3::text[] IS NULL OR s.market = ANY ($3))
  AND ($4::uuid IS NULL OR s.id < $4)
ORDER BY s.id DESC LIMIT $5

-- name: events
-- $1 parcels, $2 how many of each. The newest first.
SELECT e.* FROM unnest($1::uuid[]) AS p (id) CROSS JOIN LATERAL (
  SELECT shipment_id, raw_code, raw_label, language, status, reason, mapped, occurred_at, occurred_local, utc_offset_minutes,
    time_source, location, postal_code, country, source, position, recorded_at
  FROM shipment_event WHERE shipment_id = p.id ORDER BY occurred_at DESC, position DESC LIMIT $2) e

-- name: lines
SELECT shipment_id, line_id FROM shipment_line WHERE shipment_id = ANY ($1) ORDER BY shipment_id, line_id

-- name: lanes
-- $1 now, $2 days, $3 carrier, $4 origin, $5 destination, $6 markets, each null for all; $7 the lane to go on after, $8 how many.
-- A row is a lane. Of each rate: how many, of how many. Days are those from the first scan to the delivery; their bounds are the
-- order statistics of a 95 % interval.
WITH parcel AS MATERIALIZED (
  SELECT s.*, coalesce(m.time_zone, 'UTC') AS zone FROM shipment s LEFT JOIN market m ON m.code = s.market
  WHERE s.purpose = 'DELIVERY' AND s.created_at > $1::timestamptz - make_interval(days => $2)
    AND ($3::text IS NULL OR s.carrier = $3) AND ($4::text IS NULL OR s.origin = $4) AND ($5::text IS NULL OR s.destination = $5)
    AND ($6::text[] IS NULL OR s.market = ANY ($6)) AND s.origin IS NOT NULL AND s.destination IS NOT NULL
    AND s.status <> 'CANCELLED'
), lane AS (
  SELECT carrier, origin, destination, count(*) AS parcels,
    count(*) FILTER (WHERE promised_by IS NOT NULL AND (delivered_at IS NOT NULL OR promised_by < ($1 AT TIME ZONE zone)::date)) AS due,
    count(*) FILTER (WHERE (delivered_at AT TIME ZONE zone)::date <= promised_by) AS on_time,
    count(*) FILTER (WHERE delivered_at IS NOT NULL) AS delivered,
    count(*) FILTER (WHERE status IN ('DELIVERED','RETURNED','LOST')) AS ended,
    count(*) FILTER (WHERE status = 'LOST') AS lost,
    count(*) FILTER (WHERE created_at < $1 - interval '24 hours') AS shipped,
    count(*) FILTER (WHERE created_at < $1 - interval '24 hours'
      AND (first_scan_at IS NULL OR first_scan_at > created_at + interval '24 hours')) AS scanned_late,
    count(*) FILTER (WHERE next_poll_at IS NOT NULL) AS followed,
    count(*) FILTER (WHERE next_poll_at IS NOT NULL AND greatest(polled_at, told_at) > $1 - interval '24 hours') AS fresh,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_scan_at - created_at) / 3600) AS first_scan_hours
  FROM parcel GROUP BY 1, 2, 3
), page AS (
  SELECT * FROM lane WHERE $7::text IS NULL OR (carrier || '/' || origin || '/' || destination) COLLATE "C" > $7 COLLATE "C"
  ORDER BY (carrier || '/' || origin || '/' || destination) COLLATE "C" LIMIT $8
), tried AS (
  SELECT p.carrier, p.origin, p.destination, count(*) AS told, count(*) FILTER (WHERE NOT e.failed) AS first_attempt,
    count(*) FILTER (WHERE e.damaged) AS damaged
  FROM parcel p JOIN page USING (carrier, origin, destination) JOIN LATERAL (
    SELECT bool_or(x.status IN ('DELIVERY_FAILED','AVAILABLE_FOR_PICKUP')) AS failed,
      bool_or(coalesce(x.reason = 'DAMAGED', false)) AS damaged, count(*) AS n
    FROM shipment_event x WHERE x.shipment_id = p.id) e ON e.n > 0
  WHERE p.delivered_at IS NOT NULL GROUP BY 1, 2, 3
), took AS (
  SELECT p.carrier, p.origin, p.destination, g.delivered AS n,
    percentile_cont(ARRAY[0.5, 0.9, greatest(0, 0.5 - 1.96 * sqrt(0.25 / g.delivered)), least(1, 0.5 + 1.96 * sqrt(0.25 / g.delivered)),
      greatest(0, 0.9 - 1.96 * sqrt(0.09 / g.delivered)), least(1, 0.9 + 1.96 * sqrt(0.09 / g.delivered))])
      WITHIN GROUP (ORDER BY extract(epoch FROM p.delivered_at - p.first_scan_at) / 86400) AS days
  FROM parcel p JOIN page g USING (carrier, origin, destination)
  WHERE p.delivered_at >= p.first_scan_at AND g.delivered > 0 GROUP BY 1, 2, 3, 4
)
SELECT g.*, coalesce(t.told, 0) AS told, coalesce(t.first_attempt, 0) AS first_attempt, coalesce(t.damaged, 0) AS damaged, k.days
FROM page g LEFT JOIN tried t USING (carrier, origin, destination) LEFT JOIN took k USING (carrier, origin, destination)
ORDER BY (carrier || '/' || origin || '/' || destination) COLLATE "C"
