-- The statements of models/quality. What counts is docs/rules/quality.md, "What is counted".

-- name: counts
-- $1 now, $2 one merchant or null for all, $3 the days of each window, in the order of the metrics: failures,
-- cancellations, late shipments, late replies, ratings. A row is a merchant, a top category, a metric: x of n.
WITH line AS (
  SELECT l.*, coalesce(c.parent, c.code) AS top
  FROM order_line l JOIN category c ON c.code = l.category JOIN orders o ON o.id = l.order_id
  WHERE NOT o.mystery AND l.paid_at > $1::timestamptz - make_interval(days => 60 + GREATEST(($3::int[])[1], ($3::int[])[2], ($3::int[])[3]))
    AND ($2::uuid IS NULL OR l.merchant_id = $2)
), failed AS (
  SELECT DISTINCT c.line_id FROM after_sales_case c JOIN line l ON l.id = c.line_id
  WHERE c.type = 'FAULT' AND c.resolution IN ('REPAIR','REPLACE','REFUND')
    AND c.created_at <= l.delivered_at + interval '30 days'
)
SELECT merchant_id, top AS category, 'FAILURE_RATE' AS metric,
  count(*) FILTER (WHERE id IN (SELECT line_id FROM failed)) AS x, count(*) AS n, NULL::bigint AS squares
FROM line WHERE delivered_at <= $1::timestamptz - interval '30 days' AND delivered_at > $1::timestamptz - make_interval(days => 30 + ($3::int[])[1])
GROUP BY 1, 2
UNION ALL
SELECT merchant_id, top, 'CANCELLATION_RATE', count(*) FILTER (WHERE counts AND state IN ('REFUSED','CANCELLED')), count(*), NULL
FROM line WHERE paid_at <= $1 AND paid_at > $1::timestamptz - make_interval(days => ($3::int[])[2]) GROUP BY 1, 2
UNION ALL
SELECT merchant_id, top, 'LATE_SHIPMENT_RATE', count(*) FILTER (WHERE first_scan_at IS NULL OR first_scan_at > dispatch_by),
  count(*), NULL
FROM line
WHERE dispatch_by <= $1 AND dispatch_by > $1::timestamptz - make_interval(days => ($3::int[])[3])
  AND (state <> 'CANCELLED' OR counts AND ended_at > dispatch_by)
GROUP BY 1, 2
UNION ALL
SELECT k.merchant_id, coalesce(c.parent, c.code), 'LATE_REPLY_RATE',
  count(*) FILTER (WHERE k.first_replied_at IS NULL OR k.first_replied_at > k.first_reply_by), count(*), NULL
FROM after_sales_case k JOIN order_line l ON l.id = k.line_id JOIN category c ON c.code = l.category
JOIN orders o ON o.id = l.order_id
WHERE NOT o.mystery AND k.first_reply_by <= $1 AND k.first_reply_by > $1::timestamptz - make_interval(days => ($3::int[])[4])
  AND ($2::uuid IS NULL OR k.merchant_id = $2)
GROUP BY 1, 2
UNION ALL
SELECT merchant_id, category, 'RATING', sum(stars), count(*), sum(stars * stars)
FROM review
WHERE created_at <= $1 AND created_at > $1::timestamptz - make_interval(days => ($3::int[])[5]) AND ($2::uuid IS NULL OR merchant_id = $2)
GROUP BY 1, 2;

-- name: known
SELECT q.merchant_id, q.category, q.quality_bp, q.inputs::text AS inputs, q.parts::text AS parts
FROM merchant_quality q WHERE NOT EXISTS (SELECT FROM sandbox s WHERE s.sandbox_id = q.merchant_id);

-- name: of_sandboxes
-- Test spaces have figures of their own.
SELECT sandbox_id FROM sandbox;

-- name: keep
INSERT INTO merchant_quality (id, created_at, updated_at, merchant_id, category, quality_bp, inputs, parts)
SELECT boucle_uuid7(), now(), now(), m, c, b, i::jsonb, p::jsonb
FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[]) AS given (m, c, b, i, p)
ON CONFLICT (merchant_id, category) DO UPDATE SET quality_bp = excluded.quality_bp, inputs = excluded.inputs,
  parts = excluded.parts, updated_at = now();

-- name: models
-- The model in force of each market, and whether it is the newest of all.
SELECT DISTINCT ON (market) code, market, parameters::text AS parameters, priors::text AS priors, valid_from
FROM ranking_model WHERE valid_from <= $1 ORDER BY market, valid_from DESC;

-- name: add_review
-- $1 line, $2 customer, $3 stars, $4 text, $5 when.
INSERT INTO review (line_id, order_id, merchant_id, customer_id, variant_id, category, stars, text, created_at)
SELECT l.id, l.order_id, l.merchant_id, l.customer_id, l.variant_id, coalesce(c.parent, c.code), $3, $4, $5
FROM order_line l JOIN category c ON c.code = l.category
WHERE l.id = $1 AND l.customer_id = $2 AND l.delivered_at IS NOT NULL
ON CONFLICT (line_id) DO NOTHING
RETURNING id, line_id, stars, text, created_at;

-- name: review_of
SELECT id, line_id, stars, text, created_at FROM review WHERE line_id = $1;

-- name: reviewable
SELECT delivered_at IS NOT NULL AS delivered FROM order_line WHERE id = $1 AND customer_id = $2;
