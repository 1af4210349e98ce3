-- The statements of models/offers/refresh.py, in the order in which they run.

-- name: new_rows
CREATE TEMP TABLE fresh ON COMMIT DROP AS
WITH rules AS MATERIALIZED (
  SELECT m.code AS market, m.currency, m.countries, m.stage, m.paused, m.service_fee_minor,
    here.customs_area, r.code AS model_id, r.prior_bp,
    (r.parameters->>'quality_bp')::int AS w_quality,
    (r.parameters->>'in_country_bp')::int AS w_country,
    (r.parameters->>'delivery_bp')::int AS w_delivery,
    (r.parameters->>'warranty_bp')::int AS w_warranty,
    (r.parameters->>'battery_bp')::int AS w_battery,
    (r.parameters->>'quality_floor_bp')::int AS quality_floor,
    (r.parameters->>'max_days')::int AS max_days,
    (r.parameters->>'min_quantity')::int AS min_quantity, (r.parameters->>'low_stock')::int AS low_stock
  FROM market m
  JOIN country here ON here.code = m.countries[1]
  JOIN LATERAL (SELECT * FROM ranking_model x WHERE x.market = m.code AND x.valid_from <= now()
                ORDER BY x.valid_from DESC LIMIT 1) r ON true
), defaults AS MATERIALIZED (
  SELECT DISTINCT ON (merchant_id, market) merchant_id, market, carrier, delay_hours, price_minor
  FROM merchant_shipping ORDER BY merchant_id, market, price_minor, delay_hours, carrier
), priced AS (
  SELECT o.*, mk.market, r.countries, r.customs_area, r.stage, r.paused, r.model_id, r.prior_bp,
    r.currency AS market_currency, r.service_fee_minor, r.quality_floor, r.max_days, r.min_quantity, r.low_stock,
    r.w_quality, r.w_country, r.w_delivery, r.w_warranty, r.w_battery,
    me.state AS merchant_state, me.markets AS merchant_markets,
    COALESCE(q.quality_bp, r.prior_bp) AS quality_bp,
    CASE WHEN set_price.minor IS NULL AND own_price.minor IS NOT NULL THEN r.currency
      ELSE COALESCE(o.prices->mk.market->>'currency', o.currency) END AS price_currency,
    CASE WHEN rp.base_minor = own_price.minor THEN rp.item_minor ELSE own_price.minor END AS price_here,
    COALESCE((o.prices->mk.market->>'max')::bigint, CASE WHEN o.currency = r.currency THEN o.max_price_minor END) AS max_here,
    CASE WHEN own.carrier IS NULL THEN d.carrier ELSE own.carrier END AS carrier,
    CASE WHEN own.carrier IS NULL THEN d.delay_hours ELSE own.delay_hours END AS delay_hours,
    CASE WHEN own.carrier IS NULL THEN d.price_minor ELSE own.price_minor END AS shipping_minor,
    there.customs_area AS dispatch_area
  FROM touched t
  JOIN offer o ON o.id = t.offer_id
  JOIN merchant me ON me.id = o.merchant_id
  JOIN variant v ON v.id = o.variant_id
  JOIN product p ON p.id = v.product_id
  JOIN category c ON c.id = p.category_id
  CROSS JOIN LATERAL unnest(o.markets) AS mk(market)
  JOIN rules r ON r.market = mk.market
  CROSS JOIN LATERAL (SELECT COALESCE((o.prices->mk.market->>'price_minor')::bigint,
    CASE WHEN o.currency = r.currency THEN o.price_minor END) AS minor) set_price
  CROSS JOIN LATERAL (SELECT COALESCE(set_price.minor,
    boucle_derived_minor(o.prices, o.currency, o.price_minor, mk.market)) AS minor) own_price
  LEFT JOIN repriced rp ON rp.offer_id = o.id AND rp.market = mk.market
  LEFT JOIN country there ON there.code = o.dispatch_country
  LEFT JOIN merchant_quality q ON q.merchant_id = o.merchant_id AND q.category = COALESCE(c.parent, c.code)
  LEFT JOIN defaults d ON d.merchant_id = o.merchant_id AND d.market = mk.market
  LEFT JOIN LATERAL (
    SELECT e->>'carrier' AS carrier, (e->>'delay_hours')::int AS delay_hours,
           (e->>'price_minor')::bigint AS price_minor
    FROM jsonb_array_elements(CASE WHEN o.shipping IS NOT NULL AND o.currency = r.currency
                                   THEN o.shipping ELSE '[]' END) e
    ORDER BY 3, 2, 1 LIMIT 1) own ON true
), timed AS (
  SELECT *,
    CASE WHEN price_currency = market_currency THEN price_here END AS item_minor,
    GREATEST(1, (handling_hours + delay_hours + 23) / 24)::smallint AS days,
    GREATEST(1, (delay_hours + 23) / 24)::smallint AS early_days,
    (CASE WHEN dispatch_country = ANY (countries) THEN 0
          WHEN dispatch_area = customs_area THEN 1 ELSE 2 END)::smallint AS scope
  FROM priced
), scored AS (
  SELECT *,
    ARRAY[
      round((w_quality * (quality_bp - prior_bp))::float8 / 10000),
      CASE scope WHEN 0 THEN w_country WHEN 1 THEN round(w_country::float8 / 2) ELSE 0 END,
      round((w_delivery * LEAST(GREATEST(7 - COALESCE(days, 32000), -6), 6))::float8 / 6),
      round((w_warranty * LEAST(GREATEST(warranty_months - 12, 0), 24))::float8 / 24),
      CASE WHEN battery_new THEN w_battery
           ELSE round((w_battery * LEAST(GREATEST(COALESCE(battery_health, 0) - 80, 0), 20))::float8 / 40) END
    ]::smallint[] AS terms
  FROM timed
), landed AS (
  SELECT *, item_minor + shipping_minor + service_fee_minor AS landed_minor,
    (10000 + terms[1] + terms[2] + terms[3] + terms[4] + terms[5])::smallint AS merit
  FROM scored
)
SELECT id AS offer_id, market, merchant_id, variant_id, grade,
  array_remove(ARRAY[
    CASE WHEN status = 'PAUSED' THEN COALESCE(paused_because, 'PAUSED_BY_MERCHANT') END,
    CASE WHEN status = 'ABSENT' THEN 'ABSENT_FROM_FEED' END,
    CASE WHEN quantity = 0 AND status <> 'ABSENT' THEN 'OUT_OF_STOCK' END,
    CASE WHEN quantity > 0 AND quantity < min_quantity THEN 'QUANTITY_BELOW_MINIMUM' END,
    CASE WHEN available_from IS NOT NULL OR available_until IS NOT NULL THEN
      CASE WHEN available_from > boucle_now(merchant_id) OR available_until <= boucle_now(merchant_id)
        THEN 'OUTSIDE_AVAILABILITY' END END,
    CASE WHEN price_here IS NULL THEN 'NO_PRICE_FOR_MARKET'
         WHEN price_currency <> market_currency THEN 'CURRENCY_NOT_ALLOWED' END,
    CASE WHEN item_minor > max_here THEN 'PRICE_ABOVE_MAX' END,
    CASE WHEN NOT market = ANY (merchant_markets) THEN 'MARKET_NOT_ALLOWED' END,
    CASE WHEN stage NOT IN ('INTERNAL', 'SOFT', 'PUBLIC') THEN 'MARKET_NOT_OPEN' END,
    CASE WHEN paused THEN 'MARKET_PAUSED' END,
    CASE WHEN merchant_state NOT IN ('PROBATION', 'ACTIVE', 'RESTRICTED')
      OR merchant_id IN (SELECT sandbox_id FROM sandbox)
      OR customs_area = 'EU' AND merchant_id IN (SELECT d.merchant_id FROM trader_deadline d WHERE d.stopped_at IS NOT NULL)
      THEN 'MERCHANT_NOT_SELLING' END,
    CASE WHEN (id, market) IN (SELECT r.offer_id, r.market FROM offer_removal r) THEN 'PRODUCT_REJECTED' END,
    CASE WHEN carrier IS NULL THEN 'NO_SHIPPING_TO_MARKET' END,
    CASE WHEN merchant_state = 'RESTRICTED' THEN 'MERCHANT_RESTRICTED' END,
    CASE WHEN quality_bp < quality_floor THEN 'QUALITY_BELOW_FLOOR' END,
    CASE WHEN days > max_days THEN 'DELIVERY_TOO_SLOW' END,
    CASE WHEN quantity > 0 AND quantity < low_stock THEN 'LOW_STOCK_PROTECTION' END
  ], NULL)::text[] AS reasons,
  2::smallint AS visibility, market_currency AS currency,
  item_minor, shipping_minor, service_fee_minor::bigint AS service_fee_minor,
  0::bigint AS levies_minor, 0::bigint AS duties_minor,
  landed_minor, days, early_days, carrier, scope, dispatch_country, warranty_months, battery_new,
  battery_health, quantity, quality_bp::smallint AS quality_bp, terms, merit,
  div(landed_minor::numeric * 10000000000, merit)::bigint AS effective_e6, model_id, listed_at
