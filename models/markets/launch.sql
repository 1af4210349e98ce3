-- The statements of models/markets/launch.py.

-- name: standings
-- Every market that has a share or a pause. `stopped`: paused categories and those below them.
WITH RECURSIVE below AS (
  SELECT p.market, p.category FROM market_pause p WHERE p.scope = 'CATEGORY'
  UNION SELECT b.market, c.code FROM below b JOIN category c ON c.parent = b.category
), paused AS (
  SELECT market, array_agg(scope ORDER BY scope, category) AS scopes, array_agg(category ORDER BY scope, category) AS categories,
    array_agg(since ORDER BY scope, category) AS since FROM market_pause GROUP BY market)
SELECT market, coalesce(l.percent, 100)::int AS percent, coalesce(p.scopes, '{}') AS scopes,
  coalesce(p.categories, '{}') AS categories, coalesce(p.since, '{}') AS since,
  ARRAY(SELECT b.category FROM below b WHERE b.market = coalesce(l.market, p.market)) AS stopped
FROM (SELECT market, percent FROM market_launch) l FULL JOIN paused p USING (market);

-- name: standing
WITH RECURSIVE below AS (
  SELECT p.category FROM market_pause p WHERE p.scope = 'CATEGORY' AND p.market = $1
  UNION SELECT c.code FROM below b JOIN category c ON c.parent = b.category)
SELECT $1 AS market, coalesce((SELECT percent FROM market_launch WHERE market = $1), 100)::int AS percent,
  coalesce(array_agg(scope ORDER BY scope, category), '{}') AS scopes,
  coalesce(array_agg(category ORDER BY scope, category), '{}') AS categories,
  coalesce(array_agg(since ORDER BY scope, category), '{}') AS since, ARRAY(SELECT category FROM below) AS stopped
FROM (SELECT scope, category, since FROM market_pause WHERE market = $1) p;

-- name: pause
INSERT INTO market_pause (market, scope, category, reason, by_account) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING true;

-- name: resume
DELETE FROM market_pause WHERE market = $1 AND scope = $2 AND category = $3 RETURNING true;

-- name: move
WITH moved AS (UPDATE market SET stage = $2, updated_at = now() WHERE code = $1 RETURNING code)
INSERT INTO market_launch (market, percent) SELECT code, $3 FROM moved
ON CONFLICT (market) DO UPDATE SET percent = excluded.percent, staged_at = now();

-- name: waiting
SELECT * FROM market_approval WHERE market = $1 AND state IN ('OPEN', 'APPROVED') FOR UPDATE;

-- name: ask
INSERT INTO market_approval (market, stage, percent, requested_by, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING id;

-- name: decide
UPDATE market_approval SET state = $2, decided_by = coalesce($4, decided_by), reason = coalesce($5, reason),
  decided_at = CASE WHEN $4::uuid IS NULL THEN decided_at ELSE $3 END WHERE id = $1;

-- name: opening
SELECT * FROM market_approval WHERE id = $1 FOR UPDATE;

-- name: openings
SELECT * FROM market_approval WHERE market = $1 ORDER BY id DESC LIMIT $2;
