-- name: add
INSERT INTO rule_change (kind, rule_id, country, rule_kind, proposed, proposed_by)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6)
ON CONFLICT (rule_id) WHERE state = 'OPEN' AND rule_id IS NOT NULL DO NOTHING RETURNING id;

-- name: open_of
SELECT id FROM rule_change WHERE rule_id = $1 AND state = 'OPEN';

-- name: one
SELECT id, kind, rule_id, proposed::text AS proposed, state, proposed_by, proposed_at, decided_by, decided_at, reason,
  applied FROM rule_change WHERE id = $1;

-- name: held
SELECT id FROM rule_change WHERE id = $1 FOR UPDATE;

-- name: listed
SELECT id, kind, rule_id, proposed::text AS proposed, state, proposed_by, proposed_at, decided_by, decided_at, reason,
  applied FROM rule_change
WHERE ($1::text IS NULL OR state = $1) AND ($2::text[] IS NULL OR country = ANY ($2))
  AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC LIMIT $4;

-- name: decide
UPDATE rule_change SET state = $2, decided_by = $3, decided_at = clock_timestamp(), reason = $4, applied = $5
WHERE id = $1 AND state = 'OPEN' RETURNING id;
