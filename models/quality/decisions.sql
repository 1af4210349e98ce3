-- The statements of models/quality/decisions.py.

-- name: merchant
-- $1 merchant, held. With the time zone of a market of its country.
SELECT m.id, m.state, m.country, m.markets, m.slug,
  COALESCE((SELECT k.time_zone FROM market k WHERE m.country = ANY (k.countries) ORDER BY k.code LIMIT 1), 'UTC') AS zone
FROM merchant m WHERE m.id = $1 FOR UPDATE OF m;

-- name: own_offers
SELECT count(*) FROM offer WHERE merchant_id = $1 AND id = ANY ($2);

-- name: add
INSERT INTO decision (merchant_id, type, state, statement, offers, markets, issued_by, effective_at, ends_at, created_at)
VALUES ($1, $2, 'DRAFT', $3::text::jsonb, $4, $5, $6, $7, $8, $9) RETURNING id;

-- name: deliver
UPDATE decision SET state = 'NOTIFIED', approved_by = $2, delivered_at = $3, effective_at = $4, appeal_until = $5, version = version + 1
WHERE id = $1 AND state = 'DRAFT' RETURNING version;

-- name: columns
d.id, d.merchant_id, d.type, d.state, d.statement::text AS statement, d.offers, d.markets, d.issued_by, d.approved_by, d.effective_at,
  d.ends_at, d.delivered_at, d.appeal_until, d.in_force_at, d.ended_at, d.lifted_because, d.before, d.version, d.created_at,
  a.state AS appeal_state, a.text AS appeal_text, a.filed_at, a.answer_by, a.answered_at, a.answer

-- name: held
-- Held until the transaction ends.
SELECT $$columns$$ FROM decision d LEFT JOIN decision_appeal a ON a.decision_id = d.id WHERE d.id = $1 FOR UPDATE OF d;

-- name: some
SELECT $$columns$$ FROM decision d LEFT JOIN decision_appeal a ON a.decision_id = d.id WHERE d.id = ANY ($1);

-- name: page
-- $1 merchant or all, $2 states or all, $3 before this one, $4 at most, $5 markets or all.
SELECT $$columns$$ FROM decision d LEFT JOIN decision_appeal a ON a.decision_id = d.id
WHERE ($1::uuid IS NULL OR d.merchant_id = $1) AND ($2::text[] IS NULL OR d.state = ANY ($2)) AND ($3::uuid IS NULL OR d.id < $3)
  AND ($5::text[] IS NULL OR d.markets && $5)
ORDER BY d.id DESC LIMIT $4;

-- name: appeal
INSERT INTO decision_appeal (decision_id, merchant_id, state, text, filed_at, answer_by) VALUES ($1, $2, 'FILED', $3, $4, $5)
ON CONFLICT (decision_id) DO NOTHING RETURNING true;

-- name: answer
UPDATE decision_appeal SET state = $2, answered_by = $3, answered_at = $4, answer = $5
WHERE decision_id = $1 AND state IN ('FILED', 'IN_REVIEW') RETURNING true;

-- name: lift
UPDATE decision SET state = 'LIFTED', lifted_because = $2, ended_at = CASE WHEN in_force_at IS NULL THEN $3::timestamptz END, version = version + 1
WHERE id = $1 AND state IN ('NOTIFIED', 'IN_FORCE') RETURNING version;

-- name: due
-- $1 now, $2 at most. Decisions that begin, and those in force that end.
SELECT $$columns$$, m.state AS merchant_state FROM decision d JOIN merchant m ON m.id = d.merchant_id
LEFT JOIN decision_appeal a ON a.decision_id = d.id
WHERE d.state = 'NOTIFIED' AND d.effective_at <= $1 OR d.state = 'IN_FORCE' AND d.ends_at <= $1
  OR d.state = 'LIFTED' AND d.ended_at IS NULL
ORDER BY m.id, d.id LIMIT $2 FOR UPDATE OF m, d;

-- name: begin
UPDATE decision SET state = 'IN_FORCE', in_force_at = $2, before = $3, version = version + 1 WHERE id = $1;

-- name: end
-- $3 the state it ends in, $4 why, where it never began.
UPDATE decision SET state = $3, ended_at = $2, lifted_because = COALESCE(lifted_because, $4), version = version + 1 WHERE id = $1;

-- name: set_state
UPDATE merchant SET state = $2, updated_at = now() WHERE id = $1;

-- name: remove
INSERT INTO offer_removal (offer_id, market, decision_id, merchant_id)
SELECT o, m, $1, $2 FROM unnest($3::uuid[]) o, unnest($4::text[]) m ORDER BY 1, 2 ON CONFLICT DO NOTHING;

-- name: restore
DELETE FROM offer_removal WHERE decision_id = $1;
