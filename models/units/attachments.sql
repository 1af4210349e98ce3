-- The statements of models/units/attachments.py.

-- name: columns
SELECT id, customer_id, organisation_id, merchant_id, purpose, media_type, bytes AS size, sha256, width, height, claimed,
  created_at, kept_until FROM attachment a;

-- name: same
-- $1 customer, $2 organisation, $3 merchant, $4 hash, $5 purpose.
$$columns$$ WHERE coalesce(customer_id, organisation_id, merchant_id) = coalesce($1::uuid, $2::uuid, $3::uuid)
  AND sha256 = $4 AND purpose = $5;

-- name: unclaimed
SELECT count(*) FROM attachment
WHERE coalesce(customer_id, organisation_id, merchant_id) = coalesce($1::uuid, $2::uuid, $3::uuid) AND NOT claimed;

-- name: add
INSERT INTO attachment (id, customer_id, organisation_id, merchant_id, purpose, media_type, bytes, sha256, width, height,
  data, created_at, kept_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT ((coalesce(customer_id, organisation_id, merchant_id)), sha256, purpose)
DO UPDATE SET kept_until = greatest(attachment.kept_until, excluded.kept_until);

-- name: of_owner
-- $1 ids, $2 customer, $3 organisation, $4 merchant.
$$columns$$ WHERE id = ANY ($1) AND (customer_id = $2 OR organisation_id = $3 OR merchant_id = $4);

-- name: read
$$columns$$ WHERE id = ANY ($1);

-- name: data
SELECT media_type, data FROM attachment WHERE id = $1;

-- name: claim
UPDATE attachment SET claimed = true, kept_until = greatest(kept_until, $2) WHERE id = ANY ($1);

-- name: share
-- $1 ids, $2 customer, $3 organisation, $4 merchant, $5 type and $6 id of what it is about.
INSERT INTO attachment_share (attachment_id, from_customer_id, from_tenant_id, customer_id, organisation_id, merchant_id,
  subject_type, subject_id)
SELECT id, customer_id, coalesce(organisation_id, merchant_id), $2, $3, $4, $5, $6 FROM attachment WHERE id = ANY ($1)
ON CONFLICT DO NOTHING;

-- name: about
-- $1 ids of what they are about.
SELECT DISTINCT subject_id, attachment_id FROM attachment_share WHERE subject_id = ANY ($1) ORDER BY attachment_id;

-- name: purge
-- $1 now, $2 how many.
DELETE FROM attachment WHERE id IN (SELECT id FROM attachment WHERE kept_until < $1 ORDER BY kept_until LIMIT $2);
