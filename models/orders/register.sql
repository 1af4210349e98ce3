-- The statements of models/orders/register. One run at a time writes the register: see `alone`.

-- name: alone
SELECT pg_advisory_xact_lock(hashtextextended('impact_register', 34));

-- name: take
-- $1 how many. Lines that are due, one of each device, held against a move; those that another transaction holds wait. Lines of a
-- sandbox never count.
WITH held AS MATERIALIZED (
  SELECT l.id, l.unit_id, l.delivered_at,
    l.state = 'COMPLETED' AND NOT EXISTS (SELECT FROM sandbox s WHERE s.sandbox_id = l.merchant_id) AS wanted
  FROM impact_due d JOIN order_line l ON l.id = d.line_id
  ORDER BY d.at, d.line_id LIMIT $1 FOR NO KEY UPDATE OF l SKIP LOCKED
), lines AS (
  SELECT DISTINCT ON (coalesce(unit_id, id)) id, wanted FROM held ORDER BY coalesce(unit_id, id), delivered_at, id
), stand AS (
  SELECT x.id, x.wanted, coalesce((SELECT sum(e.sign) FROM impact_entry e WHERE e.line_id = x.id), 0) > 0 AS counted FROM lines x)
SELECT coalesce(array_agg(id ORDER BY id), '{}') AS taken,
  coalesce(array_agg(id ORDER BY id) FILTER (WHERE wanted AND NOT counted), '{}') AS counting,
  coalesce(array_agg(id ORDER BY id) FILTER (WHERE NOT wanted AND counted), '{}') AS withdrawing FROM stand;

-- name: done
DELETE FROM impact_due WHERE line_id = ANY ($1);

-- name: facts
-- $1 lines, $2 without those of which nobody said which device. What is known of their devices since each was last in use, equal ones
-- as one row; `day` is that of the refurbishing.
SELECT x.category, x.released_on, x.day, x.bought_on, x.battery_new, x.parts::text AS parts, x.refurbished::text AS refurbished,
  array_agg(x.id) AS lines
FROM (
  SELECT l.id, l.category, l.battery_new, p.release_date AS released_on, r.parts, r.refurbished,
    coalesce(r.tested_at, l.shipped_at, l.paid_at, l.created_at)::date AS day,
    (SELECT min(a.purchased_on) FROM asset a WHERE a.unit_id = l.unit_id) AS bought_on
  FROM order_line l LEFT JOIN variant v ON v.id = l.variant_id LEFT JOIN product p ON p.id = v.product_id
  LEFT JOIN LATERAL (
    SELECT jsonb_agg(e.data ORDER BY e.n) FILTER (WHERE e.kind = 'PART_REPLACED') AS parts,
      (array_agg(e.data ORDER BY e.n DESC) FILTER (WHERE e.kind = 'REFURBISHED'))[1] AS refurbished,
      max(e.at) FILTER (WHERE e.kind = 'DIAGNOSED') AS tested_at
    FROM unit_event e WHERE e.unit_id = l.unit_id AND e.kind IN ('PART_REPLACED','REFURBISHED','DIAGNOSED')
      AND e.n > coalesce((SELECT max(d.n) FROM unit_event d JOIN impact_life f ON f.line_id = d.line_id AND f.unit_id = d.unit_id
        WHERE d.unit_id = l.unit_id AND d.kind = 'DELIVERED' AND d.line_id <> l.id), 0)
      AND e.n < coalesce((SELECT min(d.n) FROM unit_event d WHERE d.unit_id = l.unit_id AND d.kind = 'DELIVERED' AND d.line_id = l.id),
        2147483647)) r ON l.unit_id IS NOT NULL
  WHERE l.id = ANY ($1) AND (l.unit_id IS NOT NULL OR NOT $2)) x
GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3;

