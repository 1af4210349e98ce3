-- The statements of models/markets/rates.py.

-- name: near
-- Rates in force between $1, $2 and the euro in the 400 days up to $3.
SELECT id, base, quote, on_day, rate FROM exchange_rate
WHERE base IN ($1, $2, 'EUR') AND quote IN ($1, $2, 'EUR') AND on_day <= $3 AND on_day > $3 - 400 AND withdrawn_at IS NULL;

-- name: page
SELECT id, base, quote, on_day, rate, source, origin, recorded_at, withdrawn_at FROM exchange_rate
WHERE ($1::text IS NULL OR base = $1) AND ($2::text IS NULL OR quote = $2) AND ($3::date IS NULL OR on_day = $3)
  AND ($4::date IS NULL OR (on_day, id) < ($4, $5::uuid))
ORDER BY on_day DESC, id DESC LIMIT $6;

-- name: of_id
SELECT id, base, quote, on_day, rate, source, origin, recorded_at, withdrawn_at FROM exchange_rate WHERE id = $1;

-- name: of_day
SELECT id, rate FROM exchange_rate WHERE base = $1 AND quote = $2 AND on_day = $3 AND withdrawn_at IS NULL FOR UPDATE;

-- name: lock
SELECT pg_advisory_xact_lock(7204317);

-- name: known
-- How each rate of a file stands: the same is recorded, another is, or none.
SELECT i.n, CASE WHEN x.id IS NULL THEN 'NEW' WHEN x.rate = i.rate THEN 'SAME' ELSE 'OTHER' END AS state
FROM unnest($1::text[], $2::date[], $3::numeric[]) WITH ORDINALITY i (quote, on_day, rate, n)
LEFT JOIN exchange_rate x ON x.base = 'EUR' AND x.quote = i.quote AND x.on_day = i.on_day AND x.withdrawn_at IS NULL
ORDER BY i.n;

-- name: withdraw
UPDATE exchange_rate x SET withdrawn_at = clock_timestamp()
FROM unnest($2::text[], $3::date[]) i (quote, on_day)
WHERE x.base = $1 AND x.quote = i.quote AND x.on_day = i.on_day AND x.withdrawn_at IS NULL;

-- name: add
INSERT INTO exchange_rate (base, quote, on_day, rate, source, origin, recorded_by)
SELECT $1, i.quote, i.on_day, i.rate, $5, $6, $7
FROM unnest($2::text[], $3::date[], $4::numeric[]) i (quote, on_day, rate)
RETURNING id;
