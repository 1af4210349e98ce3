-- The platform's contracts with carriers, and the labels that small merchants get under them.

-- `eligibility` says who may: docs/carriers.md, "Contracts". `platform_bp`: what of the price the platform bears.
CREATE TABLE carrier_contract (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  code text NOT NULL UNIQUE, name text NOT NULL, carrier text NOT NULL, api text NOT NULL,
  currency text NOT NULL, eligibility jsonb NOT NULL DEFAULT '{}', platform_bp int NOT NULL DEFAULT 0 CHECK (platform_bp BETWEEN 0 AND 10000),
  valid_from date NOT NULL, valid_to date, source text NOT NULL);
CREATE TABLE carrier_rate (
  contract_id uuid NOT NULL REFERENCES carrier_contract (id) ON DELETE CASCADE,
  origin text NOT NULL, destination text NOT NULL, most_grams int NOT NULL CHECK (most_grams > 0),
  price_minor bigint NOT NULL CHECK (price_minor > 0), source text NOT NULL,
  PRIMARY KEY (contract_id, origin, destination, most_grams));

-- A label: ordered, then issued by the carrier outside of the transaction. The ledger has its cost from the issue on.
CREATE TABLE shipping_label (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  merchant_id uuid NOT NULL REFERENCES merchant (id) ON DELETE CASCADE,
  order_id uuid NOT NULL REFERENCES orders (id), purchase_id uuid NOT NULL, line_ids uuid[] NOT NULL,
  contract_id uuid NOT NULL REFERENCES carrier_contract (id), carrier text NOT NULL, api text NOT NULL,
  origin text NOT NULL, destination text NOT NULL, grams int NOT NULL CHECK (grams > 0),
  currency text NOT NULL, price_minor bigint NOT NULL, merchant_minor bigint NOT NULL, platform_minor bigint NOT NULL,
  state text NOT NULL DEFAULT 'ORDERED' CHECK (state IN ('ORDERED','ALIVE','USED','EXPIRED','FAILED')),
  tracking_number text, document bytea, expires_at timestamptz, issued_at timestamptz, used_at timestamptz, problem text,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (price_minor = merchant_minor + platform_minor));
CREATE INDEX shipping_label_merchant ON shipping_label (merchant_id, id DESC);
CREATE INDEX shipping_label_number ON shipping_label (carrier, tracking_number);
CREATE INDEX shipping_label_alive ON shipping_label (expires_at) WHERE state = 'ALIVE';

ALTER TABLE ledger_transaction DROP CONSTRAINT ledger_transaction_kind_check,
  ADD CONSTRAINT ledger_transaction_kind_check
  CHECK (kind IN ('CAPTURE','PROVIDER_FEE','REFUND','REFUND_PAID','REFUND_FAILED','RELEASE','LABEL'));
ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_account_check,
  ADD CONSTRAINT ledger_posting_account_check
  CHECK (account IN ('CLEARING','MERCHANT_HELD','MERCHANT_OWED','SERVICE_FEES','COLLECTED_TAXES','REFUNDS_DUE','PROVIDER_FEES','CARRIERS_OWED','SHIPPING_SUBSIDIES'));
