-- From the contracted lot to the closed one: who held it, what arrived, what became of each device, and the money.

-- What we charge and how long each side has, by day. `country` null is everywhere; the row of a country goes first.
-- `grade_bp`: what a device of a grade is worth against one of EXCELLENT, in basis points.
CREATE TABLE lot_terms (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), country text, valid_from date NOT NULL, valid_to date,
  fee_bp int NOT NULL CHECK (fee_bp BETWEEN 0 AND 10000), reconcile_days int NOT NULL CHECK (reconcile_days BETWEEN 1 AND 60),
  dispute_days int NOT NULL CHECK (dispute_days BETWEEN 1 AND 60), answer_days int NOT NULL CHECK (answer_days BETWEEN 1 AND 60),
  balance_bp int NOT NULL CHECK (balance_bp BETWEEN 0 AND 10000), grade_bp jsonb NOT NULL, source text NOT NULL,
  CHECK (valid_to > valid_from));
INSERT INTO lot_terms (country, valid_from, fee_bp, reconcile_days, dispute_days, answer_days, balance_bp, grade_bp, source)
VALUES (NULL, '2026-01-01', 600, 5, 10, 5, 200,
  '{"PREMIUM":10800,"EXCELLENT":10000,"VERY_GOOD":9300,"GOOD":8600,"FAIR":7400,"DAMAGED":3500,"BROKEN":1500}',
  'terms of this project, not a law');

-- When a lot is fetched. The driver shows a code; its hash is kept, and it opens one collection.
CREATE TABLE pickup (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), lot_id uuid NOT NULL REFERENCES lot (id),
  organisation_id uuid NOT NULL, merchant_id uuid NOT NULL, site_id uuid, place text NOT NULL,
  from_at timestamptz NOT NULL, until_at timestamptz NOT NULL, carrier text, containers int NOT NULL CHECK (containers BETWEEN 0 AND 500),
  state text NOT NULL DEFAULT 'SCHEDULED' CHECK (state IN ('SCHEDULED','COLLECTED')), moved int NOT NULL DEFAULT 0,
  code_sha256 text, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (until_at > from_at));
CREATE UNIQUE INDEX pickup_of_lot ON pickup (lot_id);
CREATE UNIQUE INDEX pickup_code ON pickup (code_sha256) WHERE code_sha256 IS NOT NULL;

-- One chain for a batch, each container and each device: how far it is, and the hash of its last event.
CREATE TABLE custody_chain (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), lot_id uuid NOT NULL REFERENCES lot (id),
  organisation_id uuid NOT NULL, merchant_id uuid NOT NULL,
  subject text NOT NULL CHECK (subject IN ('BATCH','CONTAINER','DEVICE')), name text NOT NULL, asset_id uuid REFERENCES asset (id),
  container_id uuid REFERENCES custody_chain (id), events int NOT NULL DEFAULT 0, last_kind text, last_at timestamptz,
  seal text, sent_g bigint, mass_g bigint, last_hash bytea NOT NULL DEFAULT '', UNIQUE (lot_id, subject, name));
CREATE UNIQUE INDEX custody_chain_asset ON custody_chain (asset_id) WHERE asset_id IS NOT NULL;

-- What happened to it. Append-only; `hash` covers the event and `previous`.
CREATE TABLE custody_event (
  chain_id uuid NOT NULL REFERENCES custody_chain (id), n int NOT NULL, lot_id uuid NOT NULL,
  organisation_id uuid NOT NULL, merchant_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('PACKED','SEALED','COLLECTED','TRANSFERRED','ARRIVED','SEAL_CHECKED','OPENED','RECEIVED','WEIGHED',
    'TRIAGED','ERASED','REPAIRED','GRADED','LISTED','SOLD','PARTED','RECYCLED','LOST')),
  at timestamptz NOT NULL, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL CHECK (actor IN ('ORGANISATION','CARRIER','MERCHANT','PLATFORM')), actor_id uuid,
  data jsonb NOT NULL, previous bytea NOT NULL, hash bytea NOT NULL, PRIMARY KEY (chain_id, n));
