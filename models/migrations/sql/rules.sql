CREATE EXTENSION IF NOT EXISTS btree_gist;

-- What a country asks from one day to another. Nothing is edited: a correction is a new row that withdraws the old.
CREATE TABLE rule (
  id text PRIMARY KEY,
  row_id uuid NOT NULL UNIQUE DEFAULT boucle_uuid7(),
  kind text NOT NULL,
  country text NOT NULL CHECK (country ~ '^([A-Z]{2}|\*)$'),
  region text CHECK (region ~ '^[A-Z0-9]{1,3}$'),
  category text CHECK (category ~ '^[a-z0-9-]{1,64}$'),
  audience text NOT NULL DEFAULT 'ANY' CHECK (audience IN ('ANY', 'CONSUMER', 'BUSINESS')),
  valid_from date NOT NULL,
  valid_to date,
  value jsonb NOT NULL,
  source text NOT NULL CHECK (source <> ''),
  source_ref text NOT NULL DEFAULT '',
  evidence text NOT NULL CHECK (evidence IN ('LAW_TEXT', 'OFFICIAL_DATA', 'OFFICIAL_SUMMARY', 'SECONDARY', 'NONE')),
  status text NOT NULL CHECK (status IN ('VERIFIED', 'UNVERIFIED')),
  verified_on date,
  verified_by text,
  review_by date,
  note text NOT NULL DEFAULT '',
  -- Who recorded it: the reference data that is shipped, or staff, whose rows a load leaves alone.
  origin text NOT NULL CHECK (origin IN ('REFERENCE', 'STAFF')),
  supersedes text REFERENCES rule (id),
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  withdrawn_at timestamptz CHECK (withdrawn_at >= recorded_at),
  CHECK (valid_to > valid_from),
  CHECK (region IS NULL OR country NOT IN ('EU', '*')),
  CHECK ((status = 'VERIFIED') = (verified_on IS NOT NULL AND verified_by IS NOT NULL)),
  CONSTRAINT rule_overlap EXCLUDE USING gist (
    kind WITH =, country WITH =, coalesce(region, '') WITH =, coalesce(category, '') WITH =, audience WITH =,
    daterange(valid_from, valid_to) WITH &&) WHERE (withdrawn_at IS NULL));
CREATE INDEX rule_in_order ON rule (country, kind, row_id);

CREATE FUNCTION rule_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL
    AND to_jsonb(OLD) - 'withdrawn_at' = to_jsonb(NEW) - 'withdrawn_at' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a rule is withdrawn and followed by another, never changed: %', OLD.id;
END
$$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON rule FOR EACH ROW EXECUTE FUNCTION rule_is_kept();
