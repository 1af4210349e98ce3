-- The statements of models/raas/staging.py. `$1` is the import, `$2` the fleet, `$3` its organisation.

-- name: drop
DROP TABLE IF EXISTS pg_temp.fleet_stage, pg_temp.fleet_model;

-- name: stage
CREATE TEMP TABLE fleet_stage (
  line int NOT NULL, asset_id uuid, code text, field text, value text, suggested text, tag text, tag_key text, imei text, serial text,
  key text, manufacturer text, model text, storage text, condition text, grade text, purchased_on date, site_id uuid, model_no int,
  kept text) ON COMMIT DROP;

-- name: models
CREATE TEMP TABLE fleet_model (
  model_no int PRIMARY KEY, variant_id uuid, product_id uuid, category text, confidence_bp smallint, low boolean NOT NULL,
  matching jsonb NOT NULL, suggestions jsonb NOT NULL, suggested text) ON COMMIT DROP;

-- name: known
-- Devices that are declared already: here, in another fleet of the organisation, or elsewhere.
UPDATE fleet_stage s SET
  code = CASE WHEN a.organisation_id <> $2 THEN 'DECLARED_ELSEWHERE' WHEN a.fleet_id <> $1 THEN 'IN_ANOTHER_FLEET'
    WHEN a.same OR a.state = 'UNMATCHED' THEN NULL ELSE 'IN_THIS_FLEET' END,
  kept = CASE WHEN a.fleet_id <> $1 THEN NULL WHEN a.same AND NOT (a.state = 'UNMATCHED' AND a.found) THEN 'SAME'
    WHEN a.state = 'UNMATCHED' THEN 'REPLACE' END,
  field = CASE WHEN s.imei IS NULL THEN 'serial' ELSE 'imei' END, value = coalesce(s.imei, s.serial),
  asset_id = CASE WHEN a.fleet_id = $1 THEN a.id END
FROM (
  SELECT t.line, a.id, a.fleet_id, a.organisation_id, a.state,
    (a.tag, a.imei, a.serial, a.manufacturer, a.model, a.storage, a.condition, a.purchased_on, a.site_id)
    IS NOT DISTINCT FROM
    (t.tag, t.imei, t.serial, t.manufacturer, t.model, t.storage, t.condition, t.purchased_on, t.site_id) AS same,
    m.variant_id IS NOT NULL AS found
  FROM fleet_stage t JOIN asset a ON a.key = t.key AND a.live JOIN fleet_model m ON m.model_no = t.model_no WHERE t.code IS NULL) a
WHERE a.line = s.line;

-- name: tags
UPDATE fleet_stage s SET code = 'TAG_REUSED', field = 'assetTag', value = s.tag, kept = NULL, asset_id = NULL
FROM asset a WHERE a.organisation_id = $1 AND a.tag_key = s.tag_key AND a.live AND s.code IS NULL AND a.key IS DISTINCT FROM s.key;

-- name: refused
SELECT count(*)::int FROM fleet_stage WHERE code IS NOT NULL;

-- name: refuse
UPDATE fleet_stage SET code = 'ALL_OR_NOTHING', field = NULL, value = NULL, kept = NULL, asset_id = NULL WHERE code IS NULL;

-- name: insert
INSERT INTO asset (id, fleet_id, organisation_id, import_id, line, tag, tag_key, imei, serial, key, manufacturer, model, storage,
  condition, grade, purchased_on, site_id, variant_id, product_id, category, confidence_bp, matching, matched_by, state)
SELECT s.asset_id, $2, $3, $1, s.line, s.tag, s.tag_key, s.imei, s.serial, s.key, s.manufacturer, s.model, s.storage,
  s.condition, s.grade, s.purchased_on, s.site_id, m.variant_id, m.product_id, m.category, m.confidence_bp, m.matching,
  CASE WHEN m.variant_id IS NOT NULL THEN 'IMPORT' END, CASE WHEN m.variant_id IS NULL THEN 'UNMATCHED' ELSE 'MATCHED' END
