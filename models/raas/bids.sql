-- The statements of models/raas about bids.

-- name: columns
SELECT b.id, b.lot_id, b.merchant_id, b.version, b.state, b.sealed, b.commitment, b.salt, b.amount_minor, b.reuse_bp,
  b.valid_until, b.note, b.submitted_at, b.opened_at, b.ended_at, b.because, b.quality_bp, b.in_country, b.ess, b.rank, b.score,
  b.parts::text AS parts, m.name AS merchant_name, m.legal_name AS merchant_legal_name, m.kind AS merchant_kind,
  m.country AS merchant_country, m.since AS merchant_since, l.currency
FROM lot_bid b JOIN merchant m ON m.id = b.merchant_id JOIN lot l ON l.id = b.lot_id;

-- name: add
INSERT INTO lot_bid (id, lot_id, merchant_id, version, sealed, commitment, amount_minor, reuse_bp, valid_until, note, submitted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: end
-- What was never opened is gone for good.
UPDATE lot_bid SET state = $2, because = $3, ended_at = clock_timestamp(), sealed = CASE WHEN opened_at IS NOT NULL THEN sealed END
WHERE lot_id = $1 AND state = 'SUBMITTED' AND ($4::uuid IS NULL OR merchant_id = $4) RETURNING id, merchant_id;

-- name: void
UPDATE lot_bid SET state = 'INVALIDATED', because = $2, ended_at = clock_timestamp(), sealed = CASE WHEN opened_at IS NOT NULL THEN sealed END
WHERE lot_id = $1 AND state IN ('SUBMITTED','WON') RETURNING merchant_id;

-- name: live
$$columns$$ WHERE b.lot_id = $1 AND b.state = 'SUBMITTED' ORDER BY b.id;

-- name: one
$$columns$$ WHERE b.id = $1;

-- name: of_merchant
-- The bid of a merchant on each of these lots: the live one, or the youngest.
SELECT DISTINCT ON (x.lot_id) x.* FROM ($$columns$$ WHERE b.lot_id = ANY ($1::uuid[]) AND b.merchant_id = $2) x
ORDER BY x.lot_id, x.state = 'WITHDRAWN', x.id DESC;

-- name: mine
$$columns$$ WHERE b.merchant_id = $1 AND ($2::text[] IS NULL OR b.state = ANY ($2)) AND ($3::uuid IS NULL OR b.id < $3)
ORDER BY b.id DESC LIMIT $4;

-- name: ranking
-- The bids of a lot for its organisation: those that count by their rank, or by their amount while the lot is open.
SELECT y.* FROM (
  SELECT x.*, row_number() OVER (ORDER BY x.rank NULLS LAST, x.amount_minor DESC, x.submitted_at, x.id) AS n
  FROM ($$columns$$ WHERE b.lot_id = $1 AND b.state NOT IN ('WITHDRAWN','INVALIDATED') AND b.amount_minor IS NOT NULL) x) y
WHERE y.n > $2 ORDER BY y.n LIMIT $3;

-- name: standing
-- How many bids each of these lots has or had, and the highest and the place of one merchant while they count.
SELECT lot_id, count(*)::int AS bids, max(amount_minor) FILTER (WHERE live) AS highest,
  min(r) FILTER (WHERE live AND merchant_id = $2)::int AS place
FROM (SELECT lot_id, merchant_id, amount_minor, state = 'SUBMITTED' AS live,
    rank() OVER (PARTITION BY lot_id, state = 'SUBMITTED' ORDER BY amount_minor DESC, submitted_at, id) AS r
  FROM lot_bid WHERE lot_id = ANY ($1::uuid[]) AND state NOT IN ('WITHDRAWN','INVALIDATED')) b
GROUP BY lot_id;

-- name: seal_key
SELECT id, private_key FROM lot_seal_key($1, $2);

-- name: open
UPDATE lot_bid SET amount_minor = $2, reuse_bp = $3, valid_until = $4, note = $5, salt = $6, opened_at = $7 WHERE id = $1;

-- name: judge
UPDATE lot_bid b SET quality_bp = x.quality_bp, in_country = x.in_country, ess = x.ess, rank = x.rank, score = x.score,
  parts = x.parts::jsonb, opened_at = coalesce(b.opened_at, $9)
FROM unnest($1::uuid[], $2::smallint[], $3::boolean[], $4::boolean[], $5::int[], $6::int[], $7::text[]) AS
  x (id, quality_bp, in_country, ess, rank, score, parts)
WHERE b.id = x.id AND b.lot_id = $8;

-- name: lose
UPDATE lot_bid b SET state = 'LOST', because = x.because, ended_at = clock_timestamp()
FROM unnest($1::uuid[], $2::text[]) AS x (id, because) WHERE b.id = x.id AND b.state = 'SUBMITTED';

-- name: win
UPDATE lot_bid SET state = 'WON' WHERE id = $1 AND state = 'SUBMITTED';

-- name: default
UPDATE lot_bid SET state = 'DEFAULTED', because = $2, ended_at = clock_timestamp() WHERE id = $1 AND state = 'WON';