FROM landed;

-- name: price_limits
UPDATE fresh SET reasons = reasons || found.reason
FROM (
  SELECT f.offer_id, f.market,
    CASE WHEN f.landed_minor * 10 < m.median * 4 THEN 'PRICE_OUTLIER_LOW' ELSE 'PRICE_OUTLIER_HIGH' END AS reason
  FROM fresh f
  CROSS JOIN LATERAL (
    SELECT x.min_landed, x.max_landed FROM best_offer x
    WHERE (x.market, x.variant_id, x.grade) = (f.market, f.variant_id, f.grade) AND x.offers >= 5 OFFSET 0) b
  CROSS JOIN LATERAL (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY om.landed_minor) AS median, count(*) AS n
    FROM offer_market om
    WHERE (om.market, om.variant_id, om.grade) = (f.market, f.variant_id, f.grade)
      AND om.visibility > 0 AND om.merchant_id <> f.merchant_id) m
  LEFT JOIN price_confirmation p ON (p.offer_id, p.market) = (f.offer_id, f.market)
  WHERE (f.landed_minor * 10 < b.max_landed * 4 OR f.landed_minor * 10 > b.min_landed * 25)
    AND m.n >= 5 AND (f.landed_minor * 10 > m.median * 25
      OR f.landed_minor * 10 < m.median * 4 AND f.item_minor >= p.item_minor IS NOT TRUE)
) found
WHERE fresh.offer_id = found.offer_id AND fresh.market = found.market;

