-- The statements of models/quality/reports.py.

-- name: zone
-- $1 country. The time zone of a market there.
SELECT COALESCE((SELECT k.time_zone FROM market k WHERE $1 = ANY (k.countries) ORDER BY k.code LIMIT 1), 'UTC');

-- name: merchant
SELECT country FROM merchant WHERE id = $1;

-- name: numbered
-- $1 scope, $2 period. How many messages of a year there are; one at a time is counted and added.
SELECT pg_advisory_xact_lock(hashtext('period_report:' || $1 || $2)),
  (SELECT count(*) FROM period_report WHERE kind = 'SELLERS' AND scope = $1 AND period = $2) AS n;

-- name: first
-- $1 scope, $2 period. The initial message of a year that its schema let pass, or that is still made.
SELECT id, message_ref, state FROM period_report WHERE message = 'INITIAL' AND scope = $1 AND period = $2 AND faults = '{}';

-- name: add
INSERT INTO period_report (kind, scope, period, starts_on, ends_on, merchant_id, message, message_ref, corrects, asked, requested_by,
  requested_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb, $11, $12) RETURNING id;

-- name: columns
r.id, r.kind, r.scope, r.period, r.starts_on, r.ends_on, r.merchant_id, r.message, r.message_ref, r.corrects, r.asked::text AS asked,
r.state, r.lines, r.held, r.totals::text AS totals, r.document IS NOT NULL AS has_document, r.faults, r.requested_by, r.requested_at, r.ready_at

-- name: some
SELECT $$columns$$ FROM period_report r WHERE id = ANY ($1);

-- name: held
SELECT $$columns$$ FROM period_report r WHERE id = $1 AND state = 'REQUESTED' FOR UPDATE;

-- name: page
-- $1 kind or all, $2 before this one, $3 at most, $4 scopes or all.
SELECT $$columns$$ FROM period_report r WHERE ($1::text IS NULL OR kind = $1) AND ($2::uuid IS NULL OR id < $2)
  AND ($4::text[] IS NULL OR scope = ANY ($4)) ORDER BY id DESC LIMIT $3;

-- name: lines
-- $1 report, $2 after this line, $3 at most.
SELECT n, merchant_id, document, faults, facts::text AS facts FROM period_report_line WHERE report_id = $1 AND n > $2 ORDER BY n LIMIT $3;

-- name: document
SELECT document FROM period_report WHERE id = $1;

-- name: own_year
-- $1 merchant, $2 period. What was told of a merchant last.
SELECT l.n, l.merchant_id, l.document, l.faults, l.facts::text AS facts FROM period_report_line l JOIN period_report r ON r.id = l.report_id
WHERE l.merchant_id = $1 AND r.kind = 'SELLERS' AND r.period = $2 AND r.state = 'READY' AND r.faults = '{}' ORDER BY r.id DESC LIMIT 1;

-- name: write
-- $1 report, then of each line: $2 merchant, $3 document, $4 faults as JSON, $5 facts.
INSERT INTO period_report_line (report_id, n, merchant_id, document, faults, facts)
SELECT $1, x.n, x.merchant, x.document, ARRAY(SELECT jsonb_array_elements_text(x.faults::jsonb)), x.facts::jsonb
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS x (merchant, document, faults, facts, n);

-- name: ready
UPDATE period_report SET state = 'READY', lines = $2, held = $3, totals = $4::text::jsonb, document = $5, faults = $6, ready_at = $7
WHERE id = $1 AND state = 'REQUESTED';

-- name: margin_lines
-- $1 from, $2 before, $3 merchant or all. Devices sold on their margin that were sent in that time.
SELECT l.id, l.merchant_id, o.number, l.unit_id, l.title, l.currency, l.shipped_at, a.document AS bought_by, a.bought_on
FROM order_line l JOIN orders o ON o.id = l.order_id LEFT JOIN unit_acquisition a ON a.line_id = l.id
WHERE l.shipped_at >= $1 AND l.shipped_at < $2 AND ($3::uuid IS NULL OR l.merchant_id = $3)
  AND l.vat ->> 'scheme' IN ('MARGIN', 'MARGIN_GLOBAL') AND l.merchant_id NOT IN (SELECT s.sandbox_id FROM sandbox s)
ORDER BY l.merchant_id, l.shipped_at, l.id;

-- name: levy_lines
-- $1 from, $2 before, $3 country. Devices that were sent there in that time, with what a levy goes by.
SELECT l.id, l.merchant_id, o.number, l.title, l.category, l.country, l.currency, l.levies_minor, l.shipped_at, l.paid_at,
  v.attributes ->> 'storage_gb' AS capacity_gb, COALESCE(l.vat -> 'evidence' ->> 'buyer', 'CONSUMER') AS buyer
FROM order_line l JOIN orders o ON o.id = l.order_id JOIN variant v ON v.id = l.variant_id
WHERE l.shipped_at >= $1 AND l.shipped_at < $2 AND l.country = $3 AND l.merchant_id NOT IN (SELECT s.sandbox_id FROM sandbox s)
ORDER BY l.merchant_id, l.shipped_at, l.id;

-- name: seller_quarters
-- $1 the first moments of the four quarters and of the year after. What lines of a merchant brought, by the quarter in which they were paid
-- for, what went back since taken off. A line that is wholly taken back is no sale.
WITH line AS (
  SELECT p.line_id, p.currency, min(p.at) FILTER (WHERE p.kind = 'CAPTURE') AS at,
    -sum(p.amount_minor) FILTER (WHERE p.account IN ('MERCHANT_HELD', 'MERCHANT_OWED')) AS paid,
    -sum(p.amount_minor) FILTER (WHERE p.account = 'SERVICE_FEES') AS fees,
    -sum(p.amount_minor) FILTER (WHERE p.account = 'COLLECTED_TAXES') AS taxes
  FROM ledger_posting p WHERE p.line_id IN (
    SELECT c.line_id FROM ledger_posting c WHERE c.kind = 'CAPTURE' AND c.line_id IS NOT NULL AND c.at >= ($1::timestamptz[])[1]
      AND c.at < ($1::timestamptz[])[5])
    AND p.kind IN ('CAPTURE', 'REFUND') GROUP BY 1, 2)
SELECT l.merchant_id, line.currency, width_bucket(line.at, ($1::timestamptz[])[1:4]) AS quarter,
  sum(COALESCE(paid, 0))::bigint AS paid, count(*) FILTER (WHERE paid > 0) AS sales, sum(COALESCE(fees, 0))::bigint AS fees,
  sum(COALESCE(taxes, 0))::bigint AS taxes
FROM line JOIN order_line l ON l.id = line.line_id
WHERE l.merchant_id NOT IN (SELECT s.sandbox_id FROM sandbox s) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- name: last_told
-- $1 scope, $2 period, $3 but this report. What messages said of each merchant last.
SELECT DISTINCT ON (l.merchant_id) l.merchant_id, l.document, l.facts::text AS facts FROM period_report_line l
JOIN period_report r ON r.id = l.report_id
WHERE r.kind = 'SELLERS' AND r.scope = $1 AND r.period = $2 AND r.id <> $3 AND r.state = 'READY' AND r.faults = '{}' AND l.document IS NOT NULL
ORDER BY l.merchant_id, r.id DESC;
