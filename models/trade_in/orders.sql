-- The statements of models/trade_in/orders. Locks: the trade-in, then its quote and bid, then units, then the ledger.

-- name: columns
o.id, o.number, o.quote_id, o.bid_id, o.merchant_id, o.customer_id, o.market, o.category, o.variant_id, o.grade, o.unit_id, o.state, o.payout,
o.currency, o.bid_minor, o.counter_minor, o.final_minor, o.pay_within_days, o.in_country, o.imei, o.serial, o.device_status, o.device_status_at,
o.terms::text AS terms, o.declarations::text AS declarations, o.documents, o.checklist::text AS checklist, o.address::text AS address, o.country, o.postal_code,
o.account, o.account_name, o.account_shown, o.partner_id, o.counter::text AS counter, o.refusal::text AS refusal, o.suspensions, o.resolved,
o.send_backs, o.sent_at, o.received_at, o.decide_by, o.validated_at, o.ended_at, o.deadline_at, o.certificate_id, o.version, o.created_at, o.updated_at,
m.name AS merchant_name, m.country AS merchant_country, k.time_zone AS zone,
CASE WHEN o.market = ANY (k.countries) THEN o.market ELSE k.countries[1] END AS calendar;

-- name: from
SELECT $$columns$$ FROM trade_in_order o JOIN merchant m ON m.id = o.merchant_id JOIN market k ON k.code = o.market

-- name: one
$$from$$ WHERE o.id = $1;

-- name: hold
$$from$$ WHERE o.id = $1 FOR NO KEY UPDATE OF o;

-- name: of_customer
-- $1 customer, $2 the id to go on after, $3 how many.
$$from$$ WHERE o.customer_id = $1 AND ($2::uuid IS NULL OR o.id < $2) ORDER BY o.id DESC LIMIT $3;

-- name: newest
-- $1 merchant, $2 states or null, $3 the id to go on after, $4 how many.
$$from$$ WHERE o.merchant_id = $1 AND ($2::text[] IS NULL OR o.state = ANY ($2)) AND ($3::uuid IS NULL OR o.id < $3) ORDER BY o.id DESC LIMIT $4;

-- name: next
-- The same by what is due first; $3 and $4 the place to go on after. What waits for nothing is left out.
$$from$$ WHERE o.merchant_id = $1 AND ($2::text[] IS NULL OR o.state = ANY ($2)) AND o.deadline_at IS NOT NULL
  AND ($3::timestamptz IS NULL OR (o.deadline_at, o.id) > ($3, $4::uuid)) ORDER BY o.deadline_at, o.id LIMIT $5;

-- name: due
-- $1 how many. What its own clock has overtaken; what another transaction holds is left to the next run.
SELECT o.id FROM trade_in_order o WHERE o.deadline_at IS NOT NULL
  AND (o.deadline_at <= now() OR EXISTS (SELECT FROM sandbox s WHERE s.sandbox_id = o.merchant_id AND o.deadline_at <= now() + s.ahead))
ORDER BY o.deadline_at, o.id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED;

-- name: moves
SELECT trade_in_id, from_state, to_state, actor, reason, at FROM trade_in_move WHERE trade_in_id = ANY ($1) ORDER BY trade_in_id, n;

-- name: take_quote
-- $1 quote, $2 customer, $3 when. It is the customer's now, and taken once.
UPDATE trade_in_quote SET customer_id = $2, token_sha256 = NULL, taken_at = $3 WHERE id = $1 AND taken_at IS NULL RETURNING id;

-- name: take_bid
-- $1 bid, $2 variant, $3 grade, $4 market. One under its cap, or no row.
UPDATE trade_in_bid b SET taken = taken + 1, updated_at = now()
WHERE b.id = $1 AND b.variant_id = $2 AND b.grade = $3 AND b.market = $4 AND b.amount_minor > 0 AND (b.stock_cap IS NULL OR b.taken < b.stock_cap)
  AND (b.valid_until IS NULL OR b.valid_until > $5)