-- name: visibility
UPDATE fresh SET visibility = CASE
  WHEN reasons <@ ARRAY['MERCHANT_RESTRICTED', 'QUALITY_BELOW_FLOOR', 'DELIVERY_TOO_SLOW', 'PRICE_ABOVE_NEW', 'LOW_STOCK_PROTECTION']
  THEN 1 ELSE 0 END
WHERE reasons <> '{}';

-- name: changed
CREATE TEMP TABLE changed ON COMMIT DROP AS
SELECT f.*, om.variant_id AS old_variant, om.grade AS old_grade, om.visibility AS old_visibility,
  om.item_minor AS old_item,
  (om.offer_id IS NULL OR $$ranked_f$$ IS DISTINCT FROM $$ranked_om$$) AS ranked
FROM fresh f LEFT JOIN offer_market om ON om.offer_id = f.offer_id AND om.market = f.market
WHERE om.offer_id IS NULL OR $$all_f$$ IS DISTINCT FROM $$all_om$$;

-- name: gone
CREATE TEMP TABLE gone ON COMMIT DROP AS
SELECT om.offer_id, om.market, om.merchant_id, om.variant_id, om.grade, om.visibility
FROM touched t JOIN offer_market om ON om.offer_id = t.offer_id
WHERE NOT EXISTS (SELECT FROM fresh f WHERE f.offer_id = om.offer_id AND f.market = om.market);

