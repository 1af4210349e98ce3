-- What the page of a product holds, as one JSON value written by hand: the floor that `detail` is measured against.
-- $1 market, $2 slug. The leader stands for the featured offer, ids and amounts are as stored, attributes have no labels.
SELECT json_build_object('data', json_build_object('listing', json_build_object(
  'market', k.code, 'currency', k.currency, 'offerCount', s.offers, 'merchantCount', s.merchants,
  'priceRange', json_build_object('min', s.min_landed, 'max', s.max_landed),
  'product', json_build_object('id', p.id, 'slug', p.slug, 'model', p.model, 'category', c.code, 'releaseDate', p.release_date,
    'brand', json_build_object('code', b.code, 'name', b.name),
    'weight', json_build_object('grams', p.weight_grams, 'sourced', p.weight_sourced)),
  'variant', s.best_variant,
  'variants', (SELECT json_agg(json_build_object('id', v.id, 'slug', v.slug, 'mpn', v.mpn, 'attributes', v.attributes,
      'gtins', ARRAY(SELECT g.gtin FROM variant_gtin g WHERE g.variant_id = v.id ORDER BY 1),
      'offerCount', COALESCE(o.offers, 0), 'fromPrice', o.lowest) ORDER BY v.slug)
    FROM variant v LEFT JOIN (SELECT variant_id, sum(offers) AS offers, min(min_landed) AS lowest FROM best_offer
      WHERE market = $1 AND product_id = p.id AND offers > 0 GROUP BY 1) o ON o.variant_id = v.id
    WHERE v.product_id = p.id),
  'grades', (SELECT json_agg(json_build_object('grade', x.grade, 'offerCount', x.offers, 'merchantCount', x.merchants,
      'fromPrice', x.min_landed) ORDER BY x.grade DESC)
    FROM best_offer x WHERE x.market = $1 AND x.variant_id = s.best_variant AND x.offers > 0),
  'featuredOffer', (SELECT json_build_object('id', om.offer_id, 'grade', om.grade, 'quantity', om.quantity,
      'item', om.item_minor, 'shipping', om.shipping_minor, 'serviceFee', om.service_fee_minor, 'total', om.landed_minor,
      'earliest', om.early_days, 'latest', om.days, 'carrier', om.carrier, 'dispatchCountry', om.dispatch_country,
      'scope', om.scope, 'new', om.battery_new, 'health', om.battery_health, 'warranty', om.warranty_months,
      'merchant', json_build_object('name', h.name, 'legalName', h.legal_name, 'kind', h.kind, 'country', h.country,
        'since', h.since), 'modelId', x.model_id, 'snapshotId', x.snapshot_id)
    FROM best_offer x JOIN offer_market om ON om.offer_id = x.leader AND om.market = $1 JOIN merchant h ON h.id = om.merchant_id
    WHERE (x.market, x.variant_id, x.grade) = ($1, s.best_variant, s.best_grade)))))::text
FROM product p JOIN brand b ON b.id = p.brand_id JOIN category c ON c.id = p.category_id
JOIN market k ON k.code = $1 LEFT JOIN product_market s ON s.market = $1 AND s.product_id = p.id
WHERE p.slug = $2
