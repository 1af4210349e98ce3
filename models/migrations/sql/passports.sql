-- A device is one row for ever: who has it, and where it is spoken for, are rows of their own.

ALTER TABLE order_line NO FORCE ROW LEVEL SECURITY;

ALTER TABLE unit ALTER COLUMN variant_id DROP NOT NULL, ALTER COLUMN category DROP NOT NULL,
  ADD COLUMN channel text CHECK (channel IN ('TRADE_IN','FLEET','ECO_ORGANISATION','OPERATOR','BRAND','RETURN','MERCHANT_OWN')),
  ADD COLUMN passports int NOT NULL DEFAULT 1, ADD COLUMN party_id uuid;

-- Who had a device, from when until when, in which of its passports. A passport is the story of a device as far as each holder
-- had it from the one before; whoever shows no more than its number begins another. `void`: never had in hand;
-- `handed`: by the holder before.
CREATE TABLE unit_party (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), unit_id uuid NOT NULL REFERENCES unit (id), passport int NOT NULL DEFAULT 1,
  merchant_id uuid, customer_id uuid, organisation_id uuid,
  place text NOT NULL CHECK (place IN ('SALE','TRADE_IN','FLEET','STOCK')), place_id uuid NOT NULL,
  follows uuid REFERENCES unit_party (id), identifiers jsonb NOT NULL DEFAULT '{}',
  void boolean NOT NULL DEFAULT false, handed boolean NOT NULL DEFAULT false,
  from_at timestamptz NOT NULL DEFAULT clock_timestamp(), until_at timestamptz,
  CHECK (num_nonnulls(merchant_id, customer_id, organisation_id) >= 1));
INSERT INTO unit_party (unit_id, merchant_id, customer_id, place, place_id, from_at, until_at, identifiers)
SELECT u.id, l.merchant_id, CASE WHEN l.state NOT IN ('REFUSED','CANCELLED','EXPIRED') THEN l.customer_id END, 'SALE', l.id,
  coalesce((SELECT min(e.recorded_at) FROM unit_event e WHERE e.unit_id = u.id AND e.line_id = l.id), u.created_at),
  CASE WHEN l.id IS DISTINCT FROM u.line_id THEN l.updated_at END,
  coalesce((SELECT jsonb_object_agg(i.kind, i.value) FROM unit_identifier i WHERE i.unit_id = u.id), '{}')
FROM unit u JOIN order_line l ON l.unit_id = u.id;
UPDATE unit u SET party_id = p.id FROM unit_party p WHERE p.unit_id = u.id AND p.until_at IS NULL;
CREATE UNIQUE INDEX unit_party_present ON unit_party (unit_id, passport) WHERE until_at IS NULL;
CREATE INDEX unit_party_unit ON unit_party (unit_id);
CREATE INDEX unit_party_place ON unit_party (place, place_id);
CREATE INDEX unit_party_merchant ON unit_party (merchant_id, unit_id) WHERE merchant_id IS NOT NULL;
CREATE INDEX unit_party_customer ON unit_party (customer_id, unit_id) WHERE customer_id IS NOT NULL;
CREATE INDEX unit_party_organisation ON unit_party (organisation_id, unit_id) WHERE organisation_id IS NOT NULL;

-- The code by which anybody may read a passport; made when it is first asked for.
CREATE TABLE unit_passport (
  unit_id uuid NOT NULL REFERENCES unit (id), n int NOT NULL, code text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (unit_id, n));

-- An identity names one device, and is spoken for in one place: `party_id` is who spoke for it last.
DELETE FROM unit_identifier a USING unit_identifier b WHERE a.key = b.key AND (a.live, a.unit_id) < (b.live, b.unit_id);
DROP INDEX unit_identifier_live, unit_identifier_key, unit_identifier_line;
ALTER TABLE unit_identifier DROP CONSTRAINT unit_identifier_pkey, ADD PRIMARY KEY (key), ALTER COLUMN unit_id DROP NOT NULL,
  DROP CONSTRAINT unit_identifier_kind_check,
  ADD CHECK (kind IN ('IMEI','IMEI2','MEID','SERIAL','ASSET_TAG','MEDIUM')),
  ADD COLUMN place text CHECK (place IN ('SALE','TRADE_IN','FLEET','STOCK')), ADD COLUMN place_id uuid, ADD COLUMN party_id uuid,
  ADD COLUMN live_until timestamptz;