-- name: cells
CREATE TEMP TABLE cell ON COMMIT DROP AS
SELECT market, variant_id, grade, bool_or(flips) AS flips FROM (
  SELECT market, variant_id, grade, COALESCE(old_visibility, 0) = 0 OR visibility = 0
      OR (variant_id, grade) IS DISTINCT FROM (old_variant, old_grade) AS flips
  FROM changed WHERE ranked AND (visibility > 0 OR COALESCE(old_visibility, 0) > 0)
  UNION ALL
  SELECT market, old_variant, old_grade, true FROM changed
  WHERE old_visibility > 0 AND (variant_id, grade) IS DISTINCT FROM (old_variant, old_grade)
  UNION ALL
  SELECT market, variant_id, grade, true FROM gone WHERE visibility > 0
) x GROUP BY 1, 2, 3;

-- name: history
-- A row where the price changes, and where it begins or ceases to be published. An announced reduction whose price rises is over.
WITH over AS (
  UPDATE price_reduction r SET ended_at = clock_timestamp(), ended_because = 'PRICE_ROSE' FROM changed c
  WHERE (r.offer_id, r.market) = (c.offer_id, c.market) AND r.ended_at IS NULL AND c.item_minor > r.price_minor
    AND c.item_minor IS DISTINCT FROM c.old_item
)
INSERT INTO price_history (offer_id, market, item_minor, currency, run_id, published)
SELECT offer_id, market, item_minor, currency, $1::uuid, published FROM (
  SELECT offer_id, market, item_minor, currency, visibility > 0 AS published FROM changed
  WHERE item_minor IS DISTINCT FROM old_item OR (visibility > 0) <> (COALESCE(old_visibility, 0) > 0)
  UNION ALL SELECT g.offer_id, g.market, NULL, om.currency, false FROM gone g
  JOIN offer_market om ON (om.offer_id, om.market) = (g.offer_id, g.market) WHERE g.visibility > 0) x
ORDER BY offer_id, market;

-- name: upsert
-- A reason that stays keeps the time at which it began.
INSERT INTO offer_market AS om ($$columns$$, changed_at, reasons_since)
SELECT $$columns$$, now(), CASE WHEN reasons <> '{}' THEN array_fill(now(), ARRAY[cardinality(reasons)]) END FROM changed
ON CONFLICT (offer_id, market) DO UPDATE SET $$set_columns$$, changed_at = excluded.changed_at,
  reasons_since = CASE WHEN excluded.reasons = '{}' THEN NULL WHEN excluded.reasons = om.reasons THEN om.reasons_since
    WHEN om.reasons = '{}' THEN excluded.reasons_since
    ELSE (SELECT array_agg(COALESCE(om.reasons_since[array_position(om.reasons, r.code)], now()) ORDER BY r.n)
      FROM unnest(excluded.reasons) WITH ORDINALITY r (code, n)) END;

-- name: delete_gone
DELETE FROM offer_market om USING gone g WHERE (om.offer_id, om.market) = (g.offer_id, g.market);

-- name: make_cells
INSERT INTO best_offer (market, variant_id, grade, product_id, category)
SELECT c.market, c.variant_id, c.grade, p.id, k.code
FROM cell c JOIN variant v ON v.id = c.variant_id JOIN product p ON p.id = v.product_id
JOIN category k ON k.id = p.category_id
WHERE NOT EXISTS (SELECT FROM best_offer b WHERE (b.market, b.variant_id, b.grade) = (c.market, c.variant_id, c.grade))
ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING;

-- name: lock_cells
WITH locked AS (
  SELECT b.market, b.variant_id, b.grade FROM best_offer b
  JOIN cell c ON (c.market, c.variant_id, c.grade) = (b.market, b.variant_id, b.grade)
  ORDER BY 1, 2, 3 FOR UPDATE OF b)
SELECT count(*) FROM locked;

-- name: rank
CREATE TEMP TABLE ranking ON COMMIT DROP AS
$$competition_of_cell$$;

