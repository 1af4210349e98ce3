-- Tables that are written in bulk or read on every request, and so are kept without an ORM class.
-- Grades are smallint: 0 FAIR, 1 GOOD, 2 VERY_GOOD, 3 EXCELLENT, 4 PREMIUM. Visibility: 0 HIDDEN, 1 LIMITED, 2 FULL.
-- Dispatch scope: 0 in the market, 1 in the same customs area, 2 elsewhere. Money: minor units.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- A UUID version 7 made by the database: its own function from PostgreSQL 18 on. Source: RFC 9562, 5.7.
DO $$ BEGIN
  IF current_setting('server_version_num')::int >= 180000 THEN
    EXECUTE 'CREATE FUNCTION boucle_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS ''SELECT uuidv7()''';
  ELSE
    EXECUTE 'CREATE FUNCTION boucle_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS ''
      SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6), 52, 1), 53, 1), ''''hex'''')::uuid''';
  END IF;
END $$;

-- Lower case without accents, for search only.
CREATE FUNCTION boucle_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT lower(public.unaccent('public.unaccent', $1))
$$;

-- Which member of a rotation group, in rank order, is featured in an hour. Source: docs/ranking.md, "Near-equals share the place".
CREATE FUNCTION boucle_featured(sharers uuid[], competition text, bucket bigint, lead_bp int) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN cardinality(sharers) = 1 THEN sharers[1] ELSE (
    SELECT CASE WHEN ahead < 0 THEN sharers[1] ELSE (
      SELECT o FROM unnest(sharers[2:]) o ORDER BY o
      OFFSET div(ahead * (cardinality(sharers) - 1), (10000 - lead_bp) * 18446744073709551616)::int LIMIT 1) END
    FROM (
      SELECT (('x' || encode(substring(h FROM 1 FOR 4), 'hex'))::bit(32)::bigint::numeric * 4294967296
        + ('x' || encode(substring(h FROM 5 FOR 4), 'hex'))::bit(32)::bigint::numeric) * 10000
        - lead_bp * 18446744073709551616 AS ahead
      FROM sha256(convert_to(competition || '|' || bucket, 'UTF8')) h) drawn) END
$$;

CREATE TABLE outbox_job (
  id uuid PRIMARY KEY, job text NOT NULL, queue text NOT NULL, kwargs jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready','sent','running','done','dead')),
  dedup_key text, due_at timestamptz NOT NULL DEFAULT now(), attempt int NOT NULL DEFAULT 0,
  failures int NOT NULL DEFAULT 0, lost int NOT NULL DEFAULT 0, error text,
  created_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz);
CREATE INDEX outbox_job_due ON outbox_job (queue, due_at) WHERE state IN ('ready','sent','running');
CREATE INDEX outbox_job_dead ON outbox_job (id) WHERE state = 'dead';
CREATE UNIQUE INDEX outbox_job_dedup ON outbox_job (dedup_key) WHERE dedup_key IS NOT NULL AND state IN ('ready','sent');
CREATE INDEX outbox_job_finished ON outbox_job (finished_at) WHERE state IN ('done','dead');
CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('outbox', ''); RETURN NULL; END $$;
CREATE TRIGGER outbox_wake AFTER INSERT ON outbox_job FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake();
CREATE TABLE periodic_job (
  name text PRIMARY KEY, next_at timestamptz NOT NULL, every_seconds int NOT NULL CHECK (every_seconds > 0));

