-- The statements of models/raas/processing.

-- name: work
-- $1 a lot, $2 assets of it that were counted.
SELECT a.id, a.state, a.version, a.grade AS declared_grade, a.unit_id, a.disposition AS recommended, o.found, o.storage, o.grade, o.disposition,
  coalesce(u.storage, true) AS holds_data
FROM asset a JOIN asset_outcome o ON o.asset_id = a.id
LEFT JOIN variant v ON v.id = a.variant_id LEFT JOIN product p ON p.id = v.product_id LEFT JOIN category c ON c.id = p.category_id
LEFT JOIN category_unit u ON u.category = coalesce(a.category, c.code)
WHERE a.lot_id = $1 AND a.id = ANY ($2) ORDER BY a.id;

-- name: media
SELECT id, asset_id, serial, type, removable, state, method, failures, tries FROM asset_medium WHERE asset_id = ANY ($1) ORDER BY id;

-- name: diagnosed
-- $1 assets, $2 what was found as JSON, $3 whether they hold data.
UPDATE asset_outcome o SET diagnosis = x.facts::jsonb, storage = x.storage
FROM unnest($1::uuid[], $2::text[], $3::boolean[]) AS x (id, facts, storage) WHERE o.asset_id = x.id;

-- name: add_media
-- $1 lot, $2 organisation, $3 merchant, then of each: $4 asset, $5 serial, $6 type, $7 capacity, $8 removable.
INSERT INTO asset_medium (asset_id, lot_id, organisation_id, merchant_id, serial, type, capacity_gb, removable)
SELECT x.asset, $1, $2, $3, x.serial, x.type, x.capacity, x.removable
FROM unnest($4::uuid[], $5::text[], $6::text[], $7::int[], $8::boolean[]) AS x (asset, serial, type, capacity, removable);

-- name: set_media
-- $1 media, $2 states, $3 methods, $4 failures, $5 tries.
UPDATE asset_medium m SET state = x.state, method = x.method, failures = x.failures, tries = x.tries
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::smallint[]) AS x (id, state, method, failures, tries) WHERE m.id = x.id;

-- name: add_erasures
-- $1 lot, $2 organisation, $3 merchant, then of each: $4 medium, $5 asset, $6 n, $7 method, $8 state, $9 facts, $10 validation.
INSERT INTO asset_erasure (medium_id, asset_id, lot_id, organisation_id, merchant_id, n, method, state, facts, validation)
SELECT x.medium, x.asset, $1, $2, $3, x.n, x.method, x.state, x.facts::jsonb, x.validation::jsonb
FROM unnest($4::uuid[], $5::uuid[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[])
  AS x (medium, asset, n, method, state, facts, validation);

-- name: validate
-- $1 media, $2 tries, $3 states, $4 validations.
UPDATE asset_erasure e SET state = x.state, validation = x.validation::jsonb
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS x (medium, n, state, validation) WHERE e.medium_id = x.medium AND e.n = x.n;

-- name: operators
-- $1 media. Who did the last try of each.
SELECT DISTINCT ON (medium_id) medium_id, facts->>'operator' AS operator FROM asset_erasure WHERE medium_id = ANY ($1) ORDER BY medium_id, n DESC;

-- name: disposed
-- $1 when, then of each: $2 asset, $3 disposition, $4 reason, $5 partner, $6 proof.
UPDATE asset_outcome o SET disposition = x.disposition, reason = x.reason, partner_id = x.partner, proof = x.proof, disposed_at = $1
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[]) AS x (id, disposition, reason, partner, proof) WHERE o.asset_id = x.id;

-- name: regraded
-- $1 assets, $2 grades, $3 reasons, $4 evidence as JSON.
UPDATE asset_outcome o SET grade = x.grade, grade_reason = x.reason,
  grade_evidence = ARRAY(SELECT jsonb_array_elements_text(x.evidence::jsonb)::uuid)
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS x (id, grade, reason, evidence) WHERE o.asset_id = x.id;

-- name: left
-- Whether a device of the lot has not come to its end.
SELECT EXISTS (SELECT FROM asset WHERE lot_id = $1 AND state NOT IN ('DISPOSED','MISSING','RETURNED')) AS found;

-- name: partners
-- $1 partners of a merchant, $2.
SELECT id, name, country, kind, tier, certifications::text AS certifications FROM downstream_partner
WHERE merchant_id = $2 AND ($1::uuid[] IS NULL OR id = ANY ($1)) AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4;

-- name: set_partner
INSERT INTO downstream_partner (merchant_id, name, country, kind, tier, certifications) VALUES ($1, $2, $3, $4, $5, $6::text::jsonb)
ON CONFLICT (merchant_id, name) DO UPDATE SET country = excluded.country, kind = excluded.kind, tier = excluded.tier,
  certifications = excluded.certifications RETURNING id;

-- name: outcomes
-- $1 lot, $2 after this asset, $3 how many, $4 states of assets, $5 assets.
SELECT a.id, a.tag, a.imei, a.serial, a.manufacturer, a.model, a.variant_id, a.state, a.grade AS declared_grade, a.version,
  o.found, o.reasons, o.seen::text AS seen, o.counted_at, o.charged, o.diagnosis::text AS diagnosis, o.storage, o.grade, o.grade_evidence,
  o.grade_reason, o.disposition, o.reason, o.partner_id, o.proof, o.disposed_at, o.certificate_id
FROM asset a LEFT JOIN asset_outcome o ON o.asset_id = a.id
WHERE a.lot_id = $1 AND ($2::uuid IS NULL OR a.id > $2) AND ($4::text[] IS NULL OR a.state = ANY ($4)) AND ($5::uuid[] IS NULL OR a.id = ANY ($5))
ORDER BY a.id LIMIT $3;

-- name: erasures
-- $1 assets. Every try of each medium.
SELECT m.asset_id, m.id AS medium_id, m.serial, m.type, m.capacity_gb, m.removable, m.state AS medium_state, m.method AS medium_method,
  e.n, e.method, e.state, e.facts::text AS facts, e.validation::text AS validation
FROM asset_medium m LEFT JOIN asset_erasure e ON e.medium_id = m.id WHERE m.asset_id = ANY ($1) ORDER BY m.asset_id, m.id, e.n;