-- name: wanted
-- Whether anybody listens to what becomes of offers.
SELECT EXISTS (SELECT FROM wanted_events() WHERE topic IN ('offer.competition_changed', 'offer.visibility_changed'));

-- name: tell
-- What became of the offers of those who listen, one event for each offer and market, or one for a market in which
-- more than $1 changed. Best_offer still says how it was, ranking how it is.
WITH ear AS MATERIALIZED (
  SELECT merchant_id, bool_or(topic = 'offer.competition_changed') AS ranks, bool_or(topic = 'offer.visibility_changed') AS shows
  FROM wanted_events() WHERE topic IN ('offer.competition_changed', 'offer.visibility_changed') GROUP BY 1
), cells AS MATERIALIZED (
  SELECT b.market, b.variant_id, b.grade, b.group_offers AS before, r.group_offers AS after
  FROM ranking r JOIN best_offer b USING (market, variant_id, grade)
), suspect AS MATERIALIZED (
  SELECT c.offer_id, c.market, c.merchant_id, c.variant_id, c.grade, c.visibility, c.reasons, c.old_variant, c.old_grade,
    COALESCE(c.old_visibility, 0) AS old_visibility, true AS own
  FROM changed c JOIN ear USING (merchant_id)
  WHERE c.ranked AND (c.visibility > 0 OR COALESCE(c.old_visibility, 0) > 0)
  UNION ALL
  SELECT om.offer_id, om.market, om.merchant_id, om.variant_id, om.grade, om.visibility, om.reasons, om.variant_id, om.grade,
    om.visibility, false
  FROM cells t JOIN offer_market om ON (om.market, om.variant_id, om.grade) = (t.market, t.variant_id, t.grade) AND om.visibility > 0
  JOIN ear USING (merchant_id)
  WHERE t.before <> t.after AND om.visibility = 2
    AND NOT EXISTS (SELECT FROM changed c WHERE (c.offer_id, c.market) = (om.offer_id, om.market))
  UNION ALL
  SELECT g.offer_id, g.market, o.merchant_id, g.variant_id, g.grade, 0, '{}', g.variant_id, g.grade, g.visibility, true
  FROM gone g JOIN offer o ON o.id = g.offer_id JOIN ear ON ear.merchant_id = o.merchant_id WHERE g.visibility > 0
), stood AS (
  SELECT s.*,
    CASE WHEN s.old_visibility < 2 THEN 'INELIGIBLE'
      WHEN s.offer_id = ANY (was.before) THEN CASE cardinality(was.before) WHEN 1 THEN 'WON' ELSE 'SHARING' END
      WHEN EXISTS (SELECT FROM offer o WHERE o.id = ANY (was.before) AND o.merchant_id = s.merchant_id) THEN 'WON_ELSEWHERE'
      ELSE 'ELIGIBLE' END AS old_state,
    CASE WHEN s.visibility < 2 THEN 'INELIGIBLE'
      WHEN s.offer_id = ANY (new.after) THEN CASE cardinality(new.after) WHEN 1 THEN 'WON' ELSE 'SHARING' END
      WHEN EXISTS (SELECT FROM offer o WHERE o.id = ANY (new.after) AND o.merchant_id = s.merchant_id) THEN 'WON_ELSEWHERE'
      ELSE 'ELIGIBLE' END AS state
  FROM suspect s
  LEFT JOIN cells was ON (was.market, was.variant_id, was.grade) = (s.market, s.old_variant, s.old_grade)
  LEFT JOIN cells new ON (new.market, new.variant_id, new.grade) = (s.market, s.variant_id, s.grade)
), news AS (
  SELECT s.merchant_id, 'offer.competition_changed' AS topic, s.offer_id, s.market, s.state AS becomes,
    jsonb_build_object('market', s.market, 'from', s.old_state, 'to', s.state, 'because',
      CASE WHEN s.visibility <> s.old_visibility THEN 'VISIBILITY' WHEN s.own THEN 'OWN_OFFER' ELSE 'OTHER_OFFERS' END) AS data
  FROM stood s JOIN ear USING (merchant_id) WHERE ear.ranks AND s.old_state <> s.state
  UNION ALL
  SELECT s.merchant_id, 'offer.visibility_changed', s.offer_id, s.market, v.names[s.visibility + 1],
    jsonb_build_object('market', s.market, 'from', v.names[s.old_visibility + 1], 'to', v.names[s.visibility + 1], 'reasons', s.reasons)
  FROM stood s JOIN ear USING (merchant_id), (SELECT ARRAY['HIDDEN', 'LIMITED', 'FULL'] AS names) v
  WHERE ear.shows AND s.visibility <> s.old_visibility
), counted AS (
  SELECT *, count(*) OVER (PARTITION BY merchant_id, topic, market) AS n FROM news
), summed AS (
  SELECT merchant_id, topic, 'Market' AS object_type, k.id AS object_id,
    jsonb_build_object('market', market, 'offers', sum(n), 'to', jsonb_object_agg(becomes, n)) AS data
  FROM (SELECT merchant_id, topic, market, becomes, count(*) AS n FROM counted WHERE n > $1 GROUP BY 1, 2, 3, 4) x
  JOIN market k ON k.code = x.market GROUP BY 1, 2, k.id, x.market
), told AS (
  INSERT INTO event (merchant_id, topic, object_type, object_id, version, data)
  SELECT merchant_id, topic, object_type, object_id, nextval('offer_event_version'), data FROM (
    SELECT merchant_id, topic, 'Offer' AS object_type, offer_id AS object_id, data FROM counted WHERE n <= $1
    UNION ALL SELECT * FROM summed ORDER BY 1, 2, 4) x
  RETURNING merchant_id, topic
)
INSERT INTO announcement (topic) SELECT DISTINCT 'competition:' || merchant_id FROM told WHERE topic = 'offer.competition_changed';

