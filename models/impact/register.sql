-- The statements of models/impact/register.

-- name: add_classes
-- $1 keys, $2 facts.
INSERT INTO impact_class (key, facts) SELECT k, f::jsonb FROM unnest($1::text[], $2::text[]) AS g (k, f) ON CONFLICT (key) DO NOTHING;

-- name: lacking
-- $1 a set, $2 how many. Classes that it has not valued.
SELECT c.id, c.facts::text AS facts FROM impact_class c
WHERE NOT EXISTS (SELECT FROM impact_value v WHERE v.class_id = c.id AND v.set_id = $1) ORDER BY c.id LIMIT $2;

-- name: add_values
-- Columns of impact_value.
INSERT INTO impact_value (class_id, indicator, set_id, set_sha256, method, gross, net, grade, reason)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::numeric[], $8::text[], $9::text[])
ON CONFLICT DO NOTHING;

-- name: post
-- $1 entries. Each is rounded against what the sum of its country and month was before it.
WITH rows AS MATERIALIZED (
  SELECT e.n, e.country, e.month, v.indicator, v.set_id, e.sign * v.gross AS gross, e.sign * v.net AS net,
    coalesce(b.gross, 0) + sum(e.sign * v.gross) OVER w AS gross_after, coalesce(b.net, 0) + sum(e.sign * v.net) OVER w AS net_after
  FROM impact_entry e JOIN impact_value v ON v.class_id = e.class_id AND v.net IS NOT NULL
  LEFT JOIN impact_bucket b ON (b.country, b.month, b.indicator, b.set_id) = (e.country, e.month, v.indicator, v.set_id)
  WHERE e.n = ANY ($1) AND e.sign <> 0
    AND NOT EXISTS (SELECT FROM impact_posting p WHERE (p.entry, p.indicator, p.set_id) = (e.n, v.indicator, v.set_id))
  WINDOW w AS (PARTITION BY e.country, e.month, v.indicator, v.set_id ORDER BY e.n)
), posted AS (
  INSERT INTO impact_posting (entry, indicator, set_id, gross, net)
  SELECT n, indicator, set_id, boucle_stored(gross_after) - boucle_stored(gross_after - gross),
    boucle_stored(net_after) - boucle_stored(net_after - net) FROM rows)
INSERT INTO impact_bucket AS b (country, month, indicator, set_id, gross, net)
SELECT country, month, indicator, set_id, sum(gross), sum(net) FROM rows GROUP BY 1, 2, 3, 4
ON CONFLICT (country, month, indicator, set_id) DO UPDATE SET gross = b.gross + excluded.gross, net = b.net + excluded.net;

-- name: unposted
-- $1 a set, $2 how many, $3 after which. Entries that it values, and that have no posting of it.
SELECT e.n FROM impact_entry e WHERE e.sign <> 0 AND e.n > $3
  AND EXISTS (SELECT FROM impact_value v WHERE v.class_id = e.class_id AND v.set_id = $1 AND v.net IS NOT NULL
    AND NOT EXISTS (SELECT FROM impact_posting p WHERE (p.entry, p.indicator, p.set_id) = (e.n, v.indicator, v.set_id)))
ORDER BY e.n LIMIT $2;

-- name: restated
SELECT EXISTS (SELECT FROM impact_restated WHERE set_id = $1);

-- name: set_restated
INSERT INTO impact_restated (set_id, set_sha256) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: spoil
-- $1 entries. The totals that they are part of.
INSERT INTO impact_stale (scope, place, period)
SELECT DISTINCT s.scope, s.place, p.period FROM impact_entry e,
  LATERAL (VALUES ('PLATFORM', ''), ('COUNTRY', e.country), ('MARKET', e.market)) AS s (scope, place),
  LATERAL (VALUES (''), (to_char(e.month, 'YYYY')), (to_char(e.month, 'YYYY-MM'))) AS p (period)
WHERE e.n = ANY ($1) ON CONFLICT DO NOTHING;

-- name: stale
-- $1 how many. Totals to draw anew, the small ones first.
WITH chosen AS (SELECT ctid FROM impact_stale ORDER BY length(period) DESC, scope, place LIMIT $1 FOR UPDATE SKIP LOCKED)
DELETE FROM impact_stale s USING chosen WHERE s.ctid = chosen.ctid RETURNING s.scope, s.place, s.period;