-- name: close_lives
-- $1 lines. A device that came back after it last counted, and before it was delivered now, is free to count again.
UPDATE impact_life f SET until_at = x.at FROM (
  SELECT f.id, max(e.at) AS at FROM order_line l
  JOIN impact_life f ON f.unit_id = l.unit_id AND f.until_at IS NULL AND f.line_id <> l.id
  JOIN unit_event e ON e.unit_id = l.unit_id AND e.kind IN ('RECEIVED','RETURNED') AND e.at > f.from_at
    AND e.at <= coalesce(l.delivered_at, now())
  WHERE l.id = ANY ($1) GROUP BY f.id) x
WHERE f.id = x.id;

-- name: open_lives
-- $1 lines. Those whose device did not count already.
INSERT INTO impact_life (unit_id, line_id, from_at)
SELECT l.unit_id, l.id, coalesce(l.delivered_at, now()) FROM order_line l WHERE l.id = ANY ($1) AND l.unit_id IS NOT NULL
ON CONFLICT (unit_id) WHERE until_at IS NULL DO NOTHING RETURNING line_id;

-- name: count
-- $1 lines, $2 the keys of their classes or null, $3 the lines that opened a life, $4 the set of sums. A line counts in the month in
-- which its days to give back ended; one that counted before, in that of its last move.
INSERT INTO impact_entry (line_id, seq, unit_id, sign, class_id, reason, country, market, merchant_id, customer_id, category, at, month,
  set_id)
SELECT y.id, y.seq, y.unit_id, y.sign, CASE WHEN y.sign = 1 THEN y.class_id END, y.reason, y.country, y.market, y.merchant_id,
  y.customer_id, y.category, y.at, date_trunc('month', y.at AT TIME ZONE y.zone)::date, $4
FROM (
  SELECT l.id, s.seq, l.unit_id, c.id AS class_id, l.country, l.market, l.merchant_id, l.customer_id, l.category, k.time_zone AS zone,
    CASE WHEN l.unit_id IS NULL OR l.id = ANY ($3) THEN 1 ELSE 0 END AS sign,
    CASE WHEN l.unit_id IS NULL THEN 'NO_IDENTITY' WHEN l.id <> ALL ($3) THEN 'ALREADY_COUNTED' END AS reason,
    CASE WHEN s.seq = 1 THEN coalesce(l.return_until, l.delivered_at, l.updated_at)
      ELSE coalesce((SELECT max(m.at) FROM order_line_move m WHERE m.line_id = l.id AND m.to_state = 'COMPLETED'), l.updated_at) END AS at
  FROM unnest($1::uuid[], $2::text[]) AS g (line_id, key) JOIN order_line l ON l.id = g.line_id
  JOIN market k ON k.code = l.market LEFT JOIN impact_class c ON c.key = g.key,
  LATERAL (SELECT count(*) + 1 AS seq FROM impact_entry e WHERE e.line_id = l.id) s) y
ORDER BY y.at, y.id RETURNING n;

-- name: withdraw
-- $1 lines. What they counted is taken back, by the set by which it was reported, in the month in which they moved.
INSERT INTO impact_entry (line_id, seq, unit_id, sign, class_id, reason, country, market, merchant_id, customer_id, category, at, month,
  set_id)
SELECT e.line_id, e.seq + 1, e.unit_id, -1, e.class_id, e.reason, e.country, e.market, e.merchant_id, e.customer_id, e.category, x.at,
  date_trunc('month', x.at AT TIME ZONE k.time_zone)::date, e.set_id
FROM order_line l JOIN market k ON k.code = l.market,
  LATERAL (SELECT * FROM impact_entry e WHERE e.line_id = l.id ORDER BY e.seq DESC LIMIT 1) e,
  LATERAL (SELECT coalesce(max(m.at), l.updated_at) AS at FROM order_line_move m WHERE m.line_id = l.id AND m.from_state = 'COMPLETED') x
WHERE l.id = ANY ($1) AND e.sign = 1 ORDER BY x.at, l.id RETURNING n;

-- name: end_lives
UPDATE impact_life SET until_at = now() WHERE line_id = ANY ($1) AND until_at IS NULL;
