-- The statements of models/units/certificates.py. All but `of_unit`, `one`, `some`, `page` and `proof` run as the system.

-- name: hold
-- $1 issuer. One certificate of an issuer is made at a time.
SELECT pg_advisory_xact_lock(hashtextextended($1, 24));

-- name: last
SELECT n, sha256 FROM certificate WHERE issuer = $1 ORDER BY n DESC LIMIT 1;

-- name: add
-- Many of one issuer, column by column.
INSERT INTO certificate (id, code, kind, issuer, n, customer_id, organisation_id, merchant_id, sha256, key_id, signature,
  previous_sha256, serial_count, issued_at, payload)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::uuid[], $7::uuid[], $8::uuid[], $9::text[],
  $10::text[], $11::text[], $12::text[], $13::int[], $14::timestamptz[], $15::bytea[]);

-- name: add_devices
-- $1 certificates, $2 units, $3 leaves, $4 salts.
INSERT INTO certificate_device (certificate_id, unit_id, leaf, salt)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[]);

-- name: columns
SELECT id, code, kind, issuer, n, customer_id, organisation_id, merchant_id, sha256, key_id, signature, previous_sha256,
  serial_count, issued_at, state, reason, superseded_by, superseded_at, revoked_at, version FROM certificate c;

-- name: one
$$columns$$ WHERE id = $1;

-- name: some
$$columns$$ WHERE id = ANY ($1);

-- name: by_code
$$columns$$ WHERE code = $1;

-- name: by_hash
$$columns$$ WHERE sha256 = $1;

-- name: code
SELECT code FROM certificate WHERE id = $1;

-- name: payload
SELECT payload FROM certificate WHERE id = $1;

-- name: before
-- $1 issuer, $2 a certificate's number: the hash of the one before it.
SELECT sha256 FROM certificate WHERE issuer = $1 AND n = $2 - 1;

-- name: lock
SELECT state FROM certificate WHERE id = $1 FOR UPDATE;

-- name: revoke
-- $1 certificate, $2 reason, $3 when.
UPDATE certificate SET state = 'REVOKED', reason = $2, revoked_at = $3, version = version + 1 WHERE id = $1 AND state <> 'REVOKED';

-- name: supersede
-- $1 certificate, $2 by which, $3 when.
UPDATE certificate SET state = 'SUPERSEDED', superseded_by = $2, superseded_at = $3, version = version + 1
WHERE id = $1 AND state = 'VALID' AND id <> $2;

-- name: of_unit
$$columns$$ WHERE EXISTS (SELECT FROM certificate_device d WHERE d.certificate_id = c.id AND d.unit_id = $1) ORDER BY id DESC;

-- name: page
-- $1 customer, $2 organisation, $3 merchant, $4 before which, $5 how many.
$$columns$$ WHERE (customer_id = $1 OR organisation_id = $2 OR merchant_id = $3) AND ($4::uuid IS NULL OR id < $4)
ORDER BY id DESC LIMIT $5;

-- name: proof
-- $1 certificate, $2 identity.
SELECT leaf, salt FROM certificate_device
WHERE certificate_id = $1 AND leaf = sha256('\x00'::bytea || salt || convert_to($2, 'UTF8'));

-- name: leaves
SELECT leaf FROM certificate_device WHERE certificate_id = $1 ORDER BY leaf;

-- name: keys
SELECT id, key_id, public, private, valid_from, valid_to, revoked_at FROM certificate_key ORDER BY valid_from DESC, id DESC;

-- name: add_key
INSERT INTO certificate_key (id, key_id, public, private, valid_from) VALUES ($1, $2, $3, $4, $5);

-- name: end_keys
-- $1 when. Those in use sign no more; what they signed stays good.
UPDATE certificate_key SET valid_to = greatest($1, valid_from) WHERE valid_to IS NULL AND revoked_at IS NULL;

-- name: revoke_key
-- $1 key id, $2 when. Nothing that it signed counts any more.
UPDATE certificate_key SET revoked_at = $2 WHERE key_id = $1 AND revoked_at IS NULL;
