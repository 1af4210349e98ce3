-- The statements of models/raas about lots.

-- name: columns
SELECT l.id, l.number, l.fleet_id, l.organisation_id, l.market, l.country, l.currency, l.title, l.state,
  l.rules::text AS rules, l.bids_until, l.published_at, l.sealed, l.assets, l.awarded_bid_id, l.awarded_merchant_id,
  l.award_minor, l.version, l.revision, l.seal_key, l.reserved, l.ess_until, l.extended, l.opened_at, l.award_by,
  l.confirm_by, l.contract::text AS contract, l.contract_sha256, l.contracted_at, l.created_at
FROM lot l;

-- name: one
$$columns$$ WHERE l.id = $1;

-- name: hold
$$columns$$ WHERE l.id = $1 FOR UPDATE OF l;

-- name: hold_free
$$columns$$ WHERE l.id = $1 FOR UPDATE OF l SKIP LOCKED;

-- name: own
$$columns$$ WHERE l.organisation_id = $1 AND ($2::text[] IS NULL OR l.state = ANY ($2)) AND ($3::uuid IS NULL OR l.fleet_id = $3)
  AND ($4::uuid IS NULL OR l.id < $4) ORDER BY l.id DESC LIMIT $5;

-- name: for_merchant
-- A lot that the merchant $2 may look at: on offer in a market of its own, bid on by it, or its own.
$$columns$$ JOIN merchant m ON m.id = $2
WHERE l.id = $1 AND (
  $$on_offer$$
  OR l.awarded_merchant_id = m.id
  OR EXISTS (SELECT FROM lot_bid b WHERE b.lot_id = l.id AND b.merchant_id = m.id));

-- name: open
$$columns$$ JOIN merchant m ON m.id = $1
WHERE $$on_offer$$ AND clock_timestamp() < l.bids_until AND l.market = $2
  AND ($3::timestamptz IS NULL OR (l.bids_until, l.id) > ($3, $4)) ORDER BY l.bids_until, l.id LIMIT $5;

-- name: fleet
SELECT id, organisation_id, state, market, country, currency FROM fleet WHERE id = $1 FOR UPDATE;

-- name: fleet_in_sale
UPDATE fleet SET state = 'IN_SALE', version = version + 1, updated_at = now() WHERE id = $1 AND state = 'VALUED';

-- name: add
INSERT INTO lot (id, number, fleet_id, organisation_id, market, country, currency, title) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: wanted
-- The assets of a fleet that are named, or all that fit: matched, in no lot. Held in the order of their ids.
-- $8: the sites whose devices the caller may put into a lot, NULL for all.
SELECT a.id, a.state, a.key IS NOT NULL AS known, a.lot_id FROM asset a
WHERE a.fleet_id = $1 AND a.organisation_id = $2
  AND (a.id = ANY ($3::uuid[]) OR $3::uuid[] IS NULL AND a.state = 'MATCHED' AND a.lot_id IS NULL
    AND ($4::text[] IS NULL OR a.disposition = ANY ($4)) AND ($5::text[] IS NULL OR a.category = ANY ($5))
    AND ($6::uuid[] IS NULL OR a.site_id = ANY ($6)))
  AND ($8::uuid[] IS NULL OR a.site_id = ANY ($8))
ORDER BY a.id LIMIT $7 FOR UPDATE;

-- name: take_in
UPDATE asset SET lot_id = $1, state = 'IN_LOT', version = version + 1, updated_at = now()
WHERE id = ANY ($2::uuid[]) AND state = 'MATCHED' AND lot_id IS NULL;

-- name: take_out
UPDATE asset SET lot_id = NULL, state = 'MATCHED', version = version + 1, updated_at = now()
WHERE lot_id = $1 AND state = 'IN_LOT' AND ($2::uuid[] IS NULL OR id = ANY ($2));

