-- What merchants pay for devices of people, and the quotes that people get.

-- Where and for what a market buys devices of people, and by which terms, from a day on. A row is never changed: a later day, or
-- a later revision of the same day, follows it. `category` '*': every category with a questionnaire. Revision 0 is shipped.
CREATE TABLE trade_in_programme (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  market text NOT NULL, category text NOT NULL, valid_from date NOT NULL, revision int NOT NULL DEFAULT 0,
  is_open boolean NOT NULL, minimum_age smallint NOT NULL CHECK (minimum_age BETWEEN 0 AND 99),
  identity_documents text[] NOT NULL DEFAULT '{}',
  quote_days smallint NOT NULL CHECK (quote_days BETWEEN 1 AND 90),
  label_days smallint NOT NULL CHECK (label_days BETWEEN 1 AND 90),
  decision_days smallint NOT NULL CHECK (decision_days BETWEEN 1 AND 90),
  inspection_business_days smallint NOT NULL CHECK (inspection_business_days BETWEEN 1 AND 30),
  source text NOT NULL CHECK (source <> ''), status text NOT NULL CHECK (status IN ('VERIFIED','UNVERIFIED')),
  recorded_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (market, category, valid_from, revision));

-- What a person is asked of a device. `market` '*': every market without questions of its own.
CREATE TABLE trade_in_question (
  category text NOT NULL, market text NOT NULL, version int NOT NULL CHECK (version > 0),
  question text NOT NULL, position int NOT NULL, valid_from date NOT NULL,
  text_en text NOT NULL, text_fr text NOT NULL, help_en text NOT NULL DEFAULT '', help_fr text NOT NULL DEFAULT '',
  source text NOT NULL, PRIMARY KEY (category, market, version, question));

-- What can be answered: the best grade that is left, or why such a device is not bought.
CREATE TABLE trade_in_answer (
  category text NOT NULL, market text NOT NULL, version int NOT NULL, question text NOT NULL, answer text NOT NULL,
  position int NOT NULL, text_en text NOT NULL, text_fr text NOT NULL, best_grade text, excluded text,
  source text NOT NULL, PRIMARY KEY (category, market, version, question, answer),
  CHECK (best_grade IS NULL OR excluded IS NULL),
  FOREIGN KEY (category, market, version, question) REFERENCES trade_in_question ON DELETE CASCADE);

-- What partners call our grades, by partner and version of its scale. A word for two grades is the lower one's.
CREATE TABLE trade_in_grade_code (
  scheme text NOT NULL, version int NOT NULL, code text NOT NULL, grade text NOT NULL, source text NOT NULL,
  PRIMARY KEY (scheme, version, code));

-- How value goes with time: the part of it that is left after a month, in parts of ten thousand. `basis` DEFAULT is shipped.
CREATE TABLE trade_in_decay (
  category text NOT NULL, market text NOT NULL, brand text NOT NULL,
  basis text NOT NULL CHECK (basis IN ('BID_PRICES','OFFER_PRICES','DEFAULT')),
  monthly_bp int NOT NULL CHECK (monthly_bp BETWEEN 1 AND 10000), models int NOT NULL DEFAULT 0 CHECK (models >= 0),
  as_of timestamptz NOT NULL DEFAULT now(), source text NOT NULL, PRIMARY KEY (category, market, brand, basis));

-- What the making of a device weighs on the climate, for the advice to keep one. Units: grams of CO2e.
CREATE TABLE trade_in_keeping (
  category text PRIMARY KEY, new_g int NOT NULL CHECK (new_g > 0), source text NOT NULL);

-- One merchant's standing bid. `amount_minor` 0 is off. `taken` counts the quotes accepted under `stock_cap`, from the
-- moment at which that was set to another number.
CREATE TABLE trade_in_bid (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  merchant_id uuid NOT NULL REFERENCES merchant (id) ON DELETE CASCADE,
  variant_id uuid NOT NULL REFERENCES variant (id), grade text NOT NULL, market text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0), currency text NOT NULL,
  pay_within_days smallint NOT NULL CHECK (pay_within_days BETWEEN 1 AND 60),
  stock_cap int CHECK (stock_cap >= 0), taken int NOT NULL DEFAULT 0 CHECK (taken >= 0),
  valid_until timestamptz, sequence bigint, version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (merchant_id, variant_id, grade, market));
CREATE INDEX trade_in_bid_competition ON trade_in_bid (market, variant_id, grade) WHERE amount_minor > 0;
CREATE INDEX trade_in_bid_merchant ON trade_in_bid (merchant_id, id);

-- What became of the devices that a merchant inspected, in a market. Units: `cuts_bp` is the sum of what counter-offers took
-- off their bids, each in parts of ten thousand of it; `pay_days` the sum of days from validation to payment.
CREATE TABLE trade_in_reliability (
  merchant_id uuid NOT NULL REFERENCES merchant (id) ON DELETE CASCADE, market text NOT NULL,
  inspections int NOT NULL DEFAULT 0 CHECK (inspections >= 0),
  counter_offers int NOT NULL DEFAULT 0 CHECK (counter_offers BETWEEN 0 AND inspections),
  cuts_bp bigint NOT NULL DEFAULT 0 CHECK (cuts_bp BETWEEN 0 AND 10000 * counter_offers::bigint),
  paid int NOT NULL DEFAULT 0 CHECK (paid >= 0), pay_days int NOT NULL DEFAULT 0 CHECK (pay_days >= 0),
  orders int NOT NULL DEFAULT 0 CHECK (orders >= 0),
  in_country int NOT NULL DEFAULT 0 CHECK (in_country BETWEEN 0 AND orders),
  updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (merchant_id, market));

-- A quote: what a person said of a device, and the bids at that moment. An anonymous one is held by its token.
CREATE TABLE trade_in_quote (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  customer_id uuid REFERENCES account (id), token_sha256 text,
  market text NOT NULL, category text NOT NULL, variant_id uuid NOT NULL REFERENCES variant (id),
  grade text NOT NULL, questionnaire text NOT NULL, answers jsonb NOT NULL, imei text, serial text, currency text NOT NULL,
  locks jsonb NOT NULL DEFAULT '[]',
  device_status text NOT NULL DEFAULT 'UNKNOWN' CHECK (device_status IN ('CLEAR','FLAGGED','UNKNOWN')), device_status_at timestamptz,
  device_status_source text,
  bids jsonb NOT NULL, expires_at timestamptz NOT NULL, taken_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX trade_in_quote_customer ON trade_in_quote (customer_id, id DESC);
CREATE UNIQUE INDEX trade_in_quote_token ON trade_in_quote (token_sha256) WHERE token_sha256 IS NOT NULL;
CREATE INDEX trade_in_quote_expires ON trade_in_quote (expires_at) WHERE taken_at IS NULL;

-- A device that a customer keeps an eye on.
CREATE TABLE trade_in_saved_device (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  customer_id uuid NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  market text NOT NULL, category text NOT NULL, variant_id uuid NOT NULL REFERENCES variant (id),
  grade text NOT NULL, questionnaire text NOT NULL, answers jsonb NOT NULL, name text,
  created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX trade_in_saved_device_customer ON trade_in_saved_device (customer_id, id DESC);
