-- Carts, and what a merchant on probation may sell.

-- What somebody means to buy in a market. A visitor's is opened by a token, of which `token_hash` is the SHA-256 as hex;
-- a customer's has none. `address` is personal. `purchase_id`: what became of it.
CREATE TABLE cart (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  market text NOT NULL, country text NOT NULL, language text NOT NULL DEFAULT 'en',
  customer_id uuid REFERENCES account (id) ON DELETE CASCADE, token_hash text UNIQUE,
  address jsonb, purchase_id uuid REFERENCES purchase (id),
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((customer_id IS NULL) <> (token_hash IS NULL)));
CREATE INDEX cart_customer ON cart (customer_id);
CREATE INDEX cart_purchase ON cart (purchase_id);
CREATE INDEX cart_updated ON cart (updated_at);

-- `expected_minor` is the landed total of a piece that the buyer saw. The offer may be gone.
CREATE TABLE cart_line (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  cart_id uuid NOT NULL REFERENCES cart (id) ON DELETE CASCADE,
  offer_id uuid NOT NULL, variant_id uuid NOT NULL,
  quantity int NOT NULL CHECK (quantity > 0), expected_minor bigint NOT NULL CHECK (expected_minor >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (cart_id, offer_id));
CREATE INDEX cart_line_variant ON cart_line (variant_id);

-- What a merchant on probation may sell, by currency; of one merchant where it is named. A currency without a row: nothing.
CREATE TABLE selling_cap (
  merchant_id uuid REFERENCES merchant (id) ON DELETE CASCADE, currency text NOT NULL,
  units int NOT NULL CHECK (units >= 0), open_minor bigint NOT NULL CHECK (open_minor >= 0), source text NOT NULL);
CREATE UNIQUE INDEX selling_cap_of ON selling_cap (currency, coalesce(merchant_id::text, ''));
INSERT INTO selling_cap (currency, units, open_minor, source)
SELECT currency, 100, open_minor, 'ours: 20,000 EUR, in other currencies a round amount near it'
FROM (VALUES ('EUR', 2000000), ('GBP', 1700000), ('CHF', 1900000), ('CZK', 50000000), ('DKK', 15000000),
  ('HUF', 800000000), ('JPY', 3200000), ('KRW', 32000000), ('NOK', 23000000), ('PLN', 8500000), ('RON', 10000000),
  ('SEK', 22000000), ('USD', 2200000)) AS c (currency, open_minor);

CREATE INDEX reservation_open ON reservation (at) WHERE released_at IS NULL AND consumed_at IS NULL;
CREATE INDEX order_line_reservation ON order_line (reservation_id) WHERE reservation_id IS NOT NULL;