CREATE TABLE offer (
  id uuid PRIMARY KEY,
  merchant_id uuid NOT NULL REFERENCES merchant (id),
  sku text NOT NULL, sku_key text NOT NULL,
  variant_id uuid REFERENCES variant (id),
  gtin text, mpn text, brand text, model text, title text,
  grade smallint NOT NULL CHECK (grade BETWEEN 0 AND 4),
  battery_new boolean NOT NULL DEFAULT false,
  battery_health smallint CHECK (battery_health BETWEEN 1 AND 100),
  attributes jsonb NOT NULL DEFAULT '{}',
  price_minor bigint NOT NULL CHECK (price_minor > 0), currency text NOT NULL,
  vat_scheme text NOT NULL CHECK (vat_scheme IN ('NORMAL','MARGIN')),
  min_price_minor bigint, max_price_minor bigint, prices jsonb,
  quantity int NOT NULL CHECK (quantity BETWEEN 0 AND 100000),
  warranty_months smallint NOT NULL CHECK (warranty_months >= 12),
  markets text[] NOT NULL, dispatch_site text, dispatch_country text NOT NULL,
  handling_hours smallint NOT NULL CHECK (handling_hours BETWEEN 0 AND 240),
  shipping jsonb, note text, eco jsonb,
  available_from timestamptz, available_until timestamptz,
  status text NOT NULL CHECK (status IN ('LIVE','PAUSED','ABSENT','REJECTED')),
  paused_because text, error_runs smallint NOT NULL DEFAULT 0,
  row_hash bigint NOT NULL, line_mark bigint,
  feed_id uuid REFERENCES feed (id), run_id uuid, line_no int,
  source_updated_at timestamptz, sequence bigint,
  listed_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  absent_at timestamptz,
  UNIQUE (merchant_id, sku_key)
) WITH (fillfactor = 85);
CREATE INDEX offer_pending ON offer (gtin) WHERE variant_id IS NULL;
CREATE INDEX offer_absent ON offer (absent_at) WHERE status = 'ABSENT';

-- A mark says "the line of these bytes stands behind this offer". Whatever changes the offer otherwise
-- must not leave it standing, or the line would be skipped as known.
CREATE FUNCTION boucle_forget_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.line_mark = NULL; RETURN NEW; END $$;
CREATE TRIGGER offer_forget_line BEFORE UPDATE ON offer FOR EACH ROW
WHEN (OLD.line_mark IS NOT NULL AND NEW.line_mark IS NOT DISTINCT FROM OLD.line_mark AND
  (OLD.price_minor, OLD.prices, OLD.currency, OLD.quantity, OLD.grade, OLD.markets, OLD.warranty_months, OLD.variant_id,
   OLD.row_hash, OLD.shipping, OLD.dispatch_country, OLD.handling_hours)
  IS DISTINCT FROM
  (NEW.price_minor, NEW.prices, NEW.currency, NEW.quantity, NEW.grade, NEW.markets, NEW.warranty_months, NEW.variant_id,
   NEW.row_hash, NEW.shipping, NEW.dispatch_country, NEW.handling_hours))
EXECUTE FUNCTION boucle_forget_line();

CREATE TABLE price_history (
  offer_id uuid NOT NULL, market text NOT NULL, item_minor bigint, currency text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(), run_id uuid);
CREATE INDEX price_history_offer ON price_history (offer_id, market, at);
CREATE FUNCTION boucle_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER price_history_append_only BEFORE UPDATE OR DELETE ON price_history
  FOR EACH STATEMENT EXECUTE FUNCTION boucle_append_only();

CREATE TABLE offer_market (
  offer_id uuid NOT NULL, market text NOT NULL,
  merchant_id uuid NOT NULL, variant_id uuid NOT NULL, grade smallint NOT NULL,
  visibility smallint NOT NULL, reasons text[] NOT NULL,
  currency text NOT NULL,
  item_minor bigint, shipping_minor bigint, service_fee_minor bigint, levies_minor bigint NOT NULL, duties_minor bigint NOT NULL,
  landed_minor bigint, days smallint, early_days smallint, carrier text, scope smallint NOT NULL, dispatch_country text NOT NULL,
  warranty_months smallint NOT NULL, battery_new boolean NOT NULL, battery_health smallint,
  quantity int NOT NULL, quality_bp smallint NOT NULL,
  terms smallint[] NOT NULL, merit smallint NOT NULL, effective_e6 bigint,
  model_id text NOT NULL, listed_at timestamptz NOT NULL, changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (offer_id, market)) WITH (fillfactor = 85);
CREATE INDEX offer_market_competition ON offer_market (market, variant_id, grade, effective_e6) WHERE visibility > 0;
CREATE INDEX offer_market_merchant ON offer_market (merchant_id, market);

