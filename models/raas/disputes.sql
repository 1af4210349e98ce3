-- The statements of models/raas/disputes.

-- name: add
INSERT INTO lot_dispute (lot_id, organisation_id, merchant_id, asset_id, about, reason, evidence, opened_at, answer_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (asset_id, about) WHERE state IN ('OPEN','CONTESTED') DO NOTHING RETURNING id;

-- name: read
SELECT id, lot_id, asset_id, about, state, reason, evidence, opened_at, answer_by, answer, answer_evidence, answered_at, decided_by, statement,
  decided_at FROM lot_dispute WHERE id = $1;

-- name: of_lot
SELECT id, lot_id, asset_id, about, state, reason, evidence, opened_at, answer_by, answer, answer_evidence, answered_at, decided_by, statement,
  decided_at FROM lot_dispute WHERE lot_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3;

-- name: answer
UPDATE lot_dispute SET state = 'CONTESTED', answer = $2, answer_evidence = $3, answered_at = $4 WHERE id = $1 AND state = 'OPEN' RETURNING id;

-- name: decide
UPDATE lot_dispute SET state = $2, decided_by = $3, statement = $4, decided_at = $5, answer = coalesce(answer, $6),
  answered_at = CASE WHEN $3 = 'MERCHANT' THEN $5 ELSE answered_at END WHERE id = $1 AND state IN ('OPEN','CONTESTED') RETURNING id;

-- name: due
SELECT id, lot_id FROM lot_dispute WHERE state = 'OPEN' AND answer_by <= $1 ORDER BY answer_by LIMIT $2;
