-- Lots of assets, put to bid.

-- `rules` are published with the lot and decide about it; a change while it is published raises `version`.
CREATE TABLE lot (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), number text NOT NULL UNIQUE,
  fleet_id uuid NOT NULL REFERENCES fleet (id) ON DELETE CASCADE, organisation_id uuid NOT NULL,
  market text NOT NULL, country text NOT NULL, currency text NOT NULL, title text NOT NULL,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT','PUBLISHED','BIDDING_CLOSED','AWARDED','CONTRACTED','IN_CUSTODY','RECEIVED','RECONCILED','PROCESSED','SETTLED','CLOSED','UNSOLD','CANCELLED')),
  rules jsonb NOT NULL DEFAULT '{}', bids_until timestamptz, published_at timestamptz, sealed boolean NOT NULL DEFAULT true,
  assets int NOT NULL DEFAULT 0, awarded_bid_id uuid, awarded_merchant_id uuid REFERENCES merchant (id), award_minor bigint,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX lot_fleet ON lot (fleet_id, id);
CREATE INDEX lot_organisation ON lot (organisation_id, id DESC);
CREATE INDEX lot_open ON lot (bids_until) WHERE state = 'PUBLISHED';
CREATE INDEX lot_merchant ON lot (awarded_merchant_id, id DESC) WHERE awarded_merchant_id IS NOT NULL;
ALTER TABLE asset ADD FOREIGN KEY (lot_id) REFERENCES lot (id);