CREATE TABLE best_offer (
  market text NOT NULL, variant_id uuid NOT NULL, grade smallint NOT NULL, product_id uuid NOT NULL, category text NOT NULL,
  offers int NOT NULL DEFAULT 0, merchants int NOT NULL DEFAULT 0, competing int NOT NULL DEFAULT 0,
  min_landed bigint, max_landed bigint,
  leader uuid, merchant_id uuid, landed_minor bigint, merit smallint, effective_e6 bigint, across_e10 numeric, terms smallint[],
  quality_bp smallint, next_effective_e6 bigint, lowest_total boolean,
  group_offers uuid[] NOT NULL DEFAULT '{}', group_landed bigint[] NOT NULL DEFAULT '{}',
  model_id text, snapshot_id text, changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (market, variant_id, grade)) WITH (fillfactor = 85);
CREATE INDEX best_offer_product ON best_offer (market, product_id) WHERE offers > 0;

CREATE TABLE ranking_snapshot (
  snapshot_id text NOT NULL, market text NOT NULL, variant_id uuid NOT NULL, grade smallint NOT NULL,
  model_id text NOT NULL, inputs text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ranking_snapshot_competition ON ranking_snapshot (variant_id, market, grade, at);
CREATE INDEX ranking_snapshot_at ON ranking_snapshot USING brin (at);

CREATE TABLE product_market (
  market text NOT NULL, product_id uuid NOT NULL, category text NOT NULL,
  offers int NOT NULL DEFAULT 0, merchants int NOT NULL DEFAULT 0, min_landed bigint, max_landed bigint,
  best_variant uuid, best_grade smallint, across_e6 bigint,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (market, product_id)) WITH (fillfactor = 85);
CREATE INDEX product_market_popular ON product_market (market, category, offers DESC, product_id) WHERE offers > 0;

CREATE TABLE product_facet (
  market text NOT NULL, product_id uuid NOT NULL, category text NOT NULL, key text NOT NULL, value text NOT NULL,
  PRIMARY KEY (market, product_id, key, value));
CREATE TABLE facet_count (
  market text NOT NULL, category text NOT NULL, key text NOT NULL, value text NOT NULL, products int NOT NULL,
  PRIMARY KEY (market, category, key, value)) WITH (fillfactor = 50);

CREATE TABLE search_document (
  variant_id uuid PRIMARY KEY, product_id uuid NOT NULL, category text NOT NULL, words int NOT NULL, doc tsvector NOT NULL);
CREATE INDEX search_document_doc ON search_document USING gin (doc);
CREATE INDEX search_document_product ON search_document (product_id);
CREATE TABLE search_word (word text COLLATE "C" PRIMARY KEY, documents int NOT NULL);
CREATE INDEX search_word_trgm ON search_word USING gin (word gin_trgm_ops);

CREATE TABLE feed_line (
  run_id uuid NOT NULL, line int NOT NULL, n smallint NOT NULL DEFAULT 0, sku text, outcome text,
  code text, field text, value text, at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, line, n));
CREATE INDEX feed_line_at ON feed_line USING brin (at);
CREATE TABLE feed_unchanged (run_id uuid PRIMARY KEY, lines int4multirange NOT NULL);

CREATE TABLE stored_file (
  id uuid PRIMARY KEY, merchant_id uuid NOT NULL, name text NOT NULL, sha256 text NOT NULL, bytes bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX stored_file_created ON stored_file (created_at);
CREATE TABLE stored_file_chunk (
  file_id uuid NOT NULL REFERENCES stored_file (id) ON DELETE CASCADE, n int NOT NULL, data bytea NOT NULL, PRIMARY KEY (file_id, n));
ALTER TABLE stored_file_chunk ALTER data SET STORAGE EXTERNAL;

CREATE TABLE once (
  caller text NOT NULL, key text NOT NULL, asked bytea NOT NULL, outcome jsonb, at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (caller, key));
CREATE INDEX once_at ON once USING brin (at);

CREATE INDEX variant_product ON variant (product_id);
CREATE INDEX variant_gtin_variant ON variant_gtin (variant_id);
CREATE INDEX product_brand ON product (brand_id);
CREATE INDEX feed_run_feed ON feed_run (feed_id, id DESC);
CREATE INDEX feed_run_merchant ON feed_run (merchant_id, id DESC);
CREATE INDEX feed_due ON feed (next_pull_at) WHERE next_pull_at IS NOT NULL;
CREATE INDEX ranking_model_market ON ranking_model (market, valid_from DESC);

CREATE TABLE loaded_file (name text PRIMARY KEY, sha256 text NOT NULL, at timestamptz NOT NULL DEFAULT now());
