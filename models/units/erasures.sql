-- The statements of models/units/erasures. What counts came after the device last left whoever used it, in the same passport.

-- name: since
SELECT u.id, u.events, p.id AS party_id, coalesce(p.passport, 1) AS passport, p.merchant_id, p.customer_id, p.organisation_id,
  coalesce((SELECT max(e.n) FROM unit_event e WHERE e.unit_id = u.id AND e.passport = coalesce(p.passport, 1)
    AND e.kind IN ('DELIVERED','RECEIVED','RETURNED','TRADED_IN')), 0) AS since
FROM unit u LEFT JOIN unit_party p ON p.id = u.party_id WHERE u.id = ANY ($1)

-- name: hold
-- $1 a unit.
SELECT id FROM unit WHERE id = $1 FOR UPDATE;

-- name: standing
-- $1 a unit. Where the present holder's proofs begin.
$$since$$;

-- name: medium
-- $1 unit, $2 passport, $3 type, $4 serial, $5 capacity, $6 merchant, $7 customer, $8 organisation, $9 party.
INSERT INTO unit_medium (unit_id, passport, type, serial, capacity_bytes, merchant_id, customer_id, organisation_id, party_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (unit_id, passport, serial) DO UPDATE SET type = excluded.type, removed_at = NULL,
  capacity_bytes = coalesce(excluded.capacity_bytes, unit_medium.capacity_bytes), merchant_id = excluded.merchant_id,
  customer_id = excluded.customer_id, organisation_id = excluded.organisation_id, party_id = excluded.party_id
RETURNING id;

-- name: removed
-- $1 unit, $2 passport, $3 the serial of a medium that was taken out.
UPDATE unit_medium SET removed_at = clock_timestamp() WHERE unit_id = $1 AND passport = $2 AND serial = $3;

-- name: current
-- $1 medium, $2 how many events the unit had when the device last left a user.
SELECT id, state, method, tries, facts::text AS facts FROM unit_erasure WHERE medium_id = $1 AND after_n >= $2 ORDER BY id DESC LIMIT 1;

-- name: keep
-- $1 id, $2 unit, $3 passport, $4 medium, $5 merchant, $6 customer, $7 organisation, $8 party, $9 events before, $10 state,
-- $11 method, $12 tries, $13 facts.
INSERT INTO unit_erasure (id, unit_id, passport, medium_id, merchant_id, customer_id, organisation_id, party_id, after_n, state, method,
  tries, facts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text::jsonb)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, method = excluded.method, tries = excluded.tries,
  facts = unit_erasure.facts || excluded.facts, updated_at = clock_timestamp();

-- name: proofs
-- $1 units. The last diagnostic, the last erasure of the whole device, and that of each medium.
WITH s AS ($$since$$)
SELECT u.id, coalesce(c.storage, true) AS storage,
  (SELECT e.data::text FROM unit_event e WHERE e.unit_id = u.id AND e.passport = s.passport AND e.n > s.since AND e.kind = 'DIAGNOSED'
    ORDER BY e.n DESC LIMIT 1) AS diagnosed,
  (SELECT e.data::text FROM unit_event e WHERE e.unit_id = u.id AND e.passport = s.passport AND e.n > s.since AND e.kind = 'ERASED'
    AND NOT e.data ? 'mediumId' ORDER BY e.n DESC LIMIT 1) AS erased,
  coalesce((SELECT json_agg(json_build_object('serial', m.serial, 'type', m.type, 'state', r.state, 'method', r.method) ORDER BY m.id)
    FROM unit_medium m LEFT JOIN LATERAL (SELECT state, method FROM unit_erasure e WHERE e.medium_id = m.id AND e.after_n >= s.since
      ORDER BY e.id DESC LIMIT 1) r ON true
    WHERE m.unit_id = u.id AND m.passport = s.passport AND m.removed_at IS NULL), '[]')::text AS media
FROM s JOIN unit u ON u.id = s.id LEFT JOIN category_unit c ON c.category = u.category;

-- name: traded_in
-- $1 units. The last trade-in of each, if there was one.
SELECT DISTINCT ON (unit_id) place_id FROM unit_party WHERE unit_id = ANY ($1) AND place = 'TRADE_IN' AND NOT void ORDER BY unit_id, id DESC;

-- name: of_units
-- $1 units. Their media, each with its erasures as rows, the newest first.
SELECT m.id AS medium_id, m.unit_id, m.type, m.serial, m.capacity_bytes, m.removed_at, r.id, r.state, r.method, r.tries,
  r.facts::text AS facts, r.updated_at
FROM unit_medium m LEFT JOIN LATERAL (SELECT * FROM unit_erasure e WHERE e.medium_id = m.id ORDER BY e.id DESC LIMIT 20) r ON true
WHERE m.unit_id = ANY ($1) ORDER BY m.id, r.id DESC;
