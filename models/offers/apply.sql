-- The statements of models/offers/apply.py.

-- name: upsert
-- Offers that exist are locked in the order of their ids, as buyers lock them.
WITH written AS (
  INSERT INTO offer (id, merchant_id, sku_key, grade, status, feed_id, run_id, line_no, line_mark, taken, $$values$$)
  SELECT COALESCE(s.offer_id, boucle_uuid7()), $1, s.sku_key, s.grade_no, 'LIVE', $2, $3,
    CASE WHEN $3::uuid IS NOT NULL THEN s.line END,
    CASE WHEN s.variant_id IS NOT NULL AND NOT EXISTS (SELECT FROM problem p WHERE p.line = s.line) THEN s.mark END,
    s.taken, $$staged$$
  FROM resolved s WHERE s.outcome IN ('CREATED', 'UPDATED', 'PENDING_PRODUCT') ORDER BY s.offer_id
  ON CONFLICT (merchant_id, sku_key) DO UPDATE SET
    $$set_values$$, grade = excluded.grade,
    quantity = LEAST(GREATEST(excluded.quantity + excluded.taken - offer.taken, 0), 100000),
    row_hash = CASE WHEN excluded.taken = offer.taken THEN excluded.row_hash ELSE 0 END,
    line_mark = CASE WHEN excluded.taken = offer.taken THEN excluded.line_mark END,
    feed_id = CASE WHEN $4 THEN COALESCE(excluded.feed_id, offer.feed_id)
      ELSE COALESCE(offer.feed_id, excluded.feed_id) END,
    run_id = excluded.run_id, line_no = excluded.line_no,
    status = CASE WHEN offer.status = 'PAUSED' AND offer.paused_because = 'PAUSED_BY_MERCHANT' THEN 'PAUSED' ELSE 'LIVE' END,
    paused_because = CASE WHEN offer.paused_because = 'PAUSED_BY_MERCHANT' THEN offer.paused_because END,
    error_runs = 0, absent_at = NULL, updated_at = now(),
    source_updated_at = COALESCE(excluded.source_updated_at, offer.source_updated_at),
    sequence = COALESCE(excluded.sequence, offer.sequence),
    sequences = CASE WHEN excluded.sequence IS NULL THEN offer.sequences END
  RETURNING id
)
INSERT INTO touched SELECT id FROM written ON CONFLICT DO NOTHING;

-- name: deleted
-- Found by id, never by merchant: how many offers a merchant has that were inserted just now, no statistics know.
WITH named AS MATERIALIZED (SELECT offer_id FROM resolved WHERE outcome = 'DELETED'), gone AS (
  UPDATE offer o SET status = 'ABSENT', quantity = 0, row_hash = 0, line_mark = NULL, run_id = $2, absent_at = now(), updated_at = now()
  FROM named n WHERE o.id = n.offer_id AND (o.merchant_id = $1) IS TRUE AND o.status <> 'ABSENT'
  RETURNING o.id), noted AS (
  INSERT INTO touched SELECT id FROM gone ON CONFLICT DO NOTHING)
SELECT count(*) FROM gone;

-- name: skipped
-- An offer whose remembered line is in the file again: it was not staged.
($$lane$$ AND o.line_mark IS NOT NULL AND o.status = 'LIVE' AND o.error_runs = 0
  AND o.line_mark NOT IN (SELECT mark FROM unsaid));

-- name: absent
WITH gone AS (
  UPDATE offer o SET status = 'ABSENT', quantity = 0, row_hash = 0, line_mark = NULL, run_id = $2, absent_at = now(), updated_at = now()
  WHERE o.merchant_id = $1 AND o.status <> 'ABSENT' AND o.feed_id = $3 AND o.run_id IS DISTINCT FROM $2
    AND NOT $$skipped$$
    AND o.id NOT IN (SELECT offer_id FROM seen WHERE offer_id IS NOT NULL)
    AND o.sku_key NOT IN (SELECT sku_key FROM problem WHERE fatal AND sku_key IS NOT NULL)
  RETURNING o.id), noted AS (
  INSERT INTO touched SELECT id FROM gone ON CONFLICT DO NOTHING)
SELECT count(*) FROM gone;

-- name: error_runs
WITH wrong AS (
  UPDATE offer o SET error_runs = o.error_runs + 1,
    status = CASE WHEN o.error_runs = 2 AND o.status = 'LIVE' THEN 'PAUSED' ELSE o.status END,
    paused_because = CASE WHEN o.error_runs = 2 AND o.status = 'LIVE' THEN 'NO_PRICE_FOR_MARKET' ELSE o.paused_because END
  FROM (SELECT sku_key FROM problem WHERE fatal AND (code LIKE 'PRICE%' OR code = 'QUANTITY_INVALID')
    UNION SELECT sku_key FROM resolved WHERE outcome = 'REJECTED' AND code LIKE 'PRICE%') p
  WHERE o.merchant_id = $1 AND o.sku_key = p.sku_key AND o.status = 'LIVE' AND o.error_runs < 3
  RETURNING o.id, o.status)
INSERT INTO touched SELECT id FROM wrong WHERE status = 'PAUSED' ON CONFLICT DO NOTHING;

-- name: revive
WITH back AS (
  UPDATE offer SET status = 'LIVE', paused_because = NULL, updated_at = now()
  WHERE merchant_id = $1 AND feed_id = $2 AND status = 'PAUSED' AND paused_because = 'FEED_STALE' RETURNING id)
