-- What merchants pay for devices of people, and the quotes that people get.

-- One merchant's standing bid. `amount_minor` 0 is off. `taken` counts the quotes accepted under `stock_cap`.
CREATE TABLE trade_in_bid (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  merchant_id uuid NOT NULL REFERENCES merchant (id) ON DELETE CASCADE,
  variant_id uuid NOT NULL REFERENCES variant (id), grade text NOT NULL, market text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0), currency text NOT NULL,
  pay_within_days smallint NOT NULL CHECK (pay_within_days BETWEEN 1 AND 60),
  stock_cap int CHECK (stock_cap >= 0), taken int NOT NULL DEFAULT 0 CHECK (taken >= 0),
  valid_until timestamptz, version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (merchant_id, variant_id, grade, market));
CREATE INDEX trade_in_bid_competition ON trade_in_bid (market, variant_id, grade) WHERE amount_minor > 0;

-- A quote: what a person said of a device, and the bids at that moment. An anonymous one is held by its token.
CREATE TABLE trade_in_quote (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  customer_id uuid REFERENCES account (id), token_sha256 text,
  market text NOT NULL, category text NOT NULL, variant_id uuid NOT NULL REFERENCES variant (id),
  grade text NOT NULL, questionnaire text NOT NULL, answers jsonb NOT NULL, imei text, serial text, currency text NOT NULL,
  device_status text NOT NULL DEFAULT 'UNKNOWN' CHECK (device_status IN ('CLEAR','FLAGGED','UNKNOWN')), device_status_at timestamptz,
  bids jsonb NOT NULL, expires_at timestamptz NOT NULL, taken_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX trade_in_quote_customer ON trade_in_quote (customer_id, id DESC);
CREATE INDEX trade_in_quote_expires ON trade_in_quote (expires_at) WHERE taken_at IS NULL;