-- name: held
SELECT id FROM asset WHERE lot_id = $1 AND id = ANY ($2::uuid[]) AND state = 'IN_LOT' AND ($3::uuid[] IS NULL OR site_id = ANY ($3))
ORDER BY id FOR UPDATE;

-- name: recount
UPDATE lot SET assets = (SELECT count(*) FROM asset a WHERE a.lot_id = lot.id), title = coalesce($2, title),
  version = version + $3, revision = revision + 1, updated_at = clock_timestamp() WHERE id = $1 RETURNING version, assets;

-- name: manifest_lines
-- The devices of a lot in the order of the manifest: what is alike stands together.
SELECT a.id AS asset_id, a.key, a.tag, a.imei, a.serial, a.category, a.manufacturer, a.model, a.grade, a.condition, a.disposition,
  coalesce(c.parent, c.code) AS top, coalesce(u.storage, true) AS storage
FROM asset a LEFT JOIN category c ON c.code = a.category LEFT JOIN category_unit u ON u.category = a.category
WHERE a.lot_id = $1
ORDER BY a.category NULLS LAST, a.manufacturer NULLS LAST, a.model NULLS LAST, a.grade NULLS LAST, a.disposition NULLS LAST, a.id;

-- name: add_manifest
INSERT INTO lot_manifest (lot_id, version, sha256, assets, reserved, mix, storage) VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7);

-- name: add_lines
INSERT INTO lot_manifest_line (lot_id, version, n, asset_id, key, tag, imei, serial, category, manufacturer, model, grade,
  condition, disposition, reserved)
SELECT $1, $2, x.n, a.id, a.key, a.tag, a.imei, a.serial, a.category, a.manufacturer, a.model, a.grade, a.condition,
  a.disposition, x.reserved
FROM unnest($3::int[], $4::uuid[], $5::boolean[]) AS x (n, asset_id, reserved) JOIN asset a ON a.id = x.asset_id;

-- name: add_seal
INSERT INTO lot_seal (id, lot_id, version, private_key, opens_at) VALUES ($1, $2, $3, $4, $5);

-- name: publish
UPDATE lot SET rules = $2::text::jsonb, bids_until = $3, sealed = $4, seal_key = $5, reserved = $6, ess_until = $7,
  extended = 0, published_at = coalesce(published_at, $8), told_at = $9, updated_at = clock_timestamp() WHERE id = $1;

-- name: move
WITH was AS (SELECT id, state FROM lot WHERE id = $1 FOR UPDATE)
UPDATE lot l SET state = $2, revision = l.revision + 1, updated_at = clock_timestamp(),
  award_by = CASE WHEN $2 = 'BIDDING_CLOSED' THEN $4::timestamptz END
FROM was WHERE l.id = was.id AND l.state = ANY ($3::text[])
RETURNING was.state AS before, l.version, l.revision, l.organisation_id, l.number;

-- name: revise
UPDATE lot SET revision = revision + 1, updated_at = clock_timestamp() WHERE id = $1 RETURNING state, version, revision;

