-- The statements of models/raas/imports.py.

-- name: columns
id, fleet_id, organisation_id, file, name, sha256, bytes, state, policy, dry_run, mapping::text AS mapping, settings::text AS settings,
  sites, format, encoding, separator, columns::text AS columns, lines, counts::text AS counts, codes::text AS codes, file_code, detail,
  bad_rows, seconds::text AS seconds, version, started_at, finished_at, created_at

-- name: ask
INSERT INTO fleet_import (fleet_id, organisation_id, file, name, sha256, bytes, policy, dry_run, mapping, settings, sites)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10::text::jsonb, $11) RETURNING id;

-- name: get
SELECT $$columns$$ FROM fleet_import WHERE id = $1 AND ($2::uuid IS NULL OR organisation_id = $2);

-- name: of_fleet
SELECT $$columns$$ FROM fleet_import
WHERE fleet_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($4::uuid[] IS NULL OR sites <@ $4) ORDER BY id DESC LIMIT $3;

-- name: latest
SELECT $$columns$$ FROM fleet_import i WHERE id = (SELECT id FROM fleet_import WHERE fleet_id = $1 ORDER BY id DESC LIMIT 1)
  AND NOT EXISTS (SELECT FROM asset a WHERE a.fleet_id = $1 AND a.updated_at > i.finished_at
    AND (a.import_id, a.version) IS DISTINCT FROM (i.id, 1));

-- name: under_way
SELECT FROM fleet_import WHERE fleet_id = $1 AND state IN ('QUEUED', 'READING') LIMIT 1;

-- name: save
UPDATE fleet_import SET state = $2, format = $3, encoding = $4, separator = $5, columns = $6::text::jsonb, lines = $7,
  counts = $8::text::jsonb, codes = $9::text::jsonb, file_code = $10, detail = left($11, 500), bad_rows = $12,
  seconds = $13::text::jsonb, started_at = $14, finished_at = $15, version = version + 1, updated_at = now()
WHERE id = $1 RETURNING version;

-- name: line
line, outcome, code, tag, field, value, suggested, asset_id, suggestions::text AS suggestions

-- name: lines
SELECT $$line$$ FROM fleet_line
WHERE import_id = $1 AND line > $2 AND ($3::text IS NULL OR outcome = $3) ORDER BY line LIMIT $4;

-- name: lines_to_fix
SELECT $$line$$ FROM fleet_line
WHERE import_id = $1 AND line > $2 AND code IS NOT NULL AND outcome = ANY ($3) ORDER BY line LIMIT $4;

-- name: purge
DELETE FROM fleet_line WHERE import_id IN (
  SELECT id FROM fleet_import i WHERE finished_at < now() - make_interval(days => $1)
    AND EXISTS (SELECT FROM fleet_line l WHERE l.import_id = i.id) ORDER BY id LIMIT $2);
