-- The statements of models/raas/fleets.py.

-- name: columns
id, organisation_id, number, name, kind, state, country, market, currency, assets, valued_at, version, created_at, updated_at

-- name: add
INSERT INTO fleet (organisation_id, number, name, kind, country, market, currency)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id;

-- name: get
SELECT $$columns$$ FROM fleet WHERE id = $1 AND ($2::uuid IS NULL OR organisation_id = $2);

-- name: held
SELECT $$columns$$ FROM fleet WHERE id = $1 AND organisation_id = $2 FOR UPDATE;

-- name: listed
SELECT $$columns$$ FROM fleet
WHERE organisation_id = $1 AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4;

-- name: changed
UPDATE fleet SET state = coalesce($2, state), version = version + 1, updated_at = now(),
  assets = (SELECT count(*) FROM asset WHERE fleet_id = $1 AND live) WHERE id = $1 RETURNING version;
