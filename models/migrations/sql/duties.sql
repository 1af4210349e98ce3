-- What consumer and platform law asks: prior prices, decisions with their reasons, who traders are, reports of a period.

-- Time in which an offer was hidden is not published. Rows from before nobody noted it count as published, which can
-- only lower a prior price.
ALTER TABLE price_history ADD COLUMN published boolean NOT NULL DEFAULT true;

-- A reduction that its merchant announced, with the price it is compared with. It is over once the price rises above it.
CREATE TABLE price_reduction (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), offer_id uuid NOT NULL, market text NOT NULL,
  merchant_id uuid NOT NULL REFERENCES merchant (id) ON DELETE CASCADE,
  price_minor bigint NOT NULL CHECK (price_minor > 0), prior_minor bigint NOT NULL, percent smallint CHECK (percent BETWEEN 1 AND 99),
  currency text NOT NULL, window_from timestamptz NOT NULL, starts_at timestamptz NOT NULL, ends_at timestamptz,
  rule_id text NOT NULL, verified boolean NOT NULL, ended_at timestamptz,
  ended_because text CHECK (ended_because IN ('PRICE_ROSE','TAKEN_BACK','REPLACED')),
  CHECK (price_minor < prior_minor), CHECK (window_from < starts_at), CHECK (ends_at > starts_at),
  CHECK ((ended_at IS NULL) = (ended_because IS NULL)));
CREATE UNIQUE INDEX price_reduction_open ON price_reduction (offer_id, market) WHERE ended_at IS NULL;
CREATE INDEX price_reduction_merchant ON price_reduction (merchant_id, id DESC);

-- What a merchant says of who it is, fact by fact, and who compared it with what.
CREATE TABLE trader_fact (
  merchant_id uuid NOT NULL REFERENCES merchant (id) ON DELETE CASCADE, field text NOT NULL,
  value text NOT NULL, evidence text, valid_until date,
  state text NOT NULL DEFAULT 'GIVEN' CHECK (state IN ('GIVEN','VERIFIED','DISPUTED')),
  given_at timestamptz NOT NULL, checked_against text, checked_at timestamptz, checked_by uuid, note text,
  PRIMARY KEY (merchant_id, field),
  CHECK ((state = 'GIVEN') = (checked_at IS NULL)), CHECK ((state = 'GIVEN') = (checked_against IS NULL)));

-- Until when a merchant must have said who it is, and since when its offers are hidden in the Union because it did not.
CREATE TABLE trader_deadline (
  merchant_id uuid PRIMARY KEY REFERENCES merchant (id) ON DELETE CASCADE,
  asked_at timestamptz NOT NULL, due_at timestamptz NOT NULL CHECK (due_at > asked_at), stopped_at timestamptz,
  version int NOT NULL DEFAULT 1, CHECK (stopped_at >= due_at));
CREATE INDEX trader_deadline_stopped ON trader_deadline (merchant_id) WHERE stopped_at IS NOT NULL;

-- A recorded act on a merchant with its statement of reasons, which is never edited. `before` is the merchant's state that a
-- suspension or restriction took from it.
CREATE TABLE decision (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), merchant_id uuid NOT NULL REFERENCES merchant (id),
  type text NOT NULL CHECK (type IN ('WARNING','RESTRICTION','SUSPENSION','TERMINATION','OFFER_REMOVAL','APPLICATION_REFUSAL',
    'PROBATION_EXTENSION','PAYOUT_HOLD')),
  state text NOT NULL CHECK (state IN ('DRAFT','APPROVED','NOTIFIED','IN_FORCE','LIFTED','EXPIRED')),
  statement jsonb NOT NULL, offers uuid[] NOT NULL DEFAULT '{}', markets text[] NOT NULL,
  issued_by uuid NOT NULL, approved_by uuid, effective_at timestamptz NOT NULL, ends_at timestamptz,
  delivered_at timestamptz, appeal_until timestamptz, in_force_at timestamptz, ended_at timestamptz, lifted_because text,
  before text, version int NOT NULL DEFAULT 1, created_at timestamptz NOT NULL,
  CHECK (approved_by <> issued_by), CHECK (effective_at >= delivered_at), CHECK (ends_at > effective_at),
  CHECK ((state = 'DRAFT') = (delivered_at IS NULL)));
