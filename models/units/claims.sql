-- The statements of models/units/claims. Numbers are locked before units, each in their order.

-- name: hold_keys
-- $1 keys, $2 kinds, $3 values. Each is there from now on, and locked: one transaction at a time speaks for it.
INSERT INTO unit_identifier AS i (key, kind, value)
SELECT DISTINCT ON (key) key, kind, value FROM unnest($1::text[], $2::text[], $3::text[]) AS given (key, kind, value) ORDER BY key
ON CONFLICT (key) DO UPDATE SET key = excluded.key
RETURNING i.key, i.unit_id;

-- name: hold
-- $1 units, locked in the order of their ids.
SELECT id, passports, events, last_hash, party_id FROM unit WHERE id = ANY ($1) ORDER BY id FOR UPDATE;

-- name: holders
-- $1 units. Their present holders.
SELECT p.id, p.unit_id, p.passport, p.merchant_id, p.customer_id, p.organisation_id, p.place, p.place_id, c.code,
  p.handed OR EXISTS (SELECT FROM unit_event e WHERE e.unit_id = p.unit_id AND e.kind = ANY ($2)
    AND (e.party_id = p.id OR e.party_id IS NULL AND e.line_id = p.place_id)) AS in_hand
FROM unit_party p LEFT JOIN unit_passport c ON c.unit_id = p.unit_id AND c.n = p.passport
WHERE p.unit_id = ANY ($1) AND p.until_at IS NULL AND NOT p.void;

-- name: live
-- $1 keys, $2 units. The numbers among them, and of these units, that are spoken for.
SELECT i.key, i.place, i.place_id, i.party_id, p.unit_id, i.live_until FROM unit_identifier i
JOIN unit_party p ON p.id = i.party_id WHERE i.key = ANY ($1) AND i.place IS NOT NULL
UNION
SELECT i.key, i.place, i.place_id, i.party_id, p.unit_id, i.live_until FROM unit_party p
JOIN unit_identifier i ON i.party_id = p.id WHERE p.unit_id = ANY ($2) AND i.place IS NOT NULL;

-- name: boards
-- $1 units, $2 kinds. Those that a number of these kinds names.
SELECT DISTINCT unit_id FROM unit_identifier WHERE unit_id = ANY ($1) AND kind = ANY ($2);

-- name: make
-- $1 ids, $2 variants, $3 categories, $4 channels, $5 parties.
INSERT INTO unit (id, variant_id, category, channel, party_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[]);

-- name: end
-- $1 parties: others have the device from now on.
UPDATE unit_party SET until_at = clock_timestamp() WHERE id = ANY ($1) AND until_at IS NULL;

-- name: void
-- $1 parties that never had it in hand. From whom the device came has it still.
WITH gone AS (
  UPDATE unit_party SET void = true, until_at = clock_timestamp() WHERE id = ANY ($1) AND until_at IS NULL
  RETURNING id, unit_id, follows)
SELECT id, unit_id, follows FROM gone;

-- name: reopen
-- $1 parties.
UPDATE unit_party p SET until_at = NULL WHERE p.id = ANY ($1) AND NOT EXISTS (
  SELECT FROM unit_party o WHERE o.unit_id = p.unit_id AND o.passport = p.passport AND o.until_at IS NULL);

-- name: present
-- $1 units. The holder of each is the latest of those that are left.
UPDATE unit u SET party_id = (SELECT p.id FROM unit_party p WHERE p.unit_id = u.id AND p.until_at IS NULL AND NOT p.void
  ORDER BY p.id DESC LIMIT 1) WHERE u.id = ANY ($1);

-- name: begin
-- $1 ids, $2 units, $3 passports, $4 merchants, $5 customers, $6 organisations, $7 places, $8 their ids, $9 whom they follow,
-- $10 numbers as JSON, $11 whether the holder before handed it over.
INSERT INTO unit_party (id, unit_id, passport, merchant_id, customer_id, organisation_id, place, place_id, follows, identifiers, handed)
SELECT id, unit_id, passport, merchant_id, customer_id, organisation_id, place, place_id, follows, identifiers::jsonb, $11
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::uuid[], $9::uuid[], $10::text[])
  AS given (id, unit_id, passport, merchant_id, customer_id, organisation_id, place, place_id, follows, identifiers)
ON CONFLICT (id) DO UPDATE SET merchant_id = excluded.merchant_id, customer_id = excluded.customer_id,
  organisation_id = excluded.organisation_id, identifiers = excluded.identifiers;