-- name: note
INSERT INTO lot_move (lot_id, n, kind, from_state, to_state, version, actor, actor_id, reason, note, at)
SELECT $1, coalesce(max(n), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM lot_move WHERE lot_id = $1;

-- name: timeline
-- Of each of these lots, since a moment of its own: as many entries as $3.
SELECT l.lot_id, m.n, m.kind, m.from_state, m.to_state, m.version, m.actor, m.reason, m.note, m.at
FROM unnest($1::uuid[], $2::timestamptz[]) AS l (lot_id, since)
CROSS JOIN LATERAL (SELECT * FROM lot_move x WHERE x.lot_id = l.lot_id AND (l.since IS NULL OR x.at >= l.since)
  ORDER BY x.n LIMIT $3) m ORDER BY l.lot_id, m.n;

-- name: groups
-- Devices that are alike, counted; without the reserved ones unless $3.
SELECT row_number() OVER w AS n, category, manufacturer, model, grade, disposition, count(*)::int AS assets
FROM lot_manifest_line WHERE lot_id = $1 AND version = $2 AND ($3 OR NOT reserved)
GROUP BY category, manufacturer, model, grade, disposition
WINDOW w AS (ORDER BY category NULLS LAST, manufacturer NULLS LAST, model NULLS LAST, grade NULLS LAST, disposition NULLS LAST)
ORDER BY n OFFSET $4 LIMIT $5;

-- name: lines
SELECT n, asset_id, tag, imei, serial, category, manufacturer, model, grade, condition, disposition
FROM lot_manifest_line WHERE lot_id = $1 AND version = $2 AND n > $3 ORDER BY n LIMIT $4;

-- name: drafted
-- A draft has no manifest yet: its devices as they are.
SELECT row_number() OVER (ORDER BY a.id)::int AS n, a.id AS asset_id, a.tag, a.imei, a.serial, a.category, a.manufacturer, a.model,
  a.grade, a.condition, a.disposition
FROM asset a WHERE a.lot_id = $1 ORDER BY a.id OFFSET $2 LIMIT $3;

-- name: manifest
SELECT m.lot_id, m.version, m.sha256, m.assets, m.reserved, m.mix::text AS mix, m.storage, m.at
FROM lot_manifest m JOIN lot l ON l.id = m.lot_id AND l.version = m.version WHERE m.lot_id = ANY ($1::uuid[]);

-- name: supplier
SELECT id, name FROM organisation WHERE id = ANY ($1::uuid[]);

-- name: due
SELECT id FROM lot WHERE state = 'PUBLISHED' AND bids_until <= clock_timestamp() ORDER BY bids_until LIMIT $1;

-- name: unopened
SELECT id FROM lot WHERE state = 'BIDDING_CLOSED' AND opened_at IS NULL ORDER BY award_by LIMIT $1;

-- name: unconfirmed
SELECT id FROM lot WHERE state = 'AWARDED' AND confirm_by <= clock_timestamp() ORDER BY confirm_by LIMIT $1;

-- name: unawarded
SELECT id FROM lot WHERE state = 'BIDDING_CLOSED' AND award_by <= clock_timestamp() ORDER BY award_by LIMIT $1;

-- name: forgotten
SELECT id FROM lot WHERE state = 'DRAFT' AND updated_at <= clock_timestamp() - $2::interval ORDER BY updated_at LIMIT $1;

-- name: untold
SELECT id FROM lot WHERE state = 'PUBLISHED' AND told_at IS NULL AND ess_until <= clock_timestamp()
  AND bids_until > clock_timestamp() ORDER BY ess_until LIMIT $1 FOR UPDATE SKIP LOCKED;

-- name: told
UPDATE lot SET told_at = clock_timestamp(), revision = revision + 1 WHERE id = $1 RETURNING revision;

-- name: zone
SELECT time_zone FROM market WHERE code = $1;

-- name: award
UPDATE lot SET awarded_bid_id = $2, awarded_merchant_id = $3, award_minor = $4, confirm_by = $5 WHERE id = $1;

-- name: unaward
UPDATE lot SET awarded_bid_id = NULL, awarded_merchant_id = NULL, award_minor = NULL, confirm_by = NULL WHERE id = $1;

-- name: contract
UPDATE lot SET contract = $2::text::jsonb, contract_sha256 = $3, contracted_at = $4 WHERE id = $1;

-- name: extend
UPDATE lot SET bids_until = $2, extended = extended + 1, rules = jsonb_set(rules, '{bids_until}', to_jsonb($3::text))
WHERE id = $1;

-- name: opened
UPDATE lot SET opened_at = $2 WHERE id = $1;

-- name: solidarity
SELECT id FROM merchant WHERE id = ANY ($1::uuid[]) AND kind = 'SOLIDARITY';