-- name: moved
-- The products of which a competition will say something else, as they stand before `best`: flips may
-- change how many merchants they have, and turns, from no offer to some or back, their facets.
CREATE TEMP TABLE moved ON COMMIT DROP AS
SELECT b.market, b.product_id, min(b.category) AS category, bool_or(c.flips) AS flips,
  bool_or((b.offers = 0) <> (r.offers = 0)) AS turns
FROM cell c JOIN ranking r USING (market, variant_id, grade) JOIN best_offer b USING (market, variant_id, grade)
WHERE c.flips OR (b.offers, b.min_landed, b.max_landed, b.across_e10, b.quality_bp, b.landed_minor)
  IS DISTINCT FROM (r.offers, r.min_landed, r.max_landed, r.across_e10, r.quality_bp, r.landed_minor)
GROUP BY 1, 2;

-- name: snapshots
INSERT INTO ranking_snapshot (snapshot_id, market, variant_id, grade, model_id, inputs)
SELECT r.snapshot_id, r.market, r.variant_id, r.grade, r.model_id, r.inputs
FROM ranking r JOIN best_offer b USING (market, variant_id, grade)
WHERE r.snapshot_id IS NOT NULL AND r.snapshot_id IS DISTINCT FROM b.snapshot_id;

-- name: best
UPDATE best_offer b SET $$set_best$$, changed_at = now()
FROM ranking r WHERE (b.market, b.variant_id, b.grade) = (r.market, r.variant_id, r.grade);

-- name: make_products
INSERT INTO product_market (market, product_id, category)
SELECT market, product_id, category FROM moved m
WHERE NOT EXISTS (SELECT FROM product_market p WHERE (p.market, p.product_id) = (m.market, m.product_id))
ORDER BY 1, 2 ON CONFLICT DO NOTHING;

-- name: lock_products
WITH locked AS (SELECT p.market, p.product_id FROM product_market p JOIN moved m USING (market, product_id)
  ORDER BY 1, 2 FOR UPDATE OF p)
SELECT count(*) FROM locked;

-- name: products
UPDATE product_market p SET offers = n.offers, min_landed = n.min_landed, max_landed = n.max_landed,
  best_variant = n.best_variant, best_grade = n.best_grade, across_e6 = n.across_e6, changed_at = now()
