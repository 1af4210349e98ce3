-- The statements of models/raas/assets.py.

-- name: columns
id, fleet_id, organisation_id, line, import_id, tag, imei, serial, manufacturer, model, storage, condition, grade, purchased_on,
  site_id, variant_id, product_id, category, confidence_bp, matching::text AS matching, matched_by, state, value_min_minor,
  value_median_minor, value_max_minor, value_basis::text AS value_basis, disposition,
  disposition_reasons::text AS disposition_reasons, lot_id, version, created_at, updated_at

-- name: no_value
value_min_minor = NULL, value_median_minor = NULL, value_max_minor = NULL, value_basis = NULL, disposition = NULL,
  disposition_reasons = NULL

-- name: listed
SELECT $$columns$$ FROM asset a
WHERE fleet_id = $1 AND live AND ($2::uuid IS NULL OR id > $2) AND ($3::text IS NULL OR state = $3)
  AND ($4::uuid IS NULL OR site_id = $4) AND ($5::text IS NULL OR category = $5) AND ($6::text IS NULL OR disposition = $6)
  AND ($7::uuid[] IS NULL OR site_id = ANY ($7)) AND ($8::text IS NULL OR EXISTS (
    SELECT FROM fleet_line l WHERE l.import_id = a.import_id AND l.line = a.line AND l.outcome = $8))
ORDER BY id LIMIT $9;

-- name: get
SELECT $$columns$$ FROM asset WHERE id = $1 AND organisation_id = $2 AND live;

-- name: held
SELECT $$columns$$ FROM asset WHERE id = $1 AND organisation_id = $2 AND live FOR UPDATE;

-- name: match
UPDATE asset a SET variant_id = v.id, product_id = v.product_id, category = c.code, confidence_bp = 10000,
  matching = $3::text::jsonb, matched_by = 'HAND', state = 'MATCHED', version = version + 1, updated_at = now(), $$no_value$$
FROM variant v JOIN product p ON p.id = v.product_id JOIN category c ON c.id = p.category_id
WHERE v.id = $2 AND a.id = ANY ($1) AND a.live AND a.state = ANY ($4);

-- name: of_words
SELECT id FROM asset WHERE fleet_id = $1 AND live AND state = ANY ($5)
  AND lower(coalesce(manufacturer, '')) = lower(coalesce($2, '')) AND lower(model) = lower($3)
  AND ($4::text IS NULL OR lower(coalesce(storage, '')) = lower($4)) AND ($6::uuid[] IS NULL OR site_id = ANY ($6))
ORDER BY id FOR UPDATE;

-- name: variant_exists
SELECT FROM variant WHERE id = $1;

-- name: site_exists
SELECT FROM organisation_site WHERE id = $1 AND organisation_id = $2 AND closed_at IS NULL;

-- name: tag_taken
SELECT FROM asset WHERE organisation_id = $1 AND tag_key = $2 AND live AND id <> $3;

-- name: change
UPDATE asset SET tag = $2, tag_key = $3, condition = $4, grade = $5, purchased_on = $6, site_id = $7, version = version + 1,
  updated_at = now() WHERE id = $1;

-- name: forget_value
UPDATE asset SET $$no_value$$ WHERE id = $1;

-- name: remove
UPDATE asset SET live = false, version = version + 1, updated_at = now()
WHERE fleet_id = $1 AND live AND ($2::uuid[] IS NULL OR id = ANY ($2)) AND state = ANY ($3)
  AND ($4::uuid[] IS NULL OR site_id = ANY ($4)) RETURNING id;

-- name: counts
SELECT fleet_id, count(*)::int AS n FROM asset
WHERE fleet_id = ANY ($1) AND live AND site_id = ANY ($2) GROUP BY fleet_id;
