-- The statements of models/markets/readiness.py.

-- name: supply
-- Offers aimed at a market ($1), by category and grade. $2: reasons that do not keep an offer from being sold once it is open.
SELECT c.code AS category, om.grade, count(*) FILTER (WHERE om.quantity > 0) AS aimed,
  count(*) FILTER (WHERE om.quantity > 0 AND om.item_minor IS NOT NULL) AS priced,
  count(*) FILTER (WHERE om.reasons <@ $2::text[]) AS sold,
  count(*) FILTER (WHERE om.reasons <@ $2::text[] AND om.scope = 0) AS inside
FROM offer_market om JOIN variant v ON v.id = om.variant_id JOIN product p ON p.id = v.product_id
JOIN category c ON c.id = p.category_id
WHERE om.market = $1 GROUP BY 1, 2 ORDER BY 1, 2;

-- name: categories
-- Those that the catalogue has products of.
SELECT c.code FROM category c WHERE EXISTS (SELECT FROM product p WHERE p.category_id = c.id) ORDER BY c.position, c.code;

-- name: texts
SELECT key, language FROM market_text WHERE market = $1;

-- name: lanes
SELECT DISTINCT k.carrier, r.destination, (
  SELECT max(l.issued_at)::date FROM shipping_label l
  WHERE l.carrier = k.carrier AND l.destination = r.destination AND l.issued_at > now() - interval '90 days') AS tested_on
FROM carrier_contract k JOIN carrier_rate r ON r.contract_id = k.id
WHERE r.destination = ANY ($1::text[]) AND k.valid_from <= $2 AND (k.valid_to IS NULL OR k.valid_to > $2)
ORDER BY 1, 2;

-- name: kyc
-- The terms of every category that are in force ($2), the last that were recorded for that day.
SELECT minimum_age, identity_documents, status, is_open FROM trade_in_programme
WHERE market = $1 AND category = '*' AND valid_from <= $2 ORDER BY valid_from DESC, revision DESC LIMIT 1;

-- name: rehearsed
SELECT id, at, passed, steps::text AS steps FROM market_rehearsal WHERE market = $1 ORDER BY at DESC LIMIT 1;

-- name: of_id
SELECT id, at, passed, steps::text AS steps FROM market_rehearsal WHERE id = $1;

-- name: rehearsal
INSERT INTO market_rehearsal (market, by_account, passed, steps) VALUES ($1, $2, $3, $4::text::jsonb) RETURNING id;

-- name: duties
SELECT k.code, k.due_on, k.attested_on, k.evidence, a.email AS owner FROM market_check k LEFT JOIN account a ON a.id = k.owner_id
WHERE k.market = $1;

-- name: assign
INSERT INTO market_check (market, code, owner_id, due_on, attested_on, attested_by, evidence)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (market, code) DO UPDATE SET owner_id = excluded.owner_id, due_on = excluded.due_on,
  attested_on = excluded.attested_on, attested_by = excluded.attested_by, evidence = excluded.evidence, updated_at = now();

-- name: owner
-- A person of staff who acts in a market, by address.
SELECT id FROM account WHERE kind = 'STAFF' AND lower(email) = lower($1) AND (markets IS NULL OR $2 = ANY (markets)) LIMIT 1;
