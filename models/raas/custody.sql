-- The statements of models/raas/custody.

-- name: schedule
INSERT INTO pickup (lot_id, organisation_id, merchant_id, site_id, place, from_at, until_at, carrier, containers, code_sha256)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (lot_id) DO UPDATE SET site_id = excluded.site_id, place = excluded.place, from_at = excluded.from_at, until_at = excluded.until_at,
  carrier = excluded.carrier, containers = excluded.containers, code_sha256 = excluded.code_sha256, moved = pickup.moved + 1, updated_at = now()
WHERE pickup.state = 'SCHEDULED' RETURNING id;

-- name: pickups
SELECT id, lot_id, site_id, place, from_at, until_at, carrier, containers, state, moved FROM pickup WHERE lot_id = ANY ($1);

-- name: by_code
-- The lot whose driver shows this code: from a day before its window to two days after it.
SELECT lot_id FROM pickup WHERE code_sha256 = $1 AND $2 BETWEEN from_at - interval '1 day' AND until_at + interval '2 days';

-- name: collected
UPDATE pickup SET state = 'COLLECTED', updated_at = now() WHERE lot_id = $1 AND state = 'SCHEDULED';

-- name: use_code
UPDATE pickup SET code_sha256 = NULL, updated_at = now() WHERE lot_id = $1;

-- name: manifest
-- The assets of a lot, and what they are known by.
SELECT id, state, imei, serial, key, tag_key, variant_id FROM asset WHERE lot_id = $1 ORDER BY id;

-- name: chains
SELECT id, subject, name, asset_id, events, last_kind, last_at, seal, sent_g, mass_g, last_hash FROM custody_chain
WHERE lot_id = $1 AND (subject <> 'DEVICE' OR name = ANY ($2)) ORDER BY id;

-- name: open
-- $1 lot, $2 organisation, $3 merchant, $4 ids, $5 subjects, $6 names, $7 assets.
INSERT INTO custody_chain (id, lot_id, organisation_id, merchant_id, subject, name, asset_id)
SELECT c.id, $1, $2, $3, c.subject, c.name, c.asset FROM unnest($4::uuid[], $5::text[], $6::text[], $7::uuid[]) AS c (id, subject, name, asset);

-- name: add
-- $1 lot, $2 organisation, $3 merchant, $4 actor, $5 actor id, then of each: $6 chain, $7 n, $8 kind, $9 at, $10 data, $11 previous, $12 hash.
INSERT INTO custody_event (chain_id, n, lot_id, organisation_id, merchant_id, kind, at, actor, actor_id, data, previous, hash)
SELECT e.chain, e.n, $1, $2, $3, e.kind, e.at, $4, $5, e.data::jsonb, e.previous, e.hash
FROM unnest($6::uuid[], $7::int[], $8::text[], $9::timestamptz[], $10::text[], $11::bytea[], $12::bytea[])
  AS e (chain, n, kind, at, data, previous, hash);

-- name: link
UPDATE custody_chain c SET events = x.events, last_kind = x.kind, last_at = x.at, seal = x.seal, sent_g = x.sent, mass_g = x.mass, last_hash = x.hash
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[], $7::bigint[], $8::bytea[])
  AS x (id, events, kind, at, seal, sent, mass, hash) WHERE c.id = x.id;

-- name: contain
-- $1 lot, $2 names of devices, $3 names of the containers that they are in.
UPDATE custody_chain d SET container_id = c.id FROM unnest($2::text[], $3::text[]) AS x (device, container)
JOIN custody_chain c ON c.lot_id = $1 AND c.subject = 'CONTAINER' AND c.name = x.container
WHERE d.lot_id = $1 AND d.subject = 'DEVICE' AND d.name = x.device;

-- name: incident
-- $1 lot, $2 organisation, $3 merchant, $4 when, then of each: $5 kind, $6 chain, $7 asset, $8 facts.
INSERT INTO custody_incident (lot_id, organisation_id, merchant_id, at, kind, chain_id, asset_id, facts)
SELECT $1, $2, $3, $4, i.kind, i.chain, i.asset, i.facts::jsonb FROM unnest($5::text[], $6::uuid[], $7::uuid[], $8::text[]) AS i (kind, chain, asset, facts);

-- name: standing
SELECT subject, last_kind FROM custody_chain WHERE lot_id = $1 AND subject <> 'DEVICE';

-- name: balance
-- What containers, or else the batch, weighed when they were closed, and what was told to have left since.
SELECT coalesce(nullif((SELECT sum(coalesce(sent_g, mass_g)) FROM custody_chain WHERE lot_id = $1 AND subject = 'CONTAINER'), 0),
    (SELECT coalesce(sent_g, mass_g) FROM custody_chain WHERE lot_id = $1 AND subject = 'BATCH'), 0)::bigint AS in_g,
  coalesce((SELECT sum((data->>'massG')::bigint) FROM custody_event e WHERE e.lot_id = $1 AND e.kind IN ('SOLD','PARTED','RECYCLED')
    AND EXISTS (SELECT FROM custody_chain c WHERE c.id = e.chain_id AND c.subject <> 'CONTAINER')), 0)::bigint AS out_g;

-- name: events
-- $1 lot, $2 chain, $3 when the last one read was recorded, $4 its chain, $5 its number, $6 how many.
SELECT e.chain_id, e.n, e.kind, e.at, e.recorded_at, e.actor, e.data::text AS data, e.previous, e.hash, c.subject, c.name
FROM custody_event e JOIN custody_chain c ON c.id = e.chain_id
WHERE e.lot_id = $1 AND ($2::uuid IS NULL OR e.chain_id = $2)
  AND ($3::timestamptz IS NULL OR (e.recorded_at, e.chain_id, e.n) > ($3, $4::uuid, $5::int))
ORDER BY e.recorded_at, e.chain_id, e.n LIMIT $6;

-- name: containers
SELECT id, name, seal, last_kind, last_at, sent_g, mass_g, events,
  (SELECT count(*) FROM custody_chain d WHERE d.container_id = c.id)::int AS devices
FROM custody_chain c WHERE lot_id = $1 AND subject = 'CONTAINER' ORDER BY name LIMIT 500;

-- name: whole
-- Every chain of a lot with its events in order, to be computed again.
SELECT c.id, c.subject, c.name, c.last_hash, e.n, e.kind, e.at, e.actor, e.data::text AS data, e.previous, e.hash
FROM custody_chain c LEFT JOIN custody_event e ON e.chain_id = c.id WHERE c.lot_id = $1 ORDER BY c.id, e.n;

-- name: incidents
SELECT i.id, i.kind, i.facts::text AS facts, i.at, i.resolved_at, i.resolution, i.asset_id, c.subject, c.name
FROM custody_incident i LEFT JOIN custody_chain c ON c.id = i.chain_id
WHERE i.lot_id = $1 AND ($2::uuid IS NULL OR i.id > $2) ORDER BY i.id LIMIT $3;

-- name: resolve
UPDATE custody_incident SET resolved_at = $3, resolution = $4 WHERE id = $1 AND lot_id = $2 AND resolved_at IS NULL RETURNING id;

-- name: packed
-- Devices that were scanned as packed or collected, of these.
SELECT DISTINCT c.asset_id FROM custody_chain c JOIN custody_event e ON e.chain_id = c.id
WHERE c.asset_id = ANY ($1) AND e.kind IN ('PACKED','COLLECTED');