UPDATE unit_identifier i SET place_id = i.line_id, place = CASE WHEN i.live THEN 'SALE' END, party_id = u.party_id
FROM unit u WHERE u.id = i.unit_id;
ALTER TABLE unit_identifier DROP COLUMN live, DROP COLUMN line_id, DROP COLUMN merchant_id, DROP COLUMN customer_id;
CREATE INDEX unit_identifier_unit ON unit_identifier (unit_id);
CREATE INDEX unit_identifier_place ON unit_identifier (place, place_id) WHERE place IS NOT NULL;
CREATE INDEX unit_identifier_party ON unit_identifier (party_id);

-- An event is seen by those who had the device when it was noted.
ALTER TABLE unit_event ALTER COLUMN merchant_id DROP NOT NULL, ADD COLUMN organisation_id uuid, ADD COLUMN party_id uuid,
  ADD COLUMN passport int NOT NULL DEFAULT 1;
CREATE INDEX unit_event_party ON unit_event (party_id);
DROP INDEX unit_merchant, unit_line;
ALTER TABLE unit DROP COLUMN merchant_id, DROP COLUMN customer_id, DROP COLUMN line_id;

CREATE OR REPLACE FUNCTION boucle_identity_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE unit_identifier SET place = NULL WHERE place = 'SALE' AND place_id = NEW.id;
  IF NEW.state IN ('REFUSED','CANCELLED','EXPIRED') THEN
    UPDATE unit_party SET customer_id = NULL WHERE place = 'SALE' AND place_id = NEW.id AND until_at IS NULL;
  END IF;
  RETURN NULL;
END $$;

ALTER TABLE order_line FORCE ROW LEVEL SECURITY;

-- What holds data in a device. A medium that was taken out is no longer asked for.
CREATE TABLE unit_medium (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), unit_id uuid NOT NULL REFERENCES unit (id), passport int NOT NULL,
  merchant_id uuid, customer_id uuid, organisation_id uuid, party_id uuid,
  type text NOT NULL CHECK (type IN ('HDD','SSD','NVME','EMMC','UFS','SD','OTHER')),
  serial text NOT NULL, capacity_bytes bigint CHECK (capacity_bytes > 0), removed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (unit_id, passport, serial));

-- One erasure of a medium. `after_n`: the events of the unit before it; only what came since the device last left a user counts.
CREATE TABLE unit_erasure (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), unit_id uuid NOT NULL REFERENCES unit (id), passport int NOT NULL,
  medium_id uuid NOT NULL REFERENCES unit_medium (id),
  merchant_id uuid, customer_id uuid, organisation_id uuid, party_id uuid, after_n int NOT NULL,
  state text NOT NULL CHECK (state IN ('PENDING','RUNNING','SUCCEEDED','VERIFIED','VALIDATED','FAILED','QUARANTINED','DESTROYED')),
  method text CHECK (method IN ('CLEAR','PURGE','DESTROY')), tries smallint NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 2),
  facts jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX unit_erasure_medium ON unit_erasure (medium_id, id);
CREATE INDEX unit_erasure_unit ON unit_erasure (unit_id);

-- What lists of stolen devices and of locks answered, each time that they were asked.
CREATE TABLE unit_status_check (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), unit_id uuid REFERENCES unit (id), key text NOT NULL,
  merchant_id uuid, customer_id uuid, organisation_id uuid,
  moment text NOT NULL CHECK (moment IN ('QUOTE','RECEIPT','RESALE','IMPORT')),
  status text NOT NULL CHECK (status IN ('CLEAR','FLAGGED','UNKNOWN')), reason text, locks jsonb NOT NULL DEFAULT '{}',
  source text NOT NULL, checked_at timestamptz NOT NULL, expires_at timestamptz NOT NULL);
CREATE INDEX unit_status_check_key ON unit_status_check (key, checked_at DESC);
CREATE INDEX unit_status_check_unit ON unit_status_check (unit_id, checked_at DESC);
CREATE TRIGGER unit_status_check_append_only BEFORE UPDATE OR DELETE ON unit_status_check
  FOR EACH STATEMENT EXECUTE FUNCTION boucle_append_only();

-- What a merchant paid for a device in its stock; the sale has a row of its own.
CREATE TABLE unit_stock (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), unit_id uuid NOT NULL REFERENCES unit (id), merchant_id uuid NOT NULL REFERENCES merchant (id),
  sku text, price_minor bigint CHECK (price_minor >= 0), currency text, document text,
  supplier text CHECK (supplier IN ('PERSON','MARGIN_DEALER','VAT_BUSINESS','EXEMPT_BUSINESS')), bought_on date,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (merchant_id, unit_id));
