-- Lots of assets, put to bid.

-- `rules` are published with the lot and decide about it; every change raises `version`, and one while it is published
-- makes the bids void. `revision` grows with all that readers of the lot may be told of it; a bid on a sealed lot is
-- nothing that they are told. `seal_key` is the public key that bids are sealed to; `reserved` of the `assets` are
-- shown to solidarity actors alone until `ess_until`; from `told_at` on everybody who may bid was told of the lot.
CREATE TABLE lot (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), number text NOT NULL UNIQUE,
  fleet_id uuid NOT NULL REFERENCES fleet (id) ON DELETE CASCADE, organisation_id uuid NOT NULL,
  market text NOT NULL, country text NOT NULL, currency text NOT NULL, title text NOT NULL,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT','PUBLISHED','BIDDING_CLOSED','AWARDED','CONTRACTED','IN_CUSTODY','RECEIVED','RECONCILED','PROCESSED','SETTLED','CLOSED','UNSOLD','CANCELLED')),
  rules jsonb NOT NULL DEFAULT '{}', bids_until timestamptz, published_at timestamptz, sealed boolean NOT NULL DEFAULT true,
  assets int NOT NULL DEFAULT 0, awarded_bid_id uuid, awarded_merchant_id uuid REFERENCES merchant (id), award_minor bigint,
  version int NOT NULL DEFAULT 1, revision int NOT NULL DEFAULT 1,
  seal_key bytea, reserved int NOT NULL DEFAULT 0, ess_until timestamptz, told_at timestamptz,
  extended smallint NOT NULL DEFAULT 0, opened_at timestamptz, award_by timestamptz, confirm_by timestamptz,
  contract jsonb, contract_sha256 text, contracted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (state <> 'PUBLISHED' OR bids_until IS NOT NULL AND (seal_key IS NOT NULL) = sealed),
  CHECK (state NOT IN ('AWARDED','CONTRACTED') OR awarded_bid_id IS NOT NULL AND awarded_merchant_id IS NOT NULL AND award_minor IS NOT NULL),
  CHECK (state <> 'AWARDED' OR confirm_by IS NOT NULL), CHECK (state <> 'BIDDING_CLOSED' OR award_by IS NOT NULL));
CREATE INDEX lot_fleet ON lot (fleet_id, id);
CREATE INDEX lot_organisation ON lot (organisation_id, id DESC);
CREATE INDEX lot_open ON lot (bids_until) WHERE state = 'PUBLISHED';
CREATE INDEX lot_market ON lot (market, bids_until, id) WHERE state = 'PUBLISHED';
CREATE INDEX lot_waiting ON lot (state, award_by, confirm_by) WHERE state IN ('BIDDING_CLOSED','AWARDED');
CREATE INDEX lot_draft ON lot (updated_at) WHERE state = 'DRAFT';
CREATE INDEX lot_merchant ON lot (awarded_merchant_id, id DESC) WHERE awarded_merchant_id IS NOT NULL;
ALTER TABLE asset ADD FOREIGN KEY (lot_id) REFERENCES lot (id);

-- What a version of a lot holds, as it was published: never changed. `sha256` is that of its lines. `mix` counts the
-- devices of each top category; `storage`: one of them at least holds data.
CREATE TABLE lot_manifest (
  lot_id uuid NOT NULL REFERENCES lot (id) ON DELETE CASCADE, version int NOT NULL,
  sha256 text NOT NULL, assets int NOT NULL, reserved int NOT NULL, mix jsonb NOT NULL, storage boolean NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (lot_id, version));

CREATE TABLE lot_manifest_line (
  lot_id uuid NOT NULL REFERENCES lot (id) ON DELETE CASCADE, version int NOT NULL, n int NOT NULL,
  asset_id uuid NOT NULL, key text NOT NULL, tag text, imei text, serial text,
  category text, manufacturer text, model text, grade text, condition text, disposition text,
  reserved boolean NOT NULL,
  PRIMARY KEY (lot_id, version, n));

-- The private key of a version's bids, encrypted by the vault. No role that serves or works sees a row before `opens_at`,
-- and none changes one.
CREATE TABLE lot_seal (
  id uuid PRIMARY KEY, lot_id uuid NOT NULL REFERENCES lot (id) ON DELETE CASCADE, version int NOT NULL,
  private_key bytea NOT NULL, opens_at timestamptz NOT NULL,
  UNIQUE (lot_id, version));

-- The one way in which a key is asked for: nothing before the moment, by the clock and not by the transaction.
CREATE FUNCTION lot_seal_key(uuid, int) RETURNS TABLE (id uuid, private_key bytea) LANGUAGE sql VOLATILE AS $$
  SELECT s.id, s.private_key FROM lot_seal s
  WHERE s.lot_id = $1 AND s.version = $2 AND clock_timestamp() >= s.opens_at
$$;

-- A merchant's bid. On a sealed lot what it says stands in `sealed` alone until it is opened; of one that ended before,
-- nothing is left. `commitment` is the SHA-256 of what was sealed, with its `salt`. `rank`, `parts` and the facts that
-- they come from are those of the opening.
CREATE TABLE lot_bid (
  id uuid PRIMARY KEY, lot_id uuid NOT NULL REFERENCES lot (id) ON DELETE CASCADE,
  merchant_id uuid NOT NULL REFERENCES merchant (id), version int NOT NULL,
  state text NOT NULL DEFAULT 'SUBMITTED' CHECK (state IN ('SUBMITTED','WITHDRAWN','INVALIDATED','WON','LOST','DEFAULTED')),
  sealed bytea, commitment bytea NOT NULL, salt bytea,
  amount_minor bigint CHECK (amount_minor > 0), reuse_bp smallint CHECK (reuse_bp BETWEEN 0 AND 10000),
  valid_until timestamptz, note text,
  submitted_at timestamptz NOT NULL, opened_at timestamptz, ended_at timestamptz, because text,
  quality_bp smallint, in_country boolean, ess boolean, rank int, score int, parts jsonb,
  CHECK (sealed IS NULL OR opened_at IS NOT NULL OR amount_minor IS NULL AND reuse_bp IS NULL AND valid_until IS NULL AND note IS NULL AND salt IS NULL));
CREATE UNIQUE INDEX lot_bid_live ON lot_bid (lot_id, merchant_id) WHERE state = 'SUBMITTED';
CREATE INDEX lot_bid_lot ON lot_bid (lot_id, rank, id);
CREATE INDEX lot_bid_merchant ON lot_bid (merchant_id, id DESC);

-- What happened to a lot: moves, and what else its readers are told.
CREATE TABLE lot_move (
  lot_id uuid NOT NULL REFERENCES lot (id) ON DELETE CASCADE, n int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('MOVED','CHANGED','EXTENDED','OPENED','DEFAULTED')),
  from_state text, to_state text NOT NULL, version int NOT NULL,
  actor text NOT NULL CHECK (actor IN ('ORGANISATION','MERCHANT','PLATFORM')), actor_id uuid,
  reason text, note text, at timestamptz NOT NULL,
  PRIMARY KEY (lot_id, n));

-- What a merchant has shown that it can do, until when, and what showed it.
CREATE TABLE merchant_capability (
  merchant_id uuid NOT NULL REFERENCES merchant (id) ON DELETE CASCADE,
  capability text NOT NULL CHECK (capability IN ('ERASURE')), proof text NOT NULL, valid_until date,
  recorded_by uuid, recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, capability));