FROM ($$product_of_moved$$) n
WHERE (p.market, p.product_id) = (n.market, n.product_id);

-- name: product_merchants
UPDATE product_market p SET merchants = COALESCE(n.merchants, 0)
FROM moved m LEFT JOIN ($$merchants_of_flips$$) n
  USING (market, product_id)
WHERE m.flips AND (p.market, p.product_id) = (m.market, m.product_id);

-- name: facets_of_moved
CREATE TEMP TABLE facet ON COMMIT DROP AS
$$facets_of_turns$$;

-- name: facet_counts
WITH away AS (
  DELETE FROM product_facet o USING moved m
  WHERE m.turns AND o.market = m.market AND o.product_id = m.product_id
    AND NOT EXISTS (SELECT FROM facet f WHERE (f.market, f.product_id, f.key, f.value) = (o.market, o.product_id, o.key, o.value))
  RETURNING o.market, o.category, o.key, o.value
), come AS (
  INSERT INTO product_facet (market, product_id, category, key, value)
  SELECT market, product_id, category, key, value FROM facet ORDER BY 1, 2, 4, 5 ON CONFLICT DO NOTHING
  RETURNING market, category, key, value
)
INSERT INTO facet_count (market, category, key, value, products)
SELECT market, category, key, value, sum(n) FROM (
  SELECT market, category, key, value, 1 AS n FROM come UNION ALL SELECT market, category, key, value, -1 FROM away
) d GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4
ON CONFLICT (market, category, key, value) DO UPDATE SET products = facet_count.products + excluded.products;

-- name: announce
-- $1 also what stayed as it was, $2 most products of a market that are named. A hidden offer concerns nobody.
WITH told AS MATERIALIZED (
  SELECT DISTINCT x.market, v.product_id FROM (
    SELECT market, variant_id FROM changed WHERE visibility > 0 OR old_visibility > 0
    UNION SELECT market, old_variant FROM changed WHERE old_visibility > 0
    UNION SELECT market, variant_id FROM gone WHERE visibility > 0
    UNION SELECT om.market, om.variant_id FROM touched t JOIN offer_market om ON om.offer_id = t.offer_id
    WHERE $1 AND om.visibility > 0) x
  JOIN variant v ON v.id = x.variant_id
), many AS MATERIALIZED (SELECT market FROM told GROUP BY 1 HAVING count(*) > $2)
INSERT INTO announcement (topic, payload)
SELECT 'market:' || market, '{}'::jsonb FROM many
UNION ALL
SELECT 'product:' || product_id, jsonb_build_object('markets', jsonb_agg(market ORDER BY market))
FROM told WHERE market NOT IN (SELECT market FROM many) GROUP BY product_id;

-- name: changes_of_one
-- For whoever follows the offers of the merchant $1, who wrote them all: in pieces of 1,000.
INSERT INTO offer_change (merchant_id, kind, offer_ids)
SELECT $1::uuid, 'CHANGED', array_agg(offer_id)
FROM (SELECT offer_id, (row_number() OVER () - 1) / 1000 AS piece FROM touched) x GROUP BY piece;

-- name: changes_of_many
-- The same where the offers were written, of whichever merchants.
INSERT INTO offer_change (merchant_id, kind, offer_ids)
SELECT merchant_id, 'CHANGED', array_agg(id) FROM (
  SELECT o.merchant_id, o.id, (row_number() OVER (PARTITION BY o.merchant_id) - 1) / 1000 AS piece
  FROM touched t JOIN offer o ON o.id = t.offer_id) x
GROUP BY merchant_id, piece;

-- name: changes_seen
-- The same where only what buyers see of them may differ.
INSERT INTO offer_change (merchant_id, kind, offer_ids)
SELECT merchant_id, 'CHANGED', array_agg(offer_id) FROM (
  SELECT *, (row_number() OVER (PARTITION BY merchant_id) - 1) / 1000 AS piece
  FROM (SELECT merchant_id, offer_id FROM changed UNION SELECT merchant_id, offer_id FROM gone) y) x
GROUP BY merchant_id, piece;