CREATE INDEX custody_event_lot ON custody_event (lot_id, recorded_at);
CREATE TRIGGER custody_event_append_only BEFORE UPDATE OR DELETE ON custody_event
  FOR EACH STATEMENT EXECUTE FUNCTION boucle_append_only();

CREATE TABLE custody_incident (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), lot_id uuid NOT NULL REFERENCES lot (id),
  organisation_id uuid NOT NULL, merchant_id uuid NOT NULL, chain_id uuid REFERENCES custody_chain (id), asset_id uuid REFERENCES asset (id),
  kind text NOT NULL CHECK (kind IN ('SEAL_BROKEN','CUSTODY_GAP','SERIAL_NOT_IN_MANIFEST','MASS_BALANCE','DEVICE_ELSEWHERE','LOST')),
  facts jsonb NOT NULL DEFAULT '{}', at timestamptz NOT NULL, resolved_at timestamptz, resolution text);
CREATE INDEX custody_incident_lot ON custody_incident (lot_id, id);

-- What was found of each device of a lot, and what became of it. One row a device that has been counted.
CREATE TABLE asset_outcome (
  asset_id uuid PRIMARY KEY REFERENCES asset (id), lot_id uuid NOT NULL REFERENCES lot (id),
  organisation_id uuid NOT NULL, merchant_id uuid NOT NULL,
  found text NOT NULL CHECK (found IN ('RECEIVED','MISSING','EXTRA','MISMATCHED')), reasons text[] NOT NULL DEFAULT '{}',
  seen jsonb NOT NULL DEFAULT '{}', counted_at timestamptz NOT NULL, charged boolean NOT NULL DEFAULT false,
  diagnosis jsonb, storage boolean, grade text, grade_evidence uuid[] NOT NULL DEFAULT '{}', grade_reason text,
  disposition text, reason text, partner_id uuid, proof uuid, disposed_at timestamptz, certificate_id uuid);
CREATE INDEX asset_outcome_lot ON asset_outcome (lot_id, asset_id);

-- A medium that holds data, and each try to erase it.
CREATE TABLE asset_medium (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), asset_id uuid NOT NULL REFERENCES asset (id), lot_id uuid NOT NULL REFERENCES lot (id),
  organisation_id uuid NOT NULL, merchant_id uuid NOT NULL, serial text NOT NULL, type text NOT NULL, capacity_gb int,
  removable boolean NOT NULL, state text NOT NULL DEFAULT 'PENDING', method text,
  failures smallint NOT NULL DEFAULT 0, tries smallint NOT NULL DEFAULT 0, UNIQUE (asset_id, serial));
CREATE INDEX asset_medium_lot ON asset_medium (lot_id);
CREATE TABLE asset_erasure (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), medium_id uuid NOT NULL REFERENCES asset_medium (id), asset_id uuid NOT NULL, lot_id uuid NOT NULL,
  organisation_id uuid NOT NULL, merchant_id uuid NOT NULL, n int NOT NULL, method text NOT NULL, state text NOT NULL,
  facts jsonb NOT NULL, validation jsonb, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (medium_id, n));
CREATE INDEX asset_erasure_asset ON asset_erasure (asset_id, id);

-- Whom devices and their remains go to. `certifications`: scheme, number, site and the last day of each.
CREATE TABLE downstream_partner (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), merchant_id uuid NOT NULL REFERENCES merchant (id), name text NOT NULL, country text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('RECYCLER','REFINER','DESTRUCTION','REUSE','SOLIDARITY')), tier smallint NOT NULL DEFAULT 1,
  certifications jsonb NOT NULL DEFAULT '[]', created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (merchant_id, name));

