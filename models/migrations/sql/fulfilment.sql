-- What devices of a category are known by, and whether they hold data.
CREATE TABLE category_unit (
  category text PRIMARY KEY, identity text NOT NULL CHECK (identity IN ('IMEI','SERIAL')),
  storage boolean NOT NULL, source text NOT NULL);

-- A merchant's own rules about orders; no row: the defaults.
CREATE TABLE fulfilment_setting (
  merchant_id uuid PRIMARY KEY REFERENCES merchant (id) ON DELETE CASCADE,
  partial_acceptance boolean NOT NULL DEFAULT true, updated_at timestamptz NOT NULL DEFAULT now());

-- One device as a merchant has it or sold it. `line_id` is its last sale; `events` and `last_hash` are the end of its chain.
CREATE TABLE unit (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  merchant_id uuid NOT NULL REFERENCES merchant (id), customer_id uuid,
  variant_id uuid NOT NULL, category text NOT NULL, line_id uuid REFERENCES order_line (id), tac text,
  device_status text NOT NULL DEFAULT 'UNKNOWN' CHECK (device_status IN ('CLEAR','FLAGGED','UNKNOWN')),
  device_status_source text, device_status_at timestamptz,
  battery_health smallint CHECK (battery_health BETWEEN 0 AND 100),
  events int NOT NULL DEFAULT 0, last_hash bytea NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX unit_merchant ON unit (merchant_id, id);
CREATE INDEX unit_line ON unit (line_id);

-- What a device is known by. `live`: it is being sold, or was and may yet come back; an identity is live once.
CREATE TABLE unit_identifier (
  unit_id uuid NOT NULL REFERENCES unit (id) ON DELETE CASCADE, key text NOT NULL,
  merchant_id uuid NOT NULL, customer_id uuid, kind text NOT NULL CHECK (kind IN ('IMEI','IMEI2','SERIAL')),
  value text NOT NULL, line_id uuid NOT NULL, live boolean NOT NULL DEFAULT true,
  PRIMARY KEY (unit_id, key));
CREATE UNIQUE INDEX unit_identifier_live ON unit_identifier (key) WHERE live;
CREATE INDEX unit_identifier_key ON unit_identifier (merchant_id, key);
CREATE INDEX unit_identifier_line ON unit_identifier (line_id);

-- What happened to a device: each event holds the hash of the one before. Append-only.
CREATE TABLE unit_event (
  unit_id uuid NOT NULL REFERENCES unit (id), n int NOT NULL, kind text NOT NULL, at timestamptz NOT NULL,
  merchant_id uuid NOT NULL, customer_id uuid, line_id uuid, data jsonb NOT NULL,
  previous bytea NOT NULL, hash bytea NOT NULL, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (unit_id, n));
CREATE TRIGGER unit_event_append_only BEFORE UPDATE OR DELETE ON unit_event
  FOR EACH STATEMENT EXECUTE FUNCTION boucle_append_only();

-- What a merchant paid for a device: no buyer ever sees it.
CREATE TABLE unit_acquisition (
  line_id uuid PRIMARY KEY REFERENCES order_line (id), unit_id uuid NOT NULL REFERENCES unit (id), merchant_id uuid NOT NULL,
  price_minor bigint NOT NULL CHECK (price_minor >= 0), currency text NOT NULL, document text NOT NULL,
  supplier text NOT NULL CHECK (supplier IN ('PERSON','MARGIN_DEALER','VAT_BUSINESS','EXEMPT_BUSINESS')), bought_on date,
  created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX unit_acquisition_unit ON unit_acquisition (unit_id);

-- An identity is free again once its sale has ended, or can no longer be undone by a return.
CREATE FUNCTION boucle_identity_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE unit_identifier SET live = false WHERE line_id = NEW.id AND live;
  RETURN NULL;
END $$;
CREATE TRIGGER identity_follows AFTER UPDATE OF state ON order_line FOR EACH ROW
  WHEN (NEW.unit_id IS NOT NULL AND OLD.state IS DISTINCT FROM NEW.state
    AND NEW.state IN ('COMPLETED','REFUSED','CANCELLED','REFUNDED','REPLACED','EXPIRED'))
  EXECUTE FUNCTION boucle_identity_follows();

-- A withdrawal that was confirmed: what was said, when, and the receipt as it was mailed. Append-only but for erasure.
CREATE TABLE withdrawal (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), token_sha256 bytea NOT NULL UNIQUE,
  customer_id uuid NOT NULL, order_id uuid NOT NULL REFERENCES orders (id), merchant_id uuid NOT NULL,
  name text, address text, language text NOT NULL, legal boolean NOT NULL,
  asked_at timestamptz NOT NULL, confirmed_at timestamptz NOT NULL, acknowledgement text NOT NULL, subject text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX withdrawal_order ON withdrawal (order_id);
CREATE TABLE withdrawal_line (
  line_id uuid PRIMARY KEY REFERENCES order_line (id), withdrawal_id uuid NOT NULL REFERENCES withdrawal (id),
  merchant_id uuid NOT NULL, customer_id uuid NOT NULL, until timestamptz, facts jsonb NOT NULL DEFAULT '{}');
CREATE INDEX withdrawal_line_withdrawal ON withdrawal_line (withdrawal_id);

-- The last day of the right to withdraw, with the rule that says so, and who was reminded of what.
ALTER TABLE order_line ADD COLUMN withdraw_until timestamptz, ADD COLUMN rights jsonb, ADD COLUMN reminded_at timestamptz;
CREATE INDEX order_line_lost ON order_line (updated_at) WHERE state = 'LOST';
