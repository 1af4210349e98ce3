-- The statements of models/raas/settling.

-- name: to_settle
-- The declared devices of a lot: what each weighs in the bid, and what became of it.
SELECT a.id, a.state, coalesce(a.value_median_minor, 0) AS weight, a.grade AS declared, o.found, o.charged, o.grade, o.grade_evidence
FROM asset a LEFT JOIN asset_outcome o ON o.asset_id = a.id
WHERE a.lot_id = $1 AND coalesce(o.found, '') <> 'EXTRA' ORDER BY a.id;

-- name: extras
SELECT a.id FROM asset a JOIN asset_outcome o ON o.asset_id = a.id WHERE a.lot_id = $1 AND o.found = 'EXTRA' AND a.state = 'DISPOSED' ORDER BY a.id;

-- name: add
INSERT INTO settlement (lot_id, organisation_id, merchant_id, currency, fee_bp, bid_minor, adjustment_minor, fee_minor, net_minor, ready_at, dispute_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (lot_id) DO NOTHING RETURNING lot_id;

-- name: add_lines
-- $1 lot, $2 organisation, $3 merchant, then of each: $4 asset, $5 bid, $6 adjustment, $7 fee, $8 reason, $9 evidence as JSON.
INSERT INTO settlement_line (asset_id, lot_id, organisation_id, merchant_id, bid_minor, adjustment_minor, fee_minor, net_minor, reason, evidence)
SELECT x.asset, $1, $2, $3, x.bid, x.adjustment, x.fee, x.bid + x.adjustment - x.fee, x.reason,
  ARRAY(SELECT jsonb_array_elements_text(x.evidence::jsonb)::uuid)
FROM unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[]) AS x (asset, bid, adjustment, fee, reason, evidence);

-- name: hold
SELECT lot_id, state, currency, fee_bp, bid_minor, adjustment_minor, fee_minor, net_minor, ready_at, dispute_until, accepted_at, final_at, paid_at,
  payout_ref, certificate_id, version FROM settlement WHERE lot_id = $1 FOR NO KEY UPDATE;

-- name: read
SELECT lot_id, state, currency, fee_bp, bid_minor, adjustment_minor, fee_minor, net_minor, ready_at, dispute_until, accepted_at, final_at, paid_at,
  payout_ref, certificate_id, version FROM settlement WHERE lot_id = ANY ($1);

-- name: lines
-- $1 lot, $2 after this asset, $3 how many, $4 assets.
SELECT l.asset_id, l.bid_minor, l.adjustment_minor, l.fee_minor, l.net_minor, l.reason, l.evidence, a.tag, a.imei, a.serial, a.model, a.state,
  s.currency
FROM settlement_line l JOIN asset a ON a.id = l.asset_id JOIN settlement s ON s.lot_id = l.lot_id
WHERE l.lot_id = $1 AND ($2::uuid IS NULL OR l.asset_id > $2) AND ($4::uuid[] IS NULL OR l.asset_id = ANY ($4)) ORDER BY l.asset_id LIMIT $3;

-- name: set_line
UPDATE settlement_line SET adjustment_minor = $2, fee_minor = $3, net_minor = bid_minor + $2 - $3, reason = $4 WHERE asset_id = $1;

-- name: set_totals
-- The totals are the sums of the lines.
UPDATE settlement s SET bid_minor = x.bid, adjustment_minor = x.adjustment, fee_minor = x.fee, net_minor = x.net, version = version + 1, updated_at = now()
FROM (SELECT sum(bid_minor) AS bid, sum(adjustment_minor) AS adjustment, sum(fee_minor) AS fee, sum(net_minor) AS net
  FROM settlement_line WHERE lot_id = $1) x WHERE s.lot_id = $1;

-- name: accept
UPDATE settlement SET accepted_at = $2, version = version + 1, updated_at = now() WHERE lot_id = $1 AND state = 'READY' AND accepted_at IS NULL;

-- name: finish
-- A statement stands: it was agreed to, or its time to be disputed is over; and nothing is disputed.
UPDATE settlement s SET state = 'FINAL', final_at = $2, version = version + 1, updated_at = now()
WHERE lot_id = $1 AND state = 'READY' AND (accepted_at IS NOT NULL OR dispute_until <= $2)
  AND NOT EXISTS (SELECT FROM lot_dispute d WHERE d.lot_id = s.lot_id AND d.about = 'SETTLEMENT' AND d.state IN ('OPEN','CONTESTED'))
RETURNING lot_id;

-- name: paying
UPDATE settlement SET state = 'PAYING', payout_ref = coalesce(payout_ref, $2), version = version + 1, updated_at = now()
WHERE lot_id = $1 AND state = 'FINAL' RETURNING lot_id;

-- name: paid
UPDATE settlement SET state = 'PAID', paid_at = $2, payout_ref = coalesce($3, payout_ref), version = version + 1, updated_at = now()
WHERE lot_id = $1 AND state IN ('FINAL','PAYING') RETURNING lot_id;

-- name: certified
UPDATE settlement SET certificate_id = $2, updated_at = now() WHERE lot_id = $1;

-- name: processed
-- Lots of which all is done, and for which nobody has made the statement in a day.
SELECT id FROM lot WHERE state = 'PROCESSED' AND updated_at <= $1::timestamptz - interval '1 day' ORDER BY updated_at LIMIT $2;

-- name: to_finish
SELECT lot_id FROM settlement WHERE state = 'READY' AND (accepted_at IS NOT NULL OR dispute_until <= $1) ORDER BY dispute_until LIMIT $2;

-- name: to_pay
SELECT lot_id FROM settlement WHERE state IN ('FINAL','PAYING') ORDER BY final_at LIMIT $1;

-- name: to_close
SELECT s.lot_id FROM settlement s JOIN lot l ON l.id = s.lot_id WHERE s.state = 'PAID' AND l.state = 'SETTLED' ORDER BY s.paid_at LIMIT $1;
