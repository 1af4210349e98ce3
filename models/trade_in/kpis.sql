-- The statements of models/trade_in/kpis.py; with the rights of a job.

-- name: states
-- $1 market, $2 from, $3 until: the orders made then, by where they stand.
SELECT state, count(*)::int AS n FROM trade_in_order WHERE market = $1 AND created_at >= $2 AND created_at < $3 GROUP BY 1;

-- name: figures
SELECT count(*)::int AS orders, count(*) FILTER (WHERE in_country)::int AS in_country,
  count(*) FILTER (WHERE o.counter_minor IS NOT NULL OR v.at IS NOT NULL)::int AS inspected,
  count(*) FILTER (WHERE o.counter_minor IS NOT NULL)::int AS counter_offers,
  count(*) FILTER (WHERE o.state IN ('PAID', 'CREDITED'))::int AS paid,
  coalesce(sum(o.final_minor) FILTER (WHERE o.state IN ('PAID', 'CREDITED')), 0)::bigint AS paid_minor,
  coalesce(sum(ceil(extract(epoch FROM p.at - v.at) / 86400)) FILTER (WHERE p.at >= v.at), 0)::int AS pay_days,
  count(*) FILTER (WHERE p.at >= v.at)::int AS pay_n
FROM trade_in_order o
LEFT JOIN LATERAL (SELECT max(at) AS at FROM trade_in_move WHERE trade_in_id = o.id AND to_state = 'VALIDATED') v ON true
LEFT JOIN LATERAL (SELECT max(at) AS at FROM trade_in_move WHERE trade_in_id = o.id AND to_state IN ('PAID', 'CREDITED')) p
  ON true
WHERE o.market = $1 AND o.created_at >= $2 AND o.created_at < $3;
