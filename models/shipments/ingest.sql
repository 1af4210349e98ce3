-- The statements of models/shipments/ingest: as many for a thousand parcels as for one.

-- name: lock
SELECT id, purpose, merchant_id, order_id, carrier, tracking_number, carrier_ref, origin, destination, postal_code,
  status, reason, status_at, last_scan_at, told_at, first_scan_at, delivered_at, expected_at, promised_by, late,
  stalled, never_accepted, proof::text AS proof, pushed_until, next_poll_at, created_at, word_status, word_reason,
  word_at, lost_at, api, version, boucle_now(merchant_id) AS at
FROM shipment WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE

-- name: add
-- What was told, in columns. Told again it is the same row, and nothing is written.
INSERT INTO shipment_event (shipment_id, event_key, raw_code, raw_label, language, status, reason, mapped, occurred_at,
  occurred_local, utc_offset_minutes, time_source, position, location, postal_code, country, source, raw)
SELECT x.shipment_id, x.event_key, x.raw_code, x.raw_label, x.language, x.status, x.reason, x.mapped, x.occurred_at,
  x.occurred_local, x.utc_offset_minutes, x.time_source, x.position, x.location, x.postal_code, x.country, x.source,
  x.raw::jsonb
FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[],
  $9::timestamptz[], $10::timestamp[], $11::int[], $12::text[], $13::int[], $14::text[], $15::text[], $16::text[],
  $17::text[], $18::text[]) AS x (shipment_id, event_key, raw_code, raw_label, language, status, reason, mapped,
  occurred_at, occurred_local, utc_offset_minutes, time_source, position, location, postal_code, country, source, raw)
ON CONFLICT (shipment_id, event_key) DO NOTHING
RETURNING shipment_id, raw_code, raw_label, mapped

-- name: scans
SELECT shipment_id, status, reason, occurred_at, occurred_local, position FROM shipment_event
WHERE shipment_id = ANY ($1)

-- name: write
-- What follows of each parcel, in columns; one row a parcel.
UPDATE shipment s SET status = x.status, reason = x.reason, status_at = x.status_at, last_scan_at = x.last_scan_at,
  told_at = x.told_at, first_scan_at = x.first_scan_at, delivered_at = x.delivered_at, expected_at = x.expected_at,
  stalled = x.stalled, never_accepted = x.never_accepted, proof = x.proof::jsonb, carrier_ref = x.carrier_ref,
  word_status = x.word_status, word_reason = x.word_reason, word_at = x.word_at, lost_at = x.lost_at,
  next_poll_at = x.next_poll_at, urgent = x.urgent, version = x.version,
  polled_at = CASE WHEN x.polled THEN now() ELSE s.polled_at END, polls = s.polls + x.polled::int,
  failures = CASE WHEN x.polled THEN 0 ELSE s.failures END, last_error = CASE WHEN NOT x.polled THEN s.last_error END,
  updated_at = CASE WHEN x.version > s.version THEN now() ELSE s.updated_at END
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
  $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::boolean[], $11::boolean[], $12::text[], $13::text[],
  $14::text[], $15::text[], $16::timestamptz[], $17::timestamptz[], $18::timestamptz[], $19::boolean[], $20::int[],
  $21::boolean[]) AS x (id, status, reason, status_at, last_scan_at, told_at, first_scan_at, delivered_at,
  expected_at, stalled, never_accepted, proof, carrier_ref, word_status, word_reason, word_at, lost_at, next_poll_at,
  urgent, version, polled)
WHERE s.id = x.id

-- name: scanned
-- $1 parcels, $2 when the carrier first had each: the proof that their lines were dispatched.
UPDATE order_line l SET first_scan_at = least(l.first_scan_at, y.first), updated_at = now()
FROM (
  SELECT o.id, min(x.first) AS first
  FROM unnest($1::uuid[], $2::timestamptz[]) AS x (shipment_id, first)
  JOIN shipment_line k ON k.shipment_id = x.shipment_id JOIN order_line o ON o.id = k.line_id GROUP BY o.id) y
WHERE l.id = y.id AND (l.first_scan_at IS NULL OR l.first_scan_at > y.first)

-- name: unmapped
-- $1 APIs, $2 codes, $3 labels, $4 how often. Told whether it is the code's first of the day.
INSERT INTO carrier_unmapped_code AS c (api, code, day, label, times)
SELECT x.api, x.code, (now() AT TIME ZONE 'UTC')::date, x.label, x.times
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS x (api, code, label, times) ORDER BY x.api, x.code
ON CONFLICT (day, api, code) DO UPDATE SET times = c.times + excluded.times
RETURNING api, code, xmax = 0 AS first
