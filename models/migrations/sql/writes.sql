-- What offers need so that late pushes, our own sales and everything that changed keep their order.

-- `taken`: units that our own sales took and did not give back. `sequences`: the sequence of each field's last write
-- by the API, where one was sent; under `*` that of the fields that are not named.
ALTER TABLE offer ADD COLUMN taken int NOT NULL DEFAULT 0, ADD COLUMN sequences jsonb;

-- Units set aside for a buyer. `released_at`: given back; `consumed_at`: gone to the buyer.
CREATE TABLE reservation (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  merchant_id uuid NOT NULL REFERENCES merchant (id) ON DELETE CASCADE,
  offer_id uuid NOT NULL REFERENCES offer (id) ON DELETE CASCADE,
  quantity int NOT NULL CHECK (quantity > 0),
  kind text NOT NULL CHECK (kind IN ('CART','ORDER')),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  released_at timestamptz, consumed_at timestamptz,
  CHECK (released_at IS NULL OR consumed_at IS NULL));
CREATE INDEX reservation_merchant ON reservation (merchant_id, at);
CREATE INDEX reservation_offer ON reservation (offer_id);

-- What a merchant says of its stock. `alert_below`: it is told when a sale leaves fewer.
CREATE TABLE stock_rule (
  merchant_id uuid PRIMARY KEY REFERENCES merchant (id) ON DELETE CASCADE,
  alert_below int CHECK (alert_below BETWEEN 1 AND 100000));

-- A low price that its merchant stands by. It holds for that price and any higher one.
CREATE TABLE price_confirmation (
  offer_id uuid NOT NULL REFERENCES offer (id) ON DELETE CASCADE, market text NOT NULL,
  merchant_id uuid NOT NULL, item_minor bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (offer_id, market));

-- Which offers changed, whatever the cause, in pieces of up to 1,000. Read in the order of (xid, n), below the oldest
-- transaction under way: what commits late is not skipped. Of removed offers the SKUs stay.
CREATE TABLE offer_change (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  merchant_id uuid NOT NULL REFERENCES merchant (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('CHANGED','REMOVED')),
  offer_ids uuid[] NOT NULL, skus text[],
  at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX offer_change_merchant ON offer_change (merchant_id, xid, n);
CREATE INDEX offer_change_at ON offer_change USING brin (at);
