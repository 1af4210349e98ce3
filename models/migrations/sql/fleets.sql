-- What organisations hand over: fleets, and their assets.

CREATE TABLE fleet (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  organisation_id uuid NOT NULL REFERENCES organisation (id) ON DELETE CASCADE, number text NOT NULL UNIQUE, name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('HARDWARE_REFRESH','OFFICE_CLOSURE','LEASE_RETURN','AD_HOC')),
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT','IMPORTING','REVIEW','VALUED','IN_SALE','HANDED_OVER','SETTLED','CLOSED','CANCELLED')),
  country text NOT NULL, market text NOT NULL, currency text NOT NULL, assets int NOT NULL DEFAULT 0,
  valued_at timestamptz, version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX fleet_organisation ON fleet (organisation_id, id DESC);

-- One device as its organisation declared it. `key` is its identity (`IMEI:…`, `SERIAL:brand:…`): in one live place at a time.
CREATE TABLE asset (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  fleet_id uuid NOT NULL REFERENCES fleet (id) ON DELETE CASCADE, organisation_id uuid NOT NULL, line int,
  tag text, tag_key text, imei text, serial text, key text, live boolean NOT NULL DEFAULT true,
  manufacturer text, model text, condition text, purchased_on date, site_id uuid,
  variant_id uuid REFERENCES variant (id), product_id uuid, category text, confidence_bp smallint,
  state text NOT NULL DEFAULT 'DECLARED' CHECK (state IN ('DECLARED','UNMATCHED','MATCHED','IN_LOT','COLLECTED','MISSING','EXTRA','RECEIVED','DIAGNOSED','ERASED','ERASURE_FAILED','DESTROYED','DISPOSED','SETTLED','DISPUTED','RETURNED')),
  grade text, value_min_minor bigint, value_median_minor bigint, value_max_minor bigint, value_basis jsonb,
  disposition text CHECK (disposition IN ('REPAIR','RESELL','DONATE','PARTS','RECYCLE','DESTROY')), disposition_reasons jsonb,
  lot_id uuid, unit_id uuid REFERENCES unit (id),
  import_id uuid, storage text, matching jsonb, matched_by text CHECK (matched_by IN ('IMPORT','HAND')),
  version int NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX asset_fleet ON asset (fleet_id, id);
CREATE INDEX asset_lot ON asset (lot_id) WHERE lot_id IS NOT NULL;
CREATE UNIQUE INDEX asset_tag ON asset (organisation_id, tag_key) WHERE tag_key IS NOT NULL AND live;
CREATE UNIQUE INDEX asset_key ON asset (key) WHERE key IS NOT NULL AND live;

-- One reading of a file. `counts` has the lines by outcome, `columns` what each column was read as.
CREATE TABLE fleet_import (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), fleet_id uuid NOT NULL REFERENCES fleet (id) ON DELETE CASCADE,
  organisation_id uuid NOT NULL, file uuid NOT NULL, name text NOT NULL, sha256 text NOT NULL, bytes bigint NOT NULL,
  state text NOT NULL DEFAULT 'QUEUED' CHECK (state IN ('QUEUED','READING','COMPLETED','PREVIEWED','FAILED')),
  policy text NOT NULL, dry_run boolean NOT NULL, mapping jsonb NOT NULL DEFAULT '{}', settings jsonb NOT NULL DEFAULT '{}', sites uuid[],
  format text, encoding text, separator text, columns jsonb NOT NULL DEFAULT '[]',
  lines int NOT NULL DEFAULT 0, counts jsonb NOT NULL DEFAULT '{}', codes jsonb NOT NULL DEFAULT '{}',
  file_code text, detail text, bad_rows uuid, seconds jsonb NOT NULL DEFAULT '{}', version int NOT NULL DEFAULT 1,
  started_at timestamptz, finished_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX fleet_import_fleet ON fleet_import (fleet_id, id DESC);

-- What became of each line. `suggestions` are products that it may mean.
CREATE TABLE fleet_line (
  import_id uuid NOT NULL REFERENCES fleet_import (id) ON DELETE CASCADE, line int NOT NULL,
  outcome text NOT NULL, code text, tag text, field text, value text, suggested text, asset_id uuid, suggestions jsonb,
  PRIMARY KEY (import_id, line));
CREATE INDEX fleet_line_outcome ON fleet_line (import_id, outcome, line) WHERE code IS NOT NULL;