INSERT INTO touched SELECT id FROM back ON CONFLICT DO NOTHING;

-- name: forget_lines
WITH lines AS (DELETE FROM feed_line WHERE run_id = $1), changes AS (DELETE FROM feed_change WHERE run_id = $1)
DELETE FROM feed_unchanged WHERE run_id = $1;

-- name: lines
INSERT INTO feed_line (run_id, line, n, sku, outcome, code, field, value)
SELECT $1, line, (row_number() OVER (PARTITION BY line ORDER BY first DESC, n) - 1)::smallint, sku,
  CASE WHEN row_number() OVER (PARTITION BY line ORDER BY first DESC, n) = 1 THEN outcome END, code, field, value
FROM (
  SELECT line, sku, outcome, code, field, value, true AS first, 0 AS n FROM resolved WHERE outcome <> 'UNCHANGED'
  UNION ALL
  SELECT p.line, p.sku, CASE WHEN n.line IS NULL THEN 'REJECTED' ELSE COALESCE(s.outcome, 'UNCHANGED') END,
    p.code, p.field, p.value, p.fatal, row_number() OVER ()::int
  FROM problem p LEFT JOIN seen n ON n.line = p.line LEFT JOIN resolved s ON s.line = p.line
) x
ON CONFLICT DO NOTHING;

-- name: unchanged
INSERT INTO feed_unchanged (run_id, lines)
SELECT $1, COALESCE(range_agg(lines), '{}') + $2::text::int4multirange FROM (
  SELECT int4range(min(line), max(line) + 1) AS lines FROM (
    SELECT n.line, n.line - row_number() OVER (ORDER BY n.line) AS island
    FROM seen n LEFT JOIN resolved s ON s.line = n.line LEFT JOIN problem p ON p.line = n.line
    WHERE COALESCE(s.outcome, 'UNCHANGED') = 'UNCHANGED' AND p.line IS NULL) x
  GROUP BY island) y
HAVING count(*) > 0 OR $2::text <> '{}' ON CONFLICT DO NOTHING;

-- name: refused_lines
-- Of a file that is refused as a whole, the lines of which something is to be said.
INSERT INTO feed_line (run_id, line, n, sku, outcome, code, field, value)
SELECT $1, line, (row_number() OVER (PARTITION BY line ORDER BY first DESC, n) - 1)::smallint, sku,
  CASE WHEN row_number() OVER (PARTITION BY line ORDER BY first DESC, n) = 1 THEN 'REJECTED' END, code, field, value
FROM (
  SELECT line, sku, code, field, value, true AS first, 0 AS n FROM resolved WHERE code IS NOT NULL
  UNION ALL
  SELECT p.line, p.sku, p.code, p.field, p.value, p.fatal, row_number() OVER ()::int FROM problem p
) x
ON CONFLICT DO NOTHING;

-- name: refused
-- All its other lines.
INSERT INTO feed_unchanged (run_id, lines, rejected)
SELECT $1, '{}', COALESCE(range_agg(lines), '{}') + $2::text::int4multirange FROM (
  SELECT int4range(min(line), max(line) + 1) AS lines FROM (
    SELECT n.line, n.line - row_number() OVER (ORDER BY n.line) AS island
    FROM seen n WHERE NOT EXISTS (SELECT FROM resolved s WHERE s.line = n.line AND s.code IS NOT NULL)
      AND NOT EXISTS (SELECT FROM problem p WHERE p.line = n.line)) x
  GROUP BY island) y
HAVING count(*) > 0 OR $2::text <> '{}' ON CONFLICT DO NOTHING;

-- name: codes
SELECT code, count(*)::int AS n FROM (
  SELECT code FROM problem UNION ALL SELECT code FROM resolved WHERE code IS NOT NULL) x
GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: counts
SELECT count(*) FILTER (WHERE outcome = 'CREATED') AS created, count(*) FILTER (WHERE outcome = 'UPDATED') AS updated,
  count(*) FILTER (WHERE outcome = 'UNCHANGED') + (SELECT count(*) FROM seen) - count(*) AS unchanged,
  count(*) FILTER (WHERE outcome = 'DELETED') AS deleted,
  count(*) FILTER (WHERE outcome = 'IGNORED_STALE') AS ignored, count(*) FILTER (WHERE outcome = 'PENDING_PRODUCT') AS pending,
  count(*) FILTER (WHERE outcome = 'REJECTED')
    + (SELECT count(DISTINCT p.line) FROM problem p WHERE NOT EXISTS (SELECT FROM seen x WHERE x.line = p.line)) AS rejected
FROM resolved;

-- name: guards
SELECT count(*) AS live,
  count(*) FILTER (WHERE NOT $$skipped$$
    AND o.id NOT IN (SELECT offer_id FROM seen WHERE offer_id IS NOT NULL)
    AND o.sku_key NOT IN (SELECT sku_key FROM problem WHERE fatal AND sku_key IS NOT NULL)) AS missing,
  (SELECT count(*) FROM resolved s JOIN offer x ON x.id = s.offer_id WHERE s.outcome = 'UPDATED' AND x.status <> 'ABSENT'
    AND x.currency = s.currency AND abs(s.price_minor - x.price_minor) * 2 > x.price_minor) AS jumped,
  (SELECT count(offer_id) FROM seen) AS known
FROM offer o WHERE o.merchant_id = $1 AND o.feed_id = $2 AND o.status IN ('LIVE', 'PAUSED');
