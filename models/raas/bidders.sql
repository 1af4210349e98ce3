-- The statements of models/raas/bidders.py; all run with the rights of a job.

-- name: known
-- Merchants as bidders: $1 these, or null for all who sell in the market $2; $3 the currency of their caps.
SELECT m.id, m.state, m.markets, coalesce(site.country, m.country) AS country, m.kind = 'SOLIDARITY' AS ess,
  EXISTS (SELECT FROM sandbox s WHERE s.sandbox_id = m.id) AS test_space,
  EXISTS (SELECT FROM merchant_capability c WHERE c.merchant_id = m.id AND c.capability = 'ERASURE'
    AND (c.valid_until IS NULL OR c.valid_until >= CURRENT_DATE)) AS erases,
  CASE WHEN m.state = 'PROBATION' THEN GREATEST(coalesce(cap.units, 0) - won.assets, 0)::int END AS cap_units,
  CASE WHEN m.state = 'PROBATION' THEN GREATEST(coalesce(cap.open_minor, 0) - won.minor, 0)::bigint END AS cap_minor,
  (SELECT coalesce(jsonb_object_agg(q.category, q.quality_bp), '{}') FROM merchant_quality q WHERE q.merchant_id = m.id)::text AS quality
FROM merchant m
LEFT JOIN LATERAL (SELECT country FROM merchant_site s WHERE s.merchant_id = m.id AND s.main LIMIT 1) site ON true
LEFT JOIN LATERAL (SELECT units, open_minor FROM selling_cap x WHERE x.currency = $3
  AND (x.merchant_id = m.id OR x.merchant_id IS NULL) ORDER BY x.merchant_id IS NULL LIMIT 1) cap ON true
CROSS JOIN LATERAL (SELECT coalesce(sum(l.assets), 0) AS assets, coalesce(sum(l.award_minor), 0) AS minor FROM lot l
  WHERE l.awarded_merchant_id = m.id AND l.currency = $3 AND l.state NOT IN ('SETTLED','CLOSED','CANCELLED')) won
WHERE (m.id = ANY ($1::uuid[]) OR $1::uuid[] IS NULL AND $2 = ANY (m.markets) AND m.state IN ('PROBATION','ACTIVE','RESTRICTED'))
ORDER BY m.id;

-- name: record
INSERT INTO merchant_capability (merchant_id, capability, proof, valid_until, recorded_by)
SELECT m.id, $2, $3, $4, $5 FROM merchant m WHERE m.id = $1 AND ($6::text[] IS NULL OR m.markets && $6)
ON CONFLICT (merchant_id, capability) DO UPDATE SET proof = excluded.proof, valid_until = excluded.valid_until,
  recorded_by = excluded.recorded_by, recorded_at = now()
RETURNING merchant_id;
