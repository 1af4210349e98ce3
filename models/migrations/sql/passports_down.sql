-- Back to units of merchants: what was never in a sale is lost, and so are the parties.

DROP TABLE unit_stock, unit_status_check, unit_erasure, unit_medium;

ALTER TABLE unit ADD COLUMN merchant_id uuid REFERENCES merchant (id), ADD COLUMN customer_id uuid,
  ADD COLUMN line_id uuid REFERENCES order_line (id);
UPDATE unit u SET merchant_id = p.merchant_id, customer_id = p.customer_id, line_id = p.place_id
FROM unit_party p WHERE p.id = u.party_id AND p.place = 'SALE';
ALTER TABLE unit_event DISABLE TRIGGER unit_event_append_only;
DELETE FROM unit_event e USING unit u WHERE u.id = e.unit_id AND (u.merchant_id IS NULL OR e.merchant_id IS NULL);
ALTER TABLE unit_event ENABLE TRIGGER unit_event_append_only;
DELETE FROM unit_identifier i WHERE NOT EXISTS (SELECT FROM unit u WHERE u.id = i.unit_id AND u.merchant_id IS NOT NULL)
  OR i.kind NOT IN ('IMEI','IMEI2','SERIAL');
ALTER TABLE unit_identifier ADD COLUMN live boolean NOT NULL DEFAULT false, ADD COLUMN merchant_id uuid,
  ADD COLUMN customer_id uuid, ADD COLUMN line_id uuid;
UPDATE unit_identifier i SET live = coalesce(i.place = 'SALE', false), merchant_id = u.merchant_id, customer_id = u.customer_id,
  line_id = u.line_id FROM unit u WHERE u.id = i.unit_id;
ALTER TABLE unit_identifier DROP CONSTRAINT unit_identifier_pkey, DROP CONSTRAINT unit_identifier_kind_check,
  ADD CONSTRAINT unit_identifier_kind_check CHECK (kind IN ('IMEI','IMEI2','SERIAL')),
  ALTER COLUMN unit_id SET NOT NULL, ALTER COLUMN merchant_id SET NOT NULL, ALTER COLUMN line_id SET NOT NULL,
  ALTER COLUMN live SET DEFAULT true, ADD PRIMARY KEY (unit_id, key),
  DROP COLUMN place, DROP COLUMN place_id, DROP COLUMN party_id, DROP COLUMN live_until;
DROP INDEX unit_identifier_unit;
CREATE UNIQUE INDEX unit_identifier_live ON unit_identifier (key) WHERE live;
CREATE INDEX unit_identifier_key ON unit_identifier (merchant_id, key);
CREATE INDEX unit_identifier_line ON unit_identifier (line_id);
ALTER TABLE unit_event DROP COLUMN organisation_id, DROP COLUMN party_id, DROP COLUMN passport, ALTER COLUMN merchant_id SET NOT NULL;
DROP TABLE unit_party;
DROP TABLE unit_passport;
ALTER TABLE trade_in_order NO FORCE ROW LEVEL SECURITY;
ALTER TABLE asset NO FORCE ROW LEVEL SECURITY;
DELETE FROM unit u WHERE u.merchant_id IS NULL
  AND NOT EXISTS (SELECT FROM trade_in_order o WHERE o.unit_id = u.id) AND NOT EXISTS (SELECT FROM asset a WHERE a.unit_id = u.id);
ALTER TABLE trade_in_order FORCE ROW LEVEL SECURITY;
ALTER TABLE asset FORCE ROW LEVEL SECURITY;
ALTER TABLE unit DROP COLUMN channel, DROP COLUMN passports, DROP COLUMN party_id, ALTER COLUMN merchant_id SET NOT NULL,
  ALTER COLUMN variant_id SET NOT NULL, ALTER COLUMN category SET NOT NULL;
CREATE INDEX unit_merchant ON unit (merchant_id, id);
CREATE INDEX unit_line ON unit (line_id);
CREATE OR REPLACE FUNCTION boucle_identity_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE unit_identifier SET live = false WHERE line_id = NEW.id AND live;
  RETURN NULL;
END $$;