-- name: of_total
-- $1 scope, $2 place, $3 first month, $4 the month after the last. What counts in it, by class and by the set of the time.
SELECT e.set_id AS reported, c.facts::text AS facts, e.category, sum(e.sign)::int AS units, count(*) FILTER (WHERE e.sign < 0)::int AS returned
FROM impact_entry e LEFT JOIN impact_class c ON c.id = e.class_id
WHERE e.sign <> 0 AND e.month >= $3 AND e.month < $4
  AND ($1 = 'PLATFORM' OR $1 = 'COUNTRY' AND e.country = $2 OR $1 = 'MARKET' AND e.market = $2)
GROUP BY e.set_id, c.id, c.facts, e.category ORDER BY e.set_id, c.id;

-- name: sums_of_total
-- The same, as posted.
SELECT p.indicator, p.set_id, e.set_id = p.set_id AS reported, e.category, sum(e.sign)::int AS counted, sum(p.gross) AS gross,
  sum(p.net) AS net
FROM impact_entry e JOIN impact_posting p ON p.entry = e.n
WHERE e.month >= $3 AND e.month < $4
  AND ($1 = 'PLATFORM' OR $1 = 'COUNTRY' AND e.country = $2 OR $1 = 'MARKET' AND e.market = $2)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;

-- name: clear
DELETE FROM impact_total WHERE scope = $1 AND place = $2 AND period = $3;

-- name: keep
INSERT INTO impact_total (scope, place, period, indicator, set_id, basis, units, returned, counted, without_number, graded_ab, gross, net,
  p05, p50, p95, share_not_positive, status, reasons, grade, set_sha256, method, categories, as_of)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23::text::jsonb,
  clock_timestamp());

-- name: totals
-- $1 scope, $2 place, $3 indicator, $4 set or null, $5 periods or null, $6 how many. The youngest first.
SELECT scope, place, period, indicator, set_id, basis, units, returned, counted, without_number, graded_ab, gross, net, p05, p50, p95,
  share_not_positive, status, reasons, grade, set_sha256, method, categories::text AS categories, as_of
FROM impact_total WHERE scope = $1 AND ($2::text IS NULL OR place = $2) AND indicator = $3
  AND ($4::text IS NULL OR set_id = $4 OR basis = 'AS_REPORTED') AND ($5::text[] IS NULL OR period = ANY ($5))
ORDER BY period DESC, place, basis, set_id LIMIT $6;

-- name: periods
-- $1 scope, $2 place, $3 how many. The months in which something counted, the youngest first.
SELECT DISTINCT period FROM impact_total WHERE scope = $1 AND place = $2 AND length(period) = 7 ORDER BY period DESC LIMIT $3;

-- name: own
-- $1 customer, $2 merchant, of whom one is given, $3 market or null, $4 first month, $5 the month after the last.
SELECT c.facts::text AS facts, sum(e.sign)::int AS units, count(*) FILTER (WHERE e.sign < 0)::int AS returned
FROM impact_entry e LEFT JOIN impact_class c ON c.id = e.class_id
WHERE e.sign <> 0 AND ($1::uuid IS NULL OR e.customer_id = $1) AND ($2::uuid IS NULL OR e.merchant_id = $2)
  AND ($3::text IS NULL OR e.market = $3) AND ($4::date IS NULL OR e.month >= $4) AND ($5::date IS NULL OR e.month < $5)
GROUP BY c.id, c.facts ORDER BY c.id;

-- name: own_sums
-- The same, as posted by $6 a set for $7 an indicator.
SELECT e.category, sum(e.sign)::int AS counted, sum(p.gross) AS gross, sum(p.net) AS net
FROM impact_entry e JOIN impact_posting p ON p.entry = e.n
WHERE ($1::uuid IS NULL OR e.customer_id = $1) AND ($2::uuid IS NULL OR e.merchant_id = $2)
  AND ($3::text IS NULL OR e.market = $3) AND ($4::date IS NULL OR e.month >= $4) AND ($5::date IS NULL OR e.month < $5)
  AND p.set_id = $6 AND p.indicator = $7
GROUP BY 1 ORDER BY 1;

-- name: of_lines
-- $1 lines, $2 a set, $3 an indicator. What each counts in the register by now.
SELECT e.line_id, sum(e.sign)::int AS units, max(e.month) AS month, sum(p.gross) AS gross, sum(p.net) AS net,
  (array_agg(e.reason ORDER BY e.seq DESC))[1] AS reason
FROM impact_entry e LEFT JOIN impact_posting p ON p.entry = e.n AND p.set_id = $2 AND p.indicator = $3
WHERE e.line_id = ANY ($1) GROUP BY e.line_id;