RETURNING b.merchant_id, b.amount_minor, b.currency, b.pay_within_days, (SELECT m.country FROM merchant m WHERE m.id = b.merchant_id) AS country;

-- name: full
-- Whether a bid stands that is full.
SELECT EXISTS (SELECT FROM trade_in_bid WHERE id = $1 AND amount_minor > 0 AND (valid_until IS NULL OR valid_until > $2) AND taken >= stock_cap);

-- name: give_bid_back
UPDATE trade_in_bid SET taken = taken - 1, updated_at = now() WHERE id = $1 AND taken > 0;

-- name: steps
-- $1 a category. What is to be done before sending.
SELECT code, text_en, text_fr FROM trade_in_step WHERE category IN ($1, '*') ORDER BY position, code;

-- name: partner
-- $1 market, $2 day, $3 a partner or null. Who gets what is given away.
SELECT id, code, name, country, registration FROM solidarity_partner
WHERE $1 = ANY (markets) AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2) AND ($3::uuid IS NULL OR id = $3) ORDER BY code LIMIT 1;

-- name: steps_of
-- The same of several categories.
SELECT g.of, s.code, s.text_en, s.text_fr FROM unnest($1::text[]) AS g (of) JOIN trade_in_step s ON s.category IN (g.of, '*')
ORDER BY g.of, s.position, s.code;

-- name: partners
SELECT id, code, name, country, registration FROM solidarity_partner WHERE id = ANY ($1);

-- name: partner_named
SELECT id, code, name, country, registration FROM solidarity_partner WHERE id = $1;

-- name: under_way
-- $1 a unit. Whether another trade-in that goes on has it.
SELECT EXISTS (SELECT FROM trade_in_order WHERE unit_id = $1
  AND state IN ('CREATED','LABEL_SENT','SENT','RECEIVED','INSPECTING','SUSPENDED','COUNTER_OFFERED','REFUSED','RETURNING'));

-- name: add
INSERT INTO trade_in_order (id, number, quote_id, bid_id, merchant_id, customer_id, market, category, variant_id, grade, state, payout, currency,
  bid_minor, pay_within_days, in_country, imei, serial, device_status, device_status_at, terms, declarations, documents,
  partner_id, deadline_at, unit_id, created_at, updated_at)
SELECT id, number, quote_id, bid_id, merchant_id, customer_id, market, category, variant_id, grade, 'CREATED', payout, currency, bid_minor,
  pay_within_days, in_country, imei, serial, device_status, device_status_at, terms, declarations, documents, partner_id, deadline_at, unit_id,
  created_at, created_at
FROM jsonb_populate_record(NULL::trade_in_order, $1::text::jsonb);

-- name: note
INSERT INTO trade_in_move (trade_in_id, merchant_id, customer_id, from_state, to_state, actor, actor_id, reason, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: set
-- $1 trade-in, $2 what changes, $3 when. Only what is named changes.
UPDATE trade_in_order o SET
  (state, counter_minor, final_minor, device_status, device_status_at, checklist, address, country, postal_code, partner_id, counter, refusal,
   suspensions, resolved, send_backs, sent_at, received_at, decide_by, validated_at, ended_at, deadline_at, unit_id, payout)
  = (SELECT f.state, f.counter_minor, f.final_minor, f.device_status, f.device_status_at, f.checklist, f.address, f.country, f.postal_code,
      f.partner_id, f.counter, f.refusal, f.suspensions, f.resolved, f.send_backs, f.sent_at, f.received_at, f.decide_by, f.validated_at,
      f.ended_at, f.deadline_at, f.unit_id, f.payout FROM jsonb_populate_record(o, $2::text::jsonb) f),
  version = o.version + 1, updated_at = $3
WHERE o.id = $1;

-- name: set_account
-- $1 trade-in, $2 encrypted account, $3 name, $4 as it is shown.
UPDATE trade_in_order SET account = $2, account_name = $3, account_shown = $4 WHERE id = $1;