FROM fleet_stage s JOIN fleet_model m USING (model_no)
WHERE s.code IS NULL AND s.kept IS NULL
ON CONFLICT DO NOTHING;

-- name: overtaken
-- Somebody else has declared these devices while the file was read.
UPDATE fleet_stage s SET code = 'DECLARED_ELSEWHERE', field = CASE WHEN s.imei IS NULL THEN 'serial' ELSE 'imei' END,
  value = coalesce(s.imei, s.serial), asset_id = NULL
WHERE s.code IS NULL AND s.kept IS NULL AND NOT EXISTS (SELECT FROM asset a WHERE a.id = s.asset_id);

-- name: replace
UPDATE asset a SET import_id = $1, line = s.line, tag = s.tag, tag_key = s.tag_key, imei = s.imei, serial = s.serial,
  manufacturer = s.manufacturer, model = s.model, storage = s.storage, condition = s.condition, grade = s.grade,
  purchased_on = s.purchased_on, site_id = s.site_id, variant_id = m.variant_id, product_id = m.product_id, category = m.category,
  confidence_bp = m.confidence_bp, matching = m.matching, matched_by = CASE WHEN m.variant_id IS NOT NULL THEN 'IMPORT' END,
  state = CASE WHEN m.variant_id IS NULL THEN 'UNMATCHED' ELSE 'MATCHED' END, version = version + 1, updated_at = now()
FROM fleet_stage s JOIN fleet_model m USING (model_no)
WHERE s.kept = 'REPLACE' AND s.code IS NULL AND a.id = s.asset_id;

-- name: lines
-- Every line with its one outcome. What is said of a line that made an asset is about its match.
INSERT INTO fleet_line (import_id, line, outcome, code, tag, field, value, suggested, asset_id, suggestions)
SELECT $1, s.line,
  CASE WHEN s.code IS NOT NULL THEN o.outcome WHEN s.kept = 'SAME' THEN 'UNCHANGED' WHEN m.variant_id IS NULL THEN 'UNKNOWN_MODEL'
    WHEN m.low THEN 'MATCHED_LOW_CONFIDENCE' ELSE 'ACCEPTED' END,
  CASE WHEN s.code IS NOT NULL THEN s.code WHEN s.kept = 'SAME' THEN NULL WHEN m.variant_id IS NULL THEN 'UNKNOWN_MODEL'
    WHEN m.low THEN 'LOW_CONFIDENCE' END,
  s.tag, CASE WHEN s.code IS NOT NULL THEN s.field WHEN m.low AND s.kept IS DISTINCT FROM 'SAME' THEN 'model' END,
  CASE WHEN s.code IS NOT NULL THEN s.value WHEN m.low AND s.kept IS DISTINCT FROM 'SAME'
    THEN left(concat_ws(' ', s.manufacturer, s.model, s.storage), 80) END,
  CASE WHEN s.code IS NOT NULL THEN s.suggested WHEN m.low AND s.kept IS DISTINCT FROM 'SAME' THEN m.suggested END,
  CASE WHEN s.code IS NULL AND NOT $2 THEN s.asset_id END,
  CASE WHEN s.code IS NULL AND s.kept IS DISTINCT FROM 'SAME' AND m.low THEN m.suggestions END
FROM fleet_stage s LEFT JOIN fleet_model m USING (model_no)
LEFT JOIN unnest($3::text[], $4::text[]) AS o (code, outcome) ON o.code = s.code;

-- name: counts
SELECT outcome, code, count(*)::int AS n FROM fleet_line WHERE import_id = $1 GROUP BY 1, 2;

-- name: to_fix
SELECT line FROM fleet_line WHERE import_id = $1 AND code IS NOT NULL AND outcome = ANY ($2) ORDER BY line;

-- name: forget
DELETE FROM fleet_line WHERE import_id = $1;