-- name: held
-- $1 units, $2 their parties, $3 variants, $4 categories, $5 channels, $6 passports.
UPDATE unit u SET party_id = g.party_id, variant_id = coalesce(g.variant_id, u.variant_id), category = coalesce(g.category, u.category),
  channel = coalesce(g.channel, u.channel), passports = greatest(u.passports, g.passport), updated_at = now()
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[])
  AS g (id, party_id, variant_id, category, channel, passport) WHERE u.id = g.id;

-- name: free
-- $1 parties, $2 keys that they keep.
UPDATE unit_identifier i SET place = NULL WHERE party_id = ANY ($1) AND place IS NOT NULL
  AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS kept (key) WHERE kept.key = i.key);

-- name: speak
-- $1 keys, $2 kinds, $3 values, $4 places, $5 their ids, $6 parties, $7 until, $8 the unit that the key names from now on.
UPDATE unit_identifier i SET kind = g.kind, value = g.value, place = g.place, place_id = g.place_id, party_id = g.party_id,
  live_until = g.until, unit_id = coalesce(g.unit_id, i.unit_id)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::uuid[])
  AS g (key, kind, value, place, place_id, party_id, until, unit_id) WHERE i.key = g.key;

-- name: forget
-- $1 keys that nothing came of.
DELETE FROM unit_identifier WHERE key = ANY ($1) AND unit_id IS NULL;

-- name: release
-- $1 a place, $2 its ids.
UPDATE unit_identifier SET place = NULL WHERE place = $1 AND place_id = ANY ($2);

-- name: empty
-- $1 a place, $2 its ids, $3 kinds of what can only be said of a device that was there. Holders of nothing.
SELECT p.id FROM unit_party p WHERE p.place = $1 AND p.place_id = ANY ($2) AND p.until_at IS NULL AND NOT p.handed AND NOT EXISTS (
  SELECT FROM unit_event e WHERE e.unit_id = p.unit_id AND e.kind = ANY ($3)
    AND (e.party_id = p.id OR e.party_id IS NULL AND e.line_id = p.place_id));

-- name: parties
-- $1 units. Their holders, to be followed.
SELECT p.id, p.unit_id, p.passport, p.place, p.place_id, p.identifiers::text AS identifiers
FROM unit u JOIN unit_party p ON p.id = u.party_id WHERE u.id = ANY ($1);

-- name: given_on
-- $1 parties, $2 those that follow them.
UPDATE unit_identifier i SET party_id = g.now FROM unnest($1::uuid[], $2::uuid[]) AS g (before, now) WHERE i.party_id = g.before;

-- name: whose
-- $1 units, $2 the lines that they are in, or null. By whom an event is seen: the holders by the line, or the present ones.
SELECT x.unit_id, x.line_id, p.id, p.passport, p.merchant_id, p.customer_id, p.organisation_id,
  CASE p.place WHEN 'SALE' THEN p.place_id END AS sale
FROM unnest($1::uuid[], $2::uuid[]) AS x (unit_id, line_id) JOIN unit u ON u.id = x.unit_id
LEFT JOIN unit_party p ON p.id = coalesce((SELECT l.id FROM unit_party l WHERE l.unit_id = x.unit_id AND l.place = 'SALE'
  AND l.place_id = x.line_id ORDER BY l.id DESC LIMIT 1), u.party_id);

-- name: note
-- $1 units, $2 numbers, $3 kinds, $4 times, $5 parties, $6 passports, $7 merchants, $8 customers, $9 organisations, $10 lines,
-- $11 facts, $12 hashes before, $13 hashes.
INSERT INTO unit_event (unit_id, n, kind, at, party_id, passport, merchant_id, customer_id, organisation_id, line_id, data, previous, hash)
SELECT unit_id, n, kind, at, party_id, passport, merchant_id, customer_id, organisation_id, line_id, data::jsonb, previous, hash
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::uuid[], $6::int[], $7::uuid[], $8::uuid[], $9::uuid[],
  $10::uuid[], $11::text[], $12::bytea[], $13::bytea[]) AS given (unit_id, n, kind, at, party_id, passport, merchant_id,
  customer_id, organisation_id, line_id, data, previous, hash);

-- name: link
-- $1 units, $2 how many events, $3 the last hash.
UPDATE unit u SET events = g.events, last_hash = g.hash, updated_at = now()
FROM unnest($1::uuid[], $2::int[], $3::bytea[]) AS g (id, events, hash) WHERE u.id = g.id;

-- name: renew
-- $1 units, $2 places, $3 until. A claim that lapses lasts longer where something happened.
UPDATE unit_identifier i SET live_until = greatest(i.live_until, g.until) FROM unit u,
  unnest($2::text[], $3::timestamptz[]) AS g (place, until)
WHERE u.id = ANY ($1) AND i.party_id = u.party_id AND i.place = g.place
  AND i.live_until < g.until - interval '1 day';
