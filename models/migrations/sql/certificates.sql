-- Certificates: signed statements about devices, each issuer's in a chain. What is signed never changes.

-- `code` is what people type. `n` counts the certificates of an issuer; `previous_sha256` is the hash of the one before.
CREATE TABLE certificate (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  code text NOT NULL UNIQUE CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{16}$'),
  kind text NOT NULL CHECK (kind IN ('ERASURE','FLEET','IMPACT')),
  issuer text NOT NULL, n int NOT NULL CHECK (n > 0),
  customer_id uuid, organisation_id uuid, merchant_id uuid,
  payload bytea NOT NULL, sha256 text NOT NULL UNIQUE, key_id text NOT NULL, signature text NOT NULL,
  previous_sha256 text, serial_count int NOT NULL CHECK (serial_count > 0), issued_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'VALID' CHECK (state IN ('VALID','SUPERSEDED','REVOKED')),
  reason text CHECK (reason IN ('DEVICE_RETURNED','DEVICE_CLAIMED_TWICE','ERASURE_NOT_VALIDATED','ISSUED_IN_ERROR','KEY_COMPROMISED')),
  superseded_by uuid REFERENCES certificate (id), superseded_at timestamptz, revoked_at timestamptz,
  version int NOT NULL DEFAULT 1,
  UNIQUE (issuer, n),
  CHECK ((n = 1) = (previous_sha256 IS NULL)),
  CHECK (num_nonnulls(customer_id, organisation_id, merchant_id) > 0),
  CHECK ((state = 'REVOKED') = (revoked_at IS NOT NULL AND reason IS NOT NULL)),
  CHECK ((superseded_by IS NULL) = (superseded_at IS NULL)),
  CHECK (state <> 'SUPERSEDED' OR superseded_by IS NOT NULL));
CREATE INDEX certificate_customer ON certificate (customer_id, id DESC) WHERE customer_id IS NOT NULL;
CREATE INDEX certificate_organisation ON certificate (organisation_id, id DESC) WHERE organisation_id IS NOT NULL;
CREATE INDEX certificate_merchant ON certificate (merchant_id, id DESC) WHERE merchant_id IS NOT NULL;

-- The leaves of a certificate's root: devices, and media without a unit of their own. No identity is kept.
CREATE TABLE certificate_device (
  certificate_id uuid NOT NULL REFERENCES certificate (id), unit_id uuid,
  leaf bytea NOT NULL CHECK (octet_length(leaf) = 32), salt bytea NOT NULL CHECK (octet_length(salt) = 16),
  PRIMARY KEY (certificate_id, leaf));
CREATE INDEX certificate_device_unit ON certificate_device (unit_id) WHERE unit_id IS NOT NULL;

-- Keys that sign certificates; the private half is encrypted. None is ever deleted.
CREATE TABLE certificate_key (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), key_id text NOT NULL UNIQUE,
  public bytea NOT NULL CHECK (octet_length(public) = 32), private bytea NOT NULL,
  valid_from timestamptz NOT NULL, valid_to timestamptz, revoked_at timestamptz,
  CHECK (valid_to >= valid_from));

CREATE FUNCTION boucle_certificate_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a % is not deleted', TG_TABLE_NAME;
  END IF;
  IF (NEW.code, NEW.kind, NEW.issuer, NEW.n, NEW.payload, NEW.sha256, NEW.key_id, NEW.signature, NEW.previous_sha256, NEW.issued_at)
    IS DISTINCT FROM (OLD.code, OLD.kind, OLD.issuer, OLD.n, OLD.payload, OLD.sha256, OLD.key_id, OLD.signature, OLD.previous_sha256, OLD.issued_at) THEN
    RAISE EXCEPTION 'what was signed does not change';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER certificate_fixed BEFORE UPDATE OR DELETE ON certificate
  FOR EACH ROW EXECUTE FUNCTION boucle_certificate_fixed();

-- Attachments: photos and documents that people and partners send as evidence. `sha256` is of what was sent;
-- what is kept has no location in it. Not claimed by a use case, it ends at `kept_until`.
CREATE TABLE attachment (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  customer_id uuid, organisation_id uuid, merchant_id uuid,
  purpose text NOT NULL CHECK (purpose IN ('DEVICE_PHOTO','IDENTITY_DOCUMENT','EVIDENCE','CUSTODY_PROOF','DOCUMENT')),
  media_type text NOT NULL CHECK (media_type IN ('image/jpeg','image/png','image/webp','image/heic','application/pdf')),
  bytes int NOT NULL CHECK (bytes BETWEEN 1 AND 20971520), sha256 bytea NOT NULL,
  width int, height int, data bytea NOT NULL,
  claimed boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL, kept_until timestamptz NOT NULL,
  CHECK (num_nonnulls(customer_id, organisation_id, merchant_id) = 1),
  CHECK ((width IS NULL) = (height IS NULL)));
ALTER TABLE attachment ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX attachment_same ON attachment ((coalesce(customer_id, organisation_id, merchant_id)), sha256, purpose);
CREATE INDEX attachment_kept ON attachment (kept_until);

-- Who else may read an attachment, and about what. `from_…` is whose the attachment is.
CREATE TABLE attachment_share (
  attachment_id uuid NOT NULL REFERENCES attachment (id) ON DELETE CASCADE,
  from_customer_id uuid, from_tenant_id uuid,
  customer_id uuid, organisation_id uuid, merchant_id uuid,
  subject_type text NOT NULL, subject_id uuid NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(customer_id, organisation_id, merchant_id) = 1));
CREATE UNIQUE INDEX attachment_share_once
  ON attachment_share (attachment_id, (coalesce(customer_id, organisation_id, merchant_id)), subject_id);
