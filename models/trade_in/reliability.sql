-- The statements of models/trade_in/reliability.py.

-- name: add
INSERT INTO trade_in_reliability AS r (merchant_id, market, inspections, counter_offers, cuts_bp, paid, pay_days, orders,
  in_country)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)
ON CONFLICT (merchant_id, market) DO UPDATE SET inspections = r.inspections + excluded.inspections,
  counter_offers = r.counter_offers + excluded.counter_offers, cuts_bp = r.cuts_bp + excluded.cuts_bp,
  paid = r.paid + excluded.paid, pay_days = r.pay_days + excluded.pay_days, orders = r.orders + 1,
  in_country = r.in_country + excluded.in_country, updated_at = now();

-- name: recount
-- From the orders that have ended. One whose device was never inspected, or was refused, counts as an order alone. A cut is
-- rounded half to even, as `float8` is; days are begun ones.
WITH ended AS (
  SELECT o.merchant_id, o.market, o.in_country, o.bid_minor, o.counter_minor,
    o.counter_minor IS NOT NULL OR v.at IS NOT NULL AS inspected, v.at AS validated_at, p.at AS paid_at
  FROM trade_in_order o
  LEFT JOIN LATERAL (SELECT max(at) AS at FROM trade_in_move WHERE trade_in_id = o.id AND to_state = 'VALIDATED') v ON true
  LEFT JOIN LATERAL (SELECT max(at) AS at FROM trade_in_move WHERE trade_in_id = o.id AND to_state IN ('PAID', 'CREDITED')) p
    ON true
  WHERE o.state IN ('PAID', 'CREDITED', 'DONATED', 'RETURNED', 'CANCELLED', 'EXPIRED', 'LOST')),
counted AS (
  SELECT merchant_id, market, count(*) FILTER (WHERE inspected) AS inspections,
    count(*) FILTER (WHERE counter_minor IS NOT NULL) AS counter_offers,
    coalesce(sum(CASE WHEN counter_minor IS NULL OR bid_minor = 0 THEN 0 ELSE
      least(10000, greatest(0, round(10000::float8 * (bid_minor - counter_minor) / bid_minor))) END), 0) AS cuts_bp,
    count(*) FILTER (WHERE paid_at IS NOT NULL) AS paid,
    coalesce(sum(CASE WHEN paid_at IS NOT NULL THEN
      ceil(extract(epoch FROM paid_at - coalesce(validated_at, paid_at)) / 86400) END), 0) AS pay_days,
    count(*) AS orders, count(*) FILTER (WHERE in_country) AS in_country
  FROM ended GROUP BY 1, 2),
gone AS (
  DELETE FROM trade_in_reliability r
  WHERE NOT EXISTS (SELECT FROM counted c WHERE (c.merchant_id, c.market) = (r.merchant_id, r.market)))
INSERT INTO trade_in_reliability AS r (merchant_id, market, inspections, counter_offers, cuts_bp, paid, pay_days, orders,
  in_country)
SELECT merchant_id, market, inspections, counter_offers, cuts_bp, paid, pay_days, orders, in_country FROM counted
ON CONFLICT (merchant_id, market) DO UPDATE SET inspections = excluded.inspections,
  counter_offers = excluded.counter_offers, cuts_bp = excluded.cuts_bp, paid = excluded.paid, pay_days = excluded.pay_days,
  orders = excluded.orders, in_country = excluded.in_country, updated_at = now()
WHERE (r.inspections, r.counter_offers, r.cuts_bp, r.paid, r.pay_days, r.orders, r.in_country) IS DISTINCT FROM
  (excluded.inspections, excluded.counter_offers, excluded.cuts_bp, excluded.paid, excluded.pay_days, excluded.orders,
   excluded.in_country)
RETURNING merchant_id;

-- name: decay
-- The share of value left after a month: how the median price of models falls with their age, between models of one brand.
-- $1 fewest models, $2 fewest months between the youngest and the oldest.
WITH priced AS (
  SELECT 'BID_PRICES' AS basis, b.market, v.product_id, b.amount_minor AS minor FROM trade_in_bid b
    JOIN variant v ON v.id = b.variant_id
    WHERE b.amount_minor > 0 AND b.grade = 'FUNCTIONAL_GOOD' AND (b.valid_until IS NULL OR b.valid_until > now())
  UNION ALL SELECT 'OFFER_PRICES', o.market, o.product_id, o.landed_minor FROM best_offer o
    WHERE o.grade = $3 AND o.landed_minor > 0),
models AS (
  SELECT x.basis, x.market, c.code AS category, p.brand_id,
    (extract(epoch FROM now() - p.release_date) / 2629800)::float8 AS months,
    ln(percentile_cont(0.5) WITHIN GROUP (ORDER BY x.minor)) AS price
  FROM priced x JOIN product p ON p.id = x.product_id JOIN category c ON c.id = p.category_id
  WHERE p.release_date < now() GROUP BY x.basis, x.market, c.code, p.brand_id, p.id, p.release_date),
centred AS (
  SELECT basis, market, category, months, months - avg(months) OVER w AS x, price - avg(price) OVER w AS y
  FROM models WINDOW w AS (PARTITION BY basis, market, category, brand_id)),
fitted AS (
  SELECT basis, market, category, count(*)::int AS models, exp(regr_slope(y, x)) AS share
  FROM centred GROUP BY 1, 2, 3
  HAVING count(*) >= $1 AND max(months) - min(months) >= $2 AND regr_slope(y, x) < 0),
kept AS (SELECT *, round((10000 * share)::numeric)::int AS monthly_bp FROM fitted WHERE share > 0.8),
gone AS (DELETE FROM trade_in_decay d WHERE d.basis <> 'DEFAULT' AND NOT EXISTS (
  SELECT FROM kept k WHERE (k.basis, k.market, k.category) = (d.basis, d.market, d.category)))
INSERT INTO trade_in_decay (category, market, brand, basis, monthly_bp, models, as_of, source)
SELECT category, market, '*', basis, greatest(1, least(10000, monthly_bp)), models, now(), 'measured' FROM kept
ON CONFLICT (category, market, brand, basis) DO UPDATE SET monthly_bp = excluded.monthly_bp, models = excluded.models,
  as_of = excluded.as_of, source = excluded.source
RETURNING category;