CREATE INDEX decision_merchant ON decision (merchant_id, id DESC);
CREATE INDEX decision_due ON decision (effective_at) WHERE state = 'NOTIFIED';
CREATE INDEX decision_ending ON decision (ends_at) WHERE state = 'IN_FORCE' AND ends_at IS NOT NULL;
CREATE FUNCTION boucle_statement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.statement, OLD.type, OLD.merchant_id, OLD.offers, OLD.markets, OLD.issued_by)
    IS DISTINCT FROM (NEW.statement, NEW.type, NEW.merchant_id, NEW.offers, NEW.markets, NEW.issued_by) THEN
    RAISE EXCEPTION 'a statement of reasons is never edited' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER statement_stays BEFORE UPDATE OR DELETE ON decision FOR EACH ROW EXECUTE FUNCTION boucle_statement_stays();

CREATE TABLE decision_appeal (
  decision_id uuid PRIMARY KEY REFERENCES decision (id), merchant_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('FILED','IN_REVIEW','UPHELD','DISMISSED')),
  text text NOT NULL, filed_at timestamptz NOT NULL, answer_by timestamptz NOT NULL,
  answered_by uuid, answered_at timestamptz, answer text,
  CHECK ((state IN ('UPHELD','DISMISSED')) = (answered_at IS NOT NULL)));

-- Offers that a decision in force hides, and where.
CREATE TABLE offer_removal (
  offer_id uuid NOT NULL, market text NOT NULL, decision_id uuid NOT NULL REFERENCES decision (id), merchant_id uuid NOT NULL,
  PRIMARY KEY (offer_id, market, decision_id));

-- A report of a period, made once by a job and kept as it was made; `totals` are the sums of its lines. `asked` is what it was
-- asked with, `document` the message to an authority, `faults` what its schema says against it.
CREATE TABLE period_report (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), kind text NOT NULL CHECK (kind IN ('MARGIN','LEVY','SELLERS')),
  scope text NOT NULL, period text NOT NULL, starts_on date NOT NULL, ends_on date NOT NULL CHECK (ends_on >= starts_on),
  merchant_id uuid REFERENCES merchant (id), message text CHECK (message IN ('INITIAL','ADDITIONAL','CORRECTIVE')),
  message_ref text UNIQUE, corrects uuid REFERENCES period_report (id), asked jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'REQUESTED' CHECK (state IN ('REQUESTED','READY')),
  lines int NOT NULL DEFAULT 0, held int NOT NULL DEFAULT 0, totals jsonb NOT NULL DEFAULT '{}',
  document text, faults text[] NOT NULL DEFAULT '{}',
  requested_by uuid NOT NULL, requested_at timestamptz NOT NULL, ready_at timestamptz,
  CHECK ((kind = 'SELLERS') = (message IS NOT NULL AND message_ref IS NOT NULL)),
  CHECK ((message = 'CORRECTIVE') = (corrects IS NOT NULL)), CHECK ((state = 'READY') = (ready_at IS NOT NULL)));
CREATE UNIQUE INDEX period_report_initial ON period_report (scope, period) WHERE message = 'INITIAL' AND faults = '{}';
CREATE INDEX period_report_of ON period_report (kind, scope, period, id DESC);
CREATE TABLE period_report_line (
  report_id uuid NOT NULL REFERENCES period_report (id), n int NOT NULL, merchant_id uuid NOT NULL,
  document text CHECK (document IN ('NEW','CORRECTED','DELETED')), faults text[] NOT NULL DEFAULT '{}', facts jsonb NOT NULL,
  PRIMARY KEY (report_id, n));
CREATE INDEX period_report_line_merchant ON period_report_line (merchant_id, report_id);
CREATE TRIGGER period_report_line_append_only BEFORE UPDATE OR DELETE ON period_report_line
  FOR EACH STATEMENT EXECUTE FUNCTION boucle_append_only();