-- The statement of a lot, and its lines; the totals are those of the lines, in minor units of `currency`.
CREATE TABLE settlement (
  lot_id uuid PRIMARY KEY REFERENCES lot (id), organisation_id uuid NOT NULL, merchant_id uuid NOT NULL, currency text NOT NULL,
  state text NOT NULL DEFAULT 'READY' CHECK (state IN ('READY','FINAL','PAYING','PAID')), fee_bp int NOT NULL,
  bid_minor bigint NOT NULL, adjustment_minor bigint NOT NULL, fee_minor bigint NOT NULL, net_minor bigint NOT NULL,
  ready_at timestamptz NOT NULL, dispute_until timestamptz NOT NULL, accepted_at timestamptz, final_at timestamptz, paid_at timestamptz,
  payout_ref text, certificate_id uuid, version int NOT NULL DEFAULT 1, updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (net_minor = bid_minor + adjustment_minor - fee_minor));
CREATE INDEX settlement_open ON settlement (dispute_until) WHERE state <> 'PAID';
CREATE TABLE settlement_line (
  asset_id uuid PRIMARY KEY REFERENCES asset (id), lot_id uuid NOT NULL REFERENCES settlement (lot_id),
  organisation_id uuid NOT NULL, merchant_id uuid NOT NULL,
  bid_minor bigint NOT NULL CHECK (bid_minor >= 0), adjustment_minor bigint NOT NULL, fee_minor bigint NOT NULL CHECK (fee_minor >= 0),
  net_minor bigint NOT NULL, reason text, evidence uuid[] NOT NULL DEFAULT '{}',
  CHECK (net_minor = bid_minor + adjustment_minor - fee_minor));
CREATE INDEX settlement_line_lot ON settlement_line (lot_id, asset_id);

-- What one side does not agree to: what was counted, or a line of the statement.
CREATE TABLE lot_dispute (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), lot_id uuid NOT NULL REFERENCES lot (id), asset_id uuid NOT NULL REFERENCES asset (id),
  organisation_id uuid NOT NULL, merchant_id uuid NOT NULL, about text NOT NULL CHECK (about IN ('RECONCILIATION','SETTLEMENT')),
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN','CONTESTED','UPHELD','REJECTED')),
  reason text NOT NULL, evidence uuid[] NOT NULL DEFAULT '{}', opened_at timestamptz NOT NULL, answer_by timestamptz NOT NULL,
  answer text, answer_evidence uuid[] NOT NULL DEFAULT '{}', answered_at timestamptz,
  decided_by text CHECK (decided_by IN ('MERCHANT','RULE','STAFF')), statement text, decided_at timestamptz);
CREATE UNIQUE INDEX lot_dispute_open ON lot_dispute (asset_id, about) WHERE state IN ('OPEN','CONTESTED');
CREATE INDEX lot_dispute_lot ON lot_dispute (lot_id, id);
CREATE INDEX lot_dispute_due ON lot_dispute (answer_by) WHERE state = 'OPEN';

-- When what was counted stands by itself; null where it was agreed to, or nothing differs.
ALTER TABLE lot ADD COLUMN counted_at timestamptz, ADD COLUMN reconcile_by timestamptz;
CREATE INDEX lot_reconcile ON lot (reconcile_by) WHERE reconcile_by IS NOT NULL AND state = 'RECEIVED';

-- An old fleet, and what was bought, or is planned, in its place.
CREATE TABLE refresh_project (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), organisation_id uuid NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  fleet_id uuid NOT NULL REFERENCES fleet (id), name text NOT NULL, purchases uuid[] NOT NULL DEFAULT '{}', planned jsonb NOT NULL DEFAULT '[]',
  currency text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX refresh_project_organisation ON refresh_project (organisation_id, id DESC);
CREATE TABLE refresh_pair (
  project_id uuid NOT NULL REFERENCES refresh_project (id) ON DELETE CASCADE, organisation_id uuid NOT NULL,
  asset_id uuid NOT NULL REFERENCES asset (id), line_id uuid NOT NULL, PRIMARY KEY (project_id, asset_id), UNIQUE (project_id, line_id));
