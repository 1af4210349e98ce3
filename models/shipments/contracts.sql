-- The statements of models/shipments/contracts and models/shipments/labels.

-- name: add_contract
INSERT INTO carrier_contract (code, name, carrier, api, currency, eligibility, platform_bp, valid_from, valid_to, source)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $10)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, carrier = excluded.carrier, api = excluded.api,
  currency = excluded.currency, eligibility = excluded.eligibility, platform_bp = excluded.platform_bp,
  valid_from = excluded.valid_from, valid_to = excluded.valid_to, source = excluded.source
WHERE (carrier_contract.name, carrier_contract.carrier, carrier_contract.api, carrier_contract.currency,
    carrier_contract.eligibility, carrier_contract.platform_bp, carrier_contract.valid_from, carrier_contract.valid_to)
  IS DISTINCT FROM (excluded.name, excluded.carrier, excluded.api, excluded.currency, excluded.eligibility,
    excluded.platform_bp, excluded.valid_from, excluded.valid_to);

-- name: add_rates
INSERT INTO carrier_rate (contract_id, origin, destination, most_grams, price_minor, source)
SELECT c.id, g.origin, g.destination, g.grams, g.price, g.source
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::text[])
  AS g (code, origin, destination, grams, price, source) JOIN carrier_contract c ON c.code = g.code
ON CONFLICT (contract_id, origin, destination, most_grams) DO UPDATE SET price_minor = excluded.price_minor, source = excluded.source
WHERE carrier_rate.price_minor <> excluded.price_minor;

-- name: contracts
SELECT id, code, name, carrier, api, currency, eligibility::text AS eligibility, platform_bp, valid_from, valid_to
FROM carrier_contract ORDER BY code LIMIT 100;

-- name: rates
SELECT contract_id, origin, destination, most_grams, price_minor FROM carrier_rate
WHERE contract_id = ANY ($1) AND ($2::text IS NULL OR origin = $2) AND ($3::text IS NULL OR destination = $3)
ORDER BY contract_id, origin, destination, most_grams;

-- name: applicant
-- $1 a merchant, $2 now.
SELECT m.kind, m.state, m.country,
  (SELECT count(*) FROM order_line l WHERE l.merchant_id = m.id AND l.paid_at > $2::timestamptz - interval '90 days') AS lines
FROM merchant m WHERE m.id = $1;

-- name: weigh
-- $1 lines: grams of their devices, by the catalogue.
SELECT l.id, p.weight_grams FROM order_line l JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id
WHERE l.id = ANY ($1);

-- name: place
-- $1 an order: what the print needs.
SELECT p.postal_code, p.address::text AS address, o.number, o.purchase_id, o.country, m.name AS sender
FROM orders o JOIN purchase p ON p.id = o.purchase_id JOIN merchant m ON m.id = o.merchant_id WHERE o.id = $1;

-- name: label
SELECT id, merchant_id, order_id, purchase_id, line_ids, contract_id, carrier, api, origin, destination, grams, currency,
  price_minor, merchant_minor, platform_minor, state, tracking_number, expires_at, issued_at, used_at, problem, created_at, purpose, trade_in_id, customer_id
FROM shipping_label

-- name: weigh_variant
SELECT p.weight_grams FROM variant v JOIN product p ON p.id = v.product_id WHERE v.id = $1;

-- name: place_to_merchant
-- $1 a trade-in: from the person to the merchant, who knows where to have it brought.
SELECT '' AS postal_code, json_build_object('name', m.legal_name, 'street', json_build_array(s.code))::text AS address, o.number,
  coalesce(s.country, m.country) AS country, o.address->>'name' AS sender
FROM trade_in_order o JOIN merchant m ON m.id = o.merchant_id
LEFT JOIN LATERAL (SELECT code, country FROM merchant_site WHERE merchant_id = m.id ORDER BY NOT main, code LIMIT 1) s ON true WHERE o.id = $1;

-- name: place_back
SELECT o.postal_code, o.address::text AS address, o.number, o.country, m.name AS sender
FROM trade_in_order o JOIN merchant m ON m.id = o.merchant_id WHERE o.id = $1;

-- name: order_for_trade_in
-- All of the price is the merchant's.
INSERT INTO shipping_label (purpose, trade_in_id, merchant_id, customer_id, line_ids, contract_id, carrier, api, origin, destination, grams,
  currency, price_minor, merchant_minor, platform_minor, created_at)
VALUES ($1, $2, $3, $4, '{}', $5, $6, $7, $8, $9, $10, $11, $12, $12, 0, $13) RETURNING id;

-- name: of_trade_ins
$$label$$ WHERE trade_in_id = ANY ($1) ORDER BY id DESC;

-- name: end_unused
UPDATE shipping_label SET state = CASE state WHEN 'ALIVE' THEN 'EXPIRED' ELSE 'FAILED' END, updated_at = now()
WHERE trade_in_id = $1 AND state IN ('ORDERED','ALIVE');

-- name: follow_trade_in
-- $1 label, $2 number, $3 when. Its parcel is asked about from now on.
INSERT INTO shipment (purpose, trade_in_id, merchant_id, customer_id, market, carrier, api, tracking_number, origin, destination, postal_code,
  status, next_poll_at, created_at)
SELECT l.purpose, l.trade_in_id, l.merchant_id, l.customer_id, o.market, l.carrier, l.api, $2, l.origin, l.destination,
  CASE l.purpose WHEN 'SEND_BACK' THEN o.postal_code END, 'ANNOUNCED', now(), $3
FROM shipping_label l JOIN trade_in_order o ON o.id = l.trade_in_id WHERE l.id = $1 RETURNING id;

-- name: order_label
INSERT INTO shipping_label (merchant_id, order_id, purchase_id, line_ids, contract_id, carrier, api, origin, destination,
  grams, currency, price_minor, merchant_minor, platform_minor, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id;

-- name: one
$$label$$ WHERE id = $1;

-- name: page
-- $1 a merchant, $2 the id to go on after, $3 how many.
$$label$$ WHERE merchant_id = $1 AND purpose = 'DELIVERY' AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3;

-- name: document
SELECT document FROM shipping_label WHERE id = $1 AND state IN ('ALIVE','USED');

-- name: issued
-- $1 label, $2 number, $3 document, $4 until when, $5 now. Once.
UPDATE shipping_label SET state = 'ALIVE', tracking_number = $2, document = $3, expires_at = $4, issued_at = $5, updated_at = now()
WHERE id = $1 AND state = 'ORDERED' RETURNING id;

-- name: failed
UPDATE shipping_label SET state = 'FAILED', problem = $2, updated_at = now() WHERE id = $1 AND state = 'ORDERED' RETURNING id;

-- name: used
-- A parcel went off under the number of a label.
UPDATE shipping_label SET state = 'USED', used_at = $3, updated_at = now()
WHERE carrier = $1 AND tracking_number = $2 AND state = 'ALIVE' AND merchant_id = $4 RETURNING id;

-- name: expire
UPDATE shipping_label SET state = 'EXPIRED', updated_at = now() WHERE state = 'ALIVE' AND expires_at < $1 RETURNING id;

-- name: waiting
-- Labels that were ordered and that nobody issued since.
SELECT id FROM shipping_label WHERE state = 'ORDERED' AND created_at < $1::timestamptz - interval '30 seconds' ORDER BY id LIMIT 100;
